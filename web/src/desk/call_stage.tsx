/*
 * call_stage: the face is the page. Remote picture, own picture, who it is, how
 * the line is, the release line, and the controls with their words.
 */
import { useEffect, useState } from 'preact/hooks';
import type { Row } from '../shared/protocol';
import { largeOf, peopleOf, sharerOf, type Person } from '../shared/people';
import { Button } from '../shared/ui/Button';
import { Crowd } from '../shared/ui/Crowd';
import { TextField } from '../shared/ui/Field';
import { ageOn } from './clock';
import { deviceSentence, type Call } from './call_media';
import { GuestsBar } from './guests';
import { LineChip } from './line_chip';
import { today, useCommandForm, useDesk } from './page';
import { birthText, Now } from './panel';
import { FormErrors, More, useErrorOf } from './parts';
import { Picture, useStreamOf } from './picture';
import { ReleaseLine } from './release_line';
import { isLost, nameOf, phoneOf } from './rows';
import { counted } from './say';

export type Side = 'papers' | 'chat';

export interface CallStageProps {
    row: Row;
    call: Call;
    side: Side | undefined;
    onSide: (side: Side | undefined) => void;
    onTelephone: () => void;
    onEnd: () => void;
}

export function CallStage(props: CallStageProps) {
    const { say } = useDesk();
    const { row } = props;
    return (
        <section class="stage" aria-labelledby="stage-title">
            <h2 id="stage-title" class="visually-hidden">
                {say('call.title', { name: nameOf(row.view) })}
            </h2>
            <Screen {...props} />
            {row.view.identity_confirmed ? <PatientFacts row={row} /> : <Identity row={row} />}
            <GuestsBar row={row} />
            <ReleaseLine view={row.view} now={row.now ?? {}} />
            <CallBar {...props} />
        </section>
    );
}

/* ---- the picture ------------------------------------------------------------ */

function Screen(props: CallStageProps) {
    const { say, state } = useDesk();
    const { row, call } = props;
    const [blocked, setBlocked] = useState(false);
    const [again, setAgain] = useState(0);
    const patient = row.now?.patient;
    const { line, devices } = call.state;
    const visit = state.visits[row.of];
    const talking = line.allowed && !row.view.by_telephone;
    const people = visit ? peopleOf(visit, { doctor: '', patient: nameOf(row.view) }) : [];
    const several = talking && people.length > 1;
    const shares = !several && patient?.sharing === true;
    const ownPicture = useStreamOf(call.state.cameraOff ? undefined : devices.cameraTrack);
    return (
        <div class={`screen${shares ? ' screen--shared' : ''}`}>
            {shares && (
                <Picture
                    stream={line.screen}
                    label={say('call.patient_shares')}
                    name="shared"
                    muted
                />
            )}
            {several ? (
                <Several {...props} people={people} />
            ) : (
                <Picture
                    stream={talking ? line.people[0] : undefined}
                    label={say('call.remote')}
                    name="remote"
                    onBlocked={setBlocked}
                    again={again}
                />
            )}
            <Overlay {...props} />
            {!several && <span class="chip chip--name">{tagOf(row)}</span>}
            {talking && <LineChip quality={state.visits[row.of]?.quality['patient']} />}
            {!row.view.by_telephone && (
                <div class="self">
                    <Picture stream={ownPicture} label={say('call.self')} name="self" muted />
                    <SelfWords call={call} />
                </div>
            )}
            {talking && !devices.microphoneTrack && <Unseen call={call} />}
            {blocked && (
                <div class="notice notice--amber screen__notice" role="alert">
                    {say('call.sound_blocked')}{' '}
                    <Button small onPress={() => setAgain((old) => old + 1)}>
                        {say('call.sound_go')}
                    </Button>
                </div>
            )}
        </div>
    );
}

/* The patient and whoever else is there; large is whom the doctor chose for all,
 * or for this screen alone. */
function Several(props: CallStageProps & { people: Person[] }) {
    const { say } = useDesk();
    const { people, row, call } = props;
    const [chosen, setChosen] = useState<string>();
    const { line } = call.state;
    return (
        <Crowd
            people={people}
            streams={line.people}
            screen={line.screen}
            sharer={sharerOf(people)}
            large={largeOf(people, chosen, row.view.pinned ?? 0)}
            words={{
                kind: (person) => (person.kind ? say(`guest.kind.${person.kind}`) : ''),
                screen: (person) => say('call.crowd.screen', { name: person.name }),
                noCamera: say('call.crowd.no_camera'),
                lost: say('call.crowd.lost'),
                dark: say('call.crowd.dark'),
                large: (name) => say('call.crowd.large', { name }),
                small: (name) => say('call.crowd.small', { name }),
            }}
            onLarge={setChosen}
        />
    );
}

