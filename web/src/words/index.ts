/* words: the patient's catalogues, each loaded when it is the chosen one. */
import type { Catalogues } from '../shared/i18n';
import type { Words } from './fr';

export type { Words } from './fr';

export const catalogues: Catalogues<Words> = {
    fr: async () => (await import('./fr')).fr,
    en: async () => (await import('./en')).en,
};
