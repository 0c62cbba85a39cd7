/*
 * clock: days and hours of the clinic, whatever the computer's own time zone is.
 * A day is "2026-11-22", an hour "14:20".
 */

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/* "2026-11-22 14:20" of an instant in a zone. */
function wallClock(atMs: number, zone: string): { day: string; hour: string } {
    const parts = new Intl.DateTimeFormat('en-GB', {
        timeZone: zone,
        year: 'numeric',
        month: '2-digit',
        day: '2-digit',
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
    }).formatToParts(atMs);
    const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? '';
    return {
        day: `${part('year')}-${part('month')}-${part('day')}`,
        hour: `${part('hour')}:${part('minute')}`,
    };
}

export function dayOf(atMs: number, zone: string): string {
    return wallClock(atMs, zone).day;
}

export function hourOf(atMs: number, zone: string): string {
    return wallClock(atMs, zone).hour;
}

function asUtc(day: string, hour: string): number {
    return Date.parse(`${day}T${hour}:00Z`);
}

/*
 * The instant at which the clinic's clock shows this day and hour; undefined
 * when either is no day or hour. Of an hour that comes twice in autumn, one is
 * taken; an hour that spring leaves out becomes the one after it.
 */
export function instantOf(day: string, hour: string, zone: string): number | undefined {
    if (!/^\d{4}-\d\d-\d\d$/.test(day) || !/^\d\d:\d\d$/.test(hour)) return undefined;
    const wanted = asUtc(day, hour);
    if (Number.isNaN(wanted)) return undefined;
    let guess = wanted;
    for (let tries = 0; tries < 3; tries++) {
        const shown = wallClock(guess, zone);
        const error = asUtc(shown.day, shown.hour) - wanted;
        if (error === 0) return guess;
        guess -= error;
    }
    return guess;
}

/* The day `count` days later; days have no zone. */
export function dayAfter(day: string, count: number): string {
    return new Date(Date.parse(`${day}T12:00:00Z`) + count * DAY).toISOString().slice(0, 10);
}

/* Noon of a day, to name it in words whatever the zone. */
export function noonOf(day: string, zone: string): number {
    return instantOf(day, '12:00', zone) ?? Date.parse(`${day}T12:00:00Z`);
}

export function wholeMinutes(fromMs: number, toMs: number): number {
    return Math.max(0, Math.floor((toMs - fromMs) / MINUTE));
}

/* "20 s", "3 min": how long a line has been away. */
export function since(fromMs: number, toMs: number): string {
    const seconds = Math.max(0, Math.floor((toMs - fromMs) / 1000));
    return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;
}

/* Whole years on the day shown; birth is "1954-03-27". */
export function ageOn(birth: string, day: string): number {
    const years = Number(day.slice(0, 4)) - Number(birth.slice(0, 4));
    return day.slice(5) < birth.slice(5) ? years - 1 : years;
}

/* A day that exists in the calendar. */
export function isDay(year: number, month: number, day: number): boolean {
    if (![year, month, day].every(Number.isInteger)) return false;
    const date = new Date(Date.UTC(year, month - 1, day));
    return (
        date.getUTCFullYear() === year &&
        date.getUTCMonth() === month - 1 &&
        date.getUTCDate() === day
    );
}
