// The demo clinic: who works there, who is booked. Made through vestibule's own
// command line when the data is new; visits are booked by the secretary over the
// protocol, as a person would. All names are invented, all numbers are kept for
// fiction.
import { spawn } from 'node:child_process';

export const password = 'tilleuls-47'; // of everybody in the demo
export const birth = '1954-07-14'; // of every demo patient
export const logins = { secretary: 'accueil', doctors: ['camille', 'sacha'] };

const clinic = {
    name: 'Clinique des Tilleuls',
    phone: '+33536490001',
    address: '1 rue des Tilleuls, 47000 Agen',
    locale: 'fr',
    'time-zone': process.env.TIME_ZONE || 'Europe/Paris',
};
const doctors = [
    {
        name: 'Dr Camille Exemple',
        quality: 'Docteur en médecine',
        speciality: 'Médecine générale',
        identifier: '10000000001',
        phone: '+33536490002',
        mail: 'camille@tilleuls.example',
        reasons: ['Suivi', 'Premier rendez-vous', 'Renouvellement'],
    },
    {
        name: 'Dr Sacha Modèle',
        quality: 'Docteur en médecine',
        speciality: 'Dermatologie',
        identifier: '10000000002',
        phone: '+33536490003',
        mail: 'sacha@tilleuls.example',
        reasons: ['Suivi', 'Premier rendez-vous'],
    },
];
const patients = [
    { given: 'Alix', family: 'ESSAI', sex: 'female', mobile: '+33639980001', mail: 'alix@patients.example', doctor: 0, in: 5, fee: 3000 },
    { given: 'Dominique', family: 'TÉMOIN', sex: 'male', mobile: '+33639980002', mail: 'dominique@patients.example', doctor: 0, in: 25, fee: 2500 },
    { given: 'Maxence', family: 'MODÈLE', sex: 'male', mobile: '+33639980003', mail: '', doctor: 1, in: 15, fee: 0 },
];

const SLOT_MIN = 15;
const SEARCH_MIN = 6 * 60; // how far ahead a free slot is looked for

// Runs `vestibule admin …`; what it printed, or an error with what it said.
export function admin(program, settings, [command, options], input = '') {
    const words = Object.entries(options).flatMap(([key, value]) => [`--${key}`, value]);
    const child = spawn(program, ['--config', settings.config, 'admin', command, ...words], {
        cwd: settings.root,
    });
    let out = '';
    let said = '';
    child.stdout.on('data', (part) => (out += part));
    child.stderr.on('data', (part) => (said += part));
    child.stdin.on('error', () => {}); // it may not read
    child.stdin.end(input);
    return new Promise((done, fail) => {
        child.on('error', fail);
        child.on('close', (status) =>
            status === 0 ? done(out.trim()) : fail(new Error(`${command}: ${said.trim() || out.trim()}`)),
        );
    });
}

// What `list` printed: "clinic ID NAME", "staff ID ROLE LOGIN", …
const readList = (text) =>
    text.split('\n').map((line) => {
        const [kind, id, ...rest] = line.split(' ');
        return { kind, id, rest: rest.join(' ') };
    });

// Adds what is missing, so that a first start which was interrupted is made good by
// the next.
export async function makeClinic(program, settings) {
    const run = (command, options, input) => admin(program, settings, [command, options], input);
    const known = readList(await run('list', {}));
    const idOf = (kind, rest) => known.find((row) => row.kind === kind && row.rest === rest)?.id;
    const add = async (kind, rest, options, input) =>
        idOf(kind, rest) ?? (await run(`add-${kind}`, options, input)).split(/\s+/)[1];
    const addStaff = (role, login, options) =>
        add('staff', `${role} ${login}`, { role, login, ...options }, `${password}\n`);

    const clinicId = await add('clinic', clinic.name, clinic);
    for (const [i, { reasons, ...doctor }] of doctors.entries()) {
        const about = { clinic: clinicId, address: clinic.address, ...doctor };
        const practitioner = await add('practitioner', doctor.name, about);
        for (const reason of reasons)
            if (!known.some((r) => r.kind === 'reason' && r.id === practitioner && r.rest === reason))
                await run('add-reason', { practitioner, reason });
        const { name } = doctor;
        await addStaff('doctor', logins.doctors[i], { clinic: clinicId, name, practitioner });
    }
    await addStaff('secretary', logins.secretary, { clinic: clinicId, name: 'Accueil' });
}

// Books at the first free time from `wanted` on; the consultation's id.
async function book(desk, patient, wanted) {
    const practitioner = desk.me.practitioners.find((p) => p.name === doctors[patient.doctor].name);
    for (let start = wanted; start < wanted + SEARCH_MIN * 60000; start += 5 * 60000) {
        const answer = await desk.ask(practitioner.id, 'book', {
            family: patient.family,
            given: patient.given,
            birth,
            sex: patient.sex,
            mobile: patient.mobile,
            mail: patient.mail,
            who_connects: 'patient',
            contact_of: 'patient',
            reason: practitioner.reasons[0],
            locale: 'fr',
            start_ms: start,
            duration_min: SLOT_MIN,
            fee_max_minor: patient.fee,
            currency: 'EUR',
            nothing_due: patient.fee === 0,
        });
        if (answer.ok) return answer.of;
        if (answer.refused !== 'overlap')
            throw new Error(`booking was refused: ${answer.refused}: ${answer.say}`);
    }
    throw new Error('the agenda of today is full');
}

const isOpen = (row) => ['booked', 'waiting', 'admitted'].includes(row.view.phase);

// Three open visits soon at least, and at every start one fresh: their ids, the
// fresh one first.
export async function bookVisits(desk) {
    const now = desk.me.now_ms;
    const minute = Math.ceil(now / 60000) * 60000;
    const open = (await desk.soon(SEARCH_MIN))
        .filter((row) => isOpen(row) && row.view.start_ms + row.view.duration_min * 60000 > now)
        .sort((a, b) => a.view.start_ms - b.view.start_ms)
        .map((row) => row.of);
    const booked = [];
    const missing = Math.max(1, patients.length - open.length);
    for (const patient of patients.slice(0, missing))
        booked.push(await book(desk, patient, minute + patient.in * 60000));
    return [...booked, ...open].slice(0, patients.length);
}
