/* doctor_list: who is in, who waits, who comes. It never leaves the screen. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Row } from '../shared/protocol';
import { Button } from '../shared/ui/Button';
import type { DeskKey } from '../words/desk.fr';
import { ageOn } from './clock';
import { DayChooser, Find, TodayButton, useDayName } from './day_bar';
import { DelayDialog } from './delay_dialog';
import { momentOf, today, useDesk, useOnDay } from './page';
import { Now } from './panel';
import { More, Shape } from './parts';
import {
    alerts,
    deviceWords,
    doctorList,
    doingWords,
    isLost,
    nameOf,
    phoneOf,
    visitStatus,
} from './rows';
import type { Sentence } from './say';

export interface ListActions {
    admit: (row: Row) => Promise<void>;
    papers: (of: string) => void;
    message: (of: string) => void;
    noShow: (of: string) => void;
    telephone: (row: Row) => void;
}

export function DoctorList(props: { open: string | undefined; actions: ListActions }) {
    const page = useDesk();
    const { say, state, me } = page;
    const [telling, setTelling] = useState(false);
    const [found, setFound] = useState<string>();
    const day = state.board?.day ?? today(page);
    const list = doctorList(state.board?.rows ?? [], useOnDay());
    const empty = list.coming.length + list.past.length === 0;
    const delay = Math.max(0, ...(state.board?.rows ?? []).map((row) => row.view.delay_min ?? 0));
    const own = typeof me.practitioner === 'string' ? me.practitioner : '';
    const section = (key: DeskKey, rows: Row[]) => (
        <Section title={say(key)} rows={rows} open={props.open ?? found} actions={props.actions} />
    );
    const showDay = (next: string): void => {
        setFound(undefined);
        void page.send('show_day', '', { day: next }).catch(() => undefined);
    };
    const onFound = (row: Row, dayFound: string): void => {
        if (dayFound !== day) showDay(dayFound);
        setFound(row.of);
        if (row.view.phase === 'ended') props.actions.papers(row.of);
    };
    return (
        <aside class="list" id="list" aria-label={say('list.title')} tabIndex={-1}>
            <div class="list__top">
                <div class="grow">
                    <h1>{useDayName(day)}</h1>
                    {delay > 0 && <span class="late">{say('day.delay', { n: delay })}</span>}
                </div>
                <TodayButton day={day} onDay={showDay} />
                {day === today(page) && (
                    <Button kind="quiet" small onPress={() => setTelling(true)}>
                        {say('day.tell_delay')}
                    </Button>
                )}
            </div>
            <DayChooser day={day} onDay={showDay} />
            <Find onFound={onFound} />
            {!state.board && <p class="muted">{say('day.loading')}</p>}
            {section('list.call', list.call)}
            {section('list.waiting', list.waiting)}
            {state.board && list.waiting.length === 0 && <p class="muted">{say('list.nobody')}</p>}
            {section('list.to_finish', list.toFinish)}
            {section('list.coming', list.coming)}
            {section('list.past', list.past)}
            {state.board && empty && day !== today(page) && <p class="muted">{say('day.empty')}</p>}
            {telling && (
                <DelayDialog
                    practitioner={own}
                    name={me.name ?? ''}
                    now={delay}
                    onClose={() => setTelling(false)}
                />
            )}
        </aside>
    );
}

interface SectionProps {
    title: string;
    rows: Row[];
    open: string | undefined;
    actions: ListActions;
}

function Section(props: SectionProps) {
    if (props.rows.length === 0) return null;
    return (
        <section class="list__part">
            <h2>
                {props.title} <span class="muted">{props.rows.length}</span>
            </h2>
            <ul>
                {props.rows.map((row, index) => (
                    <DoctorRow
                        key={row.of}
                        row={row}
                        first={index === 0}
                        alone={props.rows.length === 1}
                        open={props.open === row.of}
                        actions={props.actions}
                    />
                ))}
            </ul>
        </section>
    );
}

interface DoctorRowProps {
    row: Row;
    first: boolean;
    alone: boolean;
    open: boolean;
    actions: ListActions;
}

export function DoctorRow(props: DoctorRowProps) {
    const page = useDesk();
    const { say } = page;
    const { row } = props;
    const status = visitStatus(row, momentOf(page, row.of));
    const waits = row.view.phase === 'waiting';
    const longest = waits && props.first && !props.alone;
    const names = ['person', `person--${row.view.phase ?? 'booked'}`];
    if (props.open) names.push('person--open');
    if (longest) names.push('person--longest');
    const box = useRef<HTMLLIElement>(null);
    useEffect(() => {
        if (props.open) box.current?.scrollIntoView({ block: 'nearest' });
    }, [props.open]);
    return (
        <li ref={box} class={names.join(' ')}>
            <div class="person__line">
                <Shape tone={status.tone} />
                <h3>{nameOf(row.view)}</h3>
                <span class={`state state--${status.tone}`}>
                    {say(status.words.key, status.words.values)}
                </span>
            </div>
            <p>
                {longest && <strong class="longest">{say('list.longest')} · </strong>}
                {useAbout(row)}
            </p>
            <RowActions {...props} waits={waits} />
        </li>
    );
}

/* Reason, then what the patient is doing, or what the device is like. */
function useAbout(row: Row): ComponentChildren {
    const page = useDesk();
    const { say, format } = page;
    const view = row.view;
    const said: Sentence[] = [];
    const open = ['booked', 'waiting'].includes(view.phase ?? 'booked');
    if (view.minor)
        said.push({ key: 'age.years', values: { n: ageOn(view.birth ?? '', today(page)) } });
    if (view.phase === 'admitted' && view.identity_confirmed) said.push({ key: 'list.verified' });
    if (open && (view.claimed || view.device_checked)) said.push(...deviceWords(view));
    said.push(...doingWords(row));
    said.push(...alerts(row).filter((each) => each.key === 'alert.callback'));
    const start = view.start_ms ?? 0;
    const hour = useOnDay()(view) ? format.time(start) : format.dayAndTime(start, page.nowMs);
    const words = [hour, view.reason ?? '', ...said.map((each) => say(each.key, each.values))];
    const phone = phoneOf(view);
    const expected = row.view.phase === 'waiting' || row.view.phase === 'admitted';
    const gone =
        view.callback_asked || (expected && (isLost(row) || view.hung_up || view.by_telephone));
    return (
        <>
            {words.filter(Boolean).join(' · ')}
            {gone && phone && (
                <>
                    {' · '}
                    <a href={`tel:${phone}`}>{format.phone(phone)}</a>
                </>
            )}
        </>
    );
}

