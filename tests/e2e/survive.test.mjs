// Whatever dies, every page comes back to the right screen by itself, and nobody
// loses their place.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium, until } from './lib/browsers.mjs';
import { startClinic } from './lib/clinic.mjs';
import * as people from './lib/people.mjs';

let clinic, browser, context, doctor, patient, link, visit;

before(async () => {
    clinic = await startClinic();
    browser = await launchChromium();
    context = await browser.newContext({
        locale: 'fr-FR',
        permissions: ['camera', 'microphone'], // given for good: a reload need not ask
    });
    doctor = await people.openPage(context);
    patient = await people.openPage(context);
    link = clinic.patients[0].url;
});

after(async () => {
    await browser?.close();
    await clinic?.stop();
});

const ROOM = { timeout: 60_000 };
const button = (page, name) => page.getByRole('button', { name });
const heading = (page, name) => page.getByRole('heading', { name });
const sees = (page, name) => heading(page, name).waitFor(ROOM);
const admit = () => button(doctor, /^Faire entrer/).first().click();

/* The same heading after a reload as before. */
async function reloadComesBack(page) {
    const before = (await page.locator('h1').first().textContent()).trim();
    await page.reload();
    await page.getByRole('heading', { name: before, exact: true }).first().waitFor(ROOM);
}

/* Kills one of the clinic's processes and waits until its successor serves. */
async function killAndReturn(name, port) {
    const old = (await clinic.pids())[name];
    await clinic.kill(name);
    await until(`${name} was started again`, () => clinic.pids(), (pids) => pids[name] !== old);
    if (port) await until(`${name} answers`, () => fetch(port), (answer) => answer.ok, 60_000);
}
const killVestibule = () =>
    killAndReturn('vestibule', `http://127.0.0.1:${new URL(clinic.secretary.url).port}/healthz`);

/* The desk shows the person on its list as it did before. */
const listed = (text) => doctor.locator('.list').getByText(text).first().waitFor(ROOM);

test('a reload at every step on the way in comes back to it', async () => {
    await people.signIn(doctor, clinic.doctors[0], clinic.password);
    await people.prepareDoctor(doctor);
    await patient.goto(link);
    await sees(patient, /^Votre consultation vidéo/);
    await reloadComesBack(patient);
    await people.claim(patient, link, clinic.birth);
    await reloadComesBack(patient);
    await people.consent(patient);
    await reloadComesBack(patient);
    await people.situate(patient);
    await reloadComesBack(patient);
    await people.testDevices(patient);
    await people.enterRoom(patient);
    await reloadComesBack(patient);
});

