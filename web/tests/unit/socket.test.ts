import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { backoffMs, comeBackMs } from '../../src/shared/backoff';
import type { Frame } from '../../src/shared/protocol';
import { Socket, type SocketWorld } from '../../src/shared/socket';
import type { Connection } from '../../src/shared/state';

/* A server's end of the wire: what the page sent, and ways to answer or break. */
class Wire {
    onopen: (() => void) | null = null;
    onmessage: ((event: { data: string }) => void) | null = null;
    onclose: (() => void) | null = null;
    sent: { id: string; do: string; of: string; with: object }[] = [];
    closed = false;

    send(text: string): void {
        this.sent.push(JSON.parse(text) as (typeof this.sent)[0]);
    }
    close(): void {
        this.closed = true;
    }
    open(): void {
        this.onopen?.();
    }
    say(frame: object): void {
        this.onmessage?.({ data: JSON.stringify(frame) });
    }
    cut(): void {
        this.onclose?.();
    }
    commands(): typeof this.sent {
        return this.sent.filter((frame) => frame.do !== 'presence' && frame.do !== 'ping');
    }
}

const visit = 'AAAAAAAAAAAAAAAAAAAAAA';
let wires: Wire[];
let frames: Frame[];
let connections: Connection[];
let status: number;
let unauthorized: number;
let socket: Socket;

const last = (): Wire => wires.at(-1) as Wire;

beforeEach(() => {
    vi.useFakeTimers();
    wires = [];
    frames = [];
    connections = [];
    status = 426;
    unauthorized = 0;
    const world: SocketWorld = {
        open: () => {
            const wire = new Wire();
            wires.push(wire);
            return wire as unknown as WebSocket;
        },
        probe: () => Promise.resolve(status),
        nowMs: () => Date.now(),
    };
    socket = new Socket(
        '/ws/visit/x',
        {
            frame: (frame) => frames.push(frame),
            connection: (word) => connections.push(word),
            unauthorized: () => unauthorized++,
        },
        world,
    );
    socket.start();
});

afterEach(() => {
    socket.close();
    vi.useRealTimers();
});

describe('a command', () => {
    it('is answered by the frame that carries its id', async () => {
        last().open();
        const answer = socket.send('arrive', visit, {});
        const sent = last().commands()[0];
        expect(sent?.id).toMatch(/^[A-Za-z0-9_-]{22}$/);
        last().say({ re: 'somebody else', ok: false });
        last().say({ re: sent?.id, ok: true, seq: 7 });
        expect((await answer).seq).toBe(7);
    });

    it('waits for the connection', () => {
        void socket.send('arrive', visit, {}).catch(() => undefined);
        expect(last().commands()).toEqual([]);
        last().open();
        expect(
            last()
                .commands()
                .map((each) => each.do),
        ).toEqual(['arrive']);
    });

    it('is sent again with the same id after the connection was lost', async () => {
        last().open();
        const answer = socket.send('open_payment', visit, {});
        const first = last().commands()[0];
        last().cut();
        vi.advanceTimersByTime(1_500);
        last().open();
        expect(wires).toHaveLength(2);
        expect(last().commands()[0]).toEqual(first);
        last().say({ re: first?.id, ok: true });
        expect((await answer).ok).toBe(true);
    });

    it('is not sent again once it was answered', async () => {
        last().open();
        const answer = socket.send('arrive', visit, {});
        last().say({ re: last().commands()[0]?.id, refused: 'too_early' });
        expect((await answer).refused).toBe('too_early');
        last().cut();
        vi.advanceTimersByTime(1_500);
        last().open();
        expect(last().commands()).toEqual([]);
    });

    it('keeps its order when sent again', () => {
        last().open();
        void socket
            .send('consent', visit, { accepted: true, version: 'v', hash: '0' })
            .catch(() => 0);
        void socket.send('situate', visit, { place: 'here' }).catch(() => 0);
        last().cut();
        vi.advanceTimersByTime(1_500);
        last().open();
        expect(
            last()
                .commands()
                .map((each) => each.do),
        ).toEqual(['consent', 'situate']);
    });

    it('without an answer for long makes the socket connect anew', () => {
        last().open();
        void socket.send('arrive', visit, {}).catch(() => undefined);
        vi.advanceTimersByTime(10_000);
        expect(wires).toHaveLength(2);
        expect(wires[0]?.closed).toBe(true);
    });

    it('is given up when the socket is closed for good', async () => {
        last().open();
        const answer = socket.send('arrive', visit, {});
        socket.close();
        await expect(answer).rejects.toThrow('closed');
        expect(connections.at(-1)).toBe('closed');
    });
});

