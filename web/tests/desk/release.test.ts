import { describe, expect, it } from 'vitest';
import { releaseLine, type StepState } from '../../src/desk/release';
import type { View } from '../../src/shared/protocol';

const written: View = { drafted_version: 2, prescription: 'follows', settlement: 'open' };

function states(view: View): StepState[] {
    return releaseLine(view).steps.map((step) => step.state);
}

function words(view: View): string[] {
    return releaseLine(view).steps.map((step) => step.words.key);
}

describe('releaseLine', () => {
    it('is quiet when there is no prescription, and says so when it was declined', () => {
        expect(releaseLine({ prescription: 'none' }).idle?.key).toBe('release.none');
        expect(releaseLine({ prescription: 'declined' }).idle?.key).toBe('release.declined');
        expect(releaseLine({ prescription: 'none' }).steps).toEqual([]);
    });

    it('begins with writing, then approving exactly one version', () => {
        expect(words({ prescription: 'follows' })[0]).toBe('release.write');
        expect(releaseLine(written).steps[0]?.words).toEqual({
            key: 'release.approve',
            values: { n: 2 },
        });
        expect(states({ ...written, approved_version: 2 })[0]).toBe('done');
        expect(states({ ...written, drafted_version: 3, approved_version: 2 })[0]).toBe('now');
    });

    it('reads either key in either order', () => {
        expect(states(written)).toEqual(['now', 'later', 'later']);
        expect(states({ ...written, fee_fixed: true })).toEqual(['now', 'now', 'later']);
        expect(states({ ...written, settlement: 'cash' })).toEqual(['now', 'done', 'later']);
        expect(states({ ...written, approved_version: 2, fee_fixed: true })).toEqual([
            'done',
            'now',
            'later',
        ]);
    });

    it('says who is waited for', () => {
        const waits = (view: View): string | undefined => releaseLine(view).waits?.key;
        expect(waits(written)).toBe('release.waits.both');
        expect(waits({ ...written, settlement: 'paid' })).toBe('release.waits.you');
        expect(waits({ ...written, approved_version: 2 })).toBe('release.waits.payment');
        const paying = releaseLine(
            { ...written, approved_version: 2 },
            { patient: { doing: 'paying' } },
        );
        expect(paying.waits?.key).toBe('release.waits.patient.paying');
    });

    it('shows a refused payment, the desk’s payment and the medical override', () => {
        const due = { ...written, fee_fixed: true };
        expect(words({ ...due, checkout: 'failed' })[1]).toBe('release.pay_failed');
        expect(words({ ...due, pay_otherwise: true })[1]).toBe('release.pay_otherwise');
        expect(words({ ...due, overridden: true })[1]).toBe('release.overridden');
        expect(words({ ...due, settlement: 'third_party' })[1]).toBe('settlement.third_party');
    });

    it('ends with the release, its opening, or its withdrawal', () => {
        const out: View = {
            ...written,
            approved_version: 2,
            released_version: 2,
            settlement: 'paid',
            prescription: 'released',
        };
        expect(states(out)).toEqual(['done', 'done', 'done']);
        expect(words({ ...out, fetched: true })[2]).toBe('release.fetched');
        const revoked: View = { ...out, revoked_version: 2, prescription: 'revoked' };
        expect(states(revoked)[2]).toBe('failed');
        expect(releaseLine(revoked).waits).toBeUndefined();
        const again: View = { ...revoked, drafted_version: 3, approved_version: 0 };
        expect(states(again)).toEqual(['now', 'done', 'later']);
    });
});
