/*
 * rows: what a row of the day says, and in which order rows stand. Pure: a row,
 * the hour and how long the patient's line has been away give sentences.
 */
import type { DeviceState, Now, Row, View } from '../shared/protocol';
import { since, wholeMinutes } from './clock';
import { isApproved, isReleased } from './release';
import type { Sentence } from './say';

/* Each tone has its colour and its own shape. */
export type Tone = 'good' | 'soon' | 'bad' | 'idle' | 'past';

export interface Status {
    tone: Tone;
    words: Sentence;
}

/* The hour, and since when this patient's line has been away (0: it is not). */
export interface Moment {
    nowMs: number;
    lostMs: number;
    role: 'secretary' | 'doctor';
}

const ARRIVED_JUST_NOW_MIN = 1;

export function nameOf(view: View): string {
    return `${view.given ?? ''} ${view.family ?? ''}`.trim();
}

/* The number for today first, then the one from the booking. */
export function phoneOf(view: View): string {
    return view.phone || view.mobile || '';
}

export function isLost(row: Row): boolean {
    return row.now?.patient?.connected === false;
}

function status(tone: Tone, key: Sentence['key'], values?: Sentence['values']): Status {
    return { tone, words: values ? { key, values } : { key } };
}

function lost(at: Moment): Status {
    if (at.lostMs === 0) return status('bad', 'status.lost.plain');
    return status('bad', 'status.lost', { since: since(at.lostMs, at.nowMs) });
}

function booked(view: View, at: Moment): Status {
    const late = wholeMinutes(view.start_ms ?? 0, at.nowMs);
    if (view.consent === 'refused') return status('bad', 'status.consent_refused');
    if (late > 0) return status('soon', 'status.late', { n: late });
    if (view.claimed && view.device_checked && view.consent === 'given') {
        return status('good', 'status.ready');
    }
    if (view.claimed) return status('idle', 'status.claimed');
    if (view.link_opened) return status('idle', 'status.link_opened');
    return status('idle', 'status.booked');
}

function waiting(row: Row, at: Moment): Status {
    if (isLost(row)) return lost(at);
    const minutes = wholeMinutes(row.view.waiting_since_ms ?? at.nowMs, at.nowMs);
    if (minutes < ARRIVED_JUST_NOW_MIN) return status('soon', 'status.arrived');
    return status('soon', 'status.waiting', { n: minutes });
}

function admitted(row: Row, at: Moment): Status {
    const view = row.view;
    const n = wholeMinutes(view.admitted_ms ?? at.nowMs, at.nowMs);
    if (view.by_telephone) return status('good', 'status.telephone', { n });
    if (view.hung_up) return status('bad', 'status.hung_up');
    if (isLost(row)) return lost(at);
    return status('good', 'status.call', { n });
}

function settledOrDue(view: View, now: Now): Status {
    if ((view.settlement ?? 'open') !== 'open') return status('good', 'status.settled');
    if (!view.fee_fixed) return status('past', 'status.ended');
    return now.patient?.doing === 'paying'
        ? status('soon', 'status.paying')
        : status('soon', 'status.due');
}

function endedForDoctor(view: View, now: Now): Status {
    if (isToFinish(view)) {
        const key = (view.drafted_version ?? 0) > 0 ? 'status.to_approve' : 'status.to_write';
        return status('soon', key);
    }
    if (view.prescription === 'revoked') return status('bad', 'status.revoked');
    if (isReleased(view)) return status('good', 'status.released');
    if (isApproved(view)) return status('soon', 'status.approved');
    return settledOrDue(view, now);
}

function ended(row: Row, at: Moment): Status {
    const now = row.now ?? {};
    if (at.role === 'doctor') return endedForDoctor(row.view, now);
    if (row.view.document_ready) return status('good', 'status.document');
    if (row.view.ended_how === 'interrupted' && !row.view.fee_fixed) {
        return status('past', 'status.interrupted');
    }
    return settledOrDue(row.view, now);
}

/* Where the visit stands, in one tone and one sentence. */
export function visitStatus(row: Row, at: Moment): Status {
    switch (row.view.phase) {
        case 'waiting':
            return waiting(row, at);
        case 'admitted':
            return admitted(row, at);
        case 'ended':
            return ended(row, at);
        case 'cancelled':
            return status('past', `status.cancelled.${row.view.cancelled_by ?? 'clinic'}`);
        case 'no_show':
            return status('past', 'status.no_show');
        case 'lapsed':
            return status('past', 'status.lapsed');
        default:
            return booked(row.view, at);
    }
}

/* ---- the doctor's line of what is going on ------------------------------- */

function deviceProblem(view: View): Sentence[] {
    const said: Sentence[] = [];
    const camera: DeviceState = view.camera ?? 'untested';
    const microphone: DeviceState = view.microphone ?? 'untested';
    if (view.sound_only) said.push({ key: 'device.sound_only' });
    else if (camera !== 'works') said.push({ key: `device.camera.${camera}` });
    if (microphone !== 'works') said.push({ key: `device.microphone.${microphone}` });
    if (view.voice === 'faint' || view.voice === 'silent') {
        said.push({ key: `voice.${view.voice}` });
    }
    return said;
}