describe('the connection', () => {
    it('comes back by itself, again and again', () => {
        for (let times = 1; times <= 5; times++) {
            last().cut();
            vi.advanceTimersByTime(10_000);
            expect(wires).toHaveLength(times + 1);
        }
        expect(connections).toContain('lost');
    });

    it('does not hear a wire that was left behind', () => {
        last().open();
        const old = last();
        old.cut();
        vi.advanceTimersByTime(1_500);
        old.say({ elsewhere: true });
        expect(frames).toEqual([]);
    });

    it('tells when the session is over, and only then', async () => {
        last().cut();
        await vi.advanceTimersByTimeAsync(10);
        expect(unauthorized).toBe(0);
        status = 401;
        await vi.advanceTimersByTimeAsync(10_000);
        last().cut();
        await vi.advanceTimersByTimeAsync(10);
        expect(unauthorized).toBe(1);
    });

    it('notices a dead line by a ping that nobody answers', () => {
        last().open();
        vi.advanceTimersByTime(15_500);
        expect(last().sent.some((frame) => frame.do === 'ping')).toBe(true);
        vi.advanceTimersByTime(10_000);
        expect(wires).toHaveLength(2);
    });

    it('stays when pings are answered, even by a refusal', () => {
        last().open();
        for (let second = 0; second < 120; second++) {
            vi.advanceTimersByTime(1_000);
            for (const frame of last().sent.splice(0)) {
                if (frame.do === 'ping') last().say({ re: frame.id, refused: 'invalid' });
            }
        }
        expect(wires).toHaveLength(1);
    });
});

describe('presence', () => {
    const told = (): object[] =>
        last()
            .sent.filter((frame) => frame.do === 'presence')
            .map((frame) => frame.with);

    it('is told at once, every five seconds, and after a reconnect', () => {
        last().open();
        socket.setPresence(visit, { doing: 'waiting' });
        expect(told()).toEqual([{ doing: 'waiting' }]);
        vi.advanceTimersByTime(10_100);
        expect(told()).toHaveLength(3);
        last().cut();
        vi.advanceTimersByTime(1_500);
        last().open();
        expect(told()).toEqual([{ doing: 'waiting' }]);
    });

    it('is told at once only when it changed', () => {
        last().open();
        socket.setPresence(visit, { doing: 'waiting' });
        socket.setPresence(visit, { doing: 'waiting' });
        socket.setPresence(visit, { doing: 'call' });
        expect(told()).toEqual([{ doing: 'waiting' }, { doing: 'call' }]);
    });
});

describe('the back-off', () => {
    it('doubles from half a second, is capped, and never the same for all', () => {
        expect(backoffMs(0, 10_000, () => 1)).toBe(500);
        expect(backoffMs(1, 10_000, () => 1)).toBe(1_000);
        expect(backoffMs(30, 10_000, () => 1)).toBe(10_000);
        expect(backoffMs(30, 10_000, () => 0)).toBe(5_000);
    });

    it('brings a lost line back soon, but not all of them at once', () => {
        expect(comeBackMs(0, () => 0)).toBe(100);
        expect(comeBackMs(0, () => 1)).toBe(1_500);
        expect(comeBackMs(1, () => 0)).toBe(500);
        expect(comeBackMs(1, () => 1)).toBe(1_000);
        expect(comeBackMs(30, () => 1)).toBe(10_000);
    });
});
