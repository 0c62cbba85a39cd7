/*
 * room: a claimed visit on this device. It owns the socket, the devices and the
 * media line, and keeps them in step with the newest view; it holds no rule of
 * the clinic.
 */
import { Devices, playTestSound, WakeLock } from '../shared/devices';
import { request } from '../shared/http';
import { sha256 } from '../shared/ids';
import { isChecking, LineCheck } from '../shared/line_check';
import { MediaLine } from '../shared/media';
import type { Answer, Commands, Frame, Saw, Step, Verb } from '../shared/protocol';
import { ScreenShare } from '../shared/screen_share';
import { Socket } from '../shared/socket';
import { initialState, reduce, type State, type Visit } from '../shared/state';
import { Store } from '../shared/store';
import { waysBy } from '../shared/ways';
import { openDocument } from './documents';
import { initialUi, mayTalk, picturesCome, roomIsOpen, type Actions, type Ui } from './model';

/* Steps where the line is warm and the screen stays awake. */
const WARM: Step[] = ['waiting', 'put_back', 'call', 'call_left'];
const PREPARING: Step[] = ['place', 'check', 'ready'];
const CLOCK_MS = 5_000;

export class Room {
    readonly state = new Store<State>(initialState);
    readonly ui: Store<Ui>;
    readonly devices = new Devices();
    readonly media: MediaLine;
    readonly check: LineCheck;
    private socket: Socket;
    private wake = new WakeLock();
    private screen = new ScreenShare();
    private lastStep: Step | undefined;
    private arriving = false;
    private timer: ReturnType<typeof setInterval> | undefined;
    private follow = (): void => this.keepInStep();

