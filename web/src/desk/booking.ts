/*
 * booking: what the secretary's forms hold, what is wrong with it, and the
 * members of the command it becomes. Pure.
 */
import type { Commands, Connecting, Identity, Me, Sex, View } from '../shared/protocol';
import { dayOf, hourOf, instantOf, isDay } from './clock';
import type { Sentence } from './say';

/* Field name to what is wrong with it, in the order of the form. */
export type Errors<Field extends string = string> = Partial<Record<Field, Sentence>>;

export interface IdentityForm {
    family: string;
    given: string;
    birthDay: string;
    birthMonth: string;
    birthYear: string;
    sex: Sex | '';
    mobile: string;
    mail: string;
}

export interface TimeForm {
    date: string;
    time: string;
    duration: string;
}

export interface BookingForm extends IdentityForm, TimeForm {
    whoConnects: Connecting;
    contactOf: Connecting;
    locale: string;
    practitioner: string;
    reason: string;
    payment: 'fee' | 'nothing';
    fee: string;
}

export type IdentityField = keyof IdentityForm | 'birth';
export type TimeField = keyof TimeForm;
export type BookingField = keyof BookingForm | 'birth';

const NAME_MAX = 63; /* bytes, as the server keeps them */
const FEE_MAX_MINOR = 1_000_000;

export function emptyIdentity(): IdentityForm {
    return {
        family: '',
        given: '',
        birthDay: '',
        birthMonth: '',
        birthYear: '',
        sex: '',
        mobile: '',
        mail: '',
    };
}

export function emptyBooking(day: string, practitioner: string, locale: string): BookingForm {
    return {
        ...emptyIdentity(),
        whoConnects: 'patient',
        contactOf: 'patient',
        locale,
        practitioner,
        reason: '',
        date: day,
        time: '',
        duration: '20',
        payment: 'fee',
        fee: '',
    };
}

/* What is known of a visit, ready to be corrected. */
export function identityOf(view: View): IdentityForm {
    const [year = '', month = '', day = ''] = (view.birth ?? '').split('-');
    return {
        family: view.family ?? '',
        given: view.given ?? '',
        birthDay: String(Number(day) || ''),
        birthMonth: String(Number(month) || ''),
        birthYear: year,
        sex: view.sex ?? '',
        mobile: view.mobile ?? '',
        mail: view.mail ?? '',
    };
}

export function timeOf(view: View, zone: string): TimeForm {
    const start = view.start_ms ?? 0;
    return {
        date: dayOf(start, zone),
        time: hourOf(start, zone),
        duration: String(view.duration_min ?? 20),
    };
}

/* "06 39 98 12 00" to "+33639981200"; undefined when it cannot be a number. */
export function phoneNumber(text: string): string | undefined {
    const bare = text.replace(/[\s.\-()/\u00a0\u202f]/g, '').replace(/^00/, '+');
    const whole = /^0[1-9]\d{8}$/.test(bare) ? `+33${bare.slice(1)}` : bare;
    return /^\+[1-9]\d{7,14}$/.test(whole) ? whole : undefined;
}