/* The call is here and this side is still dark: another screen had it before. */
function Unseen(props: { call: Call }) {
    const { say } = useDesk();
    const { tone, key } = deviceSentence(props.call.state);
    return (
        <div class="notice notice--amber screen__notice stack stack--tight" role="alert">
            <p>{say(tone === 'bad' ? key : 'call.unseen')}</p>
            <div>
                <Button small onPress={() => props.call.prepare()}>
                    {say('prepare.go')}
                </Button>
            </div>
        </div>
    );
}

function tagOf(row: Row): string {
    const present = row.view.present || row.view.adult;
    return present ? `${nameOf(row.view)} · ${present}` : nameOf(row.view);
}

/* What is off or shared on this side, in words. */
function SelfWords(props: { call: Call }) {
    const { say } = useDesk();
    const { line, cameraOff, sharing, devices } = props.call.state;
    const words = [
        line.muted && say('call.muted'),
        (cameraOff || !devices.cameraTrack) && say('call.camera_is_off'),
        sharing && say('call.sharing'),
    ].filter(Boolean);
    return <span class="self__words">{words.join(' · ')}</span>;
}

/* What is in the way of the picture, and what to do next. */
function Overlay(props: CallStageProps) {
    const { say, format, lost, nowMs, state } = useDesk();
    const { row, call } = props;
    const dark = state.visits[row.of]?.dark ?? {};
    const phone = phoneOf(row.view);
    const callWords = phone ? (
        <a class="button nhsuk-button button--main button--small" href={`tel:${phone}`}>
            {say('call.phone', { phone: format.phone(phone) })}
        </a>
    ) : (
        <p>{say('call.no_phone')}</p>
    );
    if (row.view.by_telephone) {
        return (
            <OverlayCard title={say('call.telephone')}>
                {phone && <p>{say('call.telephone.lead', { phone: format.phone(phone) })}</p>}
                {callWords}
            </OverlayCard>
        );
    }
    if (row.view.hung_up) {
        return (
            <OverlayCard title={say('call.hung_up')} lead={say('call.hung_up.lead')}>
                <div class="overlay__bar">
                    {callWords}
                    <Now row={row} verb="put_back" words="call.put_back" />
                </div>
            </OverlayCard>
        );
    }
    if (isLost(row)) {
        const seconds = Math.round((nowMs - (lost[row.of] ?? nowMs)) / 1000);
        return (
            <OverlayCard
                title={`${say('call.lost')}${seconds > 0 ? ` · ${seconds} s` : ''}`}
                lead={say('call.lost.lead')}
            >
                <div class="overlay__bar">
                    {callWords}
                    <Now row={row} verb="summon" words="call.summon" />
                    <Now row={row} verb="put_back" words="call.put_back" />
                </div>
            </OverlayCard>
        );
    }
    if (!call.state.line.allowed) return <p class="overlay">{say('call.joining')}</p>;
    if (dark.doctor) {
        return (
            <p class="overlay" role="status">
                {say('call.dark')}
            </p>
        );
    }
    if (dark.patient) {
        return (
            <p class="overlay overlay--low" role="status">
                {say('call.patient_dark')}
            </p>
        );
    }
    if (row.now?.patient?.camera === false) {
        return <p class="overlay overlay--low">{say('call.no_picture')}</p>;
    }
    return null;
}

function OverlayCard(props: { title: string; lead?: string; children: preact.ComponentChildren }) {
    return (
        <div class="overlay overlay--card" role="status">
            <h3>{props.title}</h3>
            {props.lead && <p>{props.lead}</p>}
            {props.children}
        </div>
    );
}

/* ---- who is there ------------------------------------------------------------ */

