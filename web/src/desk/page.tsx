/*
 * page: what every part of the desk may ask for: the state, the hour, the words,
 * and the ways to act. One context, made once by the application; tests make
 * their own.
 */
import { createContext } from 'preact';
import { useContext, useState } from 'preact/hooks';
import type { Format } from '../shared/format';
import type { Locale } from '../shared/i18n';
import type { Answer, Commands, Me, Refusal, Row, Verb, View } from '../shared/protocol';
import type { State } from '../shared/state';
import type { DeskKey } from '../words/desk.fr';
import { dayOf } from './clock';
import type { Errors } from './booking';
import type { Moment } from './rows';
import type { Say, Sentence } from './say';
import { rowOf } from './day';

export type Send = <V extends Verb>(verb: V, of: string, members: Commands[V]) => Promise<Answer>;

export interface DeskPage {
    state: State;
    me: Me;
    /* the server's clock */
    nowMs: number;
    /* visit to since when its patient's line has been away */
    lost: Record<string, number>;
    locale: Locale;
    say: Say;
    format: Format;
    send: Send;
    /* Shows and announces what was done. */
    tell: (sentence: Sentence) => void;
    signOut: () => unknown;
    otherLanguage: () => unknown;
}

export const DeskContext = createContext<DeskPage | undefined>(undefined);

export function useDesk(): DeskPage {
    const page = useContext(DeskContext);
    if (!page) throw new Error('no desk above this component');
    return page;
}

export function momentOf(page: DeskPage, of: string): Moment {
    const role = page.me.role === 'doctor' ? 'doctor' : 'secretary';
    return { nowMs: page.nowMs, lostMs: page.lost[of] ?? 0, role };
}

/* The newest that is known of a visit, on the day shown or not. */
export function useRow(of: string): Row | undefined {
    return rowOf(useDesk().state, of);
}

export function today(page: DeskPage): string {
    return dayOf(page.nowMs, page.me.clinic.time_zone);
}

/* Is the visit on the day shown? A board holds others besides. */
export function useOnDay(): (view: View) => boolean {
    const { state, me } = useDesk();
    const day = state.board?.day;
    return (view) => dayOf(view.start_ms ?? 0, me.clinic.time_zone) === day;
}

export function practitionerName(me: Me, id: string | undefined): string {
    return me.practitioners?.find((each) => each.id === id)?.name ?? '';
}

/* Why the server did not do it, in our words for its code; `say` knows what to
 * say for a code that it has no words for. */
export function refusalOf(answer: Answer): Sentence | undefined {
    if (answer.ok || (!answer.refused && answer.say === undefined)) return undefined;
    return { key: `refused.${answer.refused ?? 'other'}` as DeskKey };
}

/* Sends; the refusal, or nothing when it was done. A page being closed fails. */
export async function ask(sent: Promise<Answer>): Promise<Sentence | undefined> {
    try {
        return refusalOf(await sent);
    } catch {
        return { key: 'page.failed' };
    }
}

/* A start that the agenda does not take is said beside the hour. */
export const timeRefusals = { overlap: 'time', in_the_past: 'time' } as const;

/* ---- forms that become one command ------------------------------------------ */

export interface CommandForm {
    errors: Errors;
    refused: Sentence | undefined;
    busy: boolean;
    submit: () => void;
}

export interface CommandFormParts {
    check?(): Errors;
    /* refusals that belong beside a field of this form */
    fields?: Partial<Record<Refusal, string>>;
    send(): Promise<Answer>;
    done(answer: Answer): void;
}

/* Checks, sends once, then says what was wrong or that it is done. */
export function useCommandForm(parts: CommandFormParts): CommandForm {
    const [errors, setErrors] = useState<Errors>({});
    const [refused, setRefused] = useState<Sentence>();
    const [busy, setBusy] = useState(false);
    const run = async (): Promise<void> => {
        setBusy(true);
        try {
            const answer = await parts.send();
            const refusal = refusalOf(answer);
            const field = answer.refused && parts.fields?.[answer.refused];
            if (refusal && field) setErrors({ [field]: refusal });
            else setRefused(refusal);
            if (!refusal) parts.done(answer);
        } catch {
            setRefused({ key: 'page.failed' });
        } finally {
            setBusy(false);
        }
    };
    const submit = (): void => {
        if (busy) return;
        const wrong = parts.check?.() ?? {};
        setErrors(wrong);
        setRefused(undefined);
        if (Object.keys(wrong).length === 0) void run();
    };
    return { errors, refused, busy, submit };
}
