/* format: dates and times in the clinic's time zone, and money, as people write them. */
import type { Locale } from './i18n';

export interface Format {
    time(ms: number): string; /* 14 h 20 · 14:20 */
    exact(ms: number): string; /* 14:20:07, for a record */
    day(ms: number): string; /* jeudi 26 novembre */
    dayAndTime(ms: number, nowMs: number): string; /* Aujourd'hui, 14 h 20 */
    date(ms: number): string; /* 26 novembre 2026 */
    money(minor: number, currency: string): string; /* 30 € · 22,50 € */
    decimal(value: number): string; /* 4,1 · 4.1 */
    phone(number: string): string; /* 05 36 49 12 00 */
    isoDay(ms: number): string; /* 2026-11-26, in the clinic's zone */
}

const today: Record<Locale, string> = { fr: "Aujourd'hui", en: 'Today' };
const tomorrow: Record<Locale, string> = { fr: 'Demain', en: 'Tomorrow' };
const tags: Record<Locale, string> = { fr: 'fr-FR', en: 'en-GB' };

export function makeFormat(locale: Locale, timeZone?: string): Format {
    const zone = knownZone(timeZone);
    const tag = tags[locale];
    const clock = new Intl.DateTimeFormat(tag, { timeZone: zone, timeStyle: 'short' });
    const exact = new Intl.DateTimeFormat(tag, { timeZone: zone, timeStyle: 'medium' });
    const weekday = new Intl.DateTimeFormat(tag, {
        timeZone: zone,
        weekday: 'long',
        day: 'numeric',
        month: 'long',
    });
    const long = new Intl.DateTimeFormat(tag, { timeZone: zone, dateStyle: 'long' });
    const iso = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' });

    const decimal = new Intl.NumberFormat(tag, {
        minimumFractionDigits: 1,
        maximumFractionDigits: 1,
    });

    const time = (ms: number): string => {
        const text = clock.format(ms);
        return locale === 'fr' ? text.replace(':', '\u202fh\u202f') : text;
    };
    const capital = (text: string): string => text.charAt(0).toLocaleUpperCase(tag) + text.slice(1);
    return {
        time,
        exact: (ms) => exact.format(ms),
        day: (ms) => weekday.format(ms),
        dayAndTime(ms, nowMs) {
            const day = iso.format(ms);
            let name = capital(weekday.format(ms));
            if (day === iso.format(nowMs)) name = today[locale];
            else if (day === iso.format(nowMs + 86_400_000)) name = tomorrow[locale];
            return `${name}, ${time(ms)}`;
        },
        date: (ms) => long.format(ms),
        money: (minor, currency) => money(tag, minor, currency),
        decimal: (value) => decimal.format(value),
        phone,
        isoDay: (ms) => iso.format(ms),
    };
}

function knownZone(timeZone: string | undefined): string | undefined {
    try {
        new Intl.DateTimeFormat('fr', { timeZone });
        return timeZone;
    } catch {
        return undefined;
    }
}

/* Whole amounts go without their zero cents. */
function money(tag: string, minor: number, currency: string): string {
    const style = { style: 'currency', currency } as const;
    const digits = new Intl.NumberFormat(tag, style).resolvedOptions().maximumFractionDigits ?? 2;
    const unit = 10 ** digits;
    const shown = minor % unit === 0 ? 0 : digits;
    return new Intl.NumberFormat(tag, {
        ...style,
        minimumFractionDigits: shown,
        maximumFractionDigits: shown,
    }).format(minor / unit);
}

/* French numbers in pairs; others as they came. */
function phone(number: string): string {
    const digits = number.replace(/[\s.-]/g, '').replace(/^\+33/, '0');
    if (!/^0\d{9}$/.test(digits)) return number;
    return (digits.match(/\d\d/g) ?? []).join('\u00a0');
}
