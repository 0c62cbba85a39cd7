/*
 * devices: the one owner of camera and microphone. It asks for them, tells apart
 * why a browser says no, and gets them again when a track ends, when the page
 * comes back to the front or when something was plugged in.
 */
import type { DeviceState } from './protocol';
import { Store } from './store';

type Kind = 'camera' | 'microphone';

export interface DevicesState {
    camera: DeviceState;
    microphone: DeviceState;
    cameraTrack?: MediaStreamTrack | undefined;
    microphoneTrack?: MediaStreamTrack | undefined;
    /* how many cameras there are to switch between */
    cameras: number;
    asking: boolean;
}

export const noDevices: DevicesState = {
    camera: 'untested',
    microphone: 'untested',
    cameras: 0,
    asking: false,
};

const PICTURE: MediaTrackConstraints = {
    width: { ideal: 960 },
    height: { ideal: 540 },
    frameRate: { ideal: 30, max: 30 },
};
const SOUND: MediaTrackConstraints = {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
};
/* A phone call or another app mutes a track; after that long it is taken anew. */
const MUTED_MS = 2_000;

export class Devices {
    readonly state = new Store<DevicesState>(noDevices);
    private wanted: Record<Kind, boolean> = { camera: false, microphone: false };
    private cameraId: string | undefined;
    private facing: 'user' | 'environment' = 'user';
    private turn: Promise<void> = Promise.resolve();
    private changed = (): void => void this.recover();
    private shown = (): void => {
        if (document.visibilityState === 'visible') void this.recover();
    };

    constructor() {
        if (!supported()) return;
        navigator.mediaDevices.addEventListener('devicechange', this.changed);
        document.addEventListener('visibilitychange', this.shown);
    }

    /* Opens what is wanted and lets go of the rest. One prompt where possible. */
    open(wanted: Partial<Record<Kind, boolean>>): Promise<void> {
        this.wanted = { ...this.wanted, ...wanted };
        return this.inTurn(() => this.settle(true));
    }

    /* Lets go of both: the camera's light goes out. */
    close(): void {
        this.wanted = { camera: false, microphone: false };
        this.drop('camera');
        this.drop('microphone');
    }

    async switchCamera(): Promise<void> {
        const ids = (await inputs('videoinput')).map((device) => device.deviceId);
        const current = this.state.get().cameraTrack?.getSettings().deviceId ?? '';
        if (ids.length < 2) return;
        this.cameraId = ids[(ids.indexOf(current) + 1) % ids.length];
        this.facing = this.facing === 'user' ? 'environment' : 'user';
        this.drop('camera');
        await this.open({ camera: true });
    }

    private async inTurn(work: () => Promise<void>): Promise<void> {
        const next = this.turn.then(work, work);
        this.turn = next.catch(() => undefined);
        return next;
    }

    private live(kind: Kind): boolean {
        return this.track(kind)?.readyState === 'live';
    }

    private track(kind: Kind): MediaStreamTrack | undefined {
        const state = this.state.get();
        return kind === 'camera' ? state.cameraTrack : state.microphoneTrack;
    }

    private set(kind: Kind, word: DeviceState, track?: MediaStreamTrack): void {
        this.state.update((old) =>
            kind === 'camera'
                ? { ...old, camera: word, cameraTrack: track }
                : { ...old, microphone: word, microphoneTrack: track },
        );
    }

    private drop(kind: Kind): void {
        const track = this.track(kind);
        if (!track) return;
        track.onended = null;
        track.onmute = null;
        track.stop();
        this.set(kind, kind === 'camera' ? this.state.get().camera : this.state.get().microphone);
    }

    /* Makes what is open equal what is wanted. */
    private async settle(mayAsk: boolean): Promise<void> {
        for (const kind of ['camera', 'microphone'] as const) {
            if (!this.wanted[kind]) this.drop(kind);
        }
        const missing = (['camera', 'microphone'] as const).filter(
            (kind) => this.wanted[kind] && !this.live(kind),
        );
        if (missing.length === 0) return;
        if (!supported()) {
            missing.forEach((kind) => this.set(kind, 'unsupported'));
            return;
        }
        this.state.update((old) => ({ ...old, asking: mayAsk }));
        try {
            await this.acquire(missing, mayAsk);
        } finally {
            const cameras = (await inputs('videoinput')).length;
            this.state.update((old) => ({ ...old, asking: false, cameras }));
        }
    }

    /* Both at once; when that fails, each alone, to know which one it is. */
    private async acquire(missing: Kind[], mayAsk: boolean): Promise<void> {
        const why = await this.ask(missing);
        if (!why) return;
        if (missing.length === 1 || why === 'unsupported') {
            missing.forEach((kind) => this.set(kind, why));
            return;
        }
        for (const kind of missing) {
            /* A person who just said no is not asked again for each device. */
            const may = why !== 'refused' || (await granted(kind));
            const alone = may && mayAsk ? await this.ask([kind]) : why;
            if (alone) this.set(kind, alone);
        }
    }

    /* Undefined when the devices came, else why they did not. */
    private async ask(kinds: Kind[]): Promise<DeviceState | undefined> {
        try {
            const stream = await navigator.mediaDevices.getUserMedia({
                video: kinds.includes('camera') && this.picture(),
                audio: kinds.includes('microphone') && SOUND,
            });
            for (const track of stream.getTracks()) {
                this.adopt(track.kind === 'video' ? 'camera' : 'microphone', track);
            }
            return undefined;
        } catch (error) {
            return reasonOf(error);
        }
    }

