/* panel: one visit as the secretary may know it, and all that can be done with it. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Commands, Row, Verb, View } from '../shared/protocol';
import { Button } from '../shared/ui/Button';
import type { DeskKey } from '../words/desk.fr';
import { ageOn } from './clock';
import { GuestsPanel } from './guests';
import { ask, momentOf, practitionerName, today, useDesk } from './page';
import { Shape } from './parts';
import { alerts, deviceWords, nameOf, phoneOf, visitStatus } from './rows';
import type { Sentence } from './say';
import { VisitDialog, type VisitDialogName } from './visit_dialogs';

export interface VisitPanelProps {
    row: Row;
    onClose: () => void;
    /* fixtures open a dialog at once */
    dialog?: VisitDialogName;
}

export function VisitPanel(props: VisitPanelProps) {
    const page = useDesk();
    const { say } = page;
    const { row } = props;
    const [dialog, setDialog] = useState<VisitDialogName | undefined>(props.dialog);
    const status = visitStatus(row, momentOf(page, row.of));
    return (
        <aside class="panel" aria-labelledby="panel-title">
            <div class="panel__top">
                <h2 id="panel-title">
                    <span class="visually-hidden">{say('panel.title', { name: '' })}</span>
                    {nameOf(row.view)}
                </h2>
                <Button kind="quiet" small label={say('panel.close')} onPress={props.onClose}>
                    {say('page.close')}
                </Button>
            </div>
            <p class={`state state--${status.tone}`} role="status">
                <Shape tone={status.tone} />
                {say(status.words.key, status.words.values)}
            </p>
            <Alerts row={row} />
            <Actions row={row} onDialog={setDialog} />
            <GuestsPanel row={row} />
            <Facts row={row} />
            {dialog && <VisitDialog name={dialog} row={row} onClose={() => setDialog(undefined)} />}
        </aside>
    );
}

function Alerts(props: { row: Row }) {
    const { say } = useDesk();
    const found = alerts(props.row);
    if (found.length === 0) return null;
    return (
        <ul class="panel__alerts">
            {found.map((each) => (
                <li class="flag" key={each.key}>
                    {say(each.key, each.values)}
                </li>
            ))}
        </ul>
    );
}

/* ---- what can be done ------------------------------------------------------- */

export interface Possible {
    message: boolean;
    summon: boolean;
    callback: boolean;
    time: boolean;
    correct: boolean;
    link: boolean;
    settle: boolean;
    waive: boolean;
    refund: boolean;
}

/* What makes sense to offer; the server alone says what is allowed. */
export function possible(view: View): Possible {
    const phase = view.phase ?? 'booked';
    const coming = phase === 'booked' || phase === 'waiting';
    const over = phase === 'cancelled' || phase === 'no_show' || phase === 'lapsed';
    const unsettled = !over && (view.settlement ?? 'open') === 'open';
    return {
        message: coming || phase === 'admitted',
        summon: coming,
        callback: view.callback_asked === true,
        time: coming,
        correct: phase !== 'cancelled',
        link: !over,
        settle: unsettled && view.fee_fixed === true && (view.due_minor ?? 0) > 0,
        waive: unsettled && (view.fee_max_minor ?? 0) > 0,
        refund: view.checkout === 'paid' && !view.refunded,
    };
}

function Actions(props: { row: Row; onDialog: (name: VisitDialogName) => void }) {
    const { say, send } = useDesk();
    const { row, onDialog } = props;
    const can = possible(row.view);
    const letter = async (): Promise<Sentence | undefined> => {
        /* The tab opens with the click, or the browser would hold it back. */
        const tab = window.open('', '_blank');
        const answer = await send('letter', row.of, {});
        if (tab) tab.location.href = answer.url ?? `/api/visit/${row.of}/letter.pdf`;
        return undefined;
    };
    const opens = (name: VisitDialogName, key: DeskKey, danger = false) => (
        <Button kind={danger ? 'end' : 'quiet'} small onPress={() => onDialog(name)}>
            {say(key)}
        </Button>
    );
    return (
        <div class="panel__actions">
            <Group title={say('panel.actions.patient')}>
                {can.callback && <Now row={row} verb="callback_done" words="do.callback_done" />}
                {can.message && opens('message', 'do.message')}
                {can.summon && <Now row={row} verb="summon" words="do.summon" />}
                {can.link && (
                    <Button kind="quiet" small onPress={letter}>
                        {say('do.letter')}
                    </Button>
                )}
                {can.link && opens('reissue', 'do.reissue')}
                {can.correct && opens('correct', 'do.correct')}
            </Group>
            {can.time && (
                <Group title={say('panel.actions.time')}>
                    {opens('move', 'do.move')}
                    {opens('reassign', 'do.reassign')}
                    {opens('cancel', 'do.cancel', true)}
                </Group>
            )}
            {(can.settle || can.waive || can.refund) && (
                <Group title={say('panel.actions.money')}>
                    {can.settle && opens('settle', 'do.settle')}
                    {can.waive && opens('waive', 'do.waive')}
                    {can.refund && opens('refund', 'do.refund')}
                </Group>
            )}
        </div>
    );
}

function Group(props: { title: string; children: ComponentChildren }) {
    return (
        <div class="panel__group">
            <h3>{props.title}</h3>
            <div class="panel__buttons">{props.children}</div>
        </div>
    );
}

