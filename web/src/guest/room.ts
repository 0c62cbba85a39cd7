/*
 * room: a guest's place on this device: the socket, the devices and the media
 * line, kept in step with the newest view. It holds no rule of the clinic.
 */
import { Devices, playTestSound, WakeLock } from '../shared/devices';
import { sha256 } from '../shared/ids';
import { MediaLine } from '../shared/media';
import type { Answer, Commands, Frame, GuestStep, Verb } from '../shared/protocol';
import { ScreenShare } from '../shared/screen_share';
import { Socket } from '../shared/socket';
import { initialState, reduce, type State, type Visit } from '../shared/state';
import { Store } from '../shared/store';
import { waysBy } from '../shared/ways';
import { initialGuestUi, mayTalk, type GuestActions, type GuestUi } from './model';

/* Steps where the line is warm and the screen stays awake. */
const WARM: GuestStep[] = ['waiting', 'call', 'dismissed'];
const PREPARING: GuestStep[] = ['check', 'ready'];
const CLOCK_MS = 5_000;

export class GuestRoom {
    readonly state = new Store<State>(initialState);
    readonly ui = new Store<GuestUi>(initialGuestUi);
    readonly devices = new Devices();
    readonly media: MediaLine;
    private socket: Socket;
    private wake = new WakeLock();
    private screen = new ScreenShare();
    private lastStep: GuestStep | undefined;
    private arriving = false;
    private timer: ReturnType<typeof setInterval> | undefined;
    private follow = (): void => this.keepInStep();

    constructor(
        readonly visit: string,
        readonly guest: number,
    ) {
        this.socket = new Socket(`/ws/guest/${visit}/${guest}`, {
            frame: (frame) => this.onFrame(frame),
            connection: (connection) =>
                this.state.update((old) => reduce(old, { kind: 'connection', connection })),
            unauthorized: () => this.onFrame({ signed_out: true }),
        });
        this.media = new MediaLine(
            (sdp) => this.exchange(sdp),
            waysBy(() => this.socket.send('ice', this.visit, {})),
        );
    }

    start(): void {
        this.state.listen(this.follow);
        this.ui.listen(this.follow);
        this.devices.state.listen(this.follow);
        this.screen.track.listen((track) => {
            this.ui.patch({ sharing: track !== undefined });
            this.keepInStep();
        });
        document.addEventListener('visibilitychange', this.follow);
        this.timer = setInterval(this.follow, CLOCK_MS);
        this.socket.start();
    }

    stop(): void {
        clearInterval(this.timer);
        document.removeEventListener('visibilitychange', this.follow);
        this.socket.close();
        this.release();
    }

    takeOver(): Promise<unknown> {
        return this.send('take_over', {});
    }

    readonly actions: GuestActions = {
        promise: async (accepted, version, text) =>
            this.send('consent', { accepted, version, hash: await sha256(text) }),
        openDevices: (camera) => this.devices.open({ camera, microphone: true }),
        setSoundOnly: async (soundOnly) => {
            this.ui.patch({ soundOnly });
            await this.devices.open({ camera: !soundOnly, microphone: true });
        },
        switchCamera: () => this.devices.switchCamera(),
        finishTest: (heard) => this.finishTest(heard),
        arrive: () => {
            this.ui.patch({ left: false });
            return this.send('arrive', {});
        },
        leave: () => {
            this.ui.patch({ left: true });
            return this.send('leave', {});
        },
        setMuted: (muted) => {
            this.media.setMuted(muted);
            this.keepInStep();
        },
        setCameraOff: async (cameraOff) => {
            this.ui.patch({ cameraOff });
            await this.devices.open({ camera: !cameraOff });
        },
        share: async (on) => (on ? this.screen.start() : this.screen.stop()),
        setLarge: (large) => this.ui.patch({ large }),
    };

    /* ---- frames ------------------------------------------------------------ */

    private onFrame(frame: Frame): void {
        const atMs = Date.now();
        this.state.update((old) => reduce(old, { kind: 'frame', frame, atMs }));
        if (frame.media === 'again') this.media.again();
        if (frame.fenced || frame.signed_out) {
            this.socket.close();
            this.release();
        }
    }

