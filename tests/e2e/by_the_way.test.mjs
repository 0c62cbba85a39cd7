// A second visit by telephone and a third that is cancelled while the patient waits,
// by people who press the wrong things along the way: twice, back, again, in the
// other language. Whatever they press, the page comes back to where they are.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browsers.mjs';
import { startClinic } from './lib/clinic.mjs';
import * as people from './lib/people.mjs';

const ROOM = { timeout: 60_000 };
const HERE = 'Votre médecin sait que vous êtes là.';
let clinic, browser, secretary, doctor, second, third;

before(async () => {
    clinic = await startClinic();
    browser = await launchChromium();
    const context = await browser.newContext({ locale: 'fr-FR', viewport: { width: 1366, height: 768 } });
    const open = async (size) => {
        const page = await people.openPage(context);
        if (size) await page.setViewportSize(size);
        return page;
    };
    const narrow = { width: 360, height: 740 };
    [secretary, doctor, second, third] = [await open(), await open(), await open(narrow), await open(narrow)];
});

after(async () => {
    await browser?.close();
    await clinic?.stop();
});

const button = (page, name) => page.getByRole('button', { name });
const heading = (page, name) => page.getByRole('heading', { name }).first();
const sees = (page, name) => heading(page, name).waitFor(ROOM);
const row = (name) => secretary.locator('.visit', { hasText: name });

/* Back, forward, again, and in the other language: the same screen each time. */
async function fidget(page, name, inEnglish) {
    await page.goBack();
    await page.goForward();
    await sees(page, name);
    await page.reload();
    await sees(page, name);
    await button(page, 'English').click();
    await sees(page, inEnglish);
    await button(page, 'Français').click();
    await sees(page, name);
}

/* The first fell on what stood there before. */
async function secondHalfOfADoubleClick(page, locator) {
    const { x, y, width, height } = await locator.boundingBox();
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.down({ clickCount: 2 });
    await page.mouse.up({ clickCount: 2 });
}

test('the second comes in by the wrong buttons first', async () => {
    await people.signIn(secretary, clinic.secretary, clinic.password);
    await people.signIn(doctor, clinic.doctors[0], clinic.password);
    await people.prepareDoctor(doctor);
    const url = clinic.patients[0].url;
    await second.goto(url);
    await button(second, 'Continuer').dblclick();
    await second.getByText("Écrivez le jour, le mois et l'année").first().waitFor();
    await fidget(second, /^Votre consultation vidéo/, /^Your video consultation/);
    await people.giveBirthDate(second, clinic.birth);
    await button(second, 'Continuer').dblclick();
    await sees(second, "Êtes-vous d'accord ?");
    await button(second, 'Je préfère un autre rendez-vous').dblclick();
    await sees(second, 'Vous préférez un autre rendez-vous');
    await button(second, /^J'ai changé d'avis/).dblclick();
    await sees(second, 'Où êtes-vous ?');
    await fidget(second, 'Où êtes-vous ?', 'Where are you?');
    await second.getByLabel("L'endroit où vous serez").fill('Chez moi, Agen');
    await button(second, 'Continuer').dblclick();
    await button(second, 'Sans caméra, le son seulement').dblclick();
    await button(second, 'Remettre la caméra').dblclick();
    await button(second, "C'est bon, continuer").dblclick();
    await people.enterRoom(second);
});

test('who waits presses everything, and waits', async () => {
    await button(second, 'Écouter de la musique').click();
    await button(second, 'Arrêter la musique').waitFor();
    await button(second, 'Arrêter la musique').dblclick();
    await button(second, 'Refaire le test').dblclick();
    await sees(second, 'Testons votre caméra et votre micro');
    await button(second, 'Retour').click();
    await sees(second, HERE);
    await button(second, 'Choisir un autre rendez-vous').dblclick();
    await button(second, 'Finalement, je garde ma place').dblclick();
    await second.locator('.help').getByRole('button', { name: 'Rappelez-moi' }).dblclick();
    await second.getByText('La clinique va vous rappeler.').first().waitFor();
    await row('ESSAI').getByText(/Demande à être rappelé/).first().waitFor();
    await button(second, "Quitter la salle d'attente").dblclick();
    await sees(second, 'Tout est prêt');
    await secondHalfOfADoubleClick(second, button(second, "Entrer dans la salle d'attente"));
    await button(second, 'Refaire le test').click();
    await sees(second, 'Testons votre caméra et votre micro');
    await button(second, 'Retour').click();
    await sees(second, 'Tout est prêt');
    await button(second, "Entrer dans la salle d'attente").dblclick();
    await sees(second, HERE);
    await fidget(second, HERE, 'Your doctor knows that you are here.');
});

test('called in by a double click, hung up, back, and on by telephone', async () => {
    await doctor.locator('.list').getByRole('button', { name: /^Faire entrer Alix/ }).dblclick();
    await sees(second, /^Vous êtes avec/);
    await people.hasCall(second, 'the second patient', 60_000);
    await button(second, 'Couper le micro').dblclick();
    await button(second, 'Couper la caméra').dblclick();
    await button(second, 'Raccrocher').dblclick();
    await sees(second, 'Vous avez raccroché');
    await button(second, 'Revenir dans la consultation').dblclick();
    await sees(second, /^Vous êtes avec/);
    await second.goBack();
    await second.goForward();
    await sees(second, /^Vous êtes avec/);
    await people.hasCall(second, 'the second patient', 60_000);
    await people.more(doctor, 'Par téléphone');
    const dialog = doctor.getByRole('dialog');
    await dialog.getByLabel("L'image ne passe pas").check();
    await dialog.getByRole('button', { name: 'Continuer par téléphone' }).dblclick();
    await sees(second, 'Votre médecin vous appelle par téléphone');
    await people.isSilent(second, 'the second patient');
    await fidget(second, 'Votre médecin vous appelle par téléphone', /telephone|phone/);
    await row('ESSAI').getByText(/par téléphone/).first().waitFor();
    await people.endConsultation(doctor, { how: 'Par téléphone', due: 'Rien', prescription: "Pas d'ordonnance" });
    await sees(second, 'La consultation est terminée');
    await second.getByText("Il n'y a pas d'ordonnance").waitFor();
    await fidget(second, 'La consultation est terminée', 'The consultation is over');
});

test('the third waits, is cancelled by a double click, and finds a way on', async () => {
    await people.arrive(third, clinic.patients[1].url, clinic.birth);
    await row('TÉMOIN').getByRole('button').first().click();
    await button(secretary, 'Annuler le rendez-vous').click();
    const dialog = secretary.getByRole('dialog');
    await dialog.getByLabel('La clinique').check();
    await dialog.getByRole('button', { name: 'Annuler le rendez-vous' }).dblclick();
    await dialog.waitFor({ state: 'hidden' });
    await sees(third, 'Ce rendez-vous est annulé');
    await third.getByText('La clinique a annulé ce rendez-vous.').waitFor();
    await third.goBack();
    await third.goForward();
    await sees(third, 'Ce rendez-vous est annulé');
    await third.locator('.help').getByRole('button', { name: 'Rappelez-moi' }).dblclick();
    await third.getByText('La clinique va vous rappeler.').waitFor();
    await row('TÉMOIN').getByText(/Demande à être rappelé/).first().waitFor();
    await third.reload();
    await sees(third, 'Ce rendez-vous est annulé');
    await third.getByText('La clinique va vous rappeler.').waitFor();
    await button(doctor, /^Faire entrer Dominique/).waitFor({ ...ROOM, state: 'detached' });
    for (const page of [secretary, doctor, second, third]) assert.deepEqual(page.problems, []);
});
