/*
 * ways: how a page reaches the relay besides directly: TURN servers with a ticket
 * of an hour. Asked of the server when a line is built or restarted, and kept for
 * half of the ticket's time, so that a restart does not wait for it.
 */
import type { Ways } from './media';
import type { Answer } from './protocol';

export function waysBy(ask: () => Promise<Answer>): Ways {
    let kept: RTCIceServer[] = [];
    let untilMs = 0;
    return async () => {
        if (Date.now() < untilMs) return kept;
        const answer = await ask();
        if (!answer.ok) return kept;
        kept = answer.ice ?? [];
        untilMs = Date.now() + (answer.valid_s ?? 0) * 500;
        return kept;
    };
}
