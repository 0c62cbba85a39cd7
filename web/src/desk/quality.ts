/* quality: one word and one curve for the patient's line. Pure. */
import type { Quality } from '../shared/protocol';

export type LineQuality = 'good' | 'fair' | 'poor';

const POINTS = 24;

function loss(quality: Quality): number {
    return Math.max(quality.loss_up, quality.loss_down);
}

/* 1 is a line nobody notices, 0 one that nobody can talk over. */
export function score(quality: Quality): number {
    const lost = Math.min(1, loss(quality) / 0.15);
    const slow = Math.min(1, Math.max(0, quality.rtt_ms - 60) / 600);
    const uneven = Math.min(1, quality.jitter_ms / 120);
    return Math.max(0, 1 - lost * 0.7 - slow * 0.5 - uneven * 0.3);
}

export function wordOf(quality: Quality): LineQuality {
    const value = score(quality);
    if (value >= 0.7) return 'good';
    return value >= 0.4 ? 'fair' : 'poor';
}

export function lossPercent(quality: Quality): number {
    return Math.round(loss(quality) * 100);
}

/* The history with one more point, the oldest forgotten. */
export function withPoint(history: readonly number[], quality: Quality): number[] {
    const before = history.length > 0 ? history : [score(quality)];
    return [...before, score(quality)].slice(-POINTS);
}

/* The points of the curve in a box, newest at the right. */
export function curve(history: readonly number[], width: number, height: number): string {
    const step = width / (POINTS - 1);
    const left = width - step * (history.length - 1);
    return history
        .map((value, index) => {
            const x = left + index * step;
            const y = 2 + (1 - value) * (height - 4);
            return `${x.toFixed(1)},${y.toFixed(1)}`;
        })
        .join(' ');
}
