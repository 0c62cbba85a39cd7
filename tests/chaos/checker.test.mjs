/* The checker finds what it is for: each test plants one fault in a clean record. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from './checker.mjs';
import { Record } from './record.mjs';
import { ghosts } from './rooms.mjs';

const id = (number) => Buffer.alloc(16, number).toString('base64url');
const hex = (number) => Buffer.alloc(16, number).toString('hex');
const VISIT = 1;

/* A visit of three commands, all as it should be. */
function clean() {
    const record = new Record();
    const told = (number, verb, seq, text) =>
        record.answered({ who: 'a page', verb, of: id(VISIT), id: id(number), text, first: seq * 10, at: seq * 10 + 5, sends: 1, answer: { ok: true, seq } });
    told(11, 'book', 1);
    told(12, 'arrive', 2);
    told(13, 'send_message', 3, 'one');
    record.place(id(VISIT), 'the patient', 1000);
    record.place(id(VISIT), 'the desk', 1000);
    record.shown.push({ of: id(VISIT), page: 'the patient', seq: 3 }, { of: id(VISIT), page: 'the desk', seq: 3 });
    record.messages.push({ of: id(VISIT), page: 'the desk', texts: ['one'] });
    const row = (number, seq) => ({ kind: 0, stream: hex(VISIT), command: hex(number), first_seq: seq, seq });
    const stored = {
        commands: [row(11, 1), row(12, 2), row(13, 3)],
        events: [11, 12, 13].map((number) => ({ kind: 0, stream: hex(VISIT), command: hex(number), count: 1 })),
        heads: [{ kind: 0, stream: hex(VISIT), seq: 3 }],
    };
    return { record, stored };
}

/* Only this list has something in it. */
function only(list, plant) {
    const { record, stored } = clean();
    plant(record, stored);
    const found = check(record, stored);
    for (const [name, faults] of Object.entries(found)) assert.equal(faults.length > 0, name === list, `${name}: ${faults.join('; ')}`);
}

test('nothing in a clean record', () => only(undefined, () => undefined));
test('an agenda that the command moved too is no double', () =>
    only(undefined, (_, stored) => {
        stored.commands.push({ kind: 1, stream: hex(9), command: hex(12), first_seq: 7, seq: 7 });
        stored.events.push({ kind: 1, stream: hex(9), command: hex(12), count: 1 });
    }));
test('a refused command need not be stored', () =>
    only(undefined, (record) => record.answered({ who: 'x', verb: 'admit', of: id(VISIT), id: id(77), answer: { refused: 'not_waiting' } })));
test('an acknowledged command that is not stored', () => only('lost', (_, stored) => stored.commands.splice(1, 1)));
test('an acknowledged command without its event', () => only('lost', (_, stored) => stored.events.splice(1, 1)));
test('a command stored later than it was answered', () => only('lost', (record) => (record.acknowledged[2].seq = 2)));
test('a command in the log twice', () => only('doubled', (_, stored) => (stored.events[1].count = 2)));
test('a command in two visits, acknowledged or not', () =>
    only('doubled', (_, stored) => stored.events.push({ kind: 0, stream: hex(1), command: hex(50), count: 1 }, { kind: 0, stream: hex(2), command: hex(50), count: 1 })));
test('a message that nobody is shown', () => only('lost', (record) => (record.messages[0].texts = [])));
test('a message shown twice', () => only('doubled', (record) => record.messages[0].texts.push('one')));
test('a place in line that moved', () => only('places', (record) => record.place(id(VISIT), 'the patient', 2000)));
test('a place in line that is gone', () => only('places', (record) => record.place(id(VISIT), 'the desk', undefined)));
test('a page that rests on an old seq', () => only('apart', (record) => (record.shown[0].seq = 2)));
test('a log in another order than people acted', () =>
    only('order', (record, stored) => {
        record.acknowledged[1].seq = 3;
        [stored.commands[1].first_seq, stored.commands[1].seq] = [3, 3];
        [stored.commands[2].first_seq, stored.commands[2].seq] = [2, 2];
    }));

const room = (name, seq, count = 0) => ({ room: name, seq, routes: Array(count).fill({}) });
const heads = new Map([['a', 7], ['b', 4]]);

test('rooms as the log has them are no ghosts', () => assert.deepEqual(ghosts([[room('a', 7, 2), room('b', 4)], [room('a', 5)]], new Set(['a']), heads), []));
test('routes without a call', () => assert.equal(ghosts([[room('a', 7, 2)]], new Set(), heads).length, 1));
test('routes of one call on two relays', () => assert.equal(ghosts([[room('a', 7, 2)], [room('a', 7, 2)]], new Set(['a']), heads).length, 1));
test('a room that knows more than the log', () => assert.equal(ghosts([[room('b', 5)]], new Set(), heads).length, 1));
