/*
 * secretary: the day of each practitioner, a row a visit; what needs doing above
 * it, one visit's details beside it. Nothing clinical ever comes here.
 */
import { useEffect, useState } from 'preact/hooks';
import type { Row } from '../shared/protocol';
import { Button } from '../shared/ui/Button';
import { BookDialog } from './book_dialog';
import { CallList } from './call_list';
import { DayBar } from './day_bar';
import { DelayDialog } from './delay_dialog';
import { momentOf, today, useDesk, useOnDay, useRow } from './page';
import { VisitPanel } from './panel';
import { Shape } from './parts';
import { alerts, byPractitioner, nameOf } from './rows';
import type { Sentence } from './say';
import { SecretaryRow } from './secretary_row';

export interface SecretaryProps {
    /* fixtures open a visit or the booking form at once */
    selected?: string;
    booking?: boolean;
}

export function Secretary(props: SecretaryProps) {
    const page = useDesk();
    const [selected, setSelected] = useState<string | undefined>(props.selected);
    const [booking, setBooking] = useState(props.booking ?? false);
    const [only, setOnly] = useState('');
    const day = page.state.board?.day ?? today(page);
    const showDay = (next: string): void => {
        setSelected(undefined);
        void page.send('show_day', '', { day: next }).catch(() => undefined);
    };
    const open = (row: Row, dayOfRow: string): void => {
        if (dayOfRow !== day) showDay(dayOfRow);
        setSelected(row.of);
    };
    useWatch(selected);
    return (
        <div class={selected ? 'office office--open' : 'office'}>
            <div class="office__day">
                <DayBar
                    day={day}
                    only={only}
                    onOnly={setOnly}
                    onDay={showDay}
                    onBook={() => setBooking(true)}
                    onFound={open}
                />
                <CallList onOpen={open} />
                <ToDo onOpen={setSelected} />
                <Columns only={only} selected={selected} onOpen={setSelected} />
            </div>
            {selected && <SelectedPanel of={selected} onClose={() => setSelected(undefined)} />}
            {booking && (
                <BookDialog
                    day={day}
                    practitioner={only}
                    onClose={() => setBooking(false)}
                    onBooked={setSelected}
                />
            )}
        </div>
    );
}

/* The visit whose details are open is watched, and no other. */
function useWatch(of: string | undefined): void {
    const { send } = useDesk();
    useEffect(() => {
        if (!of) return;
        send('watch', of, {}).catch(() => undefined);
        return () => {
            send('unwatch', of, {}).catch(() => undefined);
        };
    }, [of]);
}

function SelectedPanel(props: { of: string; onClose: () => void }) {
    const row = useRow(props.of);
    return row ? <VisitPanel key={props.of} row={row} onClose={props.onClose} /> : null;
}

/* Who asks for a call has a list of their own. */
const isNoCall = (said: Sentence): boolean => said.key !== 'alert.callback';

/* What asks for attention on the day shown, in one place, each with a way to its
 * visit. */
function ToDo(props: { onOpen: (of: string) => void }) {
    const onDay = useOnDay();
    const { state, say, format } = useDesk();
    const rows = (state.board?.rows ?? [])
        .filter((row) => onDay(row.view))
        .map((row) => ({ ...row, said: alerts(row).filter(isNoCall) }))
        .filter((row) => row.said.length > 0);
    return (
        <section class="todo" aria-labelledby="todo-title">
            <h2 id="todo-title">
                {say('day.attention')} {rows.length > 0 && <span>· {rows.length}</span>}
            </h2>
            {rows.length === 0 && <p class="muted">{say('day.attention.none')}</p>}
            <ul>
                {rows.map((row) => (
                    <li key={row.of}>
                        <button
                            type="button"
                            class="todo__item"
                            onClick={() => props.onOpen(row.of)}
                        >
                            <Shape tone="bad" />
                            <strong>{nameOf(row.view)}</strong>
                            <span class="muted">{format.time(row.view.start_ms ?? 0)}</span>
                            <span>
                                {row.said.map((each) => say(each.key, each.values)).join(' · ')}
                            </span>
                        </button>
                    </li>
                ))}
            </ul>
        </section>
    );
}

interface ColumnsProps {
    only: string;
    selected: string | undefined;
    onOpen: (of: string) => void;
}

function Columns(props: ColumnsProps) {
    const { state, me, say } = useDesk();
    const onDay = useOnDay();
    const practitioners = (me.practitioners ?? []).filter(
        (each) => props.only === '' || each.id === props.only,
    );
    const columns = byPractitioner(
        (state.board?.rows ?? []).filter((row) => onDay(row.view)),
        practitioners.map((each) => each.id),
    );
    if (!state.board) return <p class="muted">{say('day.loading')}</p>;
    return (
        <div class="columns" id="list" tabIndex={-1}>
            {practitioners.map((practitioner, index) => (
                <Column
                    key={practitioner.id}
                    id={practitioner.id}
                    name={practitioner.name}
                    rows={columns[index] ?? []}
                    selected={props.selected}
                    onOpen={props.onOpen}
                />
            ))}
        </div>
    );
}

interface ColumnProps {
    id: string;
    name: string;
    rows: Row[];
    selected: string | undefined;
    onOpen: (of: string) => void;
}

function Column(props: ColumnProps) {
    const page = useDesk();
    const { say } = page;
    const [telling, setTelling] = useState(false);
    const delay = Math.max(0, ...props.rows.map((row) => row.view.delay_min ?? 0));
    return (
        <section class="column" aria-labelledby={`column-${props.id}`}>
            <div class="column__top">
                <div class="grow">
                    <h2 id={`column-${props.id}`}>{props.name}</h2>
                    <span class={delay > 0 ? 'late' : 'muted'}>
                        {delay > 0 ? say('day.delay', { n: delay }) : say('day.on_time')}
                    </span>
                </div>
                <Button kind="quiet" small onPress={() => setTelling(true)}>
                    {say('day.tell_delay')}
                    <span class="visually-hidden"> · {props.name}</span>
                </Button>
            </div>
            {props.rows.length === 0 && <p class="muted column__empty">{say('day.empty')}</p>}
            <ul class="rows">
                {props.rows.map((row) => (
                    <SecretaryRow
                        key={row.of}
                        row={row}
                        at={momentOf(page, row.of)}
                        open={props.selected === row.of}
                        onOpen={() => props.onOpen(row.of)}
                    />
                ))}
            </ul>
            {telling && (
                <DelayDialog
                    practitioner={props.id}
                    name={props.name}
                    now={delay}
                    onClose={() => setTelling(false)}
                />
            )}
        </section>
    );
}
