// The whole visit in real browsers, all roles side by side in one profile: from the
// link to the released prescription, with picture and sound.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launchChromium, until } from './lib/browsers.mjs';
import { startClinic } from './lib/clinic.mjs';
import * as people from './lib/people.mjs';

let clinic, browser, context, secretary, doctor, patient, visit;

before(async () => {
    clinic = await startClinic();
    browser = await launchChromium();
    context = await browser.newContext({ locale: 'fr-FR', acceptDownloads: true });
    [secretary, doctor, patient] = [
        await people.openPage(context),
        await people.openPage(context),
        await people.openPage(context),
    ];
});

after(async () => {
    await browser?.close();
    await clinic?.stop();
});

const button = (page, name) => page.getByRole('button', { name });
const heading = (page, name) => page.getByRole('heading', { name });

/* The document by its direct address, with this page's own cookie. */
const fetchDocument = (page, name) =>
    page.evaluate(async (path) => {
        const answer = await fetch(path);
        return { status: answer.status, type: answer.headers.get('content-type') };
    }, `/api/visit/${visit}/${name}`);

test('secretary and doctor sign in beside each other', async () => {
    await people.signIn(secretary, clinic.secretary, clinic.password);
    await people.signIn(doctor, clinic.doctors[0], clinic.password);
    await people.prepareDoctor(doctor);
});

test('the patient comes from the link to the waiting room', async () => {
    const [link] = (await clinic.messages()).messages[0].text.match(/http\S+/);
    await people.arrive(patient, link, clinic.birth);
    visit = await people.visitOf(patient);
    assert.match(visit, /^[\w-]{22}$/);
    await button(doctor, /^Faire entrer/).first().waitFor();
});

test('nothing flows between people before admission', async () => {
    const waiting = await people.flowOf(patient);
    assert.equal(waiting.framesDecoded, 0);
    assert.equal(waiting.packetsSent, 0, 'the patient sends nothing while waiting');
    const desk = await people.flowOf(doctor);
    assert.equal(desk.framesDecoded, 0);
    assert.equal(desk.soundEnergy, 0);
});

test('admitted, both see and hear each other', async () => {
    await button(doctor, /^Faire entrer/).first().click();
    await heading(patient, /^Vous êtes avec/).waitFor();
    await people.hasCall(patient, 'the patient');
    await people.hasCall(doctor, 'the doctor');
});

test('chat goes both ways', async () => {
    await people.say(doctor, 'Bonjour, me voyez-vous ?');
    await people.say(patient, 'Très bien, merci.');
    await patient.getByText('Bonjour, me voyez-vous ?').first().waitFor();
    await doctor.getByText('Très bien, merci.').first().waitFor();
});

test('a reload comes back to the call', async () => {
    await patient.reload();
    await heading(patient, /^Vous êtes avec/).waitFor();
    await people.hasCall(patient, 'the patient');
    await people.hasCall(doctor, 'the doctor');
});

test('the doctor confirms who it is and approves a prescription', async () => {
    await people.confirmIdentity(doctor);
    await people.prescribe(doctor, {
        drug: 'Paracétamol 500 mg',
        dosage: '1 comprimé trois fois par jour',
        duration: '5 jours',
    });
    assert.equal((await fetchDocument(patient, 'prescription.pdf')).status, 403);
    assert.equal((await fetchDocument(patient, 'draft/1.pdf')).status, 401);
    await people.approve(doctor);
    assert.equal((await fetchDocument(patient, 'prescription.pdf')).status, 403);
});

test('after the end nothing flows, and the fee is shown', async () => {
    await people.endConsultation(doctor);
    await heading(patient, /^À payer/).waitFor();
    await until(
        'the doctor hears nobody',
        async () => {
            const first = await people.flowOf(doctor);
            await new Promise((done) => setTimeout(done, 500));
            const second = await people.flowOf(doctor);
            return second.packetsReceived - first.packetsReceived;
        },
        (packets) => packets === 0,
    );
    assert.equal((await fetchDocument(patient, 'prescription.pdf')).status, 403);
});

test('paid, the prescription appears by itself and opens', async () => {
    await people.pay(patient);
    await heading(patient, 'Votre ordonnance est prête').waitFor();
    const pdf = await patient.evaluate(async (path) => {
        const answer = await fetch(path);
        return { status: answer.status, bytes: [...new Uint8Array(await answer.arrayBuffer())] };
    }, `/api/visit/${visit}/prescription.pdf`);
    assert.equal(pdf.status, 200);
    const file = join(clinic.data, 'prescription.pdf');
    await writeFile(file, Buffer.from(pdf.bytes));
    const text = execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' });
    assert.match(text, /Paracétamol 500 mg/);
    assert.equal((await fetchDocument(patient, 'receipt.pdf')).status, 200);
    await secretary.getByText('document prêt').first().waitFor();
});

test('messages went out and none names the reason or the speciality', async () => {
    const said = await until(
        'the mailbox has the message of the release',
        () => clinic.messages(),
        (messages) => JSON.stringify(messages).includes('un document vous attend'),
    );
    assert.doesNotMatch(JSON.stringify(said), /Suivi|Renouvellement|générale/i);
});

test('nothing personal stands in the logs or, unsealed, in the record', async () => {
    const personal = /ESSAI|Alix|1954-07-14|33639980|Chez moi|Paracétamol|me voyez-vous|\/v\/[\w-]{22}/;
    for (const folder of ['log', 'record']) {
        for (const name of await readdir(join(clinic.data, folder))) {
            /* the mailbox and the sandbox stand for other houses */
            if (/^(mailbox|sandbox)|\.admin$/.test(name)) continue; // .admin: a socket
            const text = await readFile(join(clinic.data, folder, name), 'utf8');
            assert.equal(text.match(personal)?.[0], undefined, `${folder}/${name}`);
        }
    }
});

test('no page had an error of its own', () => {
    for (const page of [secretary, doctor, patient]) assert.deepEqual(page.problems, []);
});
