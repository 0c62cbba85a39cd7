/*
 * socket: the one owner of the WebSocket. It connects, comes back by itself,
 * sends unanswered frames again with the same id, and keeps the presence lease.
 * A command's promise resolves with the server's answer, however many
 * connections that takes; it rejects only when the socket is closed for good.
 */
import { comeBackMs } from './backoff';
import { newId } from './ids';
import type { Answer, Commands, Frame, Presence, Verb } from './protocol';
import type { Connection } from './state';

const SUBPROTOCOL = 'vestibule.1';
/* Made once per load: a page that comes back keeps the visit and its relay peer. */
const PAGE = newId();
/* Closes a line that is left for a new one: the page itself stays. */
const COMING_BACK = 4001;
const PRESENCE_MS = 5_000;
const PING_MS = 15_000;
const ANSWER_MS = 8_000;

export interface SocketHandlers {
    frame(frame: Frame): void;
    connection(connection: Connection): void;
    /* The upgrade was refused: the session is over. */
    unauthorized?(): void;
}

interface Unanswered {
    frame: string;
    sentAtMs: number;
    resolve(answer: Answer): void;
    reject(reason: Error): void;
}

/* What the socket needs of the world; tests put their own in. */
export interface SocketWorld {
    open(path: string): WebSocket;
    probe(path: string): Promise<number>;
    nowMs(): number;
}

const browser: SocketWorld = {
    open(path) {
        const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
        return new WebSocket(`${scheme}//${location.host}${path}?page=${PAGE}`, SUBPROTOCOL);
    },
    async probe(path) {
        const answer = await fetch(path, { credentials: 'same-origin', cache: 'no-store' });
        return answer.status;
    },
    nowMs: () => Date.now(),
};

export class Socket {
    private ws: WebSocket | undefined;
    private opened = false;
    private tries = 0;
    private ended = false;
    private unanswered = new Map<string, Unanswered>();
    private presence: { of: string; with: Presence } | undefined;
    private retryTimer: ReturnType<typeof setTimeout> | undefined;
    private timers: ReturnType<typeof setInterval>[] = [];
    private reconnectNow = (): void => this.reconnect();

    constructor(
        private path: string,
        private handlers: SocketHandlers,
        private world: SocketWorld = browser,
    ) {}

    start(): void {
        this.timers = [
            setInterval(() => this.sendPresence(), PRESENCE_MS),
            setInterval(() => this.checkAlive(), 1_000),
            setInterval(() => this.ping(), PING_MS),
        ];
        if (typeof window !== 'undefined') {
            window.addEventListener('online', this.reconnectNow);
            connectionOf(navigator)?.addEventListener('change', this.reconnectNow);
        }
        this.handlers.connection('connecting');
        this.connect();
    }

    /* Closes for good; what is unanswered is given up. */
    close(): void {
        if (this.ended) return;
        this.ended = true;
        this.timers.forEach(clearInterval);
        clearTimeout(this.retryTimer);
        if (typeof window !== 'undefined') {
            window.removeEventListener('online', this.reconnectNow);
            connectionOf(navigator)?.removeEventListener('change', this.reconnectNow);
        }
        this.ws?.close(1000);
        this.ws = undefined;
        for (const waiting of this.unanswered.values()) waiting.reject(new Error('closed'));
        this.unanswered.clear();
        this.handlers.connection('closed');
    }

    /* Sends a command or a request about `of`. */
    send<V extends Verb>(verb: V, of: string, members: Commands[V]): Promise<Answer> {
        if (this.ended) return Promise.reject(new Error('closed'));
        const id = newId();
        const frame = JSON.stringify({ id, of, do: verb, with: members });
        return new Promise<Answer>((resolve, reject) => {
            this.unanswered.set(id, { frame, sentAtMs: this.world.nowMs(), resolve, reject });
            if (this.opened) this.ws?.send(frame);
        });
    }

    /* What this page's person is doing; told at once and every five seconds. */
    setPresence(of: string, presence: Presence): void {
        const next = JSON.stringify(presence);
        const changed = this.presence?.of !== of || JSON.stringify(this.presence.with) !== next;
        this.presence = { of, with: presence };
        if (changed) this.sendPresence();
    }

    private connect(): void {
        if (this.ended) return;
        clearTimeout(this.retryTimer);
        const ws = this.world.open(this.path);
        this.ws = ws;
        this.opened = false;
        ws.onopen = () => {
            if (ws === this.ws) this.onOpen();
        };
        ws.onmessage = (event: MessageEvent<string>) => {
            if (ws === this.ws) this.onMessage(event.data);
        };
        ws.onclose = () => {
            if (ws === this.ws) this.onClose();
        };
    }

    private onOpen(): void {
        this.opened = true;
        this.tries = 0;
        this.handlers.connection('open');
        for (const waiting of this.unanswered.values()) {
            waiting.sentAtMs = this.world.nowMs();
            this.ws?.send(waiting.frame);
        }
        this.sendPresence();
    }

    private onMessage(text: string): void {
        const frame = JSON.parse(text) as Frame & Partial<Answer>;
        if (typeof frame.re !== 'string') {
            this.handlers.frame(frame);
            return;
        }
        const waiting = this.unanswered.get(frame.re);
        this.unanswered.delete(frame.re);
        waiting?.resolve(frame as Answer);
    }

    private onClose(): void {
        const neverOpened = !this.opened;
        this.ws = undefined;
        this.opened = false;
        if (this.ended) return;
        this.handlers.connection('lost');
        if (neverOpened) void this.askWhy();
        this.retryTimer = setTimeout(() => this.connect(), comeBackMs(this.tries++));
    }

    /* A browser does not tell why an upgrade failed; a plain request does. */
    private async askWhy(): Promise<void> {
        try {
            if ((await this.world.probe(this.path)) === 401) this.handlers.unauthorized?.();
        } catch {
            /* no network: the next try comes by itself */
        }
    }

    /* The network changed: the old connection may be dead without knowing. */
    private reconnect(): void {
        if (this.ended) return;
        const old = this.ws;
        this.ws = undefined;
        this.tries = 0;
        if (this.opened) this.handlers.connection('lost');
        this.opened = false;
        old?.close(COMING_BACK);
        this.connect();
    }

    /* An answer that never comes means that nobody is at the other end. */
    private checkAlive(): void {
        if (!this.opened) return;
        const limit = this.world.nowMs() - ANSWER_MS;
        for (const waiting of this.unanswered.values()) {
            if (waiting.sentAtMs < limit) {
                this.reconnect();
                return;
            }
        }
    }

    /* Any answer will do, a refusal too: it shows that somebody is there. */
    private ping(): void {
        if (!this.opened || this.unanswered.size > 0) return;
        this.send('ping', this.presence?.of ?? '', {}).catch(() => undefined);
    }

    private sendPresence(): void {
        if (!this.opened || !this.presence) return;
        const { of, with: members } = this.presence;
        this.ws?.send(JSON.stringify({ id: newId(), of, do: 'presence', with: members }));
    }
}

interface Network extends EventTarget {
    type?: string;
}

/* navigator.connection, where the browser has it. */
export function connectionOf(from: Navigator): Network | undefined {
    return (from as Navigator & { connection?: Network }).connection;
}