function RowActions(props: DoctorRowProps & { waits: boolean }) {
    const { say, nowMs, state } = useDesk();
    const { row, actions } = props;
    const name = nameOf(row.view);
    const busy = state.board?.rows.some((each) => each.view.phase === 'admitted');
    const ended = row.view.phase === 'ended';
    const missed = row.view.phase === 'booked' && (row.view.start_ms ?? 0) < nowMs;
    return (
        <div class="person__actions">
            {props.waits && (
                <Button
                    small
                    wide
                    kind={props.first && !busy ? 'main' : 'quiet'}
                    label={say('list.admit.name', { name })}
                    onPress={() => actions.admit(row)}
                >
                    {say('list.admit')}
                </Button>
            )}
            {ended && (
                <Button kind="quiet" small onPress={() => actions.papers(row.of)}>
                    {say('list.write')}
                    <span class="visually-hidden"> · {name}</span>
                </Button>
            )}
            {(props.waits || row.view.phase === 'booked') && (
                <More of={name}>
                    <Now row={row} verb="summon" words="call.summon" />
                    {row.view.callback_asked && (
                        <Now row={row} verb="callback_done" words="do.callback_done" />
                    )}
                    <Button kind="quiet" small onPress={() => actions.message(row.of)}>
                        {say('list.message')}
                    </Button>
                    <Button kind="quiet" small onPress={() => actions.telephone(row)}>
                        {say('call.by_phone')}
                    </Button>
                    {missed && (
                        <Button kind="quiet" small onPress={() => actions.noShow(row.of)}>
                            {say('list.no_show')}
                        </Button>
                    )}
                </More>
            )}
        </div>
    );
}
