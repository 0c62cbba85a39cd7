/*
 * protocol: the frames of `vestibule.1` as types. docs/protocol.md is the
 * contract; members of a view that a role may not see are absent, so all of
 * them are optional here.
 */

export type Role = 'patient' | 'doctor' | 'secretary' | 'guest';

export type Phase =
    'none' | 'booked' | 'waiting' | 'admitted' | 'ended' | 'cancelled' | 'no_show' | 'lapsed';

export type Step =
    | 'consent'
    | 'consent_refused'
    | 'place'
    | 'check'
    | 'ready'
    | 'waiting'
    | 'put_back'
    | 'call'
    | 'call_left'
    | 'telephone'
    | 'finishing'
    | 'due'
    | 'paying'
    | 'payment_failed'
    | 'pay_otherwise'
    | 'awaiting_doctor'
    | 'released'
    | 'done'
    | 'revoked'
    | 'interrupted'
    | 'cancelled'
    | 'no_show'
    | 'lapsed';

export type Connecting = 'patient' | 'parent' | 'guardian' | 'carer';
export type Sex = 'unknown' | 'female' | 'male' | 'other';
export type Consent = 'none' | 'given' | 'refused';
export type DeviceState = 'untested' | 'works' | 'refused' | 'busy' | 'missing' | 'unsupported';
export type LineState = 'untested' | 'good' | 'fair' | 'sound' | 'poor';
export type VoiceState = 'untested' | 'heard' | 'faint' | 'silent';
export type CancelledBy = 'clinic' | 'patient' | 'practitioner';
export type TelephoneCause = 'video_failed' | 'sound_failed' | 'no_device' | 'patient_asked';
export type EndedHow = 'video' | 'telephone' | 'interrupted';
export type Due = 'amount' | 'nothing' | 'third_party';
export type PrescriptionPlan = 'none' | 'follows';
export type Settlement =
    | 'open'
    | 'nothing_due'
    | 'paid'
    | 'waived'
    | 'cash'
    | 'cheque'
    | 'transfer'
    | 'third_party'
    | 'deferred';
export type Checkout = 'none' | 'asked' | 'ready' | 'paid' | 'failed' | 'expired';
export type PrescriptionState =
    'none' | 'follows' | 'approved' | 'released' | 'revoked' | 'declined';

export type GuestKind = 'relative' | 'interpreter' | 'second_doctor' | 'other';
export type GuestState = 'invited' | 'declined' | 'ready' | 'waiting' | 'admitted' | 'dismissed';
export type Agreement = 'open' | 'yes' | 'no' | 'told';
export type GuestStep =
    | 'consent'
    | 'declined'
    | 'check'
    | 'ready'
    | 'waiting'
    | 'call'
    | 'dismissed'
    | 'telephone'
    | 'cancelled'
    | 'over';

/* struct guest_view of signaling/core/view.h. */
export interface GuestView {
    guest: number;
    kind: GuestKind;
    state: GuestState;
    name: string;
    sound_only?: boolean;
    agreed?: Agreement;
    waiting_since_ms?: number;
    admitted_ms?: number;
    device_checked?: boolean;
    line?: LineState;
    voice?: VoiceState;
    mobile?: string;
    mail?: string;
    link_opened?: boolean;
    claimed?: boolean;
    claim_failures?: number;
}

/* struct view of signaling/core/view.h. */
export interface View {
    phase?: Phase;
    start_ms?: number;
    duration_min?: number;
    opens_ms?: number;
    delay_min?: number;
    who_connects?: Connecting;
    consent?: Consent;
    device_checked?: boolean;
    camera?: DeviceState;
    microphone?: DeviceState;
    sound_only?: boolean;
    line?: LineState;
    voice?: VoiceState;
    ever_arrived?: boolean;
    waiting_since_ms?: number;
    summoned_ms?: number;
    admitted_ms?: number;
    hung_up?: boolean;
    by_telephone?: boolean;
    callback_asked?: boolean;
    other_time_asked?: boolean;
    place_kept?: boolean;
    ended_ms?: number;
    ended_how?: EndedHow;
    fee_max_minor?: number;
    currency?: string;
    fee_fixed?: boolean;
    due_minor?: number;
    settlement?: Settlement;
    checkout?: Checkout;
    pay_otherwise?: boolean;
    refunded?: boolean;
    cancelled_by?: CancelledBy;
    messages?: number;

    /* who else is there */
    guests?: GuestView[];
    pinned?: number;

    /* a guest */
    guest_step?: GuestStep;
    guest?: number;

    /* the patient */
    step?: Step;
    was_put_back?: boolean;
    was_moved?: boolean;
    locale?: string;
    checkout_url?: string;
    prescription?: PrescriptionState;
    prescription_until_ms?: number;
    receipt?: boolean;
    minor?: boolean;

