/* words: the language of the patient's pages, for their components. */
import { useLanguage, type Language } from '../shared/i18n';
import type { Words } from '../words';

export const useWords = (): Language<Words> => useLanguage<Words>();

/* The sentence for a refusal's code. */
export function refusalText(words: Words, code: string): string {
    const texts: Record<string, string> = words.refusals;
    return texts[code] ?? words.refusals.other;
}
