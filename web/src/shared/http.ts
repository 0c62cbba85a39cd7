/* http: posts JSON to our own server; a problem document becomes its `code`. */
import { newId } from './ids';

export interface Reply<T> {
    status: number;
    body: T | undefined;
    /* RFC 9457: `code` of the problem, "network" when nobody answered */
    code: string;
    problem: Record<string, unknown>;
}

export async function request<T>(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: object,
): Promise<Reply<T>> {
    try {
        const headers: Record<string, string> = { accept: 'application/json' };
        if (body) headers['content-type'] = 'application/json';
        if (method === 'POST') headers['idempotency-key'] = newId();
        const answer = await fetch(path, {
            method,
            headers,
            credentials: 'same-origin',
            cache: 'no-store',
            ...(body ? { body: JSON.stringify(body) } : {}),
        });
        const text = await answer.text();
        const json = parsed(text);
        if (answer.ok) return { status: answer.status, body: json as T, code: '', problem: {} };
        const problem = (json ?? {}) as Record<string, unknown>;
        const code = typeof problem['code'] === 'string' ? problem['code'] : 'failed';
        return { status: answer.status, body: undefined, code, problem };
    } catch {
        return { status: 0, body: undefined, code: 'network', problem: {} };
    }
}

/* A proxy's error page is no JSON: its status still tells enough. */
function parsed(text: string): unknown {
    try {
        return text === '' ? undefined : JSON.parse(text);
    } catch {
        return undefined;
    }
}
