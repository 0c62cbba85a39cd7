/*
 * media: the one owner of the RTCPeerConnection. One offer of thirteen sections
 * (docs/relay-control.md), one answer; nothing is renegotiated but ICE. The
 * connection is warm long before anybody is admitted: until `allow(true)` its
 * senders hold no track. It heals itself, because no browser recovers from a
 * changed address without an ICE restart.
 */
import { backoffMs } from './backoff';
import { cameraEncodings, Encodings, hintCamera, hintScreen } from './encodings';
import { connectionOf } from './socket';
import { Store } from './store';

export type LineWord = 'off' | 'connecting' | 'up' | 'interrupted';

export interface MediaState {
    line: LineWord;
    house?: MediaStream; /* slot 0: music; never a person */
    people: MediaStream[]; /* slots 1 to 4, at 0 to 3 */
    screen?: MediaStream;
    allowed: boolean;
    muted: boolean;
}

export interface LocalTracks {
    microphone?: MediaStreamTrack | undefined;
    camera?: MediaStreamTrack | undefined;
    screen?: MediaStreamTrack | undefined;
}

/* What is sent while nobody may be heard or seen: for the check before a visit. */
export interface Lent {
    microphone?: boolean;
    noise?: MediaStreamTrack | undefined;
}

/* Something came again after more than a second of nothing. */
export type Gap = (kind: 'sound_gap' | 'picture_frozen', ms: number) => void;

export interface MediaStats {
    framesDecoded: number;
    framesSent: number;
    soundEnergy: number;
    packetsReceived: number;
    packetsSent: number;
    rttMs: number | undefined;
}

/* Hands our offer over and brings the relay's answer; rejects when there is none. */
export type Exchange = (sdp: string) => Promise<string>;

/* The ways to the relay besides the direct one, each time anew: they expire. */
export type Ways = () => Promise<RTCIceServer[]>;

const SECTIONS = { microphone: 0, camera: 1, screen: 2, house: 3, slots: 4, shown: 12 } as const;
const SLOTS = 4;
const TICK_MS = 250;
const SILENCE_MS = 1_000;
/* So long nothing at all may come over a new route; then something is stuck. */
const FIRST_MS = 4_000;
const FIRST_TRIES = 4;
const STEADY_MS = 5_000;

export class MediaLine {
    readonly state = new Store<MediaState>({
        line: 'off',
        people: [],
        allowed: false,
        muted: false,
    });
    private pc: RTCPeerConnection | undefined;
    private local: LocalTracks = {};
    private lent: Lent = {};
    private pictureExpected = false;
    private frames = 0;
    private framesAtMs = 0; /* 0: none has come since one is expected */
    /* What each section was last told to send: replacing takes a while, and until
     * then the sender still names the old track. */
    private told = new Map<number, MediaStreamTrack | null>();
    private negotiating = false;
    private answered = false;
    private encodings = new Encodings();
    private audience = 1;
    private soundExpected = false;
    private packets = 0;
    private flowedAtMs = 0; /* 0: no sound has come over this route yet */
    private expectedAtMs = 0;
    private firstTries = 0;
    private upSinceMs = 0;
    private heals = 0;
    private healNotBeforeMs = 0;
    private builtAtMs = 0;
    private agains = 0; /* in a row, each soon after building */
    private timer: ReturnType<typeof setInterval> | undefined;
    private networkType = connectionOf(navigator)?.type;
    private online = (): void => this.networkChanged();
    private typeChanged = (): void => {
        /* `change` also comes with mere estimates: only another network counts */
        const type = connectionOf(navigator)?.type;
        if (type !== this.networkType && type !== 'none') this.networkChanged();
        this.networkType = type;
    };

    constructor(
        private exchange: Exchange,
        private ways: Ways = () => Promise.resolve([]),
        private gap: Gap = () => undefined,
    ) {}

    /* Warms the line up: ICE and DTLS, no media. Does nothing when it is on. */
    start(): void {
        if (this.pc) return;
        window.addEventListener('online', this.online);
        connectionOf(navigator)?.addEventListener('change', this.typeChanged);
        this.timer = setInterval(() => void this.tick(), TICK_MS);
        this.build();
    }

    stop(): void {
        if (!this.pc) return;
        window.removeEventListener('online', this.online);
        connectionOf(navigator)?.removeEventListener('change', this.typeChanged);
        clearInterval(this.timer);
        this.drop();
        this.patch({
            line: 'off',
            people: [],
            house: undefined,
            screen: undefined,
            allowed: false,
        });
    }

