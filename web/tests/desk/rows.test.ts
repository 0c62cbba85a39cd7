import { describe, expect, it } from 'vitest';
import {
    alerts,
    byPractitioner,
    deviceWords,
    doctorList,
    doingWords,
    isToFinish,
    marks,
    visitStatus,
    type Moment,
} from '../../src/desk/rows';
import type { Row, View } from '../../src/shared/protocol';
import { at, before, day, DOCTOR, forSecretary, ids, NOW, OTHER_DOCTOR, rows } from './fixtures';

const doctor: Moment = { nowMs: NOW, lostMs: 0, role: 'doctor' };
const secretary: Moment = { nowMs: NOW, lostMs: 0, role: 'secretary' };

function changed(row: Row, view: Partial<View>, more: Partial<Row> = {}): Row {
    return { ...row, ...more, view: { ...row.view, ...view } };
}

describe('visitStatus', () => {
    it('says since when somebody waits', () => {
        const said = visitStatus(rows.waiting, doctor);
        expect(said).toEqual({ tone: 'soon', words: { key: 'status.waiting', values: { n: 9 } } });
    });

    it('calls the first minute an arrival', () => {
        expect(visitStatus(rows.minor, doctor).words.key).toBe('status.arrived');
    });

    it('says how long the line has been away, and only that it is when that is unknown', () => {
        const away = visitStatus(rows.lost, { ...doctor, lostMs: NOW - 20_000 });
        expect(away.words).toEqual({ key: 'status.lost', values: { since: '20 s' } });
        expect(away.tone).toBe('bad');
        expect(visitStatus(rows.lost, doctor).words.key).toBe('status.lost.plain');
    });

    it('tells a call, a hang-up and a telephone apart', () => {
        expect(visitStatus(rows.call, doctor).words).toEqual({
            key: 'status.call',
            values: { n: 6 },
        });
        expect(visitStatus(rows.hungUp, doctor).words.key).toBe('status.hung_up');
        expect(visitStatus(rows.telephone, doctor).words.key).toBe('status.telephone');
    });

    it('goes from booked to ready, and late after the hour', () => {
        expect(visitStatus(rows.opened, doctor).words.key).toBe('status.link_opened');
        const ready = changed(rows.waiting, { phase: 'booked', start_ms: at('15:00') });
        expect(visitStatus(ready, doctor).words.key).toBe('status.ready');
        expect(visitStatus(rows.late, doctor).words).toEqual({
            key: 'status.late',
            values: { n: 6 },
        });
    });

    it('tells the doctor of the prescription and the desk of the money', () => {
        expect(visitStatus(rows.toWrite, doctor).words.key).toBe('status.to_write');
        expect(visitStatus(rows.approved, doctor).words.key).toBe('status.approved');
        expect(visitStatus(rows.released, doctor).words.key).toBe('status.released');
        expect(visitStatus(forSecretary(rows.toWrite), secretary).words.key).toBe('status.due');
        expect(visitStatus(forSecretary(rows.approved), secretary).words.key).toBe('status.paying');
        expect(visitStatus(forSecretary(rows.released), secretary).words.key).toBe(
            'status.document',
        );
    });

    it('names who cancelled', () => {
        const row = changed(rows.opened, { phase: 'cancelled', cancelled_by: 'practitioner' });
        expect(visitStatus(row, doctor).words.key).toBe('status.cancelled.practitioner');
    });
});

describe('the secretary', () => {
    it('reads six marks, the failed ones as failed', () => {
        const states = marks(rows.late).map((mark) => mark.state);
        expect(states).toEqual(['failed', 'done', 'open', 'open', 'open', 'open']);
        const done = marks(forSecretary(rows.released)).map((mark) => mark.state);
        expect(done).toEqual(['done', 'done', 'done', 'done', 'done', 'done']);
    });

    it('is told of wrong birth dates from the second on', () => {
        const once = changed(rows.opened, { claim_failures: 1 });
        const twice = changed(rows.opened, { claim_failures: 2 });
        expect(alerts(once)).toEqual([]);
        expect(alerts(twice)).toEqual([{ key: 'alert.tries', values: { n: 2 } }]);
    });

    it('is told what failed, who wants a call, and who wants to pay otherwise', () => {
        expect(alerts(rows.late).map((each) => each.key)).toEqual([
            'alert.delivery',
            'alert.tries',
        ]);
        const asks = changed(rows.waiting, { callback_asked: true, other_time_asked: true });
        expect(alerts(asks).map((each) => each.key)).toEqual([
            'alert.callback',
            'alert.other_time',
        ]);
        const pays = changed(rows.toWrite, { pay_otherwise: true });
        expect(alerts(pays).map((each) => each.key)).toEqual(['alert.pay_otherwise']);
        expect(alerts(changed(pays, { settlement: 'cash' }))).toEqual([]);
    });

    it('is not told twice about a visit that is over', () => {
        const over = changed(rows.late, { phase: 'cancelled' }, { delivery: 'sent' });
        expect(alerts(over)).toEqual([]);
    });

    it('sees nothing clinical in any sentence of any row', () => {
        for (const row of day.secretary) {
            const said = JSON.stringify([
                visitStatus(row, secretary),
                alerts(row),
                marks(row),
                doingWords(row),
            ]);
            expect(said).not.toMatch(/to_write|to_approve|approved|released|revoked|rx|note/);
        }
    });

    it('reads each practitioner’s day by the hour', () => {
        const [own, other] = byPractitioner(day.secretary, [DOCTOR, OTHER_DOCTOR]);
        expect(own?.map((row) => row.view.start_ms)).toEqual(
            own?.map((row) => row.view.start_ms).sort(),
        );
        expect(own?.length).toBe(9);
        expect(other?.length).toBe(6);
    });
});

