/*
 * fixtures: what the server would send for each state of the desk. Names and
 * numbers belong to nobody; the hour stands still.
 */
import type { Me, Message, Row, View } from '../../src/shared/protocol';
import { initialState, type State, type Visit } from '../../src/shared/state';

const MINUTE = 60_000;

/* Thursday 26 November 2026, 14:31 in Paris. */
export const NOW = Date.parse('2026-11-26T13:31:00Z');

export const DOCTOR = 'pracAAAAAAAAAAAAAAAAAA';
export const OTHER_DOCTOR = 'pracBBBBBBBBBBBBBBBBBB';

const practitioners = [
    {
        id: DOCTOR,
        name: 'Dr Claire Modèle',
        speciality: 'Médecine générale',
        reasons: ['Suivi', 'Renouvellement', 'Premier rendez-vous'],
    },
    {
        id: OTHER_DOCTOR,
        name: 'Dr Paul Spécimen',
        speciality: 'Cardiologie',
        reasons: ['Suivi', 'Résultats'],
    },
];

const clinic = {
    id: 'clinAAAAAAAAAAAAAAAAAA',
    name: 'Clinique des Tilleuls',
    phone: '05 36 49 12 00',
    locale: 'fr',
    time_zone: 'Europe/Paris',
};

export const secretary: Me = {
    role: 'secretary',
    name: 'Sam Accueil',
    now_ms: NOW,
    clinic,
    practitioners,
};

export const doctor: Me = {
    role: 'doctor',
    name: 'Dr Claire Modèle',
    now_ms: NOW,
    clinic,
    practitioners,
    practitioner: DOCTOR,
};

/* "14:20" on the day of the fixtures. */
export function at(hour: string): number {
    return Date.parse(`2026-11-26T${hour}:00+01:00`);
}

const booked: View = {
    phase: 'booked',
    duration_min: 20,
    delay_min: 0,
    who_connects: 'patient',
    consent: 'none',
    device_checked: false,
    camera: 'untested',
    microphone: 'untested',
    line: 'untested',
    fee_max_minor: 3000,
    currency: 'EUR',
    fee_fixed: false,
    settlement: 'open',
    checkout: 'none',
    practitioner: DOCTOR,
    sex: 'female',
    contact_of: 'patient',
    mobile: '+33639981200',
    mail: '',
    claim_failures: 0,
    prescription: 'none',
};

const prepared: View = {
    ...booked,
    link_opened: true,
    claimed: true,
    consent: 'given',
    device_checked: true,
    camera: 'works',
    microphone: 'works',
    line: 'good',
    place: 'Chez elle, 4 rue des Exemples, Toulouse',
    phone: '+33639981200',
};

export interface Person {
    of: string;
    family: string;
    given: string;
    hour: string;
    birth?: string;
    reason?: string;
}

function row(person: Person, view: View, more: Partial<Row> = {}): Row {
    const { of, family, given, hour, birth, reason } = person;
    return {
        of: of.padEnd(22, '0'),
        seq: 5,
        delivery: 'sent',
        now: {},
        ...more,
        view: {
            ...view,
            family,
            given,
            birth: birth ?? '1954-03-27',
            reason: reason ?? 'Suivi',
            start_ms: at(hour),
            opens_ms: at(hour) - 30 * MINUTE,
        },
    };
}

const inCall: View = {
    ...prepared,
    phase: 'admitted',
    ever_arrived: true,
    waiting_since_ms: at('14:16'),
    admitted_ms: at('14:25'),
    identity_confirmed: true,
    present: 'avec sa fille',
    drafted_version: 2,
    drafted_hash: 'a3f1c09d55e2'.padEnd(64, '7'),
    approved_version: 0,
    prescription: 'follows',
    note_saved: true,
};

const jeanne: Person = { of: 'visitJeanne', family: 'Exemple', given: 'Jeanne', hour: '14:20' };
const marc: Person = {
    of: 'visitMarc',
    family: 'Témoin',
    given: 'Marc',
    hour: '14:40',
    reason: 'Renouvellement',
};
const lise: Person = {
    of: 'visitLise',
    family: 'Échantillon',
    given: 'Lise',
    hour: '15:00',
    reason: 'Premier rendez-vous',
};
const noe: Person = {
    of: 'visitNoe',
    family: 'Fictif',
    given: 'Noé',
    hour: '15:20',
    birth: '2014-05-02',
};
const odile: Person = { of: 'visitOdile', family: 'Maquette', given: 'Odile', hour: '15:40' };
const remi: Person = { of: 'visitRemi', family: 'Brouillon', given: 'Rémi', hour: '13:40' };
const ines: Person = { of: 'visitInes', family: 'Patron', given: 'Inès', hour: '13:00' };
const emma: Person = { of: 'visitEmma', family: 'Esquisse', given: 'Emma', hour: '13:20' };
const aldo: Person = { of: 'visitAldo', family: 'Gabarit', given: 'Aldo', hour: '13:20' };

