/* place: what the address of the page says. */

export interface Place {
    token: string | undefined;
    consultation: string | undefined;
    fromPayment: boolean; /* back from the payment page, having paid */
}

export function readPlace(at: { pathname: string; search: string; hash: string }): Place {
    const last = /^\/v\/([^/]+)$/.exec(at.pathname)?.[1];
    /* the payment page sends people back to the visit, never to the secret link */
    const inPath = /^\/(?:v|visit)\/([A-Za-z0-9_-]{22})$/.exec(at.pathname)?.[1];
    const inHash = /^#([A-Za-z0-9_-]{22})$/.exec(at.hash)?.[1];
    const said = new URLSearchParams(at.search);
    return {
        token: inPath ? undefined : last,
        consultation: inPath ?? inHash,
        fromPayment: said.get('from') === 'payment' && !said.has('left'),
    };
}
