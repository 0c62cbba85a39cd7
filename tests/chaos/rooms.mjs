/*
 * rooms: what the relays have open, asked of them directly
 * (docs/relay-control.md), and whether the log justifies it.
 */
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';

const ANSWER_MS = 3000;

/* [{ room, order, seq, routes }] of the relay behind this control socket. */
export function roomsOf(path) {
    return new Promise((resolve, reject) => {
        const socket = createConnection(path);
        const end = (error, rooms) => {
            clearTimeout(timer);
            socket.destroy();
            error ? reject(error) : resolve(rooms);
        };
        const timer = setTimeout(() => end(new Error(`silent: ${path}`)), ANSWER_MS);
        socket.once('error', end);
        socket.once('connect', () => socket.write(`${JSON.stringify({ id: 1, do: 'rooms' })}\n`));
        createInterface({ input: socket }).on('line', (line) => {
            const answer = JSON.parse(line);
            if (answer.re === 1) end(undefined, answer.rooms);
        }).on('error', () => undefined);
    });
}

/*
 * rooms: [[{ room, seq, routes }]] of each relay; admitted: ids of visits that
 * the log has in a call; heads: seq of each visit by id. Ghosts: routes that no
 * call justifies, routes of one visit on two relays, and a room that knows more
 * than the log.
 */
export function ghosts(rooms, admitted, heads) {
    const found = [];
    const seen = new Map();
    rooms.forEach((list, relay) => {
        for (const { room, seq, routes } of list) {
            const name = `${room} on relay ${relay}`;
            if (seq > (heads.get(room) ?? 0)) found.push(`${name}: at ${seq}, the log at ${heads.get(room)}`);
            if (routes.length === 0) continue;
            if (!admitted.has(room)) found.push(`${name}: ${routes.length} routes without a call`);
            if (seen.has(room)) found.push(`${name}: also on relay ${seen.get(room)}`);
            seen.set(room, relay);
        }
    });
    return found;
}