    private picture(): MediaTrackConstraints {
        if (this.cameraId) return { ...PICTURE, deviceId: { ideal: this.cameraId } };
        return { ...PICTURE, facingMode: { ideal: this.facing } };
    }

    private adopt(kind: Kind, track: MediaStreamTrack): void {
        if (!this.wanted[kind]) {
            track.stop(); /* no longer wanted by the time it came */
            return;
        }
        this.drop(kind);
        track.onended = () => void this.recover();
        track.onmute = () => {
            setTimeout(() => {
                if (track.muted && track === this.track(kind)) void this.recover();
            }, MUTED_MS);
        };
        this.set(kind, 'works', track);
    }

    /* Takes again what was lost, without asking anybody anything. */
    private recover(): Promise<void> {
        return this.inTurn(async () => {
            if (document.visibilityState !== 'visible') return;
            for (const kind of ['camera', 'microphone'] as const) {
                const track = this.track(kind);
                if (track && (track.muted || track.readyState === 'ended')) this.drop(kind);
            }
            const wanting = (['camera', 'microphone'] as const).filter(
                (kind) => this.wanted[kind] && !this.live(kind),
            );
            for (const kind of wanting) {
                if (await granted(kind)) await this.settle(false);
            }
        });
    }
}

/* False where a browser gives no camera at all: in-app browsers, plain HTTP. */
export function supported(): boolean {
    return typeof (navigator as Partial<Navigator>).mediaDevices?.getUserMedia === 'function';
}

/* True in the browsers that live inside other apps. */
export function insideAnApp(agent: string = navigator.userAgent): boolean {
    if (/FBAN|FBAV|Instagram|Line\/|Snapchat|LinkedInApp|TikTok|GSA\/|; wv\)/.test(agent)) {
        return true;
    }
    return /iPhone|iPad/.test(agent) && !/Safari\//.test(agent);
}

export function reasonOf(error: unknown): DeviceState {
    switch (error instanceof DOMException ? error.name : '') {
        case 'NotAllowedError':
        case 'SecurityError':
            return 'refused';
        case 'NotFoundError':
        case 'OverconstrainedError':
            return 'missing';
        case 'NotReadableError':
        case 'AbortError':
            return 'busy';
        default:
            return 'unsupported';
    }
}

async function inputs(kind: MediaDeviceKind): Promise<MediaDeviceInfo[]> {
    if (!supported()) return [];
    const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    return devices.filter((device) => device.kind === kind);
}

/* True when the browser would give the device without asking. */
async function granted(kind: Kind): Promise<boolean> {
    try {
        const name = kind as PermissionName;
        return (await navigator.permissions.query({ name })).state === 'granted';
    } catch {
        return true; /* this browser does not tell: trying is the only way */
    }
}

/* ---- sound --------------------------------------------------------------- */

/* Tells how loud the track is, 0 to 1, until the returned function is called. */
export function meter(track: MediaStreamTrack, onLevel: (level: number) => void): () => void {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    context.resume().catch(() => undefined); /* closed before it began */
    const samples = new Float32Array(analyser.fftSize);
    const timer = setInterval(() => {
        analyser.getFloatTimeDomainData(samples);
        const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
        const decibel = 10 * Math.log10(power + 1e-9);
        onLevel(Math.min(1, Math.max(0, (decibel + 60) / 45)));
    }, 80);
    return () => {
        clearInterval(timer);
        context.close().catch(() => undefined);
    };
}

/* Three soft notes through the loudspeaker; resolves when they have ended. */
export async function playTestSound(): Promise<void> {
    const context = new AudioContext();
    await context.resume();
    const start = context.currentTime + 0.05;
    [523.25, 659.25, 783.99].forEach((pitch, index) => {
        const at = start + index * 0.45;
        const tone = context.createOscillator();
        const volume = context.createGain();
        tone.frequency.value = pitch;
        volume.gain.setValueAtTime(0, at);
        volume.gain.linearRampToValueAtTime(0.3, at + 0.04);
        volume.gain.exponentialRampToValueAtTime(0.001, at + 0.7);
        tone.connect(volume).connect(context.destination);
        tone.start(at);
        tone.stop(at + 0.75);
    });
    await new Promise((resolve) => setTimeout(resolve, 1_900));
    await context.close();
}

/* ---- the screen stays awake ----------------------------------------------- */

export class WakeLock {
    private wanted = false;
    private lock: WakeLockSentinel | undefined;

    constructor() {
        document.addEventListener('visibilitychange', () => void this.apply());
    }

    set(wanted: boolean): void {
        this.wanted = wanted;
        void this.apply();
    }

    private async apply(): Promise<void> {
        if (!('wakeLock' in navigator)) return;
        if (!this.wanted) {
            await this.lock?.release().catch(() => undefined);
            this.lock = undefined;
            return;
        }
        if (document.visibilityState !== 'visible' || this.lock?.released === false) return;
        /* Refused when the battery is low: then the screen may sleep. */
        this.lock = await navigator.wakeLock.request('screen').catch(() => undefined);
    }
}
