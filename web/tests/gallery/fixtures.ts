/*
 * fixtures: one model for every screen of the patient and every way it may look.
 * Names from nobody, numbers from the ranges kept for fiction.
 */
import type { DevicesState } from '../../src/shared/devices';
import { noDevices } from '../../src/shared/devices';
import { noCheck, type CheckState } from '../../src/shared/line_check';
import type { MediaState } from '../../src/shared/media';
import type { Message, Now, Step, View } from '../../src/shared/protocol';
import type { Claim, LinkInfo } from '../../src/visit/door';
import { initialUi, type Model, type Ui } from '../../src/visit/model';

export const START = Date.parse('2026-11-26T13:20:00Z'); /* 14 h 20 in Paris */
const MINUTE = 60_000;

export const clinic = { name: 'Clinique des Tilleuls', phone: '0536491200' };

const baseView: View = {
    phase: 'booked',
    start_ms: START,
    duration_min: 20,
    opens_ms: START - 30 * MINUTE,
    delay_min: 0,
    who_connects: 'patient',
    consent: 'given',
    device_checked: true,
    camera: 'works',
    microphone: 'works',
    fee_max_minor: 3000,
    currency: 'EUR',
    due_minor: 2500,
    fee_fixed: true,
    settlement: 'open',
    checkout: 'none',
    prescription: 'none',
    step: 'waiting',
    locale: 'fr',
};

export interface Scene {
    step: Step;
    view?: View;
    now?: Now;
    chat?: Message[];
    slots?: boolean;
    devices?: Partial<DevicesState> & { faked?: ('camera' | 'microphone')[] };
    media?: Partial<MediaState>;
    check?: Partial<CheckState>;
    ui?: Partial<Ui>;
    atMin?: number; /* minutes from the appointment's start */
    lost?: boolean;
}

const both: Scene['devices'] = {
    camera: 'works',
    microphone: 'works',
    cameras: 2,
    faked: ['camera', 'microphone'],
};
const there: Now = { doctor: { connected: true, camera: true, microphone: true } };
const call: Scene = {
    step: 'call',
    view: { phase: 'admitted' },
    slots: true,
    devices: both,
    now: there,
    media: { line: 'up', allowed: true },
};
const message = (n: number, from: Message['from'], text: string): Message => ({
    n,
    from,
    text,
    at_ms: START + n * MINUTE,
});
const talk = [
    message(1, 'doctor', 'Bonjour. Pouvez-vous écrire le nom du médicament ?'),
    message(2, 'patient', "C'est une boîte bleue, je vais la chercher."),
    message(3, 'doctor', 'Prenez votre temps.'),
];
const ended: View = { phase: 'ended', ended_how: 'video', ended_ms: START + 20 * MINUTE };
const until = START + 30 * 24 * 60 * MINUTE;
const released: View = { ...ended, settlement: 'paid', prescription: 'released', receipt: true };

