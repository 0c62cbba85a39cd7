/*
 * room: somebody's place in one visit on this device, the patient's or a guest's.
 * It owns the socket, the devices and the media line, and keeps them in step with
 * the newest view. It holds no rule of the clinic: what a step asks of the device
 * its heirs say, as a `Standing`.
 */
import { Devices, playTestSound, WakeLock } from './devices';
import { sha256 } from './ids';
import { isChecking, LineCheck } from './line_check';
import { MediaLine } from './media';
import type { Answer, Commands, Frame, GuestStep, Presence, Saw, Step, Verb } from './protocol';
import { ScreenShare } from './screen_share';
import { Socket } from './socket';
import { initialState, reduce, type State, type Visit } from './state';
import { Store } from './store';
import { waysBy } from './ways';

/* What only the page knows, whoever's it is. */
export interface RoomUi {
    soundOnly: boolean;
    cameraOff: boolean; /* by choice, in the call */
    sharing: boolean; /* the own screen */
    testing: boolean; /* « Refaire le test » over the waiting room */
    left: boolean; /* pressed "leave": do not enter again by itself */
    large: string | undefined; /* who is shown large, when this page chose */
    refused: string; /* code of the last refusal, "" for none */
}

export const initialRoomUi: RoomUi = {
    soundOnly: false,
    cameraOff: false,
    sharing: false,
    testing: false,
    left: false,
    large: undefined,
    refused: '',
};

/* What the newest view asks of this device. */
export interface Standing {
    step: Step | GuestStep;
    warm: boolean; /* the line is up and the screen stays awake */
    preparing: boolean; /* camera and microphone may be open */
    entering: boolean; /* whoever looks at the page is in the waiting room */
    talking: boolean; /* the page's own wall: sound and picture may leave */
    hearing: boolean; /* somebody's sound should arrive */
    seeing: boolean; /* and somebody's picture */
    /* after a reload the devices are opened again, when that takes no question */
    reopen: { soundOnly: boolean } | undefined;
}

/* Steps in which a person waits to be called in. */
const WAITING: (Step | GuestStep)[] = ['waiting', 'put_back', 'dismissed'];
const CLOCK_MS = 5_000;
const SAW_MOST_MS = 3_600_000;

export abstract class Room<U extends RoomUi> {
    readonly state = new Store<State>(initialState);
    readonly ui: Store<U>;
    readonly devices = new Devices();
    readonly media: MediaLine;
    readonly check: LineCheck;
    private socket: Socket;
    private wake = new WakeLock();
    private screen = new ScreenShare();
    private lastStep: Step | GuestStep | undefined;
    private arriving = false;
    private timer: ReturnType<typeof setInterval> | undefined;
    private follow = (): void => this.keepInStep();

    protected constructor(
        readonly visit: string,
        path: string,
        ui: U,
    ) {
        this.ui = new Store<U>(ui);
        this.socket = new Socket(path, {
            frame: (frame) => this.onFrame(frame),
            connection: (connection) =>
                this.state.update((old) => reduce(old, { kind: 'connection', connection })),
            unauthorized: () => this.onFrame({ signed_out: true }),
        });
        this.media = new MediaLine(
            (sdp) => this.exchange(sdp),
            waysBy(() => this.socket.send('ice', this.visit, {})),
            (kind, ms) => void this.tell(kind, ms),
        );
        this.check = new LineCheck(this.media, {
            house: (play) => this.socket.send('house', this.visit, { play }),
            probe: () => this.socket.send('probe', this.visit, {}),
        });
    }

    /* ---- what heirs say ------------------------------------------------------ */

    protected abstract standing(visit: Visit): Standing | undefined;

    /* More of what the page is doing. */
    protected presence(): Presence {
        return {};
    }

    /* Called in: the call begins. */
    protected calledIn(): void {}

    /* The relay plays nothing any more: the line was built anew, or was checked. */
    protected fellSilent(): void {}

    /* After a view was followed. */
    protected followed?(visit: Visit): void;

    /* ---- life ---------------------------------------------------------------- */

    start(): void {
        this.state.listen(this.follow);
        this.ui.listen(this.follow);
        this.devices.state.listen(this.follow);
        this.check.state.listen(this.follow);
        this.screen.track.listen((track) => {
            this.note({ sharing: track !== undefined });
            this.keepInStep();
        });
        document.addEventListener('visibilitychange', this.follow);
        this.timer = setInterval(this.follow, CLOCK_MS);
        this.socket.start();
    }

    /* Lets everything go: socket, line, camera, screen. */
    stop(): void {
        clearInterval(this.timer);
        document.removeEventListener('visibilitychange', this.follow);
        this.socket.close();
        this.release();
    }

    takeOver(): Promise<unknown> {
        return this.send('take_over', {});
    }

    protected nowMs(): number {
        return Date.now() + this.state.get().skewMs;
    }

    protected note(change: Partial<RoomUi>): void {
        this.ui.patch(change as Partial<U>);
    }

    private release(): void {
        this.check.stop();
        this.screen.stop();
        this.media.stop();
        this.devices.close();
        this.wake.set(false);
    }

    /* ---- what the person does ------------------------------------------------- */

