/* place: what the address of the page says. */

export interface Place {
    token: string | undefined;
    consultation: string | undefined;
    fromPayment: boolean;
}

export function readPlace(at: { pathname: string; search: string; hash: string }): Place {
    const token = /^\/v\/([^/]+)$/.exec(at.pathname)?.[1];
    const inPath = /^\/visit\/([A-Za-z0-9_-]{22})$/.exec(at.pathname)?.[1];
    const inHash = /^#([A-Za-z0-9_-]{22})$/.exec(at.hash)?.[1];
    return {
        token,
        consultation: inPath ?? inHash,
        fromPayment: new URLSearchParams(at.search).get('from') === 'payment',
    };
}
