/* quality: the curve of the patient's line: its estimated MOS over two minutes. Pure. */
import type { Quality } from '../shared/protocol';

const POINTS = 24;
const WORST = 1;
const BEST = 4.5;

export function lossPercent(quality: Quality): number {
    return Math.round(Math.max(quality.loss_up, quality.loss_down) * 100);
}

/* The history with one more point, the oldest forgotten. */
export function withPoint(history: readonly number[], quality: Quality): number[] {
    const before = history.length > 0 ? history : [quality.mos];
    return [...before, quality.mos].slice(-POINTS);
}

/* The points of the curve in a box, newest at the right. */
export function curve(history: readonly number[], width: number, height: number): string {
    const step = width / (POINTS - 1);
    const left = width - step * (history.length - 1);
    return history
        .map((mos, index) => {
            const x = left + index * step;
            const share = Math.min(1, Math.max(0, (mos - WORST) / (BEST - WORST)));
            const y = 2 + (1 - share) * (height - 4);
            return `${x.toFixed(1)},${y.toFixed(1)}`;
        })
        .join(' ');
}

/* What the curve shows, for who does not see it. */
export function extremes(history: readonly number[]): { least: number; most: number } {
    return { least: Math.min(...history), most: Math.max(...history) };
}
