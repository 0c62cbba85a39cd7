// The ways that do not lead straight on: each has a screen of its own that says
// what to do next, and comes by itself.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browsers.mjs';
import { startClinic } from './lib/clinic.mjs';
import * as people from './lib/people.mjs';
import { consult, finish, must } from './lib/staff.mjs';

const TOMORROW = 24 * 60;
const ROOM = { timeout: 60_000 };
let clinic, browser, context, desk, doctor;

before(async () => {
    clinic = await startClinic();
    browser = await launchChromium();
    context = await browser.newContext({ locale: 'fr-FR' });
    context.setDefaultTimeout(60_000);
    desk = await clinic.desk();
    doctor = await clinic.desk(clinic.doctors[0].login);
    /* room for this file's own visits */
    const day = new Intl.DateTimeFormat('en-CA', { timeZone: desk.me.clinic.time_zone });
    for (const { of } of await desk.day(day.format(desk.me.now_ms)))
        await must(desk, of, 'cancel', { by: 'clinic' });
});

after(async () => {
    desk?.close();
    doctor?.close();
    await browser?.close();
    await clinic?.stop();
});

const button = (page, name) => page.getByRole('button', { name });
const sees = (page, name) => page.getByRole('heading', { name }).first().waitFor(ROOM);
const says = (page, text) => page.getByText(text).first().waitFor(ROOM);

async function withPage(body, from = context) {
    const page = await people.openPage(from);
    await body(page);
    assert.deepEqual(page.problems, []);
    await page.close();
}

test('a link that nobody knows', () =>
    withPage(async (page) => {
        await page.goto(clinic.patients[0].url.replace(/[\w-]{22}$/, 'A'.repeat(22)));
        await sees(page, 'Ce lien ne mène à aucun rendez-vous');
        await button(page, 'Entrer avec mon code').click();
        await sees(page, 'Entrer avec votre code');
    }));