/* Device and line in words; one short sentence when all is well. */
export function deviceWords(view: View): Sentence[] {
    if (!view.device_checked) return [{ key: 'device.not_yet' }];
    const said = deviceProblem(view);
    const line = view.line ?? 'untested';
    if (said.length === 0 && line === 'good') return [{ key: 'device.all_good' }];
    if (said.length === 0 && line === 'untested') return [{ key: 'device.both_good' }];
    return line === 'untested' ? said : [...said, { key: `line.${line}` }];
}

const doingKeys = {
    consent: 'doing.consent',
    consent_refused: 'doing.consent_refused',
    place: 'doing.place',
    check: 'doing.check',
    ready: 'doing.ready',
    waiting: 'doing.waiting',
    put_back: 'doing.put_back',
    call: 'doing.call',
    call_left: 'doing.call_left',
    telephone: 'doing.telephone',
    finishing: 'doing.finishing',
    due: 'doing.due',
    paying: 'doing.paying',
    payment_failed: 'doing.payment_failed',
    pay_otherwise: 'doing.pay_otherwise',
    awaiting_doctor: 'doing.awaiting_doctor',
    released: 'doing.released',
    done: 'doing.done',
    revoked: 'doing.revoked',
} as const satisfies Record<string, Sentence['key']>;

/* What the patient is doing now, the most telling word first. */
export function doingWords(row: Row): Sentence[] {
    const patient = row.now?.patient;
    if (!patient) return [];
    if (patient.connected === false) {
        const waits = row.view.phase === 'waiting' || row.view.phase === 'admitted';
        return waits ? [{ key: 'doing.keeps_place' }] : [];
    }
    const said: Sentence[] = [];
    if (patient.screen === 'locked') said.push({ key: 'doing.locked' });
    if (patient.typing) said.push({ key: 'doing.typing' });
    if (patient.sharing) said.push({ key: 'doing.sharing' });
    if (patient.music) said.push({ key: 'doing.music' });
    if (said.length > 0) return said;
    const doing = patient.doing;
    if (doing && doing in doingKeys) {
        return [{ key: doingKeys[doing as keyof typeof doingKeys] }];
    }
    return [];
}

/* ---- the secretary's marks ------------------------------------------------ */

export type MarkName = 'message' | 'link' | 'device' | 'consent' | 'settled' | 'document';
export type MarkState = 'done' | 'open' | 'failed';

export interface Mark {
    name: MarkName;
    state: MarkState;
    title: Sentence['key'];
}

function mark(name: MarkName, state: MarkState): Mark {
    return { name, state, title: `mark.title.${name}.${state}` };
}

function messageMark(row: Row): Mark {
    switch (row.delivery) {
        case 'sent':
            return mark('message', 'done');
        case 'failed':
            return mark('message', 'failed');
        case 'waiting':
            return mark('message', 'open');
        default:
            return { name: 'message', state: 'open', title: 'mark.title.message.none' };
    }
}

const TRIES_THAT_END_A_LINK = 15;

function linkMark(view: View): Mark {
    if ((view.claim_failures ?? 0) >= TRIES_THAT_END_A_LINK) return mark('link', 'failed');
    return mark('link', view.link_opened || view.claimed ? 'done' : 'open');
}

function hasDeviceProblem(view: View): boolean {
    if (!view.device_checked) return false;
    const bad = (state: DeviceState | undefined): boolean =>
        state === 'refused' || state === 'busy' || state === 'missing' || state === 'unsupported';
    return bad(view.microphone) || (bad(view.camera) && !view.sound_only);
}

function deviceMark(view: View): Mark {
    if (!view.device_checked) return mark('device', 'open');
    return mark('device', hasDeviceProblem(view) ? 'failed' : 'done');
}

function consentMark(view: View): Mark {
    if (view.consent === 'given') return mark('consent', 'done');
    return mark('consent', view.consent === 'refused' ? 'failed' : 'open');
}

function settledMark(view: View): Mark {
    if ((view.settlement ?? 'open') !== 'open') return mark('settled', 'done');
    return mark('settled', view.checkout === 'failed' ? 'failed' : 'open');
}

/* Six steps from the message to the document. */
export function marks(row: Row): Mark[] {
    return [
        messageMark(row),
        linkMark(row.view),
        deviceMark(row.view),
        consentMark(row.view),
        settledMark(row.view),
        mark('document', row.view.document_ready ? 'done' : 'open'),
    ];
}

/* ---- what asks for the secretary's attention ------------------------------ */

const TRIES_WORTH_TELLING = 2;

function isOver(view: View): boolean {
    return view.phase === 'cancelled' || view.phase === 'no_show' || view.phase === 'lapsed';
}

