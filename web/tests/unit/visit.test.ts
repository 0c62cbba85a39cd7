import { describe, expect, it } from 'vitest';
import { insideAnApp, reasonOf } from '../../src/shared/devices';
import { sha256 } from '../../src/shared/ids';
import { readDate } from '../../src/shared/ui/DateFields';
import { claimOf } from '../../src/visit/door';
import { isLate, mayTalk, roomIsOpen } from '../../src/visit/model';
import { readPlace } from '../../src/visit/place';
import { modelOf, START } from '../gallery/fixtures';

const date = (day: string, month: string, year: string) => readDate({ day, month, year });

describe('a date of birth in three fields', () => {
    it('is read as written', () => {
        expect(date('27', '3', '1956')).toEqual({ day: 27, month: 3, year: 1956 });
        expect(date(' 07 ', '03', '1956')).toEqual({ day: 7, month: 3, year: 1956 });
        expect(date('29', '2', '2024')).toEqual({ day: 29, month: 2, year: 2024 });
    });

    it('has to exist', () => {
        for (const [day, month, year] of [
            ['31', '4', '1956'],
            ['29', '2', '1957'],
            ['0', '3', '1956'],
            ['27', '13', '1956'],
            ['27', '3', '56'],
            ['', '3', '1956'],
            ['x', '3', '1956'],
            ['27', '-3', '1956'],
        ]) {
            expect(date(day ?? '', month ?? '', year ?? ''), `${day}/${month}/${year}`).toBe(
                undefined,
            );
        }
    });
});

describe('the way in', () => {
    const reply = (status: number, problem = {}, body?: { consultation: string }) => ({
        status,
        body,
        code: body ? '' : 'x',
        problem,
    });

    it('knows what a claim came to', () => {
        expect(claimOf(reply(200, {}, { consultation: 'c' }))).toEqual({
            kind: 'in',
            consultation: 'c',
        });
        expect(claimOf(reply(403, { tries_left: 2 }))).toEqual({ kind: 'wrong', left: 2 });
        expect(claimOf(reply(429)).kind).toBe('paused');
        expect(claimOf(reply(410)).kind).toBe('ended');
        expect(claimOf(reply(0)).kind).toBe('network');
        expect(claimOf(reply(502)).kind).toBe('network');
    });

    it("reads the page's address", () => {
        const at = (pathname: string, search = '', hash = '') =>
            readPlace({ pathname, search, hash });
        expect(at('/v/abc.def').token).toBe('abc.def');
        const back = at('/visit/AAAAAAAAAAAAAAAAAAAAAA', '?from=payment');
        expect(back.fromPayment).toBe(true);
        expect(back.consultation).toBe('AAAAAAAAAAAAAAAAAAAAAA');
        expect(back.token).toBe(undefined);
        const left = at('/visit/AAAAAAAAAAAAAAAAAAAAAA', '?from=payment&left=1');
        expect(left.fromPayment).toBe(false);
        expect(at('/join', '', '#AAAAAAAAAAAAAAAAAAAAAA').consultation).toHaveLength(22);
        expect(at('/join', '', '#no').consultation).toBe(undefined);
        expect(at('/join').token).toBe(undefined);
    });
});

describe('time on the page', () => {
    const view = modelOf({ step: 'waiting' }).visit.view;

    it('opens the room when the view says so', () => {
        expect(roomIsOpen(view, START - 31 * 60_000)).toBe(false);
        expect(roomIsOpen(view, START - 30 * 60_000)).toBe(true);
    });

    it('is late after a quarter of an hour', () => {
        expect(isLate(view, START + 14 * 60_000)).toBe(false);
        expect(isLate(view, START + 16 * 60_000)).toBe(true);
    });
});

describe("the page's side of the wall", () => {
    it('opens only in a call, and only when somebody is shown', () => {
        expect(mayTalk(modelOf({ step: 'call', slots: true }).visit)).toBe(true);
        expect(mayTalk(modelOf({ step: 'call' }).visit)).toBe(false);
        for (const step of ['waiting', 'put_back', 'call_left', 'telephone', 'due'] as const) {
            expect(mayTalk(modelOf({ step, slots: true }).visit), step).toBe(false);
        }
    });
});

describe('devices', () => {
    it('tell apart why there is none', () => {
        const named = (name: string) => reasonOf(new DOMException('', name));
        expect(named('NotAllowedError')).toBe('refused');
        expect(named('NotFoundError')).toBe('missing');
        expect(named('NotReadableError')).toBe('busy');
        expect(reasonOf(new TypeError('x'))).toBe('unsupported');
    });

    it('know the browsers inside other apps', () => {
        const phone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15';
        expect(
            insideAnApp(`${phone} (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/1.0]`),
        ).toBe(true);
        expect(
            insideAnApp(`${phone} (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1`),
        ).toBe(false);
        expect(
            insideAnApp(
                'Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) Chrome/156.0 Mobile Safari/537',
            ),
        ).toBe(true);
    });
});

describe('the hash of the consent text', () => {
    it('is SHA-256 of its UTF-8', async () => {
        expect(await sha256('é')).toBe(
            '4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c',
        );
    });
});