describe('the doctor’s list', () => {
    it('puts who waits longest first, whatever the booked hour', () => {
        const late = changed(rows.minor, { start_ms: at('13:00') });
        const list = doctorList([late, rows.lost, rows.waiting]);
        expect(list.waiting.map((row) => row.of)).toEqual([ids.marc, ids.lise, ids.noe]);
    });

    it('puts every visit into exactly one part', () => {
        const all = Object.values(rows);
        const list = doctorList(all);
        const parts = [list.call, list.waiting, list.toFinish, list.coming, list.past];
        expect(parts.reduce((sum, part) => sum + part.length, 0)).toBe(all.length);
    });

    it('keeps what is unfinished, and who is there, when another day is shown', () => {
        const ofEarlier = (view: View): boolean => (view.start_ms ?? 0) < at('00:00');
        const all = [...day.unfinished, rows.call, rows.released];
        const today = doctorList(all, (view) => !ofEarlier(view));
        const ofs = (list: readonly Row[]): string[] => list.map((row) => row.of);
        /* the doctor's own part first, what waits for its payment after it */
        expect(ofs(today.toFinish)).toEqual([before.toWrite.of, before.approved.of]);
        expect(ofs(today.past)).toEqual([ids.ines, rows.released.of]);
        const earlier = doctorList(all, ofEarlier);
        expect(ofs(earlier.call)).toEqual([ids.jeanne]);
        expect(ofs(earlier.waiting)).toEqual([ids.marc]);
        expect(ofs(earlier.toFinish)).toEqual([before.toWrite.of, ids.ines]);
        expect(ofs(earlier.past)).toEqual([before.approved.of]);
        expect(ofs(earlier.coming)).toEqual([]);
    });

    it('keeps a released prescription that is being rewritten among those to finish', () => {
        expect(isToFinish(rows.toWrite.view)).toBe(true);
        expect(isToFinish(rows.approved.view)).toBe(false);
        expect(isToFinish(rows.released.view)).toBe(false);
        const rewritten = { ...rows.released.view, drafted_version: 3, approved_version: 0 };
        expect(isToFinish(rewritten)).toBe(true);
    });

    it('says device and line shortly when good, and what is wrong when not', () => {
        expect(deviceWords(rows.waiting.view)).toEqual([{ key: 'device.all_good' }]);
        expect(deviceWords(rows.opened.view)).toEqual([{ key: 'device.not_yet' }]);
        const untested = { ...rows.waiting.view, line: 'untested' as const };
        expect(deviceWords(untested)).toEqual([{ key: 'device.both_good' }]);
        expect(deviceWords(rows.lost.view).map((each) => each.key)).toEqual([
            'device.camera.refused',
            'line.fair',
        ]);
        const heard = { ...rows.lost.view, sound_only: true };
        expect(deviceWords(heard).map((each) => each.key)).toEqual([
            'device.sound_only',
            'line.fair',
        ]);
    });

    it('says what the patient is doing, and that a lost one keeps the place', () => {
        expect(doingWords(rows.waiting)).toEqual([{ key: 'doing.music' }]);
        expect(doingWords(rows.minor)).toEqual([{ key: 'doing.locked' }]);
        expect(doingWords(rows.approved)).toEqual([{ key: 'doing.paying' }]);
        expect(doingWords(rows.lost)).toEqual([{ key: 'doing.keeps_place' }]);
        expect(doingWords(rows.opened)).toEqual([]);
    });
});
