/*
 * checker: holds what was acknowledged and shown against what is stored. Takes
 * plain data and changes nothing, so that it can be shown to find what it is for
 * (checker.test.mjs).
 */
const hexOf = (id) => Buffer.from(id, 'base64url').toString('hex');
const VISIT = 0;

function byCommand(rows) {
    const found = new Map();
    for (const row of rows) {
        if (!found.has(row.command)) found.set(row.command, []);
        found.get(row.command).push(row);
    }
    return found;
}

/* The row and the events of a command that somebody was told is done. */
function checkStored(each, rows, events, found) {
    const name = `${each.verb} of ${each.who} in ${each.of} (${each.id})`;
    const own = rows.filter((row) => row.kind === VISIT);
    const row = own.find((one) => one.stream === hexOf(each.of));
    if (!row) return void found.lost.push(`${name}: not stored`);
    if (own.length > 1) found.doubled.push(`${name}: stored ${own.length} times`);
    const counted = events.filter((event) => event.kind === row.kind && event.stream === row.stream).reduce((sum, event) => sum + event.count, 0);
    const promised = row.seq - row.first_seq + 1;
    if (counted < promised) found.lost.push(`${name}: ${counted} events of ${promised}`);
    if (counted > promised) found.doubled.push(`${name}: ${counted} events, not ${promised}`);
    if (each.seq < row.seq) found.lost.push(`${name}: answered ${each.seq}, stored as ${row.seq}`);
    return row;
}

/* What was acknowledged before the next was sent stands before it. */
function checkOrder(stored, found) {
    const visits = new Map();
    for (const each of stored) {
        if (!visits.has(each.of)) visits.set(each.of, []);
        visits.get(each.of).push(each);
    }
    for (const list of visits.values())
        for (const one of list)
            for (const other of list)
                if (one.at < other.first && one.row.seq >= other.row.first_seq)
                    found.order.push(`${one.verb} ${one.row.seq} was acknowledged before ${other.verb} ${other.row.first_seq} in ${one.of}`);
}

function checkPlaces(places, found) {
    for (const [of, pages] of places) {
        const first = [...pages.values()][0].values().next().value;
        for (const [page, shown] of pages)
            for (const since of shown) if (since !== first || !(since > 0)) found.places.push(`${of} on ${page}: ${since}, not ${first}`);
    }
}

function checkMessages(messages, acknowledged, found) {
    const sent = new Map();
    for (const each of acknowledged)
        if (each.text) sent.set(each.of, [...(sent.get(each.of) ?? []), each.text]);
    for (const { of, page, texts } of messages) {
        const seen = new Set(texts);
        if (seen.size !== texts.length) found.doubled.push(`a message twice in ${of} on ${page}`);
        for (const text of sent.get(of) ?? []) if (!seen.has(text)) found.lost.push(`message ${text} in ${of} on ${page}`);
    }
}

/*
 * record: acknowledged, places, shown, messages (record.mjs); stored: commands
 * [{ kind, stream, command, first_seq, seq }], events [{ kind, stream, command,
 * count }], heads [{ kind, stream, seq }], ids in hexadecimal.
 */
export function check(record, stored) {
    const found = { lost: [], doubled: [], places: [], apart: [], order: [] };
    const rows = byCommand(stored.commands);
    const events = byCommand(stored.events);
    const kept = [];
    for (const each of record.acknowledged) {
        const row = checkStored(each, rows.get(hexOf(each.id)) ?? [], events.get(hexOf(each.id)) ?? [], found);
        if (row) kept.push({ ...each, row });
    }
    for (const [command, list] of events)
        if (new Set(list.filter((each) => each.kind === VISIT).map((each) => each.stream)).size > 1) found.doubled.push(`${command} in several visits`);
    checkOrder(kept, found);
    checkPlaces(record.places, found);
    checkMessages(record.messages, record.acknowledged, found);
    const heads = new Map(stored.heads.filter((each) => each.kind === VISIT).map((each) => [each.stream, each.seq]));
    for (const { of, page, seq } of record.shown) if (heads.get(hexOf(of)) !== seq) found.apart.push(`${of} on ${page}: ${seq}, stored ${heads.get(hexOf(of))}`);
    return found;
}
