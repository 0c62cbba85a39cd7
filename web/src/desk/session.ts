/*
 * session: the desk's connection to the server, from sign-in to sign-out: the
 * socket, the state, what is watched, the doctor's line, and who just arrived.
 */
import type { Answer, Commands, Frame, Presence, Row, Saw, Verb } from '../shared/protocol';
import { Socket } from '../shared/socket';
import { initialState, type Connection, type State } from '../shared/state';
import { Store } from '../shared/store';
import { waysBy } from '../shared/ways';
import { CallMedia } from './call_media';
import { Chime } from './chime';
import { dayOf } from './clock';
import { admittedRow, arrivals, guestArrivals, linesAway, reduceDesk } from './day';
import { doctorList, nameOf } from './rows';
import type { Sentence } from './say';

export interface SessionHandlers {
    /* The session is over, or never was. */
    over(): void;
    tell(sentence: Sentence): void;
    /* What a notification on the desktop says; no name is in it. */
    arrived(count: number): { title: string; body: string };
    guestWaits(): { title: string; body: string };
}

const RING_AGAIN_MS = 90_000;
const RINGS_MAX = 3;
const AGAIN_MS = 1_000; /* before what was not read is asked for again */

export class DeskSession {
    readonly state = new Store<State>(initialState);
    readonly lost = new Store<Record<string, number>>({});
    readonly chime = new Chime();
    readonly call: CallMedia;
    private socket: Socket;
    private watched = new Set<string>();
    private day = '';
    private rings = 0;
    private rangAtMs = 0;
    private timer: ReturnType<typeof setInterval>;

    constructor(private handlers: SessionHandlers) {
        this.call = new CallMedia(
            (sdp) => this.offer(sdp),
            waysBy(() => this.socket.send('ice', '', {})),
            (kind, ms) => this.saw(kind, ms),
        );
        this.socket = new Socket('/ws/desk', {
            frame: (frame) => this.frame(frame),
            connection: (connection) => this.connection(connection),
            unauthorized: () => this.end(),
        });
        this.timer = setInterval(() => this.tick(), 1_000);
        this.socket.start();
    }

    nowMs(): number {
        return Date.now() + this.state.get().skewMs;
    }

    /* What is watched and shown is asked for again on every connection. */
    send = <V extends Verb>(verb: V, of: string, members: Commands[V]): Promise<Answer> => {
        if (verb === 'watch') this.watched.add(of);
        if (verb === 'unwatch') this.watched.delete(of);
        if (verb === 'show_day') this.day = (members as Commands['show_day']).day;
        const answer = this.socket.send(verb, of, members);
        if (verb === 'watch' || verb === 'show_day') this.insist(answer, verb, of, members);
        return answer;
    };

    /* What is shown must come in the end: the record may be away for a moment. */
    private insist<V extends Verb>(
        answer: Promise<Answer>,
        verb: V,
        of: string,
        members: Commands[V],
    ): void {
        const wanted = (): boolean =>
            verb === 'watch'
                ? this.watched.has(of)
                : this.day === (members as Commands['show_day']).day;
        answer
            .then((said) => {
                if (said.refused !== 'try_again') return;
                setTimeout(() => {
                    if (wanted())
                        this.insist(this.socket.send(verb, of, members), verb, of, members);
                }, AGAIN_MS);
            })
            .catch(() => undefined);
    }

    presence(presence: Presence, of: string): void {
        this.socket.setPresence(of, presence);
    }

    end(): void {
        clearInterval(this.timer);
        this.socket.close();
        this.call.close();
        this.handlers.over();
    }

    private connection(connection: Connection): void {
        this.state.update((old) => reduceDesk(old, { kind: 'connection', connection }));
    }

    private frame(frame: Frame): void {
        const before = this.state.get();
        const after = reduceDesk(before, { kind: 'frame', frame, atMs: Date.now() });
        this.state.set(after);
        if (frame.me) this.askAgain();
        if (after.signedOut) {
            this.end();
            return;
        }
        if (after.board !== before.board) this.dayMoved(before.board?.rows, after.board?.rows);
        if (after.me?.role !== 'doctor') return;
        if (after.board) this.call.follow(after);
        if (frame.media === 'again') this.call.again();
    }

    /* What this page saw of its own line goes into the record of the visit. */
    private saw(kind: Saw, ms: number): void {
        const row = admittedRow(this.state.get());
        const most = 3_600_000;
        if (row) this.quietly('incident', row.of, { kind, ms: Math.min(most, Math.round(ms)) });
    }

    private askAgain(): void {
        const me = this.state.get().me;
        if (!me) return;
        if (this.day === '') this.day = dayOf(this.nowMs(), me.clinic.time_zone);
        this.send('show_day', '', { day: this.day }).catch(() => undefined);
        for (const of of this.watched) this.send('watch', of, {}).catch(() => undefined);
        if (me.role !== 'doctor') return;
        this.chime.restore();
        void this.call.restore();
    }

    private quietly<V extends Verb>(verb: V, of: string, members: Commands[V]): void {
        this.socket.send(verb, of, members).catch(() => undefined);
    }

    private dayMoved(before: Row[] | undefined, after: Row[] | undefined): void {
        const rows = after ?? [];
        this.lost.update((known) => linesAway(known, rows, this.nowMs()));
        if (!before || this.state.get().me?.role !== 'doctor') return;
        this.guestsMoved(before, rows);
        const news = arrivals(before, rows);
        const first = news[0];
        if (!first) return;
        this.handlers.tell({ key: 'said.arrived', values: { name: nameOf(first.view) } });
        const { title, body } = this.handlers.arrived(news.length);
        this.chime.notify(title, body);
        this.rings = 0;
        this.ring();
    }

    private guestsMoved(before: Row[], after: Row[]): void {
        const name = guestArrivals(before, after)[0];
        if (!name) return;
        this.handlers.tell({ key: 'said.guest_waits', values: { name } });
        const { title, body } = this.handlers.guestWaits();
        this.chime.notify(title, body);
        this.chime.ring();
    }

    private ring(): void {
        this.chime.ring();
        this.rings++;
        this.rangAtMs = Date.now();
    }

    /* A missed chime is repeated while somebody waits and nobody is in; and the
     * day that is shown as today's becomes the new one at midnight. */
    private tick(): void {
        const state = this.state.get();
        if (!state.me || state.connection !== 'open') return;
        const zone = state.me.clinic.time_zone;
        const yesterday = dayOf(this.nowMs() - 2_000, zone);
        const today = dayOf(this.nowMs(), zone);
        if (yesterday !== today && this.day === yesterday) {
            this.day = today;
            this.quietly('show_day', '', { day: today });
        }
        if (state.me.role !== 'doctor' || admittedRow(state)) return;
        const waiting = doctorList(state.board?.rows ?? []).waiting.length > 0;
        const due = Date.now() - this.rangAtMs > RING_AGAIN_MS;
        if (waiting && due && this.rings > 0 && this.rings < RINGS_MAX) this.ring();
    }

    private async offer(sdp: string): Promise<string> {
        const own = this.state.get().me?.practitioner;
        const answer = await this.socket.send('offer', typeof own === 'string' ? own : '', { sdp });
        if (answer.answer === undefined) throw new Error(answer.refused ?? 'no_relay');
        return answer.answer;
    }
}