    protected readonly own = {
        consent: async (accepted: boolean, version: string, text: string) =>
            this.send('consent', { accepted, version, hash: await sha256(text) }),
        openDevices: (camera: boolean) => this.devices.open({ camera, microphone: true }),
        setSoundOnly: async (soundOnly: boolean) => {
            this.note({ soundOnly });
            await this.devices.open({ camera: !soundOnly, microphone: true });
        },
        switchCamera: () => this.devices.switchCamera(),
        /* hears one's own voice */
        checkLine: async () => {
            await this.check.run();
            this.fellSilent();
        },
        finishTest: (heard: boolean | undefined) => this.finishTest(heard),
        arrive: () => {
            this.note({ left: false });
            return this.send('arrive', {});
        },
        leave: () => {
            this.note({ left: true });
            return this.send('leave', {});
        },
        setMuted: (muted: boolean) => {
            this.media.setMuted(muted);
            this.keepInStep();
        },
        setCameraOff: async (cameraOff: boolean) => {
            this.note({ cameraOff });
            await this.devices.open({ camera: !cameraOff });
        },
        share: async (on: boolean) => (on ? this.screen.start() : this.screen.stop()),
        setLarge: (large: string) => this.note({ large }),
    };

    private async finishTest(heard: boolean | undefined): Promise<unknown> {
        const { camera, microphone } = this.devices.state.get();
        this.check.stop();
        const answer = await this.send('check_device', {
            camera,
            microphone,
            sound_only: this.ui.get().soundOnly,
            line: this.check.state.get().line,
            voice: this.check.state.get().voice,
            ...(heard === undefined ? {} : { speaker_heard: heard }),
        });
        if (answer?.ok) this.note({ testing: false });
        return answer;
    }

    /* ---- frames ---------------------------------------------------------------- */

    protected onFrame(frame: Frame): void {
        const atMs = Date.now();
        this.state.update((old) => reduce(old, { kind: 'frame', frame, atMs }));
        if (frame.media === 'again') this.media.again();
        if (frame.heard || frame.line) this.check.onFrame({ ...frame });
        if (frame.fenced || frame.signed_out) {
            this.socket.close();
            this.release();
        }
    }

    protected async send<V extends Verb>(
        verb: V,
        members: Commands[V],
    ): Promise<Answer | undefined> {
        try {
            const answer = await this.socket.send(verb, this.visit, members);
            this.note({ refused: answer.refused ?? '' });
            return answer;
        } catch {
            return undefined; /* closed for good: another screen says so */
        }
    }

    private async exchange(sdp: string): Promise<string> {
        const answer = await this.socket.send('offer', this.visit, { sdp });
        if (answer.answer === undefined) throw new Error(answer.refused ?? 'no answer');
        this.fellSilent();
        return answer.answer;
    }

    private async tell(kind: Saw, ms: number): Promise<void> {
        await this.socket
            .send('incident', this.visit, { kind, ms: Math.min(SAW_MOST_MS, Math.round(ms)) })
            .catch(() => undefined);
    }

    /* ---- keeping devices and line in step with the view ------------------------- */

    protected keepInStep(): void {
        const state = this.state.get();
        const visit = state.visits[this.visit];
        const standing = visit && this.standing(visit);
        if (!visit || !standing) return;
        const held = !state.elsewhere && !state.fenced && !state.signedOut;
        this.stepChanged(standing, held);
        this.warm(visit, standing, held);
        this.tellPresence(standing, held);
        this.enterByItself(standing, held);
        this.followed?.(visit);
    }

    private stepChanged({ step, warm, preparing }: Standing, held: boolean): void {
        const before = this.lastStep;
        this.lastStep = step;
        if (before === step) return;
        this.check.stop();
        if (held && step === 'call' && before && WAITING.includes(before)) {
            this.note({ testing: false });
            this.calledIn();
            if ('vibrate' in navigator) navigator.vibrate([200, 100, 200]);
            playTestSound().catch(() => undefined);
        }
        if (!warm && !preparing) this.devices.close();
    }

    private warm(visit: Visit, standing: Standing, held: boolean): void {
        const warm = held && (standing.warm || isChecking(this.check.state.get()));
        this.wake.set(warm);
        if (!warm) {
            this.screen.stop();
            this.media.stop();
            if (!held) this.devices.close();
            return;
        }
        this.media.start();
        void this.openAgain(standing);
        const { talking, hearing, seeing } = standing;
        if (!talking) this.screen.stop();
        const { cameraTrack: camera, microphoneTrack: microphone } = this.devices.state.get();
        this.media.setLocal({ microphone, camera, screen: this.screen.track.get() });
        this.media.allow(talking);
        this.media.setAudience(visit.slots.length);
        this.media.expectSound(hearing);
        this.media.expectPicture(seeing);
    }

    private async openAgain({ reopen }: Standing): Promise<void> {
        const { camera, microphone, asking } = this.devices.state.get();
        const untouched = camera === 'untested' && microphone === 'untested';
        if (!untouched || asking || !reopen) return;
        this.note({ soundOnly: reopen.soundOnly });
        await this.devices.open({ camera: !reopen.soundOnly, microphone: true });
    }

    private tellPresence({ step }: Standing, held: boolean): void {
        if (!held) return;
        const { cameraOff, sharing } = this.ui.get();
        const devices = this.devices.state.get();
        this.socket.setPresence(this.visit, {
            doing: step,
            camera: devices.cameraTrack !== undefined && !cameraOff,
            microphone: devices.microphoneTrack !== undefined && !this.media.state.get().muted,
            sharing,
            screen: document.visibilityState === 'visible' ? 'on' : 'locked',
            ...this.presence(),
        });
    }

    /* People do not press "enter": whoever looks at the page is in. */
    private enterByItself({ entering }: Standing, held: boolean): void {
        const looking = document.visibilityState === 'visible';
        if (!held || !looking || !entering || this.arriving || this.ui.get().left) return;
        this.arriving = true;
        void this.send('arrive', {}).finally(() => {
            this.arriving = false;
        });
    }
}