    constructor(
        readonly visit: string,
        options: { fromPayment: boolean },
    ) {
        this.ui = new Store<Ui>({ ...initialUi, fromPayment: options.fromPayment });
        this.socket = new Socket(`/ws/visit/${visit}`, {
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

    start(): void {
        this.state.listen(this.follow);
        this.ui.listen(this.follow);
        this.devices.state.listen(this.follow);
        this.check.state.listen(this.follow);
        this.screen.track.listen((track) => {
            this.ui.patch({ sharing: track !== undefined });
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

    nowMs(): number {
        return Date.now() + this.state.get().skewMs;
    }

    takeOver(): Promise<unknown> {
        return this.send('take_over', {});
    }

    current(): Visit | undefined {
        return this.state.get().visits[this.visit];
    }

    readonly actions: Actions = {
        consent: async (accepted, version, text) =>
            this.send('consent', { accepted, version, hash: await sha256(text) }),
        situate: (place, phone, adult) =>
            this.send('situate', {
                place,
                ...(phone ? { phone } : {}),
                ...(adult ? { adult } : {}),
            }),
        openDevices: (camera) => this.devices.open({ camera, microphone: true }),
        finishTest: (heard) => this.finishTest(heard),
        checkLine: () => this.checkLine(),
        setTesting: (testing) => {
            this.check.stop();
            this.ui.patch({ testing });
        },
        setSoundOnly: async (soundOnly) => {
            this.ui.patch({ soundOnly });
            await this.devices.open({ camera: !soundOnly, microphone: true });
        },
        switchCamera: () => this.devices.switchCamera(),
        arrive: () => {
            this.ui.patch({ leftRoom: false });
            return this.send('arrive', {});
        },
        leaveRoom: () => {
            this.ui.patch({ leftRoom: true });
            return this.send('leave', {});
        },
        keepPlace: () => this.send('keep_place', {}),
        askCallback: () => this.send('ask_callback', {}),
        askOtherTime: () => this.send('ask_other_time', {}),
        setMusic: (music) => {
            this.ui.patch({ music });
            return this.send('house', { play: music ? 'hold' : 'none' });
        },
        setMuted: (muted) => {
            this.media.setMuted(muted);
            this.keepInStep();
        },
        setCameraOff: async (cameraOff) => {
            this.ui.patch({ cameraOff });
            await this.devices.open({ camera: !cameraOff });
        },
        sendMessage: async (text) => (await this.send('send_message', { text }))?.ok === true,
        setTyping: (typing) => this.ui.patch({ typing }),
        messagesSeen: (seenMessages) => this.ui.patch({ seenMessages }),
        hangUp: () => this.send('leave', {}),
        share: async (on) => (on ? this.screen.start() : this.screen.stop()),
        setLarge: (large) => this.ui.patch({ large }),
        answerGuest: (guest, agreed) => this.send('answer_guest', { guest, agreed }),
        openPayment: () => {
            this.ui.patch({ openingPayment: true, fromPayment: false });
            return this.openPayment();
        },
        payOtherwise: () => this.send('pay_otherwise', {}),
        document: (kind, how) => openDocument(this.visit, kind, how),
        prove: (year, month, day) => this.prove(year, month, day),
        leaveDevice: async () => {
            const reply = await request('DELETE', `/api/visit/${this.visit}/session`);
            if (reply.status >= 200 && reply.status < 300) this.onFrame({ signed_out: true });
            else this.ui.patch({ refused: 'other' });
        },
    };

    /* ---- frames ------------------------------------------------------------ */

    private onFrame(frame: Frame): void {
        const atMs = Date.now();
        this.state.update((old) => reduce(old, { kind: 'frame', frame, atMs }));
        if (frame.media === 'again') this.media.again();
        if (frame.heard || frame.line) this.check.onFrame({ ...frame });
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
        /* A line that was built anew plays nothing until it is told again. */
        if (this.ui.get().music) void this.send('house', { play: 'hold' });
        return answer.answer;
    }

    /* ---- keeping devices and line in step with the view --------------------- */

    private keepInStep(): void {
        const state = this.state.get();
        const visit = this.current();
        const step = visit?.view.step;
        if (!visit || !step) return;
        const held = !state.elsewhere && !state.fenced && !state.signedOut;
        this.stepChanged(step, held);
        this.warm(visit, held);
        this.tellPresence(visit, held);
        this.enterByItself(visit, held);
        this.goAndPay(visit);
    }

    private stepChanged(step: Step, held: boolean): void {
        const before = this.lastStep;
        this.lastStep = step;
        if (before === step) return;
        this.check.stop();
        const waited = before === 'waiting' || before === 'put_back';
        if (held && step === 'call' && waited) {
            this.ui.patch({ testing: false, music: false });
            if ('vibrate' in navigator) navigator.vibrate([200, 100, 200]);
            playTestSound().catch(() => undefined);
        }
        if (!WARM.includes(step) && !PREPARING.includes(step)) this.devices.close();
    }

    private warm(visit: Visit, held: boolean): void {
        const step = visit.view.step ?? 'consent';
        const checking = isChecking(this.check.state.get());
        const warm = held && (WARM.includes(step) || checking);
        this.wake.set(warm);
        if (!warm) {
            this.screen.stop();
            this.media.stop();
            if (!held) this.devices.close();
            return;
        }
        this.media.start();
        void this.openAgain(visit);
        const { cameraTrack: camera, microphoneTrack: microphone } = this.devices.state.get();
        if (!mayTalk(visit)) this.screen.stop();
        this.media.setLocal({ microphone, camera, screen: this.screen.track.get() });
        this.media.allow(mayTalk(visit));
        this.media.setAudience(visit.slots.length);
        const doctorThere = visit.now.doctor?.connected !== false;
        this.media.expectSound(mayTalk(visit) && doctorThere);
        const seen = visit.now.doctor?.camera !== false && picturesCome(visit);
        this.media.expectPicture(mayTalk(visit) && doctorThere && seen);
    }

    /* After a reload the devices are opened again when that takes no question. */
    private async openAgain(visit: Visit): Promise<void> {
        const { camera, microphone, asking } = this.devices.state.get();
        const untouched = camera === 'untested' && microphone === 'untested';
        if (!untouched || asking || visit.view.microphone !== 'works') return;
        const soundOnly = visit.view.sound_only === true || visit.view.camera !== 'works';
        this.ui.patch({ soundOnly });
        await this.devices.open({ camera: !soundOnly, microphone: true });
    }

    private tellPresence(visit: Visit, held: boolean): void {
        if (!held || !visit.view.step) return;
        const ui = this.ui.get();
        const devices = this.devices.state.get();
        const muted = this.media.state.get().muted;
        this.socket.setPresence(this.visit, {
            doing: visit.view.step,
            typing: ui.typing,
            camera: devices.cameraTrack !== undefined && !ui.cameraOff,
            microphone: devices.microphoneTrack !== undefined && !muted,
            sharing: ui.sharing,
            screen: document.visibilityState === 'visible' ? 'on' : 'locked',
            music: ui.music,
        });
    }

    /* People do not press "enter": whoever looks at the page is in. */
    private enterByItself(visit: Visit, held: boolean): void {
        const looking = document.visibilityState === 'visible';
        const ready = visit.view.step === 'ready' && roomIsOpen(visit.view, this.nowMs());
        if (!held || !looking || !ready || this.arriving || this.ui.get().leftRoom) return;
        this.arriving = true;
        void this.send('arrive', {}).finally(() => {
            this.arriving = false;
        });
    }

    private release(): void {
        this.check.stop();
        this.screen.stop();
        this.media.stop();
        this.devices.close();
        this.wake.set(false);
    }

    /* ---- longer actions ------------------------------------------------------ */

    /* Hears one's own voice; then the music that was asked for plays again. */
    private async checkLine(): Promise<void> {
        await this.check.run();
        if (this.ui.get().music) void this.send('house', { play: 'hold' });
    }

    private async tell(kind: Saw, ms: number): Promise<void> {
        const most = 3_600_000;
        await this.socket
            .send('incident', this.visit, { kind, ms: Math.min(most, Math.round(ms)) })
            .catch(() => undefined);
    }

    private async finishTest(heard: boolean | undefined): Promise<unknown> {
        const { camera, microphone } = this.devices.state.get();
        const { soundOnly, testing } = this.ui.get();
        this.check.stop();
        const answer = await this.send('check_device', {
            camera,
            microphone,
            sound_only: soundOnly,
            line: this.check.state.get().line,
            voice: this.check.state.get().voice,
            ...(heard === undefined ? {} : { speaker_heard: heard }),
        });
        if (answer?.ok && testing) this.ui.patch({ testing: false });
        return answer;
    }

    private async openPayment(): Promise<unknown> {
        const answer = await this.send('open_payment', {});
        if (!answer?.ok) this.ui.patch({ openingPayment: false });
        return answer;
    }

    /* The provider's page opens as soon as its address is known. */
    private goAndPay(visit: Visit): void {
        const { step, checkout_url: url } = visit.view;
        if (!this.ui.get().openingPayment || step !== 'paying' || !url) return;
        this.ui.patch({ openingPayment: false });
        location.assign(url);
    }

    private async prove(year: number, month: number, day: number) {
        const path = `/api/visit/${this.visit}/prove`;
        const reply = await request('POST', path, { year, month, day });
        if (reply.code === '') return 'ok' as const;
        if (reply.code === 'wrong_birth_date') return 'wrong' as const;
        return reply.status === 429 ? ('paused' as const) : ('failed' as const);
    }
}
