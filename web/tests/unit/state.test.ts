import { describe, expect, it } from 'vitest';
import { peopleOf } from '../../src/shared/people';
import type { Frame, Row } from '../../src/shared/protocol';
import { initialState, reduce, type State } from '../../src/shared/state';

const of = 'AAAAAAAAAAAAAAAAAAAAAA';

function after(frames: Frame[], from: State = initialState): State {
    return frames.reduce(
        (state, frame) => reduce(state, { kind: 'frame', frame, atMs: 1_000 }),
        from,
    );
}

describe('a view', () => {
    it('is replaced whole by a later one', () => {
        const state = after([
            { of, seq: 4, view: { step: 'waiting', delay_min: 10 } },
            { of, seq: 9, view: { step: 'call' } },
        ]);
        expect(state.visits[of]?.view).toEqual({ step: 'call' });
        expect(state.visits[of]?.seq).toBe(9);
    });

    it('is replaced by one of the same number, for the agenda may have moved', () => {
        const state = after([
            { of, seq: 4, view: { step: 'waiting' } },
            { of, seq: 4, view: { step: 'waiting', delay_min: 15 } },
        ]);
        expect(state.visits[of]?.view.delay_min).toBe(15);
    });

    it('is not replaced by an older one', () => {
        const state = after([
            { of, seq: 9, view: { step: 'call' } },
            { of, seq: 8, view: { step: 'waiting' } },
        ]);
        expect(state.visits[of]?.view.step).toBe('call');
    });

    it('leaves the other visits alone', () => {
        const other = 'BBBBBBBBBBBBBBBBBBBBBB';
        const state = after([
            { of, seq: 1, view: { step: 'call' } },
            { of: other, seq: 50, view: { step: 'due' } },
            { of, seq: 2, view: { step: 'telephone' } },
        ]);
        expect(state.visits[of]?.view.step).toBe('telephone');
        expect(state.visits[other]?.view.step).toBe('due');
    });
});

describe('what is beside the view', () => {
    it('keeps presence and slots through a new view', () => {
        const state = after([
            { of, now: { doctor: { connected: true } } },
            { of, slots: [{ slot: 1, who: 'doctor' }] },
            { of, seq: 3, view: { step: 'call' } },
        ]);
        expect(state.visits[of]?.now.doctor?.connected).toBe(true);
        expect(state.visits[of]?.slots).toHaveLength(1);
    });

    it('empties the slots when nobody is shown any more', () => {
        const state = after([
            { of, slots: [{ slot: 1, who: 'doctor' }] },
            { of, slots: [] },
        ]);
        expect(state.visits[of]?.slots).toEqual([]);
    });

    it('replaces messages from the number that the server names', () => {
        const message = (n: number, text: string) =>
            ({ n, text, at_ms: n, from: 'doctor' }) as const;
        const state = after([
            { of, chat: [message(1, 'a'), message(2, 'b')], from: 1 },
            { of, chat: [message(2, 'B'), message(3, 'c')], from: 2 },
        ]);
        expect(state.visits[of]?.chat.map((each) => each.text)).toEqual(['a', 'B', 'c']);
    });

    it('knows how far this clock is from the server', () => {
        const state = after([
            {
                me: {
                    role: 'patient',
                    now_ms: 4_500,
                    clinic: { name: 'c', phone: '0', time_zone: 'Europe/Paris' },
                },
            },
        ]);
        expect(state.skewMs).toBe(3_500);
    });

    it('tells elsewhere, and back', () => {
        const away = after([{ elsewhere: true }]);
        expect(away.elsewhere).toBe(true);
        expect(after([{ elsewhere: false }], away).elsewhere).toBe(false);
    });
});

describe('the board', () => {
    const row = (name: string, seq: number): Row => ({ of: name, seq, view: { given: name } });

    it('takes a row in place, adds a new one, drops one that is gone', () => {
        const state = after([
            { board: [row('a', 1), row('b', 1)], day: '2026-11-26' },
            { row: { ...row('b', 2), view: { given: 'B' } } },
            { row: row('c', 1) },
            { row: { ...row('a', 2), gone: true } },
        ]);
        expect(state.board?.rows.map((each) => each.view.given)).toEqual(['B', 'c']);
        expect(state.board?.day).toBe('2026-11-26');
    });

    it('does not go back to an older row', () => {
        const state = after([
            { board: [row('a', 5)], day: 'd' },
            { row: { ...row('a', 4), view: { given: 'old' } } },
        ]);
        expect(state.board?.rows[0]?.view.given).toBe('a');
    });
});

describe('a line that carries sound only, and how a line is', () => {
    const slots = [
        { slot: 1, who: 'doctor' },
        { slot: 3, who: 'guest', guest: 2, name: 'Lou' },
        { slot: 4, who: 'guest', guest: 3, name: 'Ada' },
    ];
    const dark = (guest: number, shown: boolean): Frame => ({
        of,
        picture: { who: 'guest', guest, shown },
    });
    const names = { doctor: 'Dr', patient: 'P' };
    const people = (state: State) => {
        const visit = state.visits[of];
        return visit ? peopleOf(visit, names).map((each) => [each.key, each.dark]) : [];
    };

    it("is one guest's alone", () => {
        const state = after([{ of, slots }, dark(2, false)]);
        expect(people(state)).toEqual([
            ['doctor', false],
            ['guest-2', true],
            ['guest-3', false],
        ]);
        expect(people(after([dark(3, false), dark(2, true)], state))).toEqual([
            ['doctor', false],
            ['guest-2', false],
            ['guest-3', true],
        ]);
    });

    it('is over with the call', () => {
        const state = after([{ of, slots }, dark(2, false), { of, slots: [] }, { of, slots }]);
        expect(people(state).every(([, each]) => !each)).toBe(true);
    });

    it('is kept for each guest', () => {
        const figures = { rtt_ms: 20, loss_up: 0, loss_down: 0, jitter_ms: 1 };
        const state = after([
            { of, quality: { who: 'guest', guest: 2, mos: 4, ...figures } },
            { of, quality: { who: 'guest', guest: 3, mos: 2, ...figures } },
            { of, quality: { who: 'patient', mos: 3, ...figures } },
        ]);
        const { quality = {} } = state.visits[of] ?? {};
        expect(Object.keys(quality).sort()).toEqual(['guest-2', 'guest-3', 'patient']);
        expect(quality['guest-2']?.mos).toBe(4);
    });
});
