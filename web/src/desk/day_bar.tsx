/* day_bar: which day, whose, find by name, and the one action: a new appointment. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Row } from '../shared/protocol';
import { Button } from '../shared/ui/Button';
import { dayAfter, dayOf, noonOf } from './clock';
import { practitionerName, refusalOf, today, useDesk } from './page';
import { counted, type Sentence } from './say';
import { byStart, nameOf } from './rows';

export interface DayBarProps {
    day: string;
    only: string;
    onOnly: (practitioner: string) => void;
    onDay: (day: string) => void;
    onBook: () => void;
    onFound: (row: Row, day: string) => void;
}

export function DayBar(props: DayBarProps) {
    const { say, me } = useDesk();
    return (
        <div class="daybar">
            <DayChooser day={props.day} onDay={props.onDay}>
                <h1>{useDayName(props.day)}</h1>
                <TodayButton {...props} />
            </DayChooser>
            <label class="daybar__field">
                <span class="visually-hidden">{say('day.show')}</span>
                <select
                    class="field-input"
                    value={props.only}
                    onChange={(event) => props.onOnly(event.currentTarget.value)}
                >
                    <option value="">{say('day.all')}</option>
                    {me.practitioners?.map((each) => (
                        <option key={each.id} value={each.id}>
                            {each.name}
                        </option>
                    ))}
                </select>
            </label>
            <Find onFound={props.onFound} />
            <Button small onPress={props.onBook}>
                {say('book.open')}
            </Button>
        </div>
    );
}

/* "Aujourd'hui", "jeudi 26 novembre". */
export function useDayName(day: string): string {
    const page = useDesk();
    if (day === today(page)) return page.say('day.today');
    return page.format.day(noonOf(day, page.me.clinic.time_zone));
}

export function DayChooser(props: {
    day: string;
    onDay: (day: string) => void;
    children?: ComponentChildren;
}) {
    const { say } = useDesk();
    return (
        <div class="daybar__day">
            <Button
                kind="quiet"
                small
                label={say('day.previous')}
                onPress={() => props.onDay(dayAfter(props.day, -1))}
            >
                ‹
            </Button>
            <label class="daybar__field">
                <span class="visually-hidden">{say('day.choose')}</span>
                <input
                    type="date"
                    class="nhsuk-input"
                    value={props.day}
                    onChange={(event) => {
                        if (event.currentTarget.value) props.onDay(event.currentTarget.value);
                    }}
                />
            </label>
            <Button
                kind="quiet"
                small
                label={say('day.next')}
                onPress={() => props.onDay(dayAfter(props.day, 1))}
            >
                ›
            </Button>
            {props.children}
        </div>
    );
}

/* Back to today, when another day is shown. */
export function TodayButton(props: { day: string; onDay: (day: string) => void }) {
    const page = useDesk();
    const now = today(page);
    if (props.day === now) return null;
    return (
        <Button kind="quiet" small onPress={() => props.onDay(now)}>
            {page.say('day.today')}
        </Button>
    );
}

/* Finds visits of any day by the patient's names. */
export function Find(props: { onFound: (row: Row, day: string) => void }) {
    const page = useDesk();
    const { say, locale } = page;
    const [words, setWords] = useState('');
    const [rows, setRows] = useState<Row[]>();
    const [refused, setRefused] = useState<Sentence>();
    const find = async (): Promise<void> => {
        if (!words.trim()) return;
        const answer = await page.send('find', '', { words: words.trim() });
        setRefused(refusalOf(answer));
        setRows([...(answer.rows ?? [])].sort((one, other) => byStart(other, one)));
    };
    const clear = (): void => {
        setRows(undefined);
        setRefused(undefined);
    };
    return (
        <search class="find">
            <form
                onSubmit={(event) => {
                    event.preventDefault();
                    find().catch(clear);
                }}
                onKeyDown={(event) => {
                    if (event.key === 'Escape') clear();
                }}
            >
                <label class="visually-hidden" for="find-words">
                    {say('find.label')}
                </label>
                <input
                    id="find-words"
                    type="search"
                    class="nhsuk-input"
                    autocomplete="off"
                    placeholder={say('find.short')}
                    value={words}
                    onInput={(event) => {
                        setWords(event.currentTarget.value);
                        if (event.currentTarget.value === '') clear();
                    }}
                />
                <Button kind="quiet" small submit>
                    {say('find.go')}
                </Button>
            </form>
            <div class="find__said" role="status">
                {refused && <p>{say(refused.key, refused.values)}</p>}
                {rows && !refused && (
                    <p class="muted">
                        {rows.length === 0
                            ? say('find.none')
                            : say(counted('find.found', rows.length, locale), { n: rows.length })}
                    </p>
                )}
            </div>
            {rows && rows.length > 0 && (
                <ul class="find__rows">
                    {rows.map((row) => (
                        <FoundRow
                            key={row.of}
                            row={row}
                            onOpen={() => {
                                clear();
                                const zone = page.me.clinic.time_zone;
                                props.onFound(row, dayOf(row.view.start_ms ?? 0, zone));
                            }}
                        />
                    ))}
                </ul>
            )}
        </search>
    );
}

function FoundRow(props: { row: Row; onOpen: () => void }) {
    const { format, nowMs, me } = useDesk();
    const view = props.row.view;
    return (
        <li>
            <button type="button" class="find__row" onClick={props.onOpen}>
                <strong>{nameOf(view)}</strong>
                <span>{format.dayAndTime(view.start_ms ?? 0, nowMs)}</span>
                <span class="muted">{practitionerName(me, view.practitioner)}</span>
            </button>
        </li>
    );
}