    /* the staff */
    practitioner?: string;
    family?: string;
    given?: string;
    birth?: string;
    sex?: Sex;
    mobile?: string;
    mail?: string;
    contact_of?: Connecting;
    reason?: string;
    link_opened?: boolean;
    claimed?: boolean;
    claim_failures?: number;
    phone?: string;
    adult?: string;
    service_failed?: boolean;
    surplus?: boolean;
    disputed?: boolean;
    document_ready?: boolean;
    callback_asked_ms?: number;

    /* the doctor alone */
    place?: string;
    identity_confirmed?: boolean;
    present?: string;
    plan?: PrescriptionPlan;
    drafted_version?: number;
    drafted_hash?: string;
    approved_version?: number;
    released_version?: number;
    revoked_version?: number;
    overridden?: boolean;
    fetched?: boolean;
    note_saved?: boolean;
}

/* ---- what people do ------------------------------------------------------ */

export interface PrescriptionLine {
    drug: string;
    dosage: string;
    duration: string;
    renewals: number;
}

export interface Identity {
    family: string;
    given: string;
    birth: string;
    sex: Sex;
    mobile?: string;
    mail?: string;
}

/* The members of `with` of each command and request. */
export interface Commands {
    book: Identity & {
        who_connects: Connecting;
        contact_of: Connecting;
        reason: string;
        locale?: string;
        start_ms: number;
        duration_min: number;
        fee_max_minor?: number;
        currency?: string;
        nothing_due?: boolean;
    };
    reschedule: { start_ms: number; duration_min: number };
    reassign: { practitioner: string; start_ms: number; duration_min: number };
    cancel: { by: CancelledBy };
    correct_identity: Identity;
    reissue_link: Nothing;
    settle: { how: Exclude<Settlement, 'open' | 'nothing_due' | 'paid' | 'waived'> };
    waive: { reason: string };
    refund: Nothing;
    callback_done: Nothing;
    summon: Nothing;
    tell_delay: { minutes: number };
    send_message: { text: string };
    consent: { accepted: boolean; version: string; hash: string };
    situate: { place: string; phone?: string; adult?: string };
    check_device: {
        camera: DeviceState;
        microphone: DeviceState;
        speaker_heard?: boolean;
        sound_only?: boolean;
        line?: LineState;
        voice?: VoiceState;
    };
    arrive: Nothing;
    leave: Nothing;
    keep_place: Nothing;
    ask_callback: Nothing;
    ask_other_time: Nothing;
    open_payment: Nothing;
    pay_otherwise: Nothing;
    admit: { adult?: string };
    put_back: Nothing;
    confirm_identity: { present: string };
    continue_by_telephone: { cause: TelephoneCause };
    save_note: { text: string };
    preview_prescription: { lines: PrescriptionLine[]; weight_kg?: number; height_cm?: number };
    approve: { version: number; hash: string };
    revoke: { reason: string };
    override: { reason: string };
    end: { how: EndedHow; due: Due; amount_minor?: number; prescription: PrescriptionPlan };
    close_without_prescription: Nothing;
    no_show: Nothing;
    invite_guest: {
        name: string;
        kind: GuestKind;
        mobile?: string;
        mail?: string;
        locale?: string;
    };
    reissue_guest_link: { guest: number };
    withdraw_guest: { guest: number };
    answer_guest: { guest: number; agreed: boolean };
    admit_guest: { guest: number; told?: boolean };
    dismiss_guest: { guest: number };
    pin_guest: { guest: number };

    /* requests: nothing durable */
    show_day: { day: string };
    watch: Nothing;
    unwatch: Nothing;
    take_over: Nothing;
    save_text: {
        note?: string;
        lines?: PrescriptionLine[];
        weight_kg?: number;
        height_cm?: number;
    };
    find: { words: string };
    letter: Nothing;
    guest_link: { guest: number };
    incident: { kind: Saw; ms: number };
    offer: { sdp: string };
    house: { play: 'hold' | 'echo' | 'none' };
    probe: Nothing;
    ice: Record<string, never>;
    ping: Nothing;
}

export type Nothing = Record<string, never>;
export type Verb = keyof Commands;

/* What a page is doing, kept by the server for 15 s. */
export interface Presence {
    doing?: Step | GuestStep | 'desk' | 'writing' | 'elsewhere' | 'busy';
    typing?: boolean;
    camera?: boolean;
    microphone?: boolean;
    sharing?: boolean;
    screen?: 'on' | 'locked';
    music?: boolean;
}

