/*
 * chime: two soft notes and a notification when somebody arrives. Both need the
 * person's consent by a click; a page loaded anew keeps the wish and sounds again
 * after the first touch.
 */
import { Store } from '../shared/store';

export type ChimeState = 'off' | 'on' | 'sound_only';

const KEY = 'desk-chime';

export class Chime {
    readonly state = new Store<ChimeState>('off');
    private context: AudioContext | undefined;

    /* Takes up what was chosen before. */
    restore(): void {
        if (!wished()) return;
        this.state.set(allowed() ? 'on' : 'sound_only');
        const wake = (): void => {
            void this.sound().resume();
            removeEventListener('pointerdown', wake);
            removeEventListener('keydown', wake);
        };
        addEventListener('pointerdown', wake);
        addEventListener('keydown', wake);
    }

    /* Asks; call it from a click. */
    async turnOn(): Promise<void> {
        await this.sound().resume();
        const may = 'Notification' in window ? await Notification.requestPermission() : 'denied';
        remember();
        this.state.set(may === 'granted' ? 'on' : 'sound_only');
        this.ring();
    }

    ring(): void {
        if (this.state.get() === 'off') return;
        const context = this.sound();
        const start = context.currentTime + 0.02;
        note(context, 659.25, start);
        note(context, 523.25, start + 0.28);
    }

    /* A notification without a name: screens are seen by others. */
    notify(title: string, body: string): void {
        if (this.state.get() !== 'on' || !document.hidden) return;
        try {
            const notice = new Notification(title, { body, tag: 'arrived', icon: '/mark.svg' });
            notice.onclick = () => {
                window.focus();
                notice.close();
            };
        } catch {
            /* some phones allow notifications from service workers only */
        }
    }

    private sound(): AudioContext {
        this.context ??= new AudioContext();
        return this.context;
    }
}

function note(context: AudioContext, pitch: number, at: number): void {
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, at);
    volume.gain.exponentialRampToValueAtTime(0.25, at + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.9);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + 1);
}

function allowed(): boolean {
    return 'Notification' in window && Notification.permission === 'granted';
}

function wished(): boolean {
    try {
        return localStorage.getItem(KEY) === 'on';
    } catch {
        return false;
    }
}

function remember(): void {
    try {
        localStorage.setItem(KEY, 'on');
    } catch {
        /* then it lasts as long as the page */
    }
}
