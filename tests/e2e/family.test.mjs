// Secretary, doctor and two patients side by side in one browser profile: nobody
// pushes anybody out, and nobody hears what is not theirs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browsers.mjs';
import { startClinic } from './lib/clinic.mjs';
import * as people from './lib/people.mjs';

let clinic, browser, secretary, doctor, first, second;
const visits = {};

/* Everything that went over the page's sockets, either way. */
function listen(page) {
    page.frames = [];
    page.on('websocket', (socket) => {
        const keep = ({ payload }) => page.frames.push(String(payload));
        socket.on('framereceived', keep);
        socket.on('framesent', keep);
    });
    return page;
}

before(async () => {
    clinic = await startClinic();
    browser = await launchChromium();
    const context = await browser.newContext({ locale: 'fr-FR' });
    const open = async () => listen(await people.openPage(context));
    [secretary, doctor, first, second] = [await open(), await open(), await open(), await open()];
});

after(async () => {
    await browser?.close();
    await clinic?.stop();
});

const button = (page, name) => page.getByRole('button', { name });
const heading = (page, name) => page.getByRole('heading', { name });
const admit = (name) =>
    doctor.locator('.list').getByRole('button', { name: `Faire entrer ${name}` }).click();
const row = (name) => secretary.locator('.visit', { hasText: name });

test('four pages of one profile come in beside each other', async () => {
    await people.signIn(secretary, clinic.secretary, clinic.password);
    await people.signIn(doctor, clinic.doctors[0], clinic.password);
    await people.prepareDoctor(doctor);
    await people.arrive(first, clinic.patients[0].url, clinic.birth);
    await people.arrive(second, clinic.patients[1].url, clinic.birth);
    visits.first = await people.visitOf(first);
    visits.second = await people.visitOf(second);
    assert.notEqual(visits.first, visits.second);
    assert.ok(await heading(first, 'Votre médecin sait que vous êtes là.').isVisible());
    await row('ESSAI').getByText(/attend depuis|vient d'arriver/).waitFor();
    await row('TÉMOIN').getByText(/attend depuis|vient d'arriver/).waitFor();
});

test('the doctor admits the first; the second goes on waiting', async () => {
    await admit('Alix ESSAI');
    await heading(first, /^Vous êtes avec/).waitFor();
    await people.hasCall(first, 'the first patient');
    await people.hasCall(doctor, 'the doctor');
    assert.ok(await heading(second, 'Votre médecin sait que vous êtes là.').isVisible());
    assert.equal((await people.flowOf(second)).framesDecoded, 0);
    await row('ESSAI').getByText(/en consultation/).waitFor();
});

test('what is written for the first reaches only the first and the doctor', async () => {
    await people.say(doctor, 'Mot pour la première');
    await button(first, /^Messages.*1 nouveau/).click();
    await first.getByText('Mot pour la première').first().waitFor();
    await people.confirmIdentity(doctor);
    await people.prescribe(doctor, {
        drug: 'Amoxicilline 1 g',
        dosage: '1 comprimé deux fois par jour',
        duration: '6 jours',
    });
    await people.approve(doctor);
    await doctor.getByRole('dialog').waitFor({ state: 'hidden' });
});

test('admitting the second asks first; put back, the first keeps the place', async () => {
    await admit('Dominique TÉMOIN');
    const dialog = doctor.getByRole('dialog');
    await dialog.getByText('Alix ESSAI est déjà en consultation').waitFor();
    await button(dialog, "Terminer avec Alix ESSAI d'abord").waitFor();
    await button(dialog, 'Remettre Alix ESSAI en attente').click();
    await heading(second, /^Vous êtes avec/).waitFor();
    await heading(first, 'Votre médecin vous a remis en attente.').waitFor();
    await people.hasCall(second, 'the second patient');
    await people.hasCall(doctor, 'the doctor');
    await people.isSilent(first, 'the first patient');
    await row('TÉMOIN').getByText(/en consultation/).waitFor();
    await row('ESSAI').getByText(/attend depuis|vient d'arriver/).waitFor();
});

test('the second ends; the first, who came before, is next again', async () => {
    await people.endConsultation(doctor, { prescription: "Pas d'ordonnance" });
    await heading(second, /^À payer/).waitFor();
    await row('TÉMOIN').getByText('paiement attendu').waitFor();
    await doctor.getByText(/Le prochain est Alix ESSAI/).waitFor();
    await admit('Alix ESSAI');
    await heading(first, /^Vous êtes avec/).waitFor();
    await people.hasCall(first, 'the first patient');
});

test('no patient ever received a frame of the other', () => {
    const mine = [[first, visits.second], [second, visits.first]];
    for (const [page, other] of mine) {
        assert.ok(page.frames.length > 5);
        for (const frame of page.frames) assert.ok(!frame.includes(other), frame.slice(0, 200));
        const names = page === first ? /TÉMOIN|Dominique/ : /ESSAI|Alix|Mot pour/;
        for (const frame of page.frames) assert.doesNotMatch(frame, names);
    }
});

test('nothing clinical ever reached the secretary', () => {
    assert.ok(secretary.frames.length > 5);
    for (const frame of secretary.frames)
        assert.doesNotMatch(frame, /Amoxicilline|Mot pour|comprimé|"note"|"lines"|drafted|approved/);
});

test('no page had an error of its own', () => {
    for (const page of [secretary, doctor, first, second]) assert.deepEqual(page.problems, []);
});
