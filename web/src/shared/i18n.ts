/*
 * i18n: the words of a page in the person's language. A catalogue is a plain
 * object of sentences and of functions that make one; every catalogue of a page
 * has the type of the French one, so a missing sentence does not compile.
 */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { makeFormat, type Format } from './format';

export type Locale = 'fr' | 'en';
export const locales: Locale[] = ['fr', 'en'];
export const localeNames: Record<Locale, string> = { fr: 'Français', en: 'English' };

/* The languages of a page, each loaded when it is needed. */
export type Catalogues<Words> = Record<Locale, () => Promise<Words>>;

export interface Language<Words> {
    locale: Locale;
    words: Words;
    format: Format;
}

/* What the person chose before, else what the page's server or browser says. */
export function chooseLocale(wished?: string): Locale {
    const candidates = [remembered(), wished, ...navigator.languages];
    for (const candidate of candidates) {
        const locale = locales.find((each) => candidate?.toLowerCase().startsWith(each));
        if (locale) return locale;
    }
    return 'fr';
}

const KEY = 'locale';

function remembered(): string | undefined {
    try {
        return localStorage.getItem(KEY) ?? undefined;
    } catch {
        return undefined; /* storage may be forbidden */
    }
}

export function rememberLocale(locale: Locale): void {
    try {
        localStorage.setItem(KEY, locale);
    } catch {
        /* then it lasts as long as the page */
    }
}

export async function loadLanguage<Words>(
    catalogues: Catalogues<Words>,
    locale: Locale,
    timeZone?: string,
): Promise<Language<Words>> {
    const words = await catalogues[locale]();
    document.documentElement.lang = locale;
    return { locale, words, format: makeFormat(locale, timeZone) };
}

/* One context carries the language of the page that is running; each page reads
 * it with the type of its own words. */
export const LanguageContext = createContext<Language<unknown> | undefined>(undefined);

export function useLanguage<Words>(): Language<Words> {
    const language = useContext(LanguageContext);
    if (!language) throw new Error('no language above this component');
    return language as Language<Words>;
}
