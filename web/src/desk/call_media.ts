/*
 * call_media: the doctor's side of sound and picture. The line belongs to the
 * desk and is warm from sign-in on; devices open on a click; tracks are attached
 * only while somebody is admitted and the server shows them to each other.
 */
import { Devices, noDevices, type DevicesState } from '../shared/devices';
import { type Exchange, type Gap, MediaLine, type MediaState, type Ways } from '../shared/media';
import { Store } from '../shared/store';
import type { State } from '../shared/state';
import type { DeskKey } from '../words/desk.fr';
import { admittedRow } from './day';
import type { Tone } from './rows';

export interface CallState {
    devices: DevicesState;
    line: MediaState;
    cameraOff: boolean;
    sharing: boolean;
    prepared: boolean;
}

/* What the screens may do with sound and picture. */
export interface CallActions {
    prepare(): Promise<void>;
    mute(muted: boolean): void;
    cameraOff(off: boolean): void;
    share(on: boolean): Promise<void>;
}

export interface Call extends CallActions {
    state: CallState;
}

export const noCall: CallState = {
    devices: noDevices,
    line: { line: 'off', people: [], allowed: false, muted: false },
    cameraOff: false,
    sharing: false,
    prepared: false,
};

/* Somebody is admitted, is shown, and this is the screen that holds the call. */
export function mayTalk(state: State): boolean {
    const row = admittedRow(state);
    if (!row || row.view.by_telephone || state.elsewhere) return false;
    const own = typeof state.me?.practitioner === 'string' ? state.me.practitioner : '';
    const slots = state.visits[row.of]?.slots ?? [];
    return slots.length > 0 || (state.visits[own]?.slots.length ?? 0) > 0;
}

/* How many see the doctor's camera. */
function audience(state: State): number {
    const row = admittedRow(state);
    return row ? (state.visits[row.of]?.slots.length ?? 0) : 0;
}

/* The patient's sound should be arriving: silence then means a broken line. */
export function hearsPatient(state: State): boolean {
    const row = admittedRow(state);
    if (!row || !mayTalk(state) || row.view.hung_up) return false;
    return row.now?.patient?.connected !== false;
}

/* Their camera is on, and our line carries pictures. */
export function seesPatient(state: State): boolean {
    const row = admittedRow(state);
    if (!row) return false;
    const dark = state.visits[row.of]?.dark ?? {};
    return row.now?.patient?.camera === true && dark['doctor'] !== true;
}

const troubles = {
    refused: 'prepare.refused',
    busy: 'prepare.busy',
    missing: 'prepare.missing',
    unsupported: 'prepare.unsupported',
} as const satisfies Record<string, DeskKey>;

/* What came of the doctor's own camera and microphone, in one sentence. */
export function deviceSentence(state: Call['state']): { tone: Tone; key: DeskKey } {
    const { camera, microphone, asking } = state.devices;
    if (asking) return { tone: 'idle', key: 'prepare.going' };
    if (camera === 'works' && microphone === 'works') return { tone: 'good', key: 'prepare.ready' };
    if (microphone === 'works') return { tone: 'soon', key: 'prepare.sound_only' };
    const worst = microphone === 'untested' ? camera : microphone;
    if (worst in troubles) return { tone: 'bad', key: troubles[worst as keyof typeof troubles] };
    return { tone: 'idle', key: 'prepare.lead' };
}

export class CallMedia implements CallActions {
    readonly state = new Store<CallState>(noCall);
    private devices = new Devices();
    private line: MediaLine;
    private screen: MediaStreamTrack | undefined;

    constructor(exchange: Exchange, ways: Ways, gap: Gap) {
        this.line = new MediaLine(exchange, ways, gap);
        this.line.state.listen((line) => this.patch({ line }));
        this.devices.state.listen((devices) => {
            this.patch({ devices });
            this.attach();
        });
    }

    /* Follows what the server says: hold the line, or leave it to another screen. */
    follow(state: State): void {
        if (state.elsewhere) {
            this.line.stop();
            return;
        }
        this.line.start();
        const talk = mayTalk(state);
        if (!talk && this.screen) this.unshare();
        this.line.allow(talk);
        this.line.setAudience(audience(state));
        this.line.expectSound(hearsPatient(state));
        this.line.expectPicture(hearsPatient(state) && seesPatient(state));
    }

    /* The relay was restarted or changed. */
    again(): void {
        this.line.again();
    }

    /* A page loaded anew gets back what it had, where the browser need not ask. */
    async restore(): Promise<void> {
        if (this.state.get().prepared || !(await mayReopen())) return;
        await this.prepare();
    }

    async prepare(): Promise<void> {
        this.patch({ prepared: true });
        rememberPrepared();
        await this.devices.open({ camera: true, microphone: true });
    }

    mute(muted: boolean): void {
        this.line.setMuted(muted);
    }

    cameraOff(off: boolean): void {
        this.patch({ cameraOff: off });
        this.attach();
    }

    async share(on: boolean): Promise<void> {
        if (!on) {
            this.unshare();
            return;
        }
        try {
            const stream = await navigator.mediaDevices.getDisplayMedia({ video: true });
            this.screen = stream.getVideoTracks()[0];
        } catch {
            return; /* the person chose no screen */
        }
        if (this.screen) this.screen.onended = () => this.unshare();
        this.patch({ sharing: this.screen !== undefined });
        this.attach();
    }

    close(): void {
        this.unshare();
        this.line.stop();
        this.devices.close();
    }

    private unshare(): void {
        this.screen?.stop();
        this.screen = undefined;
        this.patch({ sharing: false });
        this.attach();
    }

    private attach(): void {
        const { cameraTrack, microphoneTrack } = this.devices.state.get();
        this.line.setLocal({
            microphone: microphoneTrack,
            camera: this.state.get().cameraOff ? undefined : cameraTrack,
            screen: this.screen,
        });
    }

    private patch(change: Partial<CallState>): void {
        this.state.update((old) => ({ ...old, ...change }));
    }
}

const KEY = 'desk-prepared';

function rememberPrepared(): void {
    try {
        sessionStorage.setItem(KEY, 'yes');
    } catch {
        /* then the next page asks again */
    }
}

async function mayReopen(): Promise<boolean> {
    try {
        if (sessionStorage.getItem(KEY) !== 'yes') return false;
        const names = ['camera', 'microphone'] as PermissionName[];
        const asked = names.map((name) => navigator.permissions.query({ name }));
        return (await Promise.all(asked)).every((each) => each.state === 'granted');
    } catch {
        return false; /* this browser does not tell */
    }
}