function beforeTheVisit(row: Row): Sentence[] {
    const view = row.view;
    const said: Sentence[] = [];
    if (row.delivery === 'failed') said.push({ key: 'alert.delivery' });
    if (row.delivery === 'none' && !view.mobile && !view.mail && !view.claimed) {
        said.push({ key: 'alert.no_contact' });
    }
    const tries = view.claim_failures ?? 0;
    if (tries >= TRIES_WORTH_TELLING && !view.ever_arrived)
        said.push({ key: 'alert.tries', values: { n: tries } });
    if (view.consent === 'refused') said.push({ key: 'alert.consent' });
    if (hasDeviceProblem(view)) said.push(...deviceProblem(view));
    if (view.line === 'poor') said.push({ key: 'alert.line' });
    if (view.line === 'sound') said.push({ key: 'alert.line_sound' });
    if (view.voice === 'silent') said.push({ key: 'alert.voice' });
    return said;
}

function aboutMoney(view: View): Sentence[] {
    const said: Sentence[] = [];
    const open = (view.settlement ?? 'open') === 'open';
    if (open && view.pay_otherwise) said.push({ key: 'alert.pay_otherwise' });
    if (open && view.checkout === 'failed') said.push({ key: 'alert.payment_failed' });
    if (view.surplus && !view.refunded) said.push({ key: 'alert.surplus' });
    if (view.disputed) said.push({ key: 'alert.disputed' });
    return said;
}

/* The reasons why somebody should look at this visit, the gravest first. */
export function alerts(row: Row): Sentence[] {
    const view = row.view;
    const said: Sentence[] = [];
    if (view.callback_asked) said.push({ key: 'alert.callback' });
    if (view.other_time_asked && !isOver(view)) said.push({ key: 'alert.other_time' });
    if (!isOver(view) && view.phase !== 'ended') said.push(...beforeTheVisit(row));
    if (isOver(view) && row.delivery === 'failed') said.push({ key: 'alert.delivery' });
    said.push(...aboutMoney(view));
    if (view.service_failed) said.push({ key: 'alert.service' });
    return said;
}

/* ---- order ----------------------------------------------------------------- */

export function byStart(one: Row, other: Row): number {
    return (one.view.start_ms ?? 0) - (other.view.start_ms ?? 0) || one.of.localeCompare(other.of);
}

function byWaiting(one: Row, other: Row): number {
    const gap = (one.view.waiting_since_ms ?? 0) - (other.view.waiting_since_ms ?? 0);
    return gap || byStart(one, other);
}

/* The same, or approved and waiting for the visit to be settled. */
export function isUnfinished(view: View): boolean {
    return isToFinish(view) || (view.phase === 'ended' && view.prescription === 'approved');
}

export interface DoctorList {
    call: Row[];
    waiting: Row[];
    toFinish: Row[];
    coming: Row[];
    past: Row[];
}

/* Ended, and the doctor still has something to write or to approve. */
export function isToFinish(view: View): boolean {
    if (view.phase !== 'ended' || isApproved(view)) return false;
    const rewritten = (view.drafted_version ?? 0) > (view.released_version ?? 0);
    return view.prescription === 'follows' || (view.prescription === 'released' && rewritten);
}

function isPast(view: View): boolean {
    return isOver(view) || (view.phase === 'ended' && !isToFinish(view));
}

/*
 * Who is in and who waits (longest first), whatever the day shown; what is to
 * finish, the own part before what only waits for its payment; and of the day
 * shown who is to come and what is over.
 */
export function doctorList(
    rows: readonly Row[],
    onDay: (view: View) => boolean = () => true,
): DoctorList {
    const of = (test: (view: View) => boolean): Row[] => rows.filter((row) => test(row.view));
    const phase = (view: View): string => view.phase ?? 'booked';
    return {
        call: of((view) => phase(view) === 'admitted').sort(byStart),
        waiting: of((view) => phase(view) === 'waiting').sort(byWaiting),
        toFinish: [
            ...of(isToFinish).sort(byStart),
            ...of((view) => isUnfinished(view) && !isToFinish(view) && !onDay(view)).sort(byStart),
        ],
        coming: of((view) => phase(view) === 'booked' && onDay(view)).sort(byStart),
        past: of((view) => isPast(view) && onDay(view)).sort(byStart),
    };
}

/* Whom to call back, of any day: who asked last comes first. */
export function toCall(rows: readonly Row[]): Row[] {
    const asked = (row: Row): number => row.view.callback_asked_ms ?? 0;
    return rows
        .filter((row) => row.view.callback_asked)
        .sort((one, other) => asked(other) - asked(one) || byStart(one, other));
}

/* Rows of each practitioner, in the order of the practitioners. */
export function byPractitioner(rows: readonly Row[], practitioners: readonly string[]): Row[][] {
    return practitioners.map((id) =>
        rows.filter((row) => row.view.practitioner === id).sort(byStart),
    );
}
