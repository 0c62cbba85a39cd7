import { describe, expect, it } from 'vitest';
import { hearsPatient, mayTalk } from '../../src/desk/call_media';
import { admittedRow, arrivals, linesAway, reduceDesk, rowOf } from '../../src/desk/day';
import { curve, extremes, withPoint } from '../../src/desk/quality';
import { counted, makeSay } from '../../src/desk/say';
import type { Frame } from '../../src/shared/protocol';
import { wordOf } from '../../src/shared/quality';
import { initialState, type State } from '../../src/shared/state';
import { deskEn } from '../../src/words/desk.en';
import { deskFr } from '../../src/words/desk.fr';
import { day, doctor, DOCTOR, ids, NOW, rows, state, visit } from './fixtures';

function after(from: State, ...frames: Frame[]): State {
    return frames.reduce(
        (old, frame) => reduceDesk(old, { kind: 'frame', frame, atMs: NOW }),
        from,
    );
}

describe('reduceDesk', () => {
    const open = after(
        { ...initialState },
        { me: doctor },
        { board: day.waiting, day: '2026-11-26' },
    );

    it('renews a row by what comes of its visit alone', () => {
        const next = after(open, { of: ids.marc, now: { patient: { doing: 'check' } } });
        expect(rowOf(next, ids.marc)?.now?.patient?.doing).toBe('check');
        const view = { ...rows.waiting.view, phase: 'admitted' as const };
        const admitted = after(next, { of: ids.marc, seq: 9, view });
        expect(admittedRow(admitted)?.of).toBe(ids.marc);
        expect(rowOf(admitted, ids.marc)?.now?.patient?.doing).toBe('check');
    });

    it('never goes back to an older view', () => {
        const view = { ...rows.waiting.view, phase: 'ended' as const };
        const next = after(open, { of: ids.marc, seq: 4, view });
        expect(rowOf(next, ids.marc)?.view.phase).toBe('waiting');
    });

    it('finds the admitted visit when another day is shown', () => {
        const next = after(open, {
            of: 'elsewhereAAAAAAAAAAAAA',
            seq: 3,
            view: { phase: 'admitted' },
        });
        expect(admittedRow(next)?.of).toBe('elsewhereAAAAAAAAAAAAA');
    });
});

describe('lines and arrivals', () => {
    it('remembers since when a line is away, and forgets it when it is back', () => {
        const away = linesAway({}, day.waiting, 1000);
        expect(away).toEqual({ [ids.lise]: 1000 });
        expect(linesAway(away, day.waiting, 5000)).toBe(away);
        expect(linesAway(away, [rows.waiting], 6000)).toEqual({});
    });

    it('rings for who comes, not for who was put back or was there at the start', () => {
        const before = day.waiting.map((row) =>
            row.of === ids.marc ? { ...row, view: { ...row.view, phase: 'booked' as const } } : row,
        );
        expect(arrivals(before, day.waiting).map((row) => row.of)).toEqual([ids.marc]);
        expect(arrivals(day.waiting, day.waiting)).toEqual([]);
        /* another day is shown: the row comes with the arrival */
        expect(arrivals([], [rows.waiting]).map((row) => row.of)).toEqual([ids.marc]);
        const back = day.waiting.map((row) => ({
            ...row,
            view: { ...row.view, was_put_back: true },
        }));
        expect(arrivals(before, back)).toEqual([]);
    });
});

describe('the wall on the doctor’s side', () => {
    const call = state(doctor, day.call);

    it('opens only when somebody is admitted, shown, and the call is on this screen', () => {
        expect(mayTalk(call)).toBe(true);
        expect(mayTalk({ ...call, elsewhere: true })).toBe(false);
        const silent = { ...call, visits: { [ids.jeanne]: visit(rows.call, { slots: [] }) } };
        expect(mayTalk(silent)).toBe(false);
        expect(mayTalk(state(doctor, day.waiting))).toBe(false);
        expect(mayTalk(state(doctor, [rows.telephone]))).toBe(false);
    });

    it('takes slots named after the practitioner too', () => {
        const own = visit(rows.call);
        const shown = { ...call, visits: { [DOCTOR]: own, [ids.jeanne]: { ...own, slots: [] } } };
        expect(mayTalk(shown)).toBe(true);
    });

    it('expects no sound of somebody who is away or hung up', () => {
        expect(hearsPatient(call)).toBe(true);
        expect(hearsPatient(state(doctor, [rows.callLost]))).toBe(false);
        expect(hearsPatient(state(doctor, [rows.hungUp]))).toBe(false);
    });
});

describe('the line’s word and curve', () => {
    const good = { rtt_ms: 40, loss_up: 0, loss_down: 0.005, jitter_ms: 4, mos: 4.3 };

    it('has a word for a good, a fair and a poor line', () => {
        expect(wordOf(good)).toBe('good');
        expect(wordOf({ ...good, mos: 3.5 })).toBe('fair');
        expect(wordOf({ ...good, mos: 2.1 })).toBe('poor');
    });

    it('draws at most 24 points, the newest at the right edge', () => {
        let history: number[] = [];
        for (let i = 0; i < 40; i++) history = withPoint(history, good);
        expect(history.length).toBe(24);
        expect(curve(history, 90, 20).split(' ').at(-1)).toMatch(/^90\.0,/);
        expect(curve([1, 4.5], 90, 20)).toMatch(/,18\.0 90\.0,2\.0$/);
        expect(extremes([3.2, 4.1, 2])).toEqual({ least: 2, most: 4.1 });
    });
});

describe('the words', () => {
    it('have the same values to put in, in both languages', () => {
        const holes = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
        for (const key of Object.keys(deskFr) as (keyof typeof deskFr)[]) {
            expect(holes(deskEn[key]), key).toEqual(holes(deskFr[key]));
            expect(deskEn[key].trim(), key).not.toBe('');
        }
        expect(Object.keys(deskEn)).toEqual(Object.keys(deskFr));
    });

    it('keep French signs with their words', () => {
        for (const [key, text] of Object.entries(deskFr)) {
            expect(text, key).not.toMatch(/ [;:?!»]|« /);
        }
    });

    it('say values, plurals, and refusals that are newer than the page', () => {
        const say = makeSay(deskFr);
        expect(say('status.waiting', { n: 9 })).toBe('attend depuis 9 min');
        expect(counted('find.found', 0, 'fr')).toBe('find.found.one');
        expect(counted('find.found', 0, 'en')).toBe('find.found.other');
        expect(say('refused.tomorrow' as keyof typeof deskFr)).toBe(deskFr['refused.other']);
    });
});
