// Firefox and Chromium in one visit: the patient in the one, the doctor in the other.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium, launchFirefox, until } from './lib/browsers.mjs';
import { startClinic } from './lib/clinic.mjs';
import * as firefox from './lib/firefox_people.mjs';
import * as people from './lib/people.mjs';

let clinic, chromium, gecko, doctor, patient;

before(async () => {
    clinic = await startClinic();
    [chromium, gecko] = await Promise.all([launchChromium(), launchFirefox()]);
    doctor = await people.openPage(await chromium.newContext({ locale: 'fr-FR' }));
    patient = await firefox.openPage(gecko);
});

after(async () => {
    await Promise.allSettled([chromium?.close(), gecko?.close()]);
    await clinic?.stop();
});

const admit = () => doctor.getByRole('button', { name: /^Faire entrer/ }).first().click();
const TITLE = 'Vous êtes avec Dr Camille Exemple';

test('the patient comes from the link to the waiting room in Firefox', async () => {
    await people.signIn(doctor, clinic.doctors[0], clinic.password);
    await people.prepareDoctor(doctor);
    await firefox.arrive(patient, clinic.patients[0].url, clinic.birth);
});

test('nothing flows between them before admission', async () => {
    const waiting = await people.flowOf(patient);
    assert.equal(waiting.framesDecoded, 0);
    assert.equal(waiting.packetsSent, 0);
    const desk = await people.flowOf(doctor);
    assert.equal(desk.framesDecoded, 0);
    assert.equal(desk.packetsReceived, 0);
});

test('admitted, both see and hear each other', async () => {
    await admit();
    await firefox.seeHeading(patient, TITLE);
    await people.hasCall(patient, 'the patient in Firefox');
    await people.hasCall(doctor, 'the doctor in Chromium');
});

test('put back, nothing flows; admitted again, all of it does', async () => {
    await people.putBack(doctor);
    await firefox.seeHeading(patient, 'Votre médecin vous a remis en attente.');
    await people.isSilent(doctor, 'the doctor');
    await people.isSilent(patient, 'the patient');
    await admit();
    await firefox.seeHeading(patient, TITLE);
    await people.hasCall(patient, 'the patient in Firefox');
    await people.hasCall(doctor, 'the doctor in Chromium');
});

test('a reload in Firefox comes back to the call', async () => {
    await patient.reload();
    await firefox.seeHeading(patient, TITLE);
    await people.hasCall(patient, 'the patient in Firefox');
    await people.hasCall(doctor, 'the doctor in Chromium');
});

test('after the end nothing flows', async () => {
    await people.endConsultation(doctor, { prescription: "Pas d'ordonnance" });
    await until(
        'the patient sees what is due',
        () => patient.evaluate(() => document.querySelector('h1')?.textContent),
        (text) => /^À payer/.test(text),
    );
    await people.isSilent(doctor, 'the doctor');
    await people.isSilent(patient, 'the patient');
});

test('no page had an error of its own', () => {
    for (const page of [doctor, patient]) assert.deepEqual(page.problems, []);
});
