/* place: what the address of the page says. */

export interface Place {
    token: string | undefined;
    consultation: string | undefined;
    fromPayment: boolean;
}

export function readPlace(at: { pathname: string; search: string; hash: string }): Place {
    const last = /^\/v\/([^/]+)$/.exec(at.pathname)?.[1];
    /* the payment page sends people back to the visit, never to the secret link */
    const inPath = /^\/(?:v|visit)\/([A-Za-z0-9_-]{22})$/.exec(at.pathname)?.[1];
    const inHash = /^#([A-Za-z0-9_-]{22})$/.exec(at.hash)?.[1];
    return {
        token: inPath ? undefined : last,
        consultation: inPath ?? inHash,
        fromPayment: new URLSearchParams(at.search).get('paid') === '1',
    };
}
