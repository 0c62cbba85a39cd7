/*
 * line_check: one's own voice back from the relay, then the line measured, over
 * the line that the visit will use. The microphone is lent for the echo alone,
 * drawn noise for the measure; both are taken back whatever happens.
 */
import type { MediaLine } from './media';
import { startNoise, type Noise } from './noise';
import type { Answer, Heard, LineMeasure, LineState, VoiceState } from './protocol';
import { Store } from './store';

export type CheckStep =
    | 'idle'
    | 'connecting'
    | 'speak' /* the relay listens */
    | 'listen' /* and plays it back */
    | 'measure'
    | 'done'
    | 'failed'; /* the test itself could not be made */

export interface CheckState {
    step: CheckStep;
    voice: VoiceState;
    line: LineState;
}

export const noCheck: CheckState = { step: 'idle', voice: 'untested', line: 'untested' };

export function isChecking(state: CheckState): boolean {
    return !['idle', 'done', 'failed'].includes(state.step);
}

/* What is asked of the server, however this page speaks with it. */
export interface CheckServer {
    house(play: 'echo' | 'none'): Promise<Answer>;
    probe(): Promise<Answer>;
}

const CONNECT_MS = 15_000;
const HEARD_MS = 20_000;
const MEASURED_MS = 12_000;
const POLL_MS = 100;

class Stopped extends Error {}

export class LineCheck {
    readonly state = new Store<CheckState>(noCheck);
    private turn = 0; /* of the run that counts; others have been stopped */
    private heard: Heard | undefined;
    private measured: LineMeasure | undefined;

    constructor(
        private line: MediaLine,
        private server: CheckServer,
    ) {}

    /* Frames of the server; others pass by. */
    onFrame(frame: { heard?: Heard; line?: LineMeasure }): void {
        if (frame.heard) this.heard = frame.heard;
        if (frame.line) this.measured = frame.line;
    }

    async run(): Promise<void> {
        const turn = ++this.turn;
        this.state.set({ ...noCheck, step: 'connecting' });
        try {
            this.line.start();
            if (!(await this.connected(turn))) return;
            await this.speak(turn);
            await this.measure(turn);
            this.patch(turn, { step: 'done' });
        } catch (error) {
            if (!(error instanceof Stopped)) this.patch(turn, { step: 'failed' });
        } finally {
            if (turn === this.turn) this.line.lend({});
        }
    }

    /* Ends it; what was found out stays known. */
    stop(): void {
        const { step } = this.state.get();
        this.turn++;
        this.line.lend({});
        if (!isChecking(this.state.get())) return;
        if (step !== 'connecting') void this.server.house('none').catch(() => undefined);
        this.state.update((old) => ({ ...old, step: 'idle' }));
    }

    /* A line that does not come up although it was answered is no line. */
    private async connected(turn: number): Promise<boolean> {
        const up = await this.wait(turn, CONNECT_MS, () => this.line.state.get().line === 'up');
        if (up) return true;
        if (!this.line.wasAnswered()) throw new Error('no relay');
        this.patch(turn, { step: 'done', line: 'poor' });
        return false;
    }

    private async speak(turn: number): Promise<void> {
        this.heard = undefined;
        const answer = await this.server.house('echo');
        this.proceed(turn);
        if (!answer.ok) throw new Error(answer.refused ?? 'refused');
        this.line.lend({ microphone: true });
        this.patch(turn, { step: 'speak' });
        const heard = await this.wait(turn, HEARD_MS, () => this.heard);
        if (!heard) throw new Error('nothing was heard of');
        this.patch(turn, { step: 'listen', voice: heard.voice });
        this.line.lend({});
        await this.wait(turn, heard.playing_ms + 500, () => undefined);
    }

    private async measure(turn: number): Promise<void> {
        let noise: Noise | undefined;
        this.measured = undefined;
        this.patch(turn, { step: 'measure' });
        try {
            noise = startNoise();
            this.line.lend({ noise: noise?.track });
            const answer = await this.server.probe();
            this.proceed(turn);
            if (!answer.ok) return; /* the voice is known, the line is not */
            const measured = await this.wait(turn, MEASURED_MS, () => this.measured);
            if (measured) this.patch(turn, { line: measured.verdict });
        } finally {
            if (turn === this.turn) this.line.lend({});
            noise?.stop();
        }
    }

    /* What came within the time, or nothing. */
    private async wait<T>(turn: number, ms: number, what: () => T): Promise<T | undefined> {
        const end = Date.now() + ms;
        for (;;) {
            this.proceed(turn);
            const value = what();
            if (value) return value;
            if (Date.now() >= end) return undefined;
            await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        }
    }

    private proceed(turn: number): void {
        if (turn !== this.turn) throw new Stopped();
    }

    private patch(turn: number, change: Partial<CheckState>): void {
        this.proceed(turn);
        this.state.update((old) => ({ ...old, ...change }));
    }
}