    /* The relay was restarted or changed: its end is gone, a new offer has to go.
     * One that ends every connection at once is asked ever more slowly. */
    again(): void {
        const pc = this.pc;
        if (!pc) return;
        const lived = Date.now() - this.builtAtMs;
        this.agains = lived > STEADY_MS ? 0 : this.agains + 1;
        this.heals = 0;
        if (this.agains < 2) {
            this.build();
            return;
        }
        setTimeout(
            () => {
                if (pc === this.pc) this.build();
            },
            backoffMs(this.agains, 8_000),
        );
    }

    /* What is sent once allowed; without a camera only sound goes. */
    setLocal(local: LocalTracks): void {
        this.local = local;
        if (local.camera) hintCamera(local.camera);
        if (local.screen) hintScreen(local.screen);
        this.applyMute();
        void this.applyTracks();
    }

    /* The page's side of the wall: tracks are attached only while this is true. */
    allow(allowed: boolean): void {
        if (allowed === this.state.get().allowed) return;
        this.flowedAtMs = 0;
        this.lent = {};
        this.patch({ allowed });
        void this.applyTracks();
    }

    /* For the echo of one's own voice and the measure of the line; nobody hears or
     * sees it, and it ends when the page is allowed to talk. */
    lend(lent: Lent): void {
        this.lent = this.state.get().allowed ? {} : lent;
        void this.applyTracks();
    }

    /* The relay answered the newest offer. */
    wasAnswered(): boolean {
        return this.answered;
    }

    /* True while somebody's picture should move. */
    expectPicture(expected: boolean): void {
        if (expected === this.pictureExpected) return;
        this.pictureExpected = expected;
        this.framesAtMs = 0;
    }

    /* How many others see the camera: more than one, and it has several encodings. */
    setAudience(audience: number): void {
        const before = this.audience > 1;
        this.audience = audience;
        if (before === audience > 1) return;
        if (this.answered) void this.applyEncodings();
    }

    /* Muted sound still flows, as silence: the other side can tell it from a lost line. */
    setMuted(muted: boolean): void {
        this.patch({ muted });
        this.applyMute();
    }

    /* True while somebody's sound should arrive; then a second of none heals. */
    expectSound(expected: boolean): void {
        if (expected === this.soundExpected) return;
        this.soundExpected = expected;
        this.flowedAtMs = 0;
        this.expectedAtMs = Date.now();
        this.firstTries = 0;
    }

    async stats(): Promise<MediaStats> {
        const sum: MediaStats = {
            framesDecoded: 0,
            framesSent: 0,
            soundEnergy: 0,
            packetsReceived: 0,
            packetsSent: 0,
            rttMs: undefined,
        };
        for (const report of (await this.reports()).values()) addReport(sum, report);
        return sum;
    }

    /* ---- building ---------------------------------------------------------- */

    private build(): void {
        this.drop();
        this.builtAtMs = Date.now();
        const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle', iceServers: [] });
        this.pc = pc;
        this.told.clear();
        this.answered = false;
        this.packets = 0;
        this.flowedAtMs = 0;
        this.frames = 0; /* what stood before goes on standing: framesAtMs stays */
        addSections(pc);
        pc.onconnectionstatechange = () => {
            if (pc === this.pc) this.connectionChanged(pc.connectionState);
        };
        const receivers = pc.getTransceivers().map((each) => each.receiver.track);
        const stream = (...at: number[]) =>
            new MediaStream(at.flatMap((index) => receivers[index] ?? []));
        this.patch({
            /* who was cut off stays so until it is up again */
            line: this.state.get().line === 'interrupted' ? 'interrupted' : 'connecting',
            house: stream(SECTIONS.house),
            people: Array.from({ length: SLOTS }, (_, slot) =>
                stream(SECTIONS.slots + 2 * slot, SECTIONS.slots + 2 * slot + 1),
            ),
            screen: stream(SECTIONS.shown),
        });
        void this.applyTracks();
        void this.negotiate(false);
    }

    private drop(): void {
        const old = this.pc;
        this.pc = undefined;
        this.negotiating = false;
        if (!old) return;
        old.onconnectionstatechange = null;
        old.close();
    }