test('a link that was replaced: the page that uses it is told at once', () =>
    withPage(async (page) => {
        const { visit, url } = await clinic.book({ inMin: TOMORROW });
        await people.claim(page, url, clinic.birth);
        await must(desk, visit, 'reissue_link');
        await sees(page, /Votre consultation est ouverte sur un autre appareil|C'est fermé|Ce lien a été remplacé/);
        await page.goto(url);
        await sees(page, 'Ce lien a été remplacé');
        await page.goto(await clinic.link(visit));
        await sees(page, /^(Votre consultation vidéo|Continuer sur cet appareil)/);
    }));

test('consent refused, and a change of mind', () =>
    withPage(async (page) => {
        const { url } = await clinic.book({ inMin: TOMORROW });
        await people.claim(page, url, clinic.birth);
        await button(page, 'Je préfère un autre rendez-vous').click();
        await sees(page, 'Vous préférez un autre rendez-vous');
        await page.reload();
        await sees(page, 'Vous préférez un autre rendez-vous');
        await button(page, /^J'ai changé d'avis/).click();
        await sees(page, /Êtes-vous d'accord|Où êtes-vous/);
    }));

test('too early: the page says when, and a move to now lets the patient in', () =>
    withPage(async (page) => {
        const { visit, url } = await clinic.book({ inMin: TOMORROW });
        await people.claim(page, url, clinic.birth);
        await people.consent(page);
        await people.situate(page);
        await people.testDevices(page);
        await sees(page, 'Tout est prêt');
        await says(page, /^La salle d'attente ouvre/);
        const start_ms = Math.ceil(Date.now() / 60_000 + 20) * 60_000;
        await must(desk, visit, 'reschedule', { start_ms, duration_min: 5 });
        await people.enterRoom(page);
        await must(desk, visit, 'reschedule', { start_ms: start_ms + 86_400_000, duration_min: 5 });
        await says(page, "La clinique a déplacé ce rendez-vous. Voici la nouvelle heure.");
        await sees(page, 'Tout est prêt');
        await must(desk, visit, 'cancel', { by: 'patient' });
        await sees(page, 'Ce rendez-vous est annulé');
        await says(page, 'Vous avez demandé cette annulation.');
    }));

test('cancelled while the patient waits: the page says so by itself', () =>
    withPage(async (page) => {
        const { visit, url } = await clinic.book();
        await people.arrive(page, url, clinic.birth);
        await must(desk, visit, 'cancel', { by: 'practitioner' });
        await sees(page, 'Ce rendez-vous est annulé');
        await says(page, 'Votre médecin a dû annuler ce rendez-vous.');
        await page.goto(url);
        await sees(page, 'Ce rendez-vous est annulé');
    }));

test('a second tab takes the visit, and the first takes it back', () =>
    withPage(async (first) => {
        const { url } = await clinic.book({ inMin: TOMORROW });
        await people.claim(first, url, clinic.birth);
        await withPage(async (second) => {
            await second.goto(url);
            await sees(second, 'Continuer ici ?');
            assert.ok(await first.getByRole('heading', { name: "Êtes-vous d'accord ?" }).isVisible());
            await button(second, 'Continuer ici').click();
            await sees(second, "Êtes-vous d'accord ?");
            await sees(first, 'Continuer ici ?');
            await button(first, 'Continuer ici').click();
            await sees(first, "Êtes-vous d'accord ?");
            await sees(second, 'Continuer ici ?');
        });
    }));

test('declined, then paid; released, then withdrawn; closed on this device', () =>
    withPage(async (page) => {
        const { visit, url } = await clinic.book();
        await people.arrive(page, url, clinic.birth);
        await consult(doctor, visit);
        await sees(page, /^À payer/);
        await button(page, /^Payer \d/).click();
        await page.waitForURL(/payment\.localhost/);
        await button(page, 'Carte refusée').click();
        await says(page, 'La carte a été refusée. Rien n’a été débité.');
        await button(page, 'Annuler et revenir').click();
        await page.waitForURL(/patient\.localhost/);
        await sees(page, "Le paiement n'a pas marché");
        await button(page, 'Réessayer de payer').click();
        await page.waitForURL(/payment\.localhost/);
        await button(page, /^Payer/).click();
        await page.waitForURL(/patient\.localhost/);
        await sees(page, 'Votre ordonnance est prête');
        await must(doctor, visit, 'revoke', { reason: 'Erreur de dosage' });
        await sees(page, 'Votre ordonnance a été retirée');
        const status = await page.evaluate(
            async (of) => (await fetch(`/api/visit/${of}/prescription.pdf`)).status,
            visit,
        );
        assert.equal(status, 403);
        await button(page, 'Terminer sur cet appareil').click();
        await sees(page, "C'est fermé sur cet appareil");
        await page.goto(url);
        await sees(page, /^(Votre consultation vidéo|Continuer sur cet appareil)/);
    }));

test('paid otherwise: settled at the desk, the prescription comes by itself', () =>
    withPage(async (page) => {
        const { visit, url } = await clinic.book({ given: 'Camille' });
        await people.arrive(page, url, clinic.birth);
        await consult(doctor, visit);
        await button(page, 'Payer autrement').click();
        await sees(page, 'Payer autrement');
        await withPage(async (secretary) => {
            await people.signIn(secretary, clinic.secretary, clinic.password);
            const row = secretary.locator('.visit', { hasText: 'Camille' });
            await row.getByText('Veut payer autrement').waitFor(ROOM);
            await row.getByRole('button').click();
            await button(secretary, 'Régler au bureau').click();
            const dialog = secretary.getByRole('dialog');
            await dialog.getByLabel('Chèque').check();
            await dialog.getByRole('button', { name: 'Noter le règlement' }).click();
            await row.getByText('document prêt').first().waitFor({ ...ROOM, state: 'attached' });
        });
        await sees(page, 'Votre ordonnance est prête');
    }));

test('nothing is due: the prescription comes at the end', () =>
    withPage(async (page) => {
        const { visit, url } = await clinic.book({ fee: 0 });
        await page.goto(url);
        await says(page, "Vous n'avez rien à payer");
        await people.arrive(page, url, clinic.birth);
        await consult(doctor, visit, { amount: 0 });
        await sees(page, 'Votre ordonnance est prête');
    }));

test('whoever came is never a no-show', () =>
    withPage(async (page) => {
        const { visit, url } = await clinic.book();
        await people.arrive(page, url, clinic.birth);
        await button(page, "Quitter la salle d'attente").click();
        await sees(page, 'Tout est prêt');
        const answer = await doctor.ask(visit, 'no_show', {});
        assert.equal(answer.refused, 'patient_came');
        await must(desk, visit, 'cancel', { by: 'patient' });
    }));

test('camera refused: help, the waiting room all the same, then by telephone', async () => {
    const refusing = await launchChromium({ fake: 'deny' });
    const own = await refusing.newContext({ locale: 'fr-FR' });
    await withPage(async (page) => {
        const { visit, url } = await clinic.book();
        await people.claim(page, url, clinic.birth);
        await people.consent(page);
        await people.situate(page);
        await button(page, 'Commencer le test').click();
        await sees(page, "Votre navigateur refuse l'accès");
        await button(page, 'Continuer sans caméra ni micro').click();
        await people.enterRoom(page);
        await says(page, 'Caméra et micro ne sont pas prêts');
        await must(doctor, visit, 'admit');
        await sees(page, /^Vous êtes avec/);
        await says(page, 'Votre médecin ne peut ni vous voir ni vous entendre.');
        await must(doctor, visit, 'continue_by_telephone', { cause: 'no_device' });
        await sees(page, 'Votre médecin vous appelle par téléphone');
        await page.reload();
        await sees(page, 'Votre médecin vous appelle par téléphone');
        await finish(doctor, visit, { how: 'telephone' });
        await sees(page, 'La consultation est terminée');
        await says(page, "Il n'y a pas d'ordonnance");
    }, own);
    await refusing.close();
});

test('no camera at all: help in plain words, and a way on', async () => {
    const bare = await launchChromium({ fake: 'none' });
    const own = await bare.newContext({ locale: 'fr-FR' });
    await withPage(async (page) => {
        const { url } = await clinic.book({ inMin: TOMORROW });
        await people.claim(page, url, clinic.birth);
        await people.consent(page);
        await people.situate(page);
        await button(page, 'Commencer le test').click();
        await sees(page, 'Nous ne trouvons pas de caméra ou de micro');
        await button(page, 'Continuer sans caméra ni micro').click();
        await sees(page, 'Tout est prêt');
    }, own);
    await bare.close();
});

test('sound only: the doctor hears the patient and knows why there is no picture', () =>
    withPage(async (page) => {
        const { visit, url } = await clinic.book();
        await people.claim(page, url, clinic.birth);
        await people.consent(page);
        await people.situate(page);
        await button(page, 'Sans caméra, le son seulement').click();
        await button(page, 'Continuer avec le son seulement').click();
        await people.enterRoom(page);
        await says(page, 'Prêt, avec le son seulement');
        await withPage(async (seeing) => {
            await people.signIn(seeing, clinic.doctors[0], clinic.password);
            /* the doctor's other screen, in this file the protocol's, holds the call */
            await sees(seeing, 'La consultation est sur votre autre écran');
            await button(seeing, 'La reprendre ici').click();
            await says(seeing, 'Ligne prête');
            await button(seeing, /^Faire entrer/).first().click();
            await sees(page, /^Vous êtes avec/);
            await people.hasCall(page, 'the patient', 60_000);
            await people.hears(seeing, 'the doctor', 60_000);
            assert.equal((await people.flowOf(seeing)).framesDecoded, 0);
            await must(doctor, visit, 'end', {
                how: 'video',
                due: 'nothing',
                prescription: 'none',
            });
        });
        await sees(page, 'La consultation est terminée');
    }));
