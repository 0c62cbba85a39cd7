import { describe, expect, it } from 'vitest';
import {
    emptyLine,
    endErrors,
    endMembers,
    endProposal,
    formOf,
    prescriptionErrors,
    prescriptionMembers,
    textToKeep,
    type PrescriptionForm,
} from '../../src/desk/prescription';
import { rows } from './fixtures';

const line = {
    drug: 'Paracétamol 500 mg',
    dosage: '1 comprimé',
    duration: '5 jours',
    renewals: '',
};
const form: PrescriptionForm = { lines: [line], weight: '', height: '' };

function wrong(change: Partial<PrescriptionForm>): string[] {
    return Object.keys(prescriptionErrors({ ...form, ...change }));
}

describe('the prescription', () => {
    it('needs a line, and drug, dosage and duration in it', () => {
        expect(wrong({})).toEqual([]);
        expect(wrong({ lines: [] })).toEqual(['add']);
        expect(wrong({ lines: [line, emptyLine()] })).toEqual(['drug-1', 'dosage-1', 'duration-1']);
    });

    it('reads renewals and measures', () => {
        expect(wrong({ lines: [{ ...line, renewals: '13' }] })).toEqual(['renewals-0']);
        expect(wrong({ lines: [{ ...line, renewals: '1,5' }] })).toEqual(['renewals-0']);
        expect(wrong({ weight: '72,5', height: '168' })).toEqual([]);
        expect(wrong({ weight: 'lourd', height: '1,68' })).toEqual(['weight', 'height']);
    });

    it('becomes the members of the command', () => {
        const members = prescriptionMembers({ ...form, weight: '72,4' });
        expect(members).toEqual({
            lines: [{ ...line, renewals: 0 }],
            weight_kg: 72,
        });
    });

    it('keeps what is half typed, and reads it again', () => {
        const half = { ...emptyLine(), drug: 'Amlo', renewals: '1' };
        const kept = textToKeep({ lines: [half], weight: '72,4', height: '1' });
        expect(kept).toEqual({ lines: [{ ...half, renewals: 1 }], weight_kg: 72 });
        const again = { lines: kept.lines ?? [], weightKg: kept.weight_kg, heightCm: 168 };
        expect(formOf(again)).toEqual({ lines: [half], weight: '72', height: '168' });
        expect(formOf({})).toEqual({ lines: [], weight: '', height: '' });
    });
});

describe('ending', () => {
    const view = rows.call.view;

    it('proposes the maximum by video, nothing by telephone or when nothing was announced', () => {
        expect(endProposal(view)).toEqual({
            how: 'video',
            due: 'amount',
            amount: '30',
            prescription: 'follows',
        });
        expect(endProposal({ ...view, by_telephone: true }).due).toBe('nothing');
        expect(endProposal({ ...view, by_telephone: true }).how).toBe('telephone');
        expect(endProposal({ ...view, fee_max_minor: 0 }).due).toBe('nothing');
    });

    it('asks about the prescription unless one is drafted', () => {
        const none = endProposal({ ...view, drafted_version: 0 });
        expect(Object.keys(endErrors(none, 3000, '30 €'))).toEqual(['prescription']);
    });

    it('refuses more than was announced', () => {
        const proposal = { ...endProposal(view), amount: '30,01' };
        expect(endErrors(proposal, 3000, '30 €').amount?.key).toBe('end.error.max');
        expect(endErrors({ ...proposal, amount: '' }, 3000, '30 €').amount?.key).toBe(
            'end.error.amount',
        );
        expect(endErrors({ ...proposal, due: 'nothing' }, 3000, '30 €')).toEqual({});
    });

    it('sends an amount only when there is one', () => {
        const proposal = endProposal(view);
        expect(endMembers(proposal)).toEqual({
            how: 'video',
            due: 'amount',
            amount_minor: 3000,
            prescription: 'follows',
        });
        expect(endMembers({ ...proposal, due: 'third_party' })).not.toHaveProperty('amount_minor');
    });
});