    private async send<V extends Verb>(verb: V, members: Commands[V]): Promise<Answer | undefined> {
        try {
            const answer = await this.socket.send(verb, this.visit, members);
            this.ui.patch({ refused: answer.refused ?? '' });
            return answer;
        } catch {
            return undefined; /* closed for good: another screen says so */
        }
    }

    private async exchange(sdp: string): Promise<string> {
        const answer = await this.socket.send('offer', this.visit, { sdp });
        if (answer.answer === undefined) throw new Error(answer.refused ?? 'no answer');
        return answer.answer;
    }

    /* ---- keeping devices and line in step with the view --------------------- */

    private keepInStep(): void {
        const state = this.state.get();
        const visit = state.visits[this.visit];
        const step = visit?.view.guest_step;
        if (!visit || !step) return;
        const held = !state.elsewhere && !state.fenced && !state.signedOut;
        this.stepChanged(step, held);
        this.warm(visit, step, held);
        this.tellPresence(step, held);
        this.enterByItself(visit, step, held);
    }

    private stepChanged(step: GuestStep, held: boolean): void {
        const before = this.lastStep;
        this.lastStep = step;
        if (before === step) return;
        if (held && step === 'call' && (before === 'waiting' || before === 'dismissed')) {
            if ('vibrate' in navigator) navigator.vibrate([200, 100, 200]);
            playTestSound().catch(() => undefined);
        }
        if (!WARM.includes(step) && !PREPARING.includes(step)) this.devices.close();
    }

    private warm(visit: Visit, step: GuestStep, held: boolean): void {
        const warm = held && WARM.includes(step);
        this.wake.set(warm);
        if (!warm) {
            this.screen.stop();
            this.media.stop();
            if (!held) this.devices.close();
            return;
        }
        this.media.start();
        void this.openAgain(visit);
        const talk = mayTalk(visit);
        if (!talk) this.screen.stop();
        const { cameraTrack: camera, microphoneTrack: microphone } = this.devices.state.get();
        this.media.setLocal({ microphone, camera, screen: this.screen.track.get() });
        this.media.allow(talk);
        this.media.setAudience(visit.slots.length);
        const others = [visit.now.doctor, visit.now.patient];
        this.media.expectSound(talk && others.some((each) => each?.connected === true));
    }

    /* After a reload the devices are opened again: they were tested before. */
    private async openAgain(visit: Visit): Promise<void> {
        const { camera, microphone, asking } = this.devices.state.get();
        if (camera !== 'untested' || microphone !== 'untested' || asking) return;
        const own = visit.view.guests?.find((each) => each.guest === this.guest);
        const soundOnly = own?.sound_only === true;
        this.ui.patch({ soundOnly });
        await this.devices.open({ camera: !soundOnly, microphone: true });
    }

    private tellPresence(step: GuestStep, held: boolean): void {
        if (!held) return;
        const ui = this.ui.get();
        const devices = this.devices.state.get();
        this.socket.setPresence(this.visit, {
            doing: step,
            camera: devices.cameraTrack !== undefined && !ui.cameraOff,
            microphone: devices.microphoneTrack !== undefined && !this.media.state.get().muted,
            sharing: ui.sharing,
            screen: document.visibilityState === 'visible' ? 'on' : 'locked',
        });
    }

    /* Whoever looks at the page is in the waiting room. */
    private enterByItself(visit: Visit, step: GuestStep, held: boolean): void {
        const looking = document.visibilityState === 'visible';
        const nowMs = Date.now() + this.state.get().skewMs;
        const open = nowMs >= (visit.view.opens_ms ?? Infinity);
        if (!held || !looking || step !== 'ready' || !open) return;
        if (this.arriving || this.ui.get().left) return;
        this.arriving = true;
        void this.send('arrive', {}).finally(() => {
            this.arriving = false;
        });
    }

    private release(): void {
        this.screen.stop();
        this.media.stop();
        this.devices.close();
        this.wake.set(false);
    }

    private async finishTest(heard: boolean | undefined): Promise<unknown> {
        const { camera, microphone } = this.devices.state.get();
        return this.send('check_device', {
            camera,
            microphone,
            sound_only: this.ui.get().soundOnly,
            ...(heard === undefined ? {} : { speaker_heard: heard }),
        });
    }
}
