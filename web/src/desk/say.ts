/* say: one sentence of the desk's catalogue, with its values put in. */
import type { DeskKey } from '../words/desk.fr';
import type { Locale } from '../shared/i18n';

export type Values = Record<string, string | number>;
export type Say = (key: DeskKey, values?: Values) => string;

/* A sentence not yet said: pure code chooses it, a component says it. */
export interface Sentence {
    key: DeskKey;
    values?: Values;
}

export function makeSay(words: Record<DeskKey, string>): Say {
    return (key, values) =>
        sentence(words, key).replace(/\{(\w+)\}/g, (whole, name: string) =>
            values && name in values ? String(values[name]) : whole,
        );
}

/* A refusal that is newer than this page has no words of its own. */
function sentence(words: Record<DeskKey, string>, key: string): string {
    return (words as Partial<Record<string, string>>)[key] ?? words['refused.other'];
}

/* The key of a sentence that has a singular and a plural. */
export function counted(
    base: 'page.errors' | 'day.count' | 'find.found' | 'call.chat.new',
    count: number,
    locale: Locale,
): DeskKey {
    const one = new Intl.PluralRules(locale).select(count) === 'one';
    return one ? `${base}.one` : `${base}.other`;
}

/* "Aujourd'hui, 14 h" within a sentence; names of English days keep their capital. */
export function withinSentence(when: string, locale: Locale): string {
    const keeps = locale === 'en' && !/^(Today|Tomorrow)/.test(when);
    return keeps ? when : when.charAt(0).toLowerCase() + when.slice(1);
}