/* A command without questions: one press, then what came of it. */
export function Now(props: {
    row: Row;
    verb: Extract<Verb, 'callback_done' | 'summon' | 'put_back'>;
    words: DeskKey;
    /* where several such buttons stand together: whom it is about */
    of?: string;
    onDone?: () => void;
}) {
    const { say, send, tell } = useDesk();
    const press = async (): Promise<void> => {
        const nothing: Commands['summon'] = {};
        const refused = await ask(send(props.verb, props.row.of, nothing));
        tell(refused ?? { key: `said.${props.verb}` });
        if (!refused) props.onDone?.();
    };
    return (
        <Button kind="quiet" small onPress={press}>
            {say(props.words)}
            {props.of && <span class="visually-hidden"> · {props.of}</span>}
        </Button>
    );
}

/* ---- what is known ------------------------------------------------------------ */

function Facts(props: { row: Row }) {
    const { say } = useDesk();
    return (
        <>
            <FactList title={say('panel.identity')} facts={useIdentityFacts(props.row.view)} />
            <FactList title={say('panel.state')} facts={useStateFacts(props.row)} />
        </>
    );
}

type Fact = [DeskKey, ComponentChildren];

function FactList(props: { title: string; facts: Fact[] }) {
    const { say } = useDesk();
    return (
        <section class="facts">
            <h3>{props.title}</h3>
            <dl>
                {props.facts.map(([key, value]) => (
                    <div key={key}>
                        <dt>{say(key)}</dt>
                        <dd>{value}</dd>
                    </div>
                ))}
            </dl>
        </section>
    );
}

function useIdentityFacts(view: View): Fact[] {
    const page = useDesk();
    const { say, format, me, nowMs } = page;
    const who = say(`who.${view.who_connects ?? 'patient'}`);
    const owner = say(`who.${view.contact_of ?? 'patient'}`);
    const contact = [view.mobile && format.phone(view.mobile), view.mail].filter(Boolean);
    const age = ageOn(view.birth ?? '', today(page));
    const facts: Fact[] = [
        [
            'panel.when',
            `${format.dayAndTime(view.start_ms ?? 0, nowMs)} · ${say('book.minutes', { n: view.duration_min ?? 0 })}`,
        ],
        ['panel.practitioner', practitionerName(me, view.practitioner)],
        ['panel.reason', view.reason ?? ''],
        [
            'panel.birth',
            `${birthText(view.birth ?? '')} · ${say('age.years', { n: age })}${view.minor ? ` · ${say('age.minor')}` : ''}`,
        ],
        ['panel.sex', say(`sex.${view.sex ?? 'unknown'}`)],
        ['panel.who', view.adult ? `${who} · ${view.adult}` : who],
        [
            'panel.contact',
            contact.length > 0
                ? `${contact.join(' · ')} (${say('panel.contact_of', { who: owner })})`
                : say('page.none'),
        ],
    ];
    if (view.phone) {
        facts.push([
            'panel.phone_today',
            <a href={`tel:${phoneOf(view)}`}>{format.phone(view.phone)}</a>,
        ]);
    }
    return facts;
}

/* "1954-03-27" to "27/03/1954", as both languages of the house read it. */
export function birthText(birth: string): string {
    return birth.split('-').reverse().join('/');
}

function useStateFacts(row: Row): Fact[] {
    const { say, format } = useDesk();
    const view = row.view;
    const money = (minor: number): string => format.money(minor, view.currency || 'EUR');
    const facts: Fact[] = [
        ['panel.message', say(`panel.delivery.${row.delivery ?? 'none'}`)],
        ['panel.link', linkText(view, say)],
        [
            'panel.device',
            deviceWords(view)
                .map((each) => say(each.key, each.values))
                .join(' · '),
        ],
        ['panel.consent', say(`panel.consent.${view.consent ?? 'none'}`)],
        ['panel.money', moneyText(view, say, money)],
        [
            'panel.document',
            say(view.document_ready ? 'panel.document.ready' : 'panel.document.none'),
        ],
    ];
    return facts;
}

type Say = (key: DeskKey, values?: Record<string, string | number>) => string;

function linkText(view: View, say: Say): string {
    const tries = view.claim_failures ?? 0;
    let words = say('panel.link.new');
    if (view.claimed) words = say('panel.link.claimed');
    else if (view.link_opened) words = say('panel.link.opened');
    return tries > 1 ? `${words} · ${say('panel.link.tries', { n: tries })}` : words;
}

export function moneyText(view: View, say: Say, money: (minor: number) => string): string {
    const settlement = view.settlement ?? 'open';
    const due = view.due_minor ?? 0;
    if (view.refunded) return say('settlement.refunded');
    if (settlement === 'nothing_due') return say('panel.money.none');
    if (settlement !== 'open') {
        return due > 0
            ? `${money(due)} · ${say(`settlement.${settlement}`)}`
            : say(`settlement.${settlement}`);
    }
    const checkout = view.checkout ?? 'none';
    const page = checkout === 'none' ? '' : ` · ${say(`checkout.${checkout}`)}`;
    if (view.fee_fixed) return `${say('panel.money.due', { amount: money(due) })}${page}`;
    const max = view.fee_max_minor ?? 0;
    return max > 0 ? say('panel.money.max', { amount: money(max) }) : say('panel.money.none');
}
