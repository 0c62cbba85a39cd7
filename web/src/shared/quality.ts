/*
 * quality: one word for how a talk over a line is, from its estimated MOS: above 4
 * hardly anybody complains (R 80 of the E-model), below 3.1 many do (R 60).
 */
import type { Quality } from './protocol';

export type LineQuality = 'good' | 'fair' | 'poor';

const GOOD = 4.0;
const FAIR = 3.1;

export function wordOf(quality: Quality): LineQuality {
    if (quality.mos >= GOOD) return 'good';
    return quality.mos >= FAIR ? 'fair' : 'poor';
}