export const ids = {
    jeanne: jeanne.of.padEnd(22, '0'),
    marc: marc.of.padEnd(22, '0'),
    lise: lise.of.padEnd(22, '0'),
    noe: noe.of.padEnd(22, '0'),
    remi: remi.of.padEnd(22, '0'),
    ines: ines.of.padEnd(22, '0'),
    odile: odile.of.padEnd(22, '0'),
};

export const rows = {
    call: row(jeanne, inCall, { now: { patient: { connected: true, doing: 'call' } } }),
    calling: row(
        jeanne,
        {
            ...inCall,
            identity_confirmed: false,
            present: '',
            drafted_version: 0,
            prescription: 'none',
        },
        { now: { patient: { connected: true, doing: 'call' } } },
    ),
    callLost: row(jeanne, inCall, { now: { patient: { connected: false } } }),
    hungUp: row(jeanne, { ...inCall, hung_up: true }, { now: { patient: { connected: true } } }),
    telephone: row(jeanne, { ...inCall, by_telephone: true }),
    waiting: row(
        marc,
        {
            ...prepared,
            sex: 'male',
            phase: 'waiting',
            ever_arrived: true,
            waiting_since_ms: at('14:22'),
        },
        { now: { patient: { connected: true, doing: 'waiting', music: true } } },
    ),
    lost: row(
        lise,
        {
            ...prepared,
            phase: 'waiting',
            ever_arrived: true,
            waiting_since_ms: at('14:27'),
            line: 'fair',
            camera: 'refused',
        },
        { now: { patient: { connected: false } } },
    ),
    minor: row(
        noe,
        {
            ...prepared,
            sex: 'male',
            phase: 'waiting',
            minor: true,
            ever_arrived: true,
            who_connects: 'parent',
            contact_of: 'parent',
            waiting_since_ms: at('14:30') + 40_000,
            adult: 'Awa Fictif',
        },
        { now: { patient: { connected: true, doing: 'waiting', screen: 'locked' } } },
    ),
    opened: row(odile, { ...booked, link_opened: true }),
    late: row(
        { ...aldo, hour: '14:25' },
        { ...booked, sex: 'male', claim_failures: 3, link_opened: true },
        { delivery: 'failed' },
    ),
    toWrite: row(remi, {
        ...inCall,
        phase: 'ended',
        sex: 'male',
        drafted_version: 0,
        fee_fixed: true,
        due_minor: 2500,
        prescription: 'follows',
        plan: 'follows',
        ended_how: 'video',
    }),
    approved: row(
        ines,
        {
            ...inCall,
            phase: 'ended',
            fee_fixed: true,
            due_minor: 2500,
            checkout: 'ready',
            prescription: 'approved',
            approved_version: 2,
            ended_how: 'video',
        },
        { now: { patient: { connected: true, doing: 'paying' } } },
    ),
    released: row(emma, {
        ...inCall,
        phase: 'ended',
        fee_fixed: true,
        due_minor: 2500,
        settlement: 'paid',
        prescription: 'released',
        approved_version: 2,
        released_version: 2,
        document_ready: true,
        fetched: true,
        ended_how: 'video',
    }),
};

/* The same visit some days before. */
function earlier(row: Row, days: number, of: string): Row {
    const start = (row.view.start_ms ?? 0) - days * 24 * 60 * MINUTE;
    return { ...row, of: of.padEnd(22, '0'), now: {}, view: { ...row.view, start_ms: start } };
}

export const before = {
    toWrite: earlier(rows.toWrite, 1, 'visitHier'),
    approved: earlier(rows.approved, 2, 'visitAvantHier'),
};

const clinicalMembers = [
    'place',
    'identity_confirmed',
    'present',
    'plan',
    'drafted_version',
    'drafted_hash',
    'approved_version',
    'released_version',
    'revoked_version',
    'overridden',
    'fetched',
    'note_saved',
    'prescription',
    'messages',
] as const satisfies (keyof View)[];