export const scenes: Record<string, Scene> = {
    consent: { step: 'consent', view: { consent: 'none' } },
    consent_refused: { step: 'consent_refused', view: { consent: 'refused' } },
    place: { step: 'place' },
    place_minor: { step: 'place', view: { minor: true } },
    check: { step: 'check' },
    check_asking: { step: 'check', devices: { asking: true } },
    check_works: { step: 'check', devices: both },
    check_refused: { step: 'check', devices: { camera: 'refused', microphone: 'refused' } },
    check_busy: {
        step: 'check',
        devices: { camera: 'busy', microphone: 'works', faked: ['microphone'] },
    },
    check_missing: {
        step: 'check',
        devices: { camera: 'missing', microphone: 'works', faked: ['microphone'] },
    },
    check_unsupported: {
        step: 'check',
        devices: { camera: 'unsupported', microphone: 'unsupported' },
    },
    check_sound_only: {
        step: 'check',
        ui: { soundOnly: true },
        devices: { camera: 'untested', microphone: 'works', faked: ['microphone'] },
    },
    ready_early: { step: 'ready', atMin: -24 * 60 },
    ready_early_moved: { step: 'ready', view: { was_moved: true }, atMin: -90 },
    ready: { step: 'ready', atMin: -10 },
    waiting: { step: 'waiting', devices: both, atMin: -5, now: there },
    waiting_delay: { step: 'waiting', view: { delay_min: 10 }, devices: both, atMin: 2 },
    waiting_away: {
        step: 'waiting',
        devices: { camera: 'works', microphone: 'works', faked: ['microphone'] },
        now: { doctor: { connected: false } },
        atMin: -5,
    },
    waiting_no_device: { step: 'waiting', atMin: -5 },
    waiting_music: {
        step: 'waiting',
        devices: both,
        ui: { music: true },
        chat: [message(1, 'clinic', 'Votre médecin termine une urgence. Merci de patienter.')],
        atMin: 3,
    },
    waiting_late: { step: 'waiting', view: { delay_min: 25 }, devices: both, atMin: 16 },
    waiting_kept: { step: 'waiting', view: { place_kept: true }, devices: both, atMin: 17 },
    waiting_other_time: {
        step: 'waiting',
        view: { other_time_asked: true },
        devices: both,
        atMin: 17,
    },
    waiting_callback: {
        step: 'waiting',
        view: { callback_asked: true },
        devices: both,
        atMin: 17,
    },
    waiting_no_number: { step: 'waiting', devices: both, atMin: 16, ui: { refused: 'no_number' } },
    waiting_lost: { step: 'waiting', devices: both, atMin: 1, lost: true },
    waiting_testing: { step: 'waiting', devices: both, ui: { testing: true } },
    put_back: { step: 'put_back', view: { was_put_back: true }, devices: both, atMin: 9 },
    call,
    call_connecting: { ...call, slots: false, media: { line: 'connecting' } },
    call_muted: { ...call, media: { line: 'up', muted: true } },
    call_camera_off: {
        ...call,
        devices: { camera: 'works', microphone: 'works', cameras: 1, faked: ['microphone'] },
        ui: { cameraOff: true },
    },
    call_chat: { ...call, chat: talk },
    call_unread: { ...call, chat: talk, ui: { seenMessages: 1 } },
    call_other_lost: { ...call, now: { doctor: { connected: false } } },
    call_lost: { ...call, media: { line: 'interrupted' }, lost: true },
    call_sharing: {
        ...call,
        now: { doctor: { connected: true, camera: true, microphone: true, sharing: true } },
    },
    call_no_devices: {
        ...call,
        devices: { camera: 'refused', microphone: 'refused', cameras: 1 },
    },
    call_left: { step: 'call_left', view: { phase: 'admitted', hung_up: true } },
    telephone: { step: 'telephone', view: { phase: 'admitted', by_telephone: true } },
    finishing: { step: 'finishing', view: ended },
    due: { step: 'due', view: ended },
    due_approved: { step: 'due', view: { ...ended, prescription: 'approved' } },
    due_override: {
        step: 'due',
        view: { ...ended, prescription: 'released', prescription_until_ms: until },
    },
    paying_opening: { step: 'paying', view: { ...ended, checkout: 'asked' } },
    paying: {
        step: 'paying',
        view: { ...ended, checkout: 'ready', checkout_url: '#paid' },
    },
    paying_pending: {
        step: 'paying',
        view: { ...ended, checkout: 'ready', checkout_url: '#paid', prescription: 'approved' },
        ui: { fromPayment: true },
    },
    payment_failed: { step: 'payment_failed', view: { ...ended, checkout: 'failed' } },
    payment_expired: { step: 'payment_failed', view: { ...ended, checkout: 'expired' } },
    pay_otherwise: { step: 'pay_otherwise', view: { ...ended, pay_otherwise: true } },
    awaiting_doctor: {
        step: 'awaiting_doctor',
        view: { ...ended, settlement: 'paid', receipt: true, prescription: 'follows' },
    },
    released: { step: 'released', view: { ...released, prescription_until_ms: until } },
    released_prove: { step: 'released', view: { ...released, prescription_until_ms: until } },
    released_refunded: {
        step: 'released',
        view: { ...released, prescription_until_ms: until, refunded: true },
    },
    done: { step: 'done', view: { ...ended, settlement: 'nothing_due' } },
    done_paid: { step: 'done', view: { ...ended, settlement: 'paid', receipt: true } },
    revoked: { step: 'revoked', view: { ...ended, prescription: 'revoked', receipt: true } },
    interrupted: { step: 'interrupted', view: { ...ended, ended_how: 'interrupted' } },
    cancelled: { step: 'cancelled', view: { phase: 'cancelled', cancelled_by: 'practitioner' } },
    no_show: { step: 'no_show', view: { phase: 'no_show' } },
    lapsed: { step: 'lapsed', view: { phase: 'lapsed' } },
    refused_command: { step: 'due', view: ended, ui: { refused: 'try_again' } },
};

/* The model of a scene; streams are put in by who shows it. */
export function modelOf(scene: Scene): Model {
    const devices: Partial<DevicesState> = { ...scene.devices };
    return {
        me: {
            role: 'patient',
            now_ms: START,
            given: 'Odile',
            clinic: { ...clinic, time_zone: 'Europe/Paris' },
            practitioner: { name: 'Dr Camille Rivoire' },
        },
        visit: {
            seq: 12,
            view: { ...baseView, ...scene.view, step: scene.step },
            now: scene.now ?? {},
            chat: scene.chat ?? [],
            slots: scene.slots ? [{ slot: 1, who: 'doctor' }] : [],
            quality: {},
            incidents: [],
            moreIncidents: 0,
            dark: {},
        },
        connection: scene.lost ? 'lost' : 'open',
        nowMs: START + (scene.atMin ?? 0) * MINUTE,
        devices: { ...noDevices, ...devices },
        check: { ...noCheck, ...scene.check },
        media: { line: 'up', people: [], allowed: false, muted: false, ...scene.media },
        ui: { ...initialUi, ...scene.ui },
    };
}

/* ---- before the claim -------------------------------------------------------- */

const link: LinkInfo = {
    state: 'ok',
    clinic,
    practitioner: { name: 'Dr Camille Rivoire' },
    start_ms: START,
    duration_min: 20,
    fee_max_minor: 3000,
    currency: 'EUR',
    nothing_due: false,
    who_connects: 'patient',
    claimed: false,
    mine: false,
};

export const doors: Record<string, { info: LinkInfo; claim?: Claim; callRefused?: string }> = {
    link: { info: link },
    link_nothing_due: { info: { ...link, nothing_due: true, who_connects: 'parent' } },
    link_wrong: { info: link, claim: { kind: 'wrong', left: 4 } },
    link_wrong_last: { info: link, claim: { kind: 'wrong', left: 1 } },
    link_paused: { info: link, claim: { kind: 'paused' } },
    link_ended: { info: { state: 'ended_tries', clinic } },
    link_elsewhere: { info: { ...link, claimed: true } },
    link_call_asked: { info: { ...link, callback_asked: true } },
    link_no_number: { info: link, callRefused: 'no_number' },
    link_unknown: { info: { state: 'unknown', clinic } },
    link_replaced: { info: { state: 'replaced', clinic } },
    link_cancelled: { info: { state: 'cancelled', clinic } },
    link_expired: { info: { state: 'expired', clinic } },
};

export const aways = ['elsewhere', 'fenced', 'signed_out', 'left'] as const;