test('vestibule dies while the patient waits: the place is kept', async () => {
    await killVestibule();
    await people.waitInRoom(patient);
    await listed(/attend depuis|vient d'arriver/);
    await patient.getByText('La connexion est coupée').waitFor({ state: 'hidden', ...ROOM });
});

test('a page that loses the network says so, and comes back', async () => {
    /* Chromium leaves open sockets alone when told to be offline: the server ends them */
    await context.setOffline(true);
    await killVestibule();
    await patient.getByText('La connexion est coupée').waitFor(ROOM);
    await context.setOffline(false);
    await patient.getByText('La connexion est coupée').waitFor({ state: 'hidden', ...ROOM });
    await people.waitInRoom(patient);
    await button(doctor, /^Faire entrer/).first().waitFor(ROOM);
});

test('a second device asks for the birth date; the first says so; the place is kept', async () => {
    const before = await doctor.locator('.list .person--waiting').count();
    const other = await browser.newContext({ locale: 'fr-FR' });
    const phone = await people.openPage(other);
    await phone.goto(link);
    await sees(phone, /^Continuer sur cet appareil/);
    await people.giveBirthDate(phone, clinic.birth);
    await button(phone, 'Continuer ici').click();
    await people.waitInRoom(phone);
    await sees(patient, 'Votre consultation est ouverte sur un autre appareil');
    assert.equal(await doctor.locator('.list .person--waiting').count(), before);
    await button(patient, 'La reprendre ici').click();
    await sees(patient, /^Continuer sur cet appareil/);
    await people.giveBirthDate(patient, clinic.birth);
    await button(patient, 'Continuer ici').click();
    await people.waitInRoom(patient);
    await sees(phone, 'Votre consultation est ouverte sur un autre appareil');
    await other.close();
});

test('the call goes on while vestibule dies and comes back', async () => {
    await admit();
    await sees(patient, /^Vous êtes avec/);
    await people.hasCall(patient, 'the patient', 60_000);
    await people.hasCall(doctor, 'the doctor', 60_000);
    const connections = () => patient.evaluate(() => window.testConnections.length);
    const before = await connections();
    await killVestibule();
    await people.hasCall(patient, 'the patient', 60_000);
    await people.hasCall(doctor, 'the doctor', 60_000);
    await doctor.getByText('Connexion perdue. La page').waitFor({ state: 'hidden', ...ROOM });
    assert.ok(await heading(patient, /^Vous êtes avec/).isVisible());
    await people.hasCall(patient, 'the patient', 60_000);
    assert.equal(await connections(), before, 'the same connection carried the call');
});

test('the relay dies: the call comes back by itself', async () => {
    await killAndReturn('relay');
    await until(
        'the patient has a connection again',
        () => people.flowOf(patient),
        (flow) => flow.state === 'connected' && flow.framesDecoded > 0,
        60_000,
    );
    await people.hasCall(patient, 'the patient', 60_000);
    await people.hasCall(doctor, 'the doctor', 60_000);
});

test('a reload on either side comes back to the call', async () => {
    await patient.reload();
    await sees(patient, /^Vous êtes avec/);
    await people.hasCall(patient, 'the patient', 60_000);
    await doctor.reload();
    await people.hasCall(doctor, 'the doctor', 60_000);
    await people.hasCall(patient, 'the patient', 60_000);
});

test('hung up and come back', async () => {
    await button(patient, 'Raccrocher').click();
    await sees(patient, 'Vous avez raccroché');
    await reloadComesBack(patient);
    await doctor.getByText('Le patient a raccroché').first().waitFor(ROOM);
    await button(patient, 'Revenir dans la consultation').click();
    await sees(patient, /^Vous êtes avec/);
    await people.hasCall(patient, 'the patient', 60_000);
});

test('vestibule dies after the end: what is due stands', async () => {
    await people.confirmIdentity(doctor);
    await people.prescribe(doctor, {
        drug: 'Paracétamol 500 mg',
        dosage: '1 comprimé trois fois par jour',
        duration: '5 jours',
    });
    await people.approve(doctor);
    await people.endConsultation(doctor);
    await sees(patient, /^À payer/);
    visit = await people.visitOf(patient);
    await reloadComesBack(patient);
    await killVestibule();
    await patient.getByText('La connexion est coupée').waitFor({ state: 'hidden', ...ROOM });
    await sees(patient, /^À payer/);
});

test('the payment page dies while paying; paid once it is back', async () => {
    await button(patient, /^Payer \d/).click();
    await patient.waitForURL(/payment\.localhost/);
    const page = patient.url();
    const port = Number(new URL(page).port);
    await killAndReturn('sandbox', `http://127.0.0.1:${port}/sandbox/sessions`);
    await patient.goto(page);
    await button(patient, /^Payer/).click();
    await patient.waitForURL(/patient\.localhost/);
    await sees(patient, 'Votre ordonnance est prête');
    await reloadComesBack(patient);
});

test('vestibule dies after the release: the prescription is still there', async () => {
    await killVestibule();
    await sees(patient, 'Votre ordonnance est prête');
    await reloadComesBack(patient);
    const status = await patient.evaluate(
        async (of) => (await fetch(`/api/visit/${of}/prescription.pdf`)).status,
        visit,
    );
    assert.equal(status, 200);
});

test('no page had an error of its own', () => {
    for (const page of [doctor, patient]) assert.deepEqual(page.problems, []);
});