/* What is left of a row once the server made it for the secretary. */
export function forSecretary(row: Row): Row {
    const view: View = { ...row.view };
    for (const member of clinicalMembers) Reflect.deleteProperty(view, member);
    return { ...row, view };
}

const elsewhere: Row[] = [
    row(
        { of: 'visitUgo', family: 'Canevas', given: 'Ugo', hour: '14:00' },
        { ...prepared, practitioner: OTHER_DOCTOR, phase: 'no_show', sex: 'male' },
    ),
    row(
        { of: 'visitIda', family: 'Ébauche', given: 'Ida', hour: '14:30', reason: 'Résultats' },
        {
            ...prepared,
            practitioner: OTHER_DOCTOR,
            phase: 'ended',
            fee_fixed: true,
            due_minor: 3000,
            pay_otherwise: true,
        },
    ),
    row(
        { of: 'visitZoe', family: 'Prototype', given: 'Zoé', hour: '15:00' },
        { ...prepared, practitioner: OTHER_DOCTOR, callback_asked: true, delay_min: 10 },
    ),
    row(
        { of: 'visitEli', family: 'Modèle-Réduit', given: 'Élisabeth', hour: '15:30' },
        {
            ...prepared,
            practitioner: OTHER_DOCTOR,
            delay_min: 10,
            camera: 'missing',
            other_time_asked: true,
        },
    ),
    row(
        { of: 'visitTom', family: 'Croquis', given: 'Tom', hour: '16:00' },
        { ...booked, practitioner: OTHER_DOCTOR, sex: 'male', mobile: '', delay_min: 10 },
        { delivery: 'none' },
    ),
    row(
        { of: 'visitAna', family: 'Calque', given: 'Ana', hour: '16:20' },
        {
            ...booked,
            practitioner: OTHER_DOCTOR,
            phase: 'cancelled',
            cancelled_by: 'patient',
        },
    ),
];

export const day = {
    secretary: [
        rows.released,
        rows.approved,
        rows.toWrite,
        rows.late,
        rows.call,
        rows.waiting,
        rows.lost,
        rows.minor,
        rows.opened,
        ...elsewhere,
    ].map(forSecretary),
    waiting: [
        rows.waiting,
        rows.lost,
        rows.minor,
        rows.opened,
        rows.late,
        rows.toWrite,
        rows.released,
    ],
    call: [rows.call, rows.waiting, rows.lost, rows.opened, rows.released],
    unfinished: [rows.waiting, rows.opened, rows.approved, before.toWrite, before.approved],
};

const talk: Message[] = [
    { n: 1, at_ms: at('14:18'), from: 'clinic', text: 'Le docteur arrive dans un instant.' },
    { n: 2, at_ms: at('14:27'), from: 'patient', text: 'Ma fille est avec moi.' },
    { n: 3, at_ms: at('14:28'), from: 'doctor', text: 'Bonjour à vous deux.' },
];

export function visit(row: Row, more: Partial<Visit> = {}): Visit {
    return {
        seq: row.seq,
        view: row.view,
        now: row.now ?? {},
        chat: talk,
        slots: [{ slot: 1, who: 'patient' }],
        note: 'Tension stable. Contrôle dans trois mois.',
        lines: [
            {
                drug: 'Paracétamol 500 mg',
                dosage: '1 comprimé, jusqu’à 3 fois par jour, en cas de douleur',
                duration: '5 jours',
                renewals: 0,
            },
            {
                drug: 'Amlodipine 5 mg',
                dosage: '1 comprimé le matin',
                duration: '3 mois',
                renewals: 1,
            },
        ],
        quality: {
            patient: {
                who: 'patient',
                rtt_ms: 48,
                loss_up: 0.004,
                loss_down: 0.01,
                jitter_ms: 6,
                mos: 4.2,
            },
        },
        incidents: [
            {
                kind: 'patient_line_lost',
                side: 'patient',
                start_ms: NOW - 4 * 60_000,
                end_ms: NOW - 4 * 60_000 + 12_000,
                times: 1,
            },
        ],
        moreIncidents: 0,
        dark: {},
        ...more,
    };
}

export function state(me: Me, board: Row[], more: Partial<State> = {}): State {
    return {
        ...initialState,
        connection: 'open',
        me,
        board: { day: '2026-11-26', rows: board },
        visits: Object.fromEntries(board.map((each) => [each.of, visit(each)])),
        ...more,
    };
}
