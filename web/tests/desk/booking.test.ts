import { describe, expect, it } from 'vitest';
import {
    amountMinor,
    amountText,
    bookingErrors,
    bookingMembers,
    emptyBooking,
    identityMembers,
    identityOf,
    isMail,
    phoneNumber,
    type BookingForm,
} from '../../src/desk/booking';
import { ageOn, dayAfter, hourOf, instantOf, isDay, since } from '../../src/desk/clock';
import { at, DOCTOR, NOW, rows, secretary } from './fixtures';

const good: BookingForm = {
    ...emptyBooking('2026-11-26', DOCTOR, 'fr'),
    family: ' Exemple ',
    given: 'Jeanne',
    birthDay: '7',
    birthMonth: '3',
    birthYear: '1954',
    sex: 'female',
    mobile: '06 39 98 12 00',
    reason: 'Suivi',
    time: '16:00',
    fee: '30',
};

function wrong(change: Partial<BookingForm>): Record<string, string> {
    const errors = bookingErrors({ ...good, ...change }, secretary, NOW);
    return Object.fromEntries(
        Object.entries(errors).map(([field, sentence]) => [field, sentence.key]),
    );
}

describe('bookingErrors', () => {
    it('finds nothing wrong with a good form', () => {
        expect(wrong({})).toEqual({});
        expect(wrong({ mobile: '', mail: '' })).toEqual({});
        expect(wrong({ payment: 'nothing', fee: '' })).toEqual({});
    });

    it('names every field that is missing, in the order of the form', () => {
        const empty = emptyBooking('', '', 'fr');
        expect(Object.keys(bookingErrors(empty, secretary, NOW))).toEqual([
            'family',
            'given',
            'birth',
            'sex',
            'practitioner',
            'reason',
            'date',
            'time',
            'fee',
        ]);
    });

    it('knows the calendar', () => {
        expect(wrong({ birthDay: '30', birthMonth: '2' })).toEqual({ birth: 'error.birth.unreal' });
        expect(wrong({ birthDay: '29', birthMonth: '2', birthYear: '1956' })).toEqual({});
        expect(wrong({ birthYear: '2027' })).toEqual({ birth: 'error.birth.future' });
        expect(wrong({ birthYear: '54' })).toEqual({ birth: 'error.birth.unreal' });
        expect(wrong({ birthYear: '' })).toEqual({ birth: 'error.birth.missing' });
    });

    it('refuses the past, half numbers and reasons of somebody else', () => {
        expect(wrong({ time: '14:00' })).toEqual({ time: 'error.past' });
        expect(wrong({ date: '2026-11-27', time: '08:00' })).toEqual({});
        expect(wrong({ mobile: '06 39' })).toEqual({ mobile: 'error.mobile' });
        expect(wrong({ mail: 'nom@exemple' })).toEqual({ mail: 'error.mail' });
        expect(wrong({ reason: 'Résultats' })).toEqual({ reason: 'error.reason' });
        expect(wrong({ fee: 'trente' })).toEqual({ fee: 'error.fee' });
        expect(wrong({ fee: '0' })).toEqual({ fee: 'error.fee' });
    });
});

describe('bookingMembers', () => {
    it('is what the protocol asks for', () => {
        expect(bookingMembers(good, 'Europe/Paris')).toEqual({
            family: 'Exemple',
            given: 'Jeanne',
            birth: '1954-03-07',
            sex: 'female',
            mobile: '+33639981200',
            who_connects: 'patient',
            contact_of: 'patient',
            reason: 'Suivi',
            locale: 'fr',
            start_ms: at('16:00'),
            duration_min: 20,
            fee_max_minor: 3000,
            currency: 'EUR',
        });
    });

    it('leaves the fee out when nothing is due', () => {
        const members = bookingMembers({ ...good, payment: 'nothing' }, 'Europe/Paris');
        expect(members.nothing_due).toBe(true);
        expect(members).not.toHaveProperty('fee_max_minor');
    });

    it('gives an identity back as it was', () => {
        expect(identityMembers(identityOf(rows.waiting.view))).toEqual({
            family: 'Témoin',
            given: 'Marc',
            birth: '1954-03-27',
            sex: 'male',
            mobile: '+33639981200',
        });
    });
});

describe('what people type', () => {
    it.each([
        ['06 39 98 12 00', '+33639981200'],
        ['06.39.98.12.00', '+33639981200'],
        ['+33 6 39 98 12 00', '+33639981200'],
        ['0032 470 12 34 56', '+32470123456'],
        ['639981200', undefined],
        ['06 39 98 12', undefined],
        ['00', undefined],
    ])('reads the number %s', (text, number) => {
        expect(phoneNumber(text)).toBe(number);
    });

    it.each([
        ['30', 3000],
        ['30,00', 3000],
        ['22,5', 2250],
        ['22.50 €', 2250],
        ['1 000', 100_000],
        ['-3', undefined],
        ['3,141', undefined],
        ['99999', undefined],
    ])('reads the amount %s', (text, minor) => {
        expect(amountMinor(text)).toBe(minor);
    });

    it('writes an amount so that it reads it again', () => {
        for (const minor of [1, 2500, 2250, 999_999]) {
            expect(amountMinor(amountText(minor))).toBe(minor);
        }
    });

    it('knows an address when it sees one', () => {
        expect(isMail('nom@exemple.fr')).toBe(true);
        expect(isMail('nom.deux@a.b.example')).toBe(true);
        expect(isMail('nom@@exemple.fr')).toBe(false);
        expect(isMail('nom @exemple.fr')).toBe(false);
    });
});

describe('the clinic’s clock', () => {
    it('turns day and hour into an instant, summer and winter', () => {
        expect(instantOf('2026-11-26', '14:20', 'Europe/Paris')).toBe(at('14:20'));
        expect(instantOf('2026-07-01', '14:20', 'Europe/Paris')).toBe(
            Date.parse('2026-07-01T12:20:00Z'),
        );
        expect(instantOf('2026-07-01', '14:20', 'America/Cayenne')).toBe(
            Date.parse('2026-07-01T17:20:00Z'),
        );
        expect(instantOf('', '14:20', 'Europe/Paris')).toBeUndefined();
        expect(instantOf('2026-11-26', '', 'Europe/Paris')).toBeUndefined();
    });

    it('survives the hours that clocks leave out or repeat', () => {
        const spring = instantOf('2026-03-29', '02:30', 'Europe/Paris') ?? 0;
        expect(['01:30', '03:30']).toContain(hourOf(spring, 'Europe/Paris'));
        const autumn = instantOf('2026-10-25', '02:30', 'Europe/Paris') ?? 0;
        expect(hourOf(autumn, 'Europe/Paris')).toBe('02:30');
    });

    it('counts days, ages and absences', () => {
        expect(dayAfter('2026-12-31', 1)).toBe('2027-01-01');
        expect(dayAfter('2026-03-01', -1)).toBe('2026-02-28');
        expect(ageOn('2008-11-27', '2026-11-26')).toBe(17);
        expect(ageOn('2008-11-26', '2026-11-26')).toBe(18);
        expect(isDay(2026, 2, 29)).toBe(false);
        expect(since(NOW - 20_400, NOW)).toBe('20 s');
        expect(since(NOW - 200_000, NOW)).toBe('3 min');
    });
});