export function isMail(text: string): boolean {
    return /^[^\s@<>"]+@[^\s@<>".]+(\.[^\s@<>".]+)+$/.test(text) && text.length < 100;
}

/* "30", "30,00", "22.5 €" to minor units; undefined when it is no amount. */
export function amountMinor(text: string): number | undefined {
    const bare = text.replace(/[\s\u00a0\u202f€]/g, '').replace(',', '.');
    if (!/^\d{1,5}(\.\d{1,2})?$/.test(bare)) return undefined;
    const minor = Math.round(Number(bare) * 100);
    return minor <= FEE_MAX_MINOR ? minor : undefined;
}

/* An amount as it is typed again: "30" or "22,50". */
export function amountText(minor: number): string {
    return minor % 100 === 0 ? String(minor / 100) : (minor / 100).toFixed(2).replace('.', ',');
}

function bytes(text: string): number {
    return new TextEncoder().encode(text).length;
}

function nameError(text: string, key: 'error.family' | 'error.given'): Sentence | undefined {
    const trimmed = text.trim();
    if (trimmed === '') return { key };
    if (bytes(trimmed) > NAME_MAX) return { key: 'error.too_long', values: { n: NAME_MAX } };
    return undefined;
}

function birthError(form: IdentityForm, today: string): Sentence | undefined {
    const parts = [form.birthYear, form.birthMonth, form.birthDay].map((part) => part.trim());
    if (parts.some((part) => part === '')) return { key: 'error.birth.missing' };
    const [year = 0, month = 0, day = 0] = parts.map(Number);
    if (!isDay(year, month, day) || year < 1900) return { key: 'error.birth.unreal' };
    if (birthOf(form) > today) return { key: 'error.birth.future' };
    return undefined;
}

export function birthOf(form: IdentityForm): string {
    const two = (text: string): string => text.trim().padStart(2, '0');
    return `${form.birthYear.trim()}-${two(form.birthMonth)}-${two(form.birthDay)}`;
}

/* Leaves only what is wrong. */
function kept<Field extends string>(found: Record<string, Sentence | undefined>): Errors<Field> {
    const wrong = Object.entries(found).filter(([, sentence]) => sentence !== undefined);
    return Object.fromEntries(wrong) as Errors<Field>;
}

export function identityErrors(form: IdentityForm, today: string): Errors<IdentityField> {
    const mobile = form.mobile.trim();
    const mail = form.mail.trim();
    return kept({
        family: nameError(form.family, 'error.family'),
        given: nameError(form.given, 'error.given'),
        birth: birthError(form, today),
        sex: form.sex === '' ? { key: 'error.sex' } : undefined,
        mobile: mobile && !phoneNumber(mobile) ? { key: 'error.mobile' } : undefined,
        mail: mail && !isMail(mail) ? { key: 'error.mail' } : undefined,
    });
}

export function timeErrors(form: TimeForm, zone: string, nowMs: number): Errors<TimeField> {
    const start = instantOf(form.date, form.time, zone);
    const duration = Number(form.duration);
    const dated = /^\d{4}-\d\d-\d\d$/.test(form.date);
    let time: Sentence | undefined;
    if (!/^\d\d:\d\d$/.test(form.time)) time = { key: 'error.time' };
    else if (start !== undefined && start < nowMs) time = { key: 'error.past' };
    const wrongDuration = !Number.isInteger(duration) || duration < 5 || duration > 120;
    return kept({
        date: dated ? undefined : { key: 'error.date' },
        time,
        duration: wrongDuration ? { key: 'error.duration' } : undefined,
    });
}

export function bookingErrors(form: BookingForm, me: Me, nowMs: number): Errors<BookingField> {
    const zone = me.clinic.time_zone;
    const practitioner = me.practitioners?.find((each) => each.id === form.practitioner);
    const reasons = practitioner?.reasons ?? [];
    const fee = form.payment === 'fee' && !(amountMinor(form.fee) ?? 0);
    return {
        ...identityErrors(form, dayOf(nowMs, zone)),
        ...kept<BookingField>({
            practitioner: practitioner ? undefined : { key: 'error.practitioner' },
            reason: reasons.includes(form.reason) ? undefined : { key: 'error.reason' },
        }),
        ...timeErrors(form, zone, nowMs),
        ...kept<BookingField>({ fee: fee ? { key: 'error.fee' } : undefined }),
    };
}

export function identityMembers(form: IdentityForm): Identity {
    const mobile = phoneNumber(form.mobile);
    const mail = form.mail.trim();
    return {
        family: form.family.trim(),
        given: form.given.trim(),
        birth: birthOf(form),
        sex: form.sex === '' ? 'unknown' : form.sex,
        ...(mobile ? { mobile } : {}),
        ...(mail ? { mail } : {}),
    };
}

export function timeMembers(form: TimeForm, zone: string): Commands['reschedule'] {
    return {
        start_ms: instantOf(form.date, form.time, zone) ?? 0,
        duration_min: Number(form.duration),
    };
}

/* Call it on a form without errors. */
export function bookingMembers(form: BookingForm, zone: string): Commands['book'] {
    const nothing = form.payment === 'nothing';
    return {
        ...identityMembers(form),
        who_connects: form.whoConnects,
        contact_of: form.contactOf,
        reason: form.reason,
        locale: form.locale,
        ...timeMembers(form, zone),
        ...(nothing
            ? { nothing_due: true }
            : { fee_max_minor: amountMinor(form.fee) ?? 0, currency: 'EUR' }),
    };
}