export type Refusal =
    | 'unknown'
    | 'forbidden'
    | 'invalid'
    | 'already_exists'
    | 'overlap'
    | 'in_the_past'
    | 'agenda_full'
    | 'cancelled'
    | 'ended'
    | 'not_ended'
    | 'too_early'
    | 'no_consent'
    | 'not_waiting'
    | 'not_admitted'
    | 'another_admitted'
    | 'needs_adult'
    | 'wrong_link'
    | 'link_paused'
    | 'link_ended'
    | 'elsewhere'
    | 'not_due'
    | 'already_settled'
    | 'payment_open'
    | 'no_payment'
    | 'amount_too_high'
    | 'amount_mismatch'
    | 'no_prescription'
    | 'stale_version'
    | 'already_approved'
    | 'not_released'
    | 'patient_came'
    | 'not_yet'
    | 'no_number'
    | 'guests_full'
    | 'no_guest'
    | 'guest_not_waiting'
    | 'patient_not_told'
    | 'patient_declined'
    | 'repeated'
    | 'try_again'
    | 'no_relay';

/* The answer to a frame, by its id. */
export interface Answer {
    re: string;
    ok?: boolean;
    of?: string;
    seq?: number;
    refused?: Refusal;
    say?: string;
    answer?: string; /* offer: SDP */
    rows?: Row[]; /* find */
    url?: string; /* letter, guest_link */
    code?: string; /* guest_link */
    ice?: { urls: string[]; username: string; credential: string }[]; /* ice */
    valid_s?: number;
    version?: number; /* preview_prescription */
    hash?: string;
}

/* ---- what the server tells ----------------------------------------------- */

export interface Me {
    role: Role;
    name?: string;
    now_ms: number;
    of?: string;
    given?: string;
    guest?: number; /* of a guest's page */
    locale?: string;
    clinic: { id?: string; name: string; phone: string; locale?: string; time_zone: string };
    practitioners?: { id: string; name: string; speciality?: string; reasons?: string[] }[];
    /* a doctor's own id; for a patient, who they see */
    practitioner?: string | { name: string };
}

export interface PersonNow extends Presence {
    connected?: boolean;
}

export interface Now {
    patient?: PersonNow;
    doctor?: PersonNow;
    guests?: (PersonNow & { guest: number })[];
}

export interface Message {
    n: number;
    at_ms: number;
    from: 'patient' | 'doctor' | 'clinic';
    text: string;
}

export type Delivery = 'none' | 'waiting' | 'sent' | 'failed';

export interface Row {
    of: string;
    seq: number;
    view: View;
    delivery?: Delivery;
    now?: Now;
    gone?: boolean;
}

export interface Slot {
    slot: number;
    who: string; /* patient, doctor, guest */
    guest?: number;
    kind?: GuestKind;
    name?: string;
}

export interface Quality {
    who?: string;
    guest?: number; /* of a guest: which */
    rtt_ms: number;
    loss_up: number;
    loss_down: number;
    jitter_ms: number;
    mos: number; /* estimated: 1 bad to 4.5 best */
}

/* Whether someone's line carries pictures, or sound only. */
export interface PictureShown {
    who: string;
    guest?: number;
    shown: boolean;
}

/* What the echo check heard, and what a line carries. */
export interface Heard {
    voice: VoiceState;
    loudness_db: number;
    playing_ms: number;
}

export interface LineMeasure {
    verdict: LineState;
    up_kbps?: number;
    down_kbps?: number;
    loss_up?: number;
    loss_down?: number;
    jitter_ms?: number;
    rtt_ms?: number;
}

/* What a page may say that it saw of its own line. */
export type Saw = 'sound_gap' | 'picture_frozen';
export type IncidentKind =
    | Saw
    | 'relay_restarted'
    | 'relay_unreachable'
    | 'patient_line_lost'
    | 'doctor_line_lost'
    | 'guest_line_lost'
    | 'sound_only'
    | 'reconnected';

export interface Incident {
    kind: IncidentKind;
    side: 'service' | 'patient' | 'doctor' | 'guest';
    start_ms: number;
    end_ms?: number; /* missing: until the end, as far as is known */
    times: number;
}

export type MediaWord = 'again' | 'connected' | 'lost' | 'back';

/* Every frame that is no answer; one or a few of the members are there. */
export interface Frame {
    me?: Me;
    of?: string;
    seq?: number;
    view?: View;
    board?: Row[];
    day?: string;
    row?: Row;
    now?: Now;
    chat?: Message[];
    from?: number;
    note?: string;
    lines?: PrescriptionLine[];
    weight_kg?: number; /* beside the lines */
    height_cm?: number;
    elsewhere?: boolean;
    fenced?: boolean;
    signed_out?: boolean;
    again?: boolean;
    slots?: Slot[];
    media?: MediaWord;
    picture?: PictureShown;
    quality?: Quality;
    heard?: Heard;
    line?: LineMeasure;
    incidents?: Incident[];
    more?: number;
}
