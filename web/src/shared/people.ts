/*
 * people: who is on the screen of a call, made from the slots and from presence.
 * A person's slot never changes while they are there, so neither does their key.
 */
import type { GuestKind, PersonNow } from './protocol';
import type { Visit } from './state';

export interface Person {
    key: string; /* 'doctor', 'patient', 'guest-2' */
    slot: number;
    who: 'doctor' | 'patient' | 'guest';
    guest: number; /* 0: no guest */
    name: string;
    kind?: GuestKind | undefined;
    now: PersonNow | undefined;
    dark: boolean; /* their line carries sound only */
}

/* A guest among people, and in what is known of each. */
export function guestKey(guest: number): string {
    return `guest-${guest}`;
}

/* names: what doctor and patient are called on this page. */
export function peopleOf(visit: Visit, names: { doctor: string; patient: string }): Person[] {
    return visit.slots.map((slot) => {
        if (slot.who === 'guest') {
            const guest = slot.guest ?? 0;
            const key = guestKey(guest);
            return {
                key,
                slot: slot.slot,
                who: 'guest',
                guest,
                name: slot.name ?? '',
                kind: slot.kind,
                now: visit.now.guests?.find((each) => each.guest === guest),
                dark: visit.dark[key] === true,
            };
        }
        const who = slot.who === 'doctor' ? 'doctor' : 'patient';
        return {
            key: who,
            slot: slot.slot,
            who,
            guest: 0,
            name: names[who],
            now: visit.now[who],
            dark: visit.dark[who] === true,
        };
    });
}

/* Who is shown large: what this page chose, else what the doctor chose. */
export function largeOf(people: Person[], chosen: string | undefined, pinned: number): string {
    const wanted = chosen ?? (pinned > 0 ? guestKey(pinned) : '');
    return people.some((each) => each.key === wanted) ? wanted : '';
}

/* Whose screen is on show: one at a time has the place. */
export function sharerOf(people: Person[]): Person | undefined {
    return people.find((each) => each.now?.sharing === true);
}