    private async negotiate(restart: boolean): Promise<void> {
        const pc = this.pc;
        if (!pc || this.negotiating) return;
        this.negotiating = true;
        try {
            pc.setConfiguration({ ...pc.getConfiguration(), iceServers: await this.ways() });
            if (pc !== this.pc) return;
            if (restart) pc.restartIce();
            await pc.setLocalDescription(await pc.createOffer());
            const answer = await this.exchange(pc.localDescription?.sdp ?? '');
            if (pc !== this.pc) return;
            await pc.setRemoteDescription({ type: 'answer', sdp: answer });
            this.answered = true;
            await this.applyEncodings();
        } catch {
            if (pc === this.pc) this.healNotBeforeMs = Date.now() + backoffMs(this.heals, 8_000);
        } finally {
            if (pc === this.pc) this.negotiating = false;
        }
    }

    private async applyEncodings(): Promise<void> {
        const transceivers = this.pc?.getTransceivers() ?? [];
        const camera = transceivers[SECTIONS.camera]?.sender;
        const screen = transceivers[SECTIONS.screen]?.sender;
        if (camera && screen) await this.encodings.apply(camera, screen, this.audience);
    }

    /* ---- what goes out ----------------------------------------------------- */

    private async applyTracks(): Promise<void> {
        const pc = this.pc;
        if (!pc) return;
        const { allowed } = this.state.get();
        const senders = pc.getTransceivers().map((each) => each.sender);
        const wanted = (allowed ? tracksOf(this.local) : lentTracks(this.lent, this.local)).map(
            (track, section) => [section, track] as const,
        );
        await Promise.all(
            wanted.map(async ([section, track]) => {
                const next = track?.readyState === 'live' ? track : null;
                if ((this.told.get(section) ?? null) === next) return;
                this.told.set(section, next);
                await senders[section]?.replaceTrack(next).catch(() => {
                    if (pc === this.pc) this.told.delete(section);
                });
            }),
        );
        /* another camera may have another size */
        if (this.audience > 1) await this.applyEncodings();
    }

    private applyMute(): void {
        if (this.local.microphone) this.local.microphone.enabled = !this.state.get().muted;
    }

    /* ---- healing ----------------------------------------------------------- */

    private connectionChanged(word: RTCPeerConnectionState): void {
        if (word === 'connected') {
            this.upSinceMs = Date.now();
            this.patch({ line: 'up' });
        } else if (word === 'disconnected' || word === 'failed') {
            this.upSinceMs = 0;
            this.patch({ line: 'interrupted' });
            this.heal();
        }
    }

    private networkChanged(): void {
        this.heals = 0;
        this.healNotBeforeMs = 0;
        this.heal();
    }

    /* Restarts ICE; what two restarts did not bring back is built anew. */
    private heal(): void {
        const now = Date.now();
        if (!this.pc || this.negotiating || now < this.healNotBeforeMs) return;
        const tries = this.heals++;
        this.healNotBeforeMs = now + 1_000 * 2 ** Math.min(tries, 3);
        if (this.answered && tries >= 2) this.build();
        else void this.negotiate(this.answered);
    }

    private async tick(): Promise<void> {
        const pc = this.pc;
        if (!pc) return;
        const now = Date.now();
        const connected = pc.connectionState === 'connected';
        if (connected && this.upSinceMs > 0 && now - this.upSinceMs > STEADY_MS) {
            if (!this.soundLost(now)) this.heals = 0;
        }
        if (!this.answered) {
            this.heal();
            return;
        }
        if (!connected) {
            if (now - this.healNotBeforeMs > 0 && pc.connectionState !== 'connecting') this.heal();
            else if (now - this.healNotBeforeMs > 5_000) this.heal();
            return;
        }
        if (this.soundExpected) await this.listenForSound(now);
        if (this.pictureExpected) await this.watchPicture(now);
    }

    private async watchPicture(now: number): Promise<void> {
        const frames = await this.slotSum('video', 'framesDecoded');
        if (frames === this.frames) return;
        const stood = now - this.framesAtMs;
        if (this.framesAtMs > 0 && frames > this.frames && stood > SILENCE_MS) {
            this.gap('picture_frozen', stood);
        }
        this.frames = frames;
        this.framesAtMs = now;
    }

