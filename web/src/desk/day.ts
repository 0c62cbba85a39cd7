/*
 * day: the desk's own reading of the shared state: rows kept as new as the
 * visits that are watched, and since when each patient's line has been away.
 */
import type { Frame, Row } from '../shared/protocol';
import { reduce, type Event, type State } from '../shared/state';
import { isLost } from './rows';

/* Like reduce; besides, what comes of a visit alone also renews its row. */
export function reduceDesk(state: State, event: Event): State {
    const next = reduce(state, event);
    return event.kind === 'frame' ? withNewerRow(next, event.frame) : next;
}

function withNewerRow(state: State, frame: Frame): State {
    if (!state.board || !frame.of || (!frame.view && !frame.now)) return state;
    const rows = state.board.rows.map((row) => (row.of === frame.of ? newer(row, frame) : row));
    return { ...state, board: { ...state.board, rows } };
}

function newer(row: Row, frame: Frame): Row {
    const seq = frame.seq ?? 0;
    const renewed = frame.view && seq >= row.seq ? { ...row, seq, view: frame.view } : row;
    return frame.now ? { ...renewed, now: frame.now } : renewed;
}

/* A visit as a row: from the day shown, else from what was watched. */
export function rowOf(state: State, of: string): Row | undefined {
    const row = state.board?.rows.find((each) => each.of === of);
    if (row) return row;
    const visit = state.visits[of];
    if (!visit || visit.seq < 0) return undefined;
    return { of, seq: visit.seq, view: visit.view, now: visit.now };
}

/* The visit that is in consultation with this doctor now. */
export function admittedRow(state: State): Row | undefined {
    const onDay = state.board?.rows.find((row) => row.view.phase === 'admitted');
    if (onDay) return onDay;
    const of = Object.keys(state.visits).find(
        (each) => state.visits[each]?.view.phase === 'admitted',
    );
    return of && !state.board?.rows.some((row) => row.of === of) ? rowOf(state, of) : undefined;
}

/* Since when each line has been away; a line that is back is forgotten. */
export function linesAway(
    known: Record<string, number>,
    rows: readonly Row[],
    nowMs: number,
): Record<string, number> {
    const away: Record<string, number> = {};
    for (const row of rows) {
        if (isLost(row)) away[row.of] = known[row.of] ?? nowMs;
    }
    const same =
        Object.keys(away).length === Object.keys(known).length &&
        Object.keys(away).every((of) => known[of] === away[of]);
    return same ? known : away;
}

/* The guests who wait now and did not a moment ago. */
export function guestArrivals(before: readonly Row[], after: readonly Row[]): string[] {
    const waiting = (rows: readonly Row[]) =>
        rows.flatMap((row) =>
            (row.view.guests ?? [])
                .filter((guest) => guest.state === 'waiting')
                .map((guest) => ({ key: `${row.of} ${guest.guest}`, name: guest.name })),
        );
    const known = new Set(waiting(before).map((each) => each.key));
    return waiting(after)
        .filter((each) => !known.has(each.key))
        .map((each) => each.name);
}

/* Who stands in the waiting room now and did not a moment ago: on a doctor's desk
 * a row comes with the arrival when another day is shown. */
export function arrivals(before: readonly Row[], after: readonly Row[]): Row[] {
    const waited = new Set(
        before.filter((row) => row.view.phase === 'waiting').map((row) => row.of),
    );
    return after.filter(
        (row) => row.view.phase === 'waiting' && !row.view.was_put_back && !waited.has(row.of),
    );
}
