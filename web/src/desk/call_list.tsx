/*
 * call_list: whom the clinic is to call back, whatever the day shown. It comes with
 * the first who asks and goes with the last.
 */
import type { Row } from '../shared/protocol';
import { Button } from '../shared/ui/Button';
import { dayOf } from './clock';
import { momentOf, practitionerName, useDesk } from './page';
import { Now } from './panel';
import { Shape } from './parts';
import { nameOf, phoneOf, toCall, visitStatus } from './rows';

export interface CallListProps {
    onOpen: (row: Row, day: string) => void;
}

export function CallList(props: CallListProps) {
    const { say, state } = useDesk();
    const rows = toCall(state.board?.rows ?? []);
    if (rows.length === 0) return null;
    return (
        <section class="list__part calls" aria-labelledby="calls-title">
            <h2 id="calls-title" tabIndex={-1}>
                {say('calls.title')} <span class="muted">{rows.length}</span>
            </h2>
            <ul>
                {rows.map((row) => (
                    <CallRow key={row.of} row={row} last={rows.length === 1} {...props} />
                ))}
            </ul>
        </section>
    );
}

/* The button that was pressed goes with its row: the keyboard stays near. */
function focusAfter(last: boolean): void {
    document.getElementById(last ? 'list' : 'calls-title')?.focus();
}

function CallRow(props: CallListProps & { row: Row; last: boolean }) {
    const page = useDesk();
    const { say, format, me, nowMs } = page;
    const { row } = props;
    const { view } = row;
    const status = visitStatus(row, momentOf(page, row.of));
    const phone = phoneOf(view);
    const start = view.start_ms ?? 0;
    return (
        <li class="person">
            <div class="person__line">
                <Shape tone={status.tone} />
                <h3>{nameOf(view)}</h3>
                <a class="calls__number" href={`tel:${phone}`}>
                    {format.phone(phone)}
                </a>
            </div>
            <p>
                {say('calls.asked', {
                    when: format.dayAndTime(view.callback_asked_ms ?? 0, nowMs),
                })}
            </p>
            <p>
                {say('calls.visit', {
                    when: format.dayAndTime(start, nowMs),
                    who: practitionerName(me, view.practitioner),
                })}
                {' · '}
                <span class={`state state--${status.tone}`}>
                    {say(status.words.key, status.words.values)}
                </span>
            </p>
            <div class="person__actions calls__actions">
                <Now
                    row={row}
                    verb="callback_done"
                    words="calls.done"
                    of={nameOf(view)}
                    onDone={() => focusAfter(props.last)}
                />
                <Button
                    kind="quiet"
                    small
                    onPress={() => props.onOpen(row, dayOf(start, me.clinic.time_zone))}
                >
                    {say('calls.open')}
                    <span class="visually-hidden"> · {nameOf(view)}</span>
                </Button>
            </div>
        </li>
    );
}