    private async listenForSound(now: number): Promise<void> {
        const packets = await this.slotSum('audio', 'packetsReceived');
        if (packets > this.packets) {
            const silent = now - this.flowedAtMs;
            if (this.flowedAtMs > 0 && silent > SILENCE_MS) this.gap('sound_gap', silent);
            this.flowedAtMs = now;
            if (this.state.get().line === 'interrupted') this.patch({ line: 'up' });
        }
        this.packets = packets;
        if (this.soundLost(now)) {
            this.patch({ line: 'interrupted' });
            this.heal();
        } else if (await this.nothingCame(now)) {
            this.firstTries++;
            this.expectedAtMs = now;
            this.build();
        }
    }

    /* A route without any first packet, while ICE says that all is well: the two
     * ends do not share a connection any more, and no ICE restart mends that. */
    private async nothingCame(now: number): Promise<boolean> {
        if (this.flowedAtMs > 0 || this.firstTries >= FIRST_TRIES || this.negotiating) return false;
        if (now - this.expectedAtMs < FIRST_MS * 2 ** this.firstTries) return false;
        return (await this.slotSum('video', 'packetsReceived')) === 0;
    }

    private soundLost(now: number): boolean {
        return this.soundExpected && this.flowedAtMs > 0 && now - this.flowedAtMs > SILENCE_MS;
    }

    private async slotSum(
        kind: 'audio' | 'video',
        what: 'packetsReceived' | 'framesDecoded',
    ): Promise<number> {
        let sum = 0;
        const first = SECTIONS.slots + (kind === 'audio' ? 0 : 1);
        const receivers = this.pc?.getTransceivers().map((each) => each.receiver) ?? [];
        for (let slot = 0; slot < SLOTS; slot++) {
            /* a connection that was closed meanwhile has none (Firefox rejects) */
            const report = await receivers[first + 2 * slot]?.getStats().catch(() => undefined);
            report?.forEach((each: AnyReport) => {
                if (each.type === 'inbound-rtp') sum += each[what] ?? 0;
            });
        }
        return sum;
    }

    private async reports(): Promise<Map<string, RTCStats>> {
        const reports = new Map<string, RTCStats>();
        const report = await this.pc?.getStats().catch(() => undefined);
        report?.forEach((each: RTCStats) => reports.set(each.id, each));
        return reports;
    }

    private patch(change: Partial<MediaState>): void {
        this.state.update((old) => ({ ...old, ...change }));
    }
}

/* Microphone, camera and screen, by the number of their sections. */
function tracksOf(local: LocalTracks): (MediaStreamTrack | undefined)[] {
    return [local.microphone, local.camera, local.screen];
}

/* Noise goes where a screen would: never in the place of a face. */
function lentTracks(lent: Lent, local: LocalTracks): (MediaStreamTrack | undefined)[] {
    return [lent.microphone ? local.microphone : undefined, undefined, lent.noise];
}

/* The thirteen sections, in the order that the relay counts on. */
function addSections(pc: RTCPeerConnection): void {
    const person = new MediaStream();
    pc.addTransceiver('audio', { direction: 'sendonly', streams: [person] });
    pc.addTransceiver('video', {
        direction: 'sendonly',
        streams: [person],
        sendEncodings: cameraEncodings(),
    });
    pc.addTransceiver('video', { direction: 'sendonly' });
    pc.addTransceiver('audio', { direction: 'recvonly' });
    for (let slot = 0; slot < SLOTS; slot++) {
        pc.addTransceiver('audio', { direction: 'recvonly' });
        pc.addTransceiver('video', { direction: 'recvonly' });
    }
    pc.addTransceiver('video', { direction: 'recvonly' });
}

interface AnyReport extends RTCStats {
    kind?: string;
    framesDecoded?: number;
    framesEncoded?: number;
    totalAudioEnergy?: number;
    packetsReceived?: number;
    packetsSent?: number;
    currentRoundTripTime?: number;
    nominated?: boolean;
}

function addReport(sum: MediaStats, report: AnyReport): void {
    if (report.type === 'inbound-rtp') {
        sum.packetsReceived += report.packetsReceived ?? 0;
        sum.framesDecoded += report.framesDecoded ?? 0;
        sum.soundEnergy += report.totalAudioEnergy ?? 0;
    } else if (report.type === 'outbound-rtp') {
        sum.packetsSent += report.packetsSent ?? 0;
        sum.framesSent += report.framesEncoded ?? 0;
    } else if (report.type === 'candidate-pair' && report.nominated) {
        if (report.currentRoundTripTime !== undefined) {
            sum.rttMs = report.currentRoundTripTime * 1_000;
        }
    }
}
