/*
 * state: the newest picture the server sent of each visit. `reduce` is pure and
 * knows no rule of the clinic: a view is replaced whole, never patched.
 */
import { guestKey } from './people';
import type {
    Frame,
    Incident,
    Me,
    MediaWord,
    Message,
    Now,
    PrescriptionLine,
    Quality,
    Row,
    Slot,
    View,
} from './protocol';

export type Connection = 'connecting' | 'open' | 'lost' | 'closed';

export interface Visit {
    seq: number;
    view: View;
    now: Now;
    chat: Message[];
    slots: Slot[];
    note?: string;
    lines?: PrescriptionLine[];
    weightKg?: number | undefined;
    heightCm?: number | undefined;
    quality: Record<string, Quality>;
    incidents: Incident[];
    moreIncidents: number;
    /* whose line carries sound only: 'patient', 'doctor', 'guest-2' */
    dark: Record<string, boolean>;
}

export interface Board {
    day: string;
    rows: Row[];
}

export interface State {
    connection: Connection;
    me?: Me;
    visits: Record<string, Visit>;
    board?: Board;
    elsewhere: boolean;
    fenced: boolean;
    signedOut: boolean;
    /* the relay's last word about this page's own media */
    media?: MediaWord;
    /* server time minus this device's time */
    skewMs: number;
}

export const initialState: State = {
    connection: 'connecting',
    visits: {},
    elsewhere: false,
    fenced: false,
    signedOut: false,
    skewMs: 0,
};

const emptyVisit: Visit = {
    seq: -1,
    view: {},
    now: {},
    chat: [],
    slots: [],
    quality: {},
    incidents: [],
    moreIncidents: 0,
    dark: {},
};

export type Event =
    { kind: 'frame'; frame: Frame; atMs: number } | { kind: 'connection'; connection: Connection };

export function reduce(state: State, event: Event): State {
    if (event.kind === 'connection') {
        return { ...state, connection: event.connection };
    }
    return withVisit(withPage(state, event.frame, event.atMs), event.frame);
}

/* What a frame says about the page and the day. */
function withPage(state: State, frame: Frame, atMs: number): State {
    let next = state;
    if (frame.me) {
        next = { ...next, me: frame.me, skewMs: frame.me.now_ms - atMs, signedOut: false };
    }
    if (frame.board) next = { ...next, board: { day: frame.day ?? '', rows: frame.board } };
    if (frame.row) next = { ...next, board: withRow(next.board, frame.row) };
    if (frame.elsewhere !== undefined) next = { ...next, elsewhere: frame.elsewhere };
    if (frame.fenced) next = { ...next, fenced: true };
    if (frame.signed_out) next = { ...next, signedOut: true };
    if (frame.media) next = { ...next, media: frame.media };
    return next;
}

function withRow(board: Board | undefined, row: Row): Board | undefined {
    if (!board) return board;
    const known = board.rows.find((each) => each.of === row.of);
    if (row.gone) {
        return { ...board, rows: board.rows.filter((each) => each.of !== row.of) };
    }
    if (!known) return { ...board, rows: [...board.rows, row] };
    if (known.seq > row.seq) return board;
    return { ...board, rows: board.rows.map((each) => (each.of === row.of ? row : each)) };
}

/* What a frame says about one visit. */
function withVisit(state: State, frame: Frame): State {
    if (!frame.of) return state;
    const old = state.visits[frame.of] ?? emptyVisit;
    let visit = old;
    if (frame.view && (frame.seq ?? 0) >= old.seq) {
        visit = { ...visit, seq: frame.seq ?? 0, view: frame.view };
    }
    if (frame.now) visit = { ...visit, now: frame.now };
    if (frame.chat) visit = { ...visit, chat: withChat(visit.chat, frame.chat, frame.from ?? 0) };
    if (frame.slots) {
        visit = { ...visit, slots: frame.slots };
        if (frame.slots.length === 0) visit = { ...visit, dark: {} };
    }
    if (frame.picture) {
        const dark = { ...visit.dark, [sideOf(frame.picture)]: !frame.picture.shown };
        visit = { ...visit, dark };
    }
    if (frame.note !== undefined) visit = { ...visit, note: frame.note };
    if (frame.lines) {
        const { lines, weight_kg: weightKg, height_cm: heightCm } = frame;
        visit = { ...visit, lines, weightKg, heightCm };
    }
    if (frame.incidents) {
        visit = { ...visit, incidents: frame.incidents, moreIncidents: frame.more ?? 0 };
    }
    if (frame.quality) {
        const quality = { ...visit.quality, [sideOf(frame.quality)]: frame.quality };
        visit = { ...visit, quality };
    }
    if (visit === old) return state;
    return { ...state, visits: { ...state.visits, [frame.of]: visit } };
}

/* Whose line: 'patient', 'doctor', 'guest-2'. */
function sideOf(said: { who?: string; guest?: number }): string {
    return said.guest === undefined ? (said.who ?? 'me') : guestKey(said.guest);
}

/* The server's list replaces what the page has from number `from` on. */
function withChat(old: Message[], news: Message[], from: number): Message[] {
    return [...old.filter((message) => message.n < from), ...news];
}
