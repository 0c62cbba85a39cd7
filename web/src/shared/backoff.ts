/* backoff: how long to wait before try number n (from 0): doubling, capped, with jitter. */
export function backoffMs(tries: number, capMs = 10_000, random = Math.random): number {
    const ceiling = Math.min(capMs, 500 * 2 ** Math.min(tries, 10));
    return ceiling / 2 + random() * (ceiling / 2);
}

/*
 * The same for a line that was lost. All pages of a server that died lose theirs
 * in the same moment: the first tries are spread widely, so that they do not come
 * back as one crowd, and nobody waits long.
 */
export function comeBackMs(tries: number, random = Math.random): number {
    return tries === 0 ? 100 + random() * 1_400 : backoffMs(tries, 10_000, random);
}