/* Name and birth date asked, and who is in the room: ticked once, at the start. */
function Identity(props: { row: Row }) {
    const { say, send } = useDesk();
    const { row } = props;
    const alone = say('identity.alone');
    const [present, setPresent] = useState(row.view.adult ?? '');
    const form = useCommandForm({
        check: () => (present.trim() ? {} : { present: { key: 'identity.missing' } }),
        send: () => send('confirm_identity', row.of, { present: present.trim() }),
        done: () => undefined,
    });
    const errorOf = useErrorOf(form);
    const birth = birthText(row.view.birth ?? '');
    return (
        <form
            class="identity"
            noValidate
            onSubmit={(event) => {
                event.preventDefault();
                form.submit();
            }}
        >
            <div class="identity__lead">
                <h3>{say('identity.title')}</h3>
                <p>{say('identity.lead', { name: nameOf(row.view), birth })}</p>
            </div>
            <TextField
                id="identity-present"
                label={say('identity.present')}
                value={present}
                autocomplete="off"
                maxLength={150}
                error={errorOf('present')}
                onChange={setPresent}
            />
            <Button kind="quiet" small onPress={() => setPresent(alone)}>
                {alone}
            </Button>
            <Button small submit>
                {form.busy ? say('page.working') : say('identity.go')}
            </Button>
            {form.refused && (
                <FormErrors form={{ errors: {}, refused: form.refused }} prefix="identity" />
            )}
        </form>
    );
}

/* What a doctor needs at hand when something happens: age, place, number. */
function PatientFacts(props: { row: Row }) {
    const page = useDesk();
    const { say, format } = page;
    const view = props.row.view;
    const phone = phoneOf(view);
    return (
        <dl class="brief" aria-label={say('facts.title')}>
            <div>
                <dt class="visually-hidden">{say('identity.go')}</dt>
                <dd class="brief__ok">{say('identity.done', { present: view.present ?? '' })}</dd>
            </div>
            <div>
                <dt>{say('panel.birth')}</dt>
                <dd>
                    {birthText(view.birth ?? '')} ·{' '}
                    {say('age.years', { n: ageOn(view.birth ?? '', today(page)) })} ·{' '}
                    {say(`sex.${view.sex ?? 'unknown'}`)}
                </dd>
            </div>
            {view.place && (
                <div>
                    <dt>{say('facts.place')}</dt>
                    <dd>{view.place}</dd>
                </div>
            )}
            {phone && (
                <div>
                    <dt>{say('panel.phone_today')}</dt>
                    <dd>
                        <a href={`tel:${phone}`}>{format.phone(phone)}</a>
                    </dd>
                </div>
            )}
        </dl>
    );
}

/* ---- the controls ------------------------------------------------------------- */

function CallBar(props: CallStageProps) {
    const { say, state, locale } = useDesk();
    const { row, call, side, onSide } = props;
    const { line, cameraOff, sharing } = call.state;
    const video = !row.view.by_telephone;
    const unread = useUnread(state.visits[row.of]?.chat.length ?? 0, side === 'chat');
    const toggle = (name: Side): void => onSide(side === name ? undefined : name);
    return (
        <div class="callbar" role="toolbar" aria-label={say('call.title', { name: '' }).trim()}>
            {video && (
                <>
                    <Button kind="quiet" small onPress={() => call.mute(!line.muted)}>
                        {say(line.muted ? 'call.unmute' : 'call.mute')}
                    </Button>
                    <Button kind="quiet" small onPress={() => call.cameraOff(!cameraOff)}>
                        {say(cameraOff ? 'call.camera_on' : 'call.camera_off')}
                    </Button>
                    <Button kind="quiet" small onPress={() => call.share(!sharing)}>
                        {say(sharing ? 'call.unshare' : 'call.share')}
                    </Button>
                </>
            )}
            <Button kind="quiet" small expanded={side === 'chat'} onPress={() => toggle('chat')}>
                {unread > 0
                    ? say(counted('call.chat.new', unread, locale), { n: unread })
                    : say('call.chat')}
            </Button>
            <Button
                kind="quiet"
                small
                expanded={side === 'papers'}
                onPress={() => toggle('papers')}
            >
                {say('call.papers')}
            </Button>
            <More class="callbar__more">
                {video && (
                    <Button kind="quiet" small onPress={props.onTelephone}>
                        {say('call.by_phone')}
                    </Button>
                )}
                <Now row={row} verb="summon" words="call.summon" />
                <Now row={row} verb="put_back" words="call.put_back" />
            </More>
            <Button kind="end" small onPress={props.onEnd}>
                {say('call.end')}
            </Button>
        </div>
    );
}

/* How many messages came since the chat was last open. */
function useUnread(count: number, open: boolean): number {
    const [seen, setSeen] = useState(count);
    useEffect(() => {
        if (open) setSeen(count);
    }, [open, count]);
    return open ? 0 : Math.max(0, count - seen);
}
