/* words: the language of the patient's pages, for their components. */
import { useLanguage, type Language } from '../shared/i18n';
import type { CrowdWords } from '../shared/ui/Crowd';
import type { Words } from '../words';

export const useWords = (): Language<Words> => useLanguage<Words>();

/* The sentence for a refusal's code. */
export function refusalText(words: Words, code: string): string {
    const texts: Record<string, string> = words.refusals;
    return texts[code] ?? words.refusals.other;
}

/* What stands on the pictures of several people. */
export function crowdWords(words: Words): CrowdWords {
    return {
        kind: (person) => (person.kind ? words.guests.kind[person.kind] : ''),
        screen: (person) => words.guests.screenOf(person.name),
        noCamera: words.guests.noCamera,
        lost: words.guests.lost,
        dark: words.guests.dark,
        large: words.guests.large,
        small: words.guests.small,
    };
}
