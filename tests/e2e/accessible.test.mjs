// axe-core with the tags of WCAG 2.2 AA on the real pages in the states of a whole
// visit: the patient at 360 pixels, the desk on a small laptop.
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browsers.mjs';
import { startClinic } from './lib/clinic.mjs';
import { isAccessible } from './lib/judge.mjs';
import * as people from './lib/people.mjs';

let clinic, browser, secretary, doctor, patient;

before(async () => {
    clinic = await startClinic();
    browser = await launchChromium();
    const wide = { locale: 'fr-FR', viewport: { width: 1366, height: 768 }, bypassCSP: true };
    const narrow = { ...wide, viewport: { width: 360, height: 740 } };
    const open = async (options) => people.openPage(await browser.newContext(options));
    [secretary, doctor, patient] = [await open(wide), await open(wide), await open(narrow)];
    for (const page of [secretary, doctor, patient]) page.setDefaultTimeout(60_000);
});

after(async () => {
    await browser?.close();
    await clinic?.stop();
});

const button = (page, name) => page.getByRole('button', { name });
const sees = (page, name) => page.getByRole('heading', { name }).first().waitFor();

async function dialogIsAccessible(page, name) {
    await button(page, name).first().click();
    await page.getByRole('dialog').waitFor();
    await isAccessible(page, name);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
}

test('signing in, and the refusal of a wrong password', async () => {
    await doctor.goto(clinic.doctors[0].url);
    await button(doctor, 'Se connecter').waitFor();
    await isAccessible(doctor, 'sign in');
    await doctor.getByLabel('Identifiant').fill('personne');
    await doctor.getByLabel('Mot de passe', { exact: true }).fill('faux');
    await button(doctor, 'Se connecter').click();
    await doctor.getByText("Vous n'êtes pas connecté").waitFor();
    await isAccessible(doctor, 'sign in refused');
});

test('the secretary: the day, a visit, its dialogs, a booking', async () => {
    await people.signIn(secretary, clinic.secretary, clinic.password);
    await secretary.locator('.visit').first().waitFor();
    await isAccessible(secretary, 'board');
    await secretary.locator('.visit', { hasText: 'ESSAI' }).getByRole('button').click();
    await button(secretary, 'Déplacer').waitFor();
    await isAccessible(secretary, 'panel');
    await dialogIsAccessible(secretary, 'Écrire au patient');
    await dialogIsAccessible(secretary, 'Déplacer');
    await dialogIsAccessible(secretary, 'Changer de praticien');
    await dialogIsAccessible(secretary, "Corriger l'identité");
    await dialogIsAccessible(secretary, 'Annuler le rendez-vous');
    await dialogIsAccessible(secretary, 'Dispenser de paiement');
    await button(secretary, 'Nouveau rendez-vous').click();
    const dialog = secretary.getByRole('dialog');
    await isAccessible(secretary, 'booking');
    await button(dialog, 'Réserver').click();
    await dialog.getByText('Écrivez le nom de naissance.').first().waitFor();
    await isAccessible(secretary, 'booking with errors');
    await secretary.keyboard.press('Escape');
});

test('the patient: from the door to the waiting room', async () => {
    await patient.goto(new URL('/join', clinic.patients[0].url).href);
    await sees(patient, 'Entrer avec votre code');
    await isAccessible(patient, 'join');
    await patient.goto(clinic.patients[0].url);
    await sees(patient, /^Votre consultation vidéo/);
    await isAccessible(patient, 'door');
    await button(patient, 'Continuer').click();
    await patient.getByText("Écrivez le jour, le mois et l'année").first().waitFor();
    await isAccessible(patient, 'door with an error');
    await people.claim(patient, clinic.patients[0].url, clinic.birth);
    await isAccessible(patient, 'consent');
    await people.consent(patient);
    await isAccessible(patient, 'place');
    await people.situate(patient);
    await isAccessible(patient, 'check');
    await button(patient, 'Commencer le test').click();
    await button(patient, "C'est bon, continuer").waitFor();
    await isAccessible(patient, 'check running');
    await button(patient, "C'est bon, continuer").click();
    await people.enterRoom(patient);
    await isAccessible(patient, 'waiting');
});

test('the doctor: the list, before and with somebody waiting', async () => {
    await people.signIn(doctor, clinic.doctors[0], clinic.password);
    await people.prepareDoctor(doctor);
    await button(doctor, /^Faire entrer/).first().waitFor();
    await isAccessible(doctor, 'list');
    await button(doctor, 'Annoncer un retard').click();
    await isAccessible(doctor, 'delay');
    await doctor.keyboard.press('Escape');
});

test('the call, its chat, the prescription and its preview, ending', async () => {
    await button(doctor, /^Faire entrer/).first().click();
    await sees(patient, /^Vous êtes avec/);
    await people.hasCall(patient, 'the patient', 60_000);
    await isAccessible(patient, 'call');
    await isAccessible(doctor, 'call');
    await people.say(patient, 'Bonjour');
    await isAccessible(patient, 'chat');
    await people.say(doctor, 'Bonjour');
    await isAccessible(doctor, 'chat');
    await people.confirmIdentity(doctor);
    await people.prescribe(doctor, {
        drug: 'Paracétamol 500 mg',
        dosage: '1 comprimé trois fois par jour',
        duration: '5 jours',
    });
    await isAccessible(doctor, 'preview');
    await people.approve(doctor);
    await doctor.getByRole('dialog').waitFor({ state: 'hidden' });
    await isAccessible(doctor, 'prescription');
    await button(doctor, 'Terminer').first().click();
    await doctor.getByRole('dialog').waitFor();
    await isAccessible(doctor, 'end');
    await doctor.keyboard.press('Escape');
    await button(patient, 'Fermer les messages').click();
    await button(patient, 'Raccrocher').click();
    await sees(patient, 'Vous avez raccroché');
    await isAccessible(patient, 'hung up');
    await doctor.getByText('Le patient a raccroché').first().waitFor();
    await isAccessible(doctor, 'hung up');
});

test('after: what is due, the other way to pay, the release, the close', async () => {
    await people.endConsultation(doctor);
    await sees(patient, /^À payer/);
    await isAccessible(patient, 'due');
    await isAccessible(doctor, 'after the call');
    await dialogIsAccessible(secretary, 'Régler au bureau');
    await button(patient, 'Payer autrement').click();
    await sees(patient, 'Payer autrement');
    await isAccessible(patient, 'pay otherwise');
    await button(patient, 'Finalement, payer par carte').click();
    await patient.waitForURL(/payment\.localhost/);
    await isAccessible(patient, 'payment page');
    await button(patient, /^Payer/).click();
    await sees(patient, 'Votre ordonnance est prête');
    await isAccessible(patient, 'released');
    await secretary.getByText('document prêt').first().waitFor({ state: 'attached' });
    await isAccessible(secretary, 'document ready');
    await button(patient, 'Terminer sur cet appareil').click();
    await sees(patient, "C'est fermé sur cet appareil");
    await isAccessible(patient, 'closed');
});
