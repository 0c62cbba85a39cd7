/*
 * door: the way in, before this device has claimed the visit. Showing a link is
 * a POST that consumes nothing; the birth date or the code claims it.
 */
import { request, type Reply } from '../shared/http';
import type { DateNumbers } from '../shared/ui/DateFields';

export interface LinkInfo {
    state: 'ok' | 'unknown' | 'replaced' | 'cancelled' | 'expired' | 'ended_tries' | 'withdrawn';
    clinic?: { name: string; phone: string };
    practitioner?: { name: string };
    start_ms?: number;
    duration_min?: number;
    fee_max_minor?: number;
    currency?: string;
    nothing_due?: boolean;
    who_connects?: string;
    locale?: string;
    time_zone?: string;
    claimed?: boolean;
    guest?: number; /* of a guest's link */
    mine?: boolean;
    consultation?: string;
    callback_asked?: boolean; /* only where a visit is known */
}

/* What a claim came to. */
export type Claim =
    | { kind: 'in'; consultation: string }
    | { kind: 'wrong'; left: number | undefined }
    | { kind: 'paused' }
    | { kind: 'ended' }
    | { kind: 'network' };

export async function showLink(token: string): Promise<LinkInfo | undefined> {
    const reply = await request<LinkInfo>('POST', '/api/link', { token });
    if (reply.body) return reply.body;
    if (reply.status === 404 || reply.status === 400) return { state: 'unknown' };
    return undefined;
}

export async function claimLink(token: string, birth: DateNumbers): Promise<Claim> {
    return claimOf(await request('POST', '/api/link/claim', { token, ...birth }));
}

export async function claimCode(code: string, birth: DateNumbers): Promise<Claim> {
    const tidy = code.replace(/[\s-]/g, '').toUpperCase();
    return claimOf(await request('POST', '/api/join', { code: tidy, ...birth }));
}

export async function resendLink(contact: string, birth: DateNumbers): Promise<boolean> {
    const reply = await request('POST', '/api/join/resend', { contact, ...birth });
    return reply.code === '';
}

/* A guest's link opens with the code that stands beside it. */
export async function claimGuest(token: string, code: string): Promise<Claim> {
    return claimOf(await request('POST', '/api/link/guest', { token, code }));
}

/* "" once somebody will call; else the code of why nobody will. */
export async function callBack(token: string): Promise<string> {
    return (await request('POST', '/api/link/callback', { token })).code;
}

export function claimOf(reply: Reply<{ consultation?: string }>): Claim {
    const consultation = reply.body?.consultation;
    if (consultation) return { kind: 'in', consultation };
    if (reply.status === 410) return { kind: 'ended' };
    if (reply.status === 429) return { kind: 'paused' };
    if (reply.status >= 400 && reply.status < 500) {
        const left = reply.problem['tries_left'];
        if (left === 0) return { kind: 'paused' }; /* that was the last one for now */
        return { kind: 'wrong', left: typeof left === 'number' ? left : undefined };
    }
    return { kind: 'network' };
}
