/* backoff: how long to wait before try number n (from 0): doubling, capped, with jitter. */
export function backoffMs(tries: number, capMs = 10_000, random = Math.random): number {
    const ceiling = Math.min(capMs, 500 * 2 ** Math.min(tries, 10));
    return ceiling / 2 + random() * (ceiling / 2);
}
