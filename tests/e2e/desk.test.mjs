// The staff's desk, dialog by dialog, as secretary and doctor press through a day and
// into the next: what each does, what it refuses, and how it looks (axe).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launchChromium, until } from './lib/browsers.mjs';
import { startClinic } from './lib/clinic.mjs';
import { movableClock } from './lib/clock.mjs';
import { isAccessible } from './lib/judge.mjs';
import * as people from './lib/people.mjs';
import { consult, finish, must } from './lib/staff.mjs';
import { Visitor } from './lib/visitor.mjs';

const DAY_S = 86_400;
let clock, clinic, browser, context, secretary, doctor, desk, doctorsDesk;

/* Runs before the page's scripts: a page can be hidden, and what it then does counted. */
const watchNotices = () => {
    window.testNotices = [];
    window.testTones = 0;
    window.testHidden = false;
    const Original = window.Notification;
    window.Notification = class extends Original {
        constructor(title, options) {
            super(title, options);
            window.testNotices.push({ title, body: options.body });
        }
    };
    Object.defineProperty(Document.prototype, 'hidden', { get: () => window.testHidden });
    const { start } = OscillatorNode.prototype;
    OscillatorNode.prototype.start = function (...given) {
        window.testTones++;
        return start.apply(this, given);
    };
};

before(async () => {
    clock = movableClock();
    clinic = await startClinic({ env: clock.env });
    browser = await launchChromium({ flags: ['--auto-select-desktop-capture-source=Entire screen'] });
    context = await browser.newContext({
        locale: 'fr-FR',
        viewport: { width: 1366, height: 768 },
        bypassCSP: true,
    });
    await context.grantPermissions(['notifications', 'camera', 'microphone'], {
        origin: new URL(clinic.doctors[0].url).origin,
    });
    context.setDefaultTimeout(60_000);
    secretary = await people.openPage(context);
    doctor = await people.openPage(context);
    await doctor.addInitScript(watchNotices);
    await people.signIn(secretary, clinic.secretary, clinic.password);
    await people.signIn(doctor, clinic.doctors[0], clinic.password);
    await people.prepareDoctor(doctor);
    await connectDesks();
    /* room for this file's own visits */
    const day = new Intl.DateTimeFormat('en-CA', { timeZone: desk.me.clinic.time_zone });
    for (const { of } of await desk.day(day.format(desk.me.now_ms)))
        await must(desk, of, 'cancel', { by: 'clinic' });
});

after(async () => {
    desk?.close();
    doctorsDesk?.close();
    await browser?.close();
    await clinic?.stop();
    clock?.release();
});

/* These do not come back by themselves, as pages do. */
async function connectDesks() {
    desk?.close();
    doctorsDesk?.close();
    desk = await clinic.desk();
    doctorsDesk = await clinic.desk(clinic.doctors[0].login);
}

/* The server's clock, seconds on from the real one. */
async function moveClock(seconds) {
    clock.move(seconds);
    await until(
        `the server is ${seconds} s ahead`,
        async () => {
            const asked = await clinic.desk();
            asked.close();
            return asked.me.now_ms - Date.now();
        },
        (ahead) => Math.abs(ahead - seconds * 1000) < 30_000,
    );
}

/* After the server ended or its clock jumped. Whoever of a doctor's pages is first
 * holds the call: here it is to be the browser's. */
async function comeBack() {
    await connectDesks();
    for (const page of [secretary, doctor]) await page.reload();
    await button(secretary, 'Se déconnecter').waitFor();
    await button(doctor, 'La reprendre ici').click();
    await button(doctor, 'La reprendre ici').waitFor({ state: 'detached' });
}

/* ---- how a person gets about ---- */

const button = (page, name) => page.getByRole('button', { name });
const dialogOf = (page) => page.getByRole('dialog');
const says = (page, text) => page.getByText(text).first().waitFor();
const visitRow = (given) => secretary.locator('.visit', { hasText: given });
const person = (page, given) => page.locator('.person', { hasText: given });

/* The details of one visit on the secretary's desk. */
async function openVisit(given) {
    const row = visitRow(given).getByRole('button');
    if ((await row.getAttribute('aria-expanded')) !== 'true') await row.click();
    await secretary.locator('#panel-title', { hasText: given }).waitFor();
}

const looked = new Set();

/* Opens a dialog, looks at it, fills it in, presses what does it, sees it close. */
async function through(page, opener, go, fill = async () => {}) {
    await (opener.click ? opener : button(page, opener).first()).click();
    const dialog = dialogOf(page);
    await dialog.waitFor();
    if (!looked.has(go)) await isAccessible(page, `dialog ${go}`);
    looked.add(go);
    await fill(dialog);
    await dialog.getByRole('button', { name: go, exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
}

const port = () => new URL(clinic.secretary.url).port;

/* Booked and at the door, over the protocol. */
async function visitor(given, more = {}) {
    const { visit, url } = await clinic.book({ given, ...more });
    const origin = `http://patient.localhost:${port()}`;
    const came = await Visitor.come({ port: port(), origin, url, birth: clinic.birth });
    assert.equal(came.of, visit);
    return came;
}

async function arrived(given, more) {
    const came = await visitor(given, more);
    await came.arrive();
    return came;
}

/* Behind « Plus » in the doctor's list. */
async function moreOf(given, name) {
    const more = person(doctor, given).locator('.more');
    await more.locator('summary').click();
    return more.getByRole('button', { name });
}

/* ---- signing in ---- */

test('too many tries: the page says how long to wait', async () => {
    /* a profile of its own: this one's desk is signed in under the same name */
    const own = await browser.newContext({ locale: 'fr-FR', bypassCSP: true });
    const page = await people.openPage(own);
    await page.goto(clinic.doctors[1].url);
    const login = 'personne';
    await until(
        'the tries end',
        () =>
            page.evaluate(
                async (body) =>
                    (
                        await fetch('/api/session', {
                            method: 'POST',
                            headers: { 'content-type': 'application/json' },
                            body,
                        })
                    ).status,
                JSON.stringify({ login, password: 'faux' }),
            ),
        (status) => status === 429,
    );
    await page.getByLabel('Identifiant').fill(login);
    await page.getByLabel('Mot de passe', { exact: true }).fill('faux');
    /* a try comes back every six seconds, which a busy machine lets pass */
    await until(
        'the page says so',
        async () => {
            await button(page, 'Se connecter').click();
            return page.getByText("Trop d'essais").first().waitFor({ timeout: 2_000 }).then(() => true, () => false);
        },
        Boolean,
    );
    await isAccessible(page, 'sign in too many');
    await own.close();
});

/* ---- the secretary ---- */

async function fillBooking(dialog, { given, time, birth = ['14', '7', '1954'] }) {
    const fill = (label, text) => dialog.getByLabel(label, { exact: true }).fill(text);
    await fill('Nom de naissance', 'ESSAI');
    await fill('Prénoms', given);
    for (const [i, part] of ['Jour', 'Mois', 'Année'].entries()) await fill(part, birth[i]);
    await dialog.getByLabel('féminin').check();
    await dialog.getByLabel('Téléphone mobile').fill('06 39 98 00 09');
    await dialog.getByLabel('Praticien', { exact: true }).selectOption({ index: 1 });
    await dialog.getByLabel('Motif', { exact: true }).selectOption({ index: 1 });
    await fill('Heure', time);
    await dialog.getByLabel('Maximum à payer, en euros').fill('30');
}

/* What the clinic's clock shows some minutes from now. */
const hourIn = (minutes) =>
    new Intl.DateTimeFormat('fr-FR', {
        timeZone: desk.me.clinic.time_zone,
        hour: '2-digit',
        minute: '2-digit',
    }).format(Date.now() + minutes * 60_000);

test('what is wrong in a booking is said beside it, and nothing typed is lost', async () => {
    await clinic.book({ given: 'Occupante', inMin: 60 });
    await visitRow('Occupante').waitFor();
    await button(secretary, 'Nouveau rendez-vous').click();
    const dialog = dialogOf(secretary);
    const reserve = () => dialog.getByRole('button', { name: 'Réserver' }).click();
    await reserve();
    await says(dialog, 'Écrivez le nom de naissance.');
    await fillBooking(dialog, { given: 'Ambre', time: hourIn(-30), birth: ['31', '2', '1954'] });
    await dialog.getByLabel('Prénoms', { exact: true }).fill('É'.repeat(40));
    await dialog.getByLabel('Nom de naissance', { exact: true }).fill('   ');
    await reserve();
    for (const what of [
        'Écrivez le nom de naissance.',
        "C'est trop long",
        "Cette date n'existe pas.",
        'Ce moment est déjà passé.',
    ])
        await says(dialog, what);
    await isAccessible(secretary, 'booking refused by the page');
    await fillBooking(dialog, { given: 'Ambre', time: hourIn(61) });
    await reserve();
    await says(dialog, 'Un autre rendez-vous est à cette heure.');
    await isAccessible(secretary, 'booking refused by the server');
    assert.equal(await dialog.getByLabel('Prénoms', { exact: true }).inputValue(), 'Ambre');
    await dialog.getByLabel('Heure', { exact: true }).fill(hourIn(90));
});

test('the server restarts while the dialog is open: pressed once, booked once', async () => {
    const dialog = dialogOf(secretary);
    await clinic.kill('vestibule');
    await dialog.getByRole('button', { name: 'Réserver' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await visitRow('Ambre').waitFor();
    assert.equal(await visitRow('Ambre').count(), 1);
    await comeBack();
});

test('the network is lost while a dialog is open: it says so, and sends on return', async () => {
    await openVisit('Ambre');
    await button(secretary, 'Écrire au patient').click();
    const dialog = dialogOf(secretary);
    await dialog.getByLabel('Message de la clinique').fill('Bonjour Ambre');
    await context.setOffline(true);
    await secretary.evaluate(() => dispatchEvent(new Event('online'))); // the line is dropped
    await says(secretary, 'Connexion perdue.');
    await dialog.getByRole('button', { name: 'Envoyer' }).click();
    await says(dialog, 'Enregistrement…');
    await isAccessible(secretary, 'dialog while the line is away');
    await context.setOffline(false);
    await dialog.waitFor({ state: 'hidden' });
    await button(secretary, 'Écrire au patient').click();
    await says(dialog, 'Bonjour Ambre');
    assert.equal(await dialog.getByText('Bonjour Ambre').count(), 1);
    await secretary.keyboard.press('Escape');
    await comeBack(); // offline for long, the doctor's page lost its calls to the other
});

test('an identity is corrected, a link made anew, the letter carries both ways in', async () => {
    await openVisit('Ambre');
    await through(secretary, "Corriger l'identité", 'Enregistrer la correction', async (dialog) => {
        await dialog.getByLabel('Prénoms', { exact: true }).fill('Ambroise');
        await dialog.getByLabel('masculin').check();
    });
    await visitRow('Ambroise').waitFor();
    await openVisit('Ambroise');
    await through(secretary, 'Refaire le lien', 'Refaire le lien');
    const popup = secretary.waitForEvent('popup');
    const paper = context.waitForEvent('response', (each) => each.url().endsWith('/letter.pdf'));
    await button(secretary, 'Imprimer la lettre').click();
    const url = (await paper).url();
    const pdf = await secretary.evaluate(
        async (path) => [...new Uint8Array(await (await fetch(path)).arrayBuffer())],
        new URL(url).pathname,
    );
    await (await popup).close().catch(() => {});
    const file = join(clinic.data, 'letter');
    await writeFile(`${file}.pdf`, Buffer.from(pdf));
    const text = execFileSync('pdftotext', ['-layout', `${file}.pdf`, '-'], { encoding: 'utf8' });
    assert.match(text, /\b[A-Z0-9]{4}[ -]?[A-Z0-9]{4}\b/);
    execFileSync('pdftoppm', ['-r', '150', '-png', '-singlefile', `${file}.pdf`, file]);
    const scanned = execFileSync('zbarimg', ['-q', '--raw', `${file}.png`], { encoding: 'utf8' });
    const visit = url.match(/visit\/([\w-]{22})/)[1];
    assert.equal(scanned.trim(), await clinic.link(visit), 'the new link');
});

test('a visit is moved, given to the other doctor, and cancelled', async () => {
    await through(secretary, 'Déplacer', 'Déplacer', async (dialog) => {
        await dialog.getByLabel('Heure', { exact: true }).fill(hourIn(61));
        await dialog.getByRole('button', { name: 'Déplacer', exact: true }).click();
        await says(dialog, 'Un autre rendez-vous est à cette heure.');
        await dialog.getByLabel('Heure', { exact: true }).fill(hourIn(120));
    });
    await says(secretary, 'Rendez-vous déplacé.');
    await through(secretary, 'Changer de praticien', 'Changer de praticien');
    await says(secretary, /Le rendez-vous est passé à Dr Sacha/);
    await secretary
        .locator('.column', { hasText: 'Dr Sacha' })
        .locator('.visit', { hasText: 'Ambroise' })
        .waitFor();
    await through(secretary, 'Annuler le rendez-vous', 'Annuler le rendez-vous', (dialog) =>
        dialog.getByLabel('Le patient').check(),
    );
    await visitRow('Ambroise').getByText('annulé par le patient').waitFor();
});

test('called back, told to hurry, told of a delay', async () => {
    const basile = await visitor('Basile');
    await basile.must('ask_callback');
    await visitRow('Basile').getByText('Demande à être rappelé').waitFor();
    await openVisit('Basile');
    await isAccessible(secretary, 'panel with an alert');
    await button(secretary, 'Rappel fait').click();
    await says(secretary, 'Le rappel est noté.');
    await visitRow('Basile').getByText('Demande à être rappelé').waitFor({ state: 'detached' });
    await button(secretary, 'Prévenir : le médecin attend').click();
    await says(secretary, /^Le patient est prévenu/);
    await until(
        'the message went out',
        () => clinic.messages(),
        (said) => /médecin vous attend|vous attend/.test(JSON.stringify(said)),
    );
    await through(secretary, /^Annoncer un retard · Dr Camille/, 'Annoncer', (dialog) =>
        dialog.getByLabel('10 min').check(),
    );
    await says(secretary, '10 min de retard');
    await until('the patient knows', async () => basile.view, (view) => view.delay_min === 10);
    await says(doctor, '10 min de retard');
    await through(doctor, 'Annoncer un retard', 'Annoncer', (dialog) =>
        dialog.getByLabel('Plus de retard').check(),
    );
    await until('the delay is lifted', async () => basile.view, (view) => !view.delay_min);
    await must(desk, basile.of, 'cancel', { by: 'clinic' });
    basile.leave();
});

test('who asks to be called days before is on the list of today', async () => {
    const calls = secretary.locator('.calls .person');
    const [first, second] = [
        await visitor('Colombe', { inMin: 2 * 24 * 60 }),
        await visitor('Désiré', { inMin: 3 * 24 * 60 }),
    ];
    await first.must('ask_callback');
    await calls.filter({ hasText: 'Colombe' }).getByText('06 39 98 00 09').waitFor();
    await second.must('consent', { accepted: true, version: '1', hash: 'ab'.repeat(32) });
    await second.must('situate', { place: 'Chez moi, Agen', phone: '+33639980010' });
    await second.must('ask_callback');
    await calls.first().getByText('06 39 98 00 10').waitFor(); /* newest first */
    assert.match(await calls.first().innerText(), /Désiré[^]*Demandé[^]*Aujourd'hui[^]*Dr Camille/);
    await isAccessible(secretary, 'to call back');
    await calls.first().getByRole('button', { name: 'Voir ce jour · Désiré' }).click();
    await secretary.locator('#panel-title', { hasText: 'Désiré' }).waitFor();
    await visitRow('Désiré').getByText('Demande à être rappelé').waitFor();
    await calls.first().getByRole('button', { name: 'Rappelé · Désiré' }).click();
    await calls.filter({ hasText: 'Désiré' }).waitFor({ state: 'detached' });
    await calls.getByRole('button', { name: 'Rappelé · Colombe' }).click();
    await calls.waitFor({ state: 'detached' });
    await until(
        'the keyboard stays near',
        () => secretary.evaluate(() => document.activeElement.id),
        (id) => id === 'list',
    );
    await button(secretary, "Aujourd'hui").click();
    for (const came of [first, second]) {
        await must(desk, came.of, 'cancel', { by: 'clinic' });
        came.leave();
    }
});

/* ---- the doctor ---- */

test('somebody arrives while the page is behind another: a chime and a notification', async () => {
    await button(doctor, 'Activer le son et les notifications').click();
    await says(doctor, 'Son et notifications activés.');
    const before = await doctor.evaluate(() => {
        window.testHidden = true;
        return window.testTones;
    });
    const chloe = await arrived('Chloé');
    const notices = await until(
        'the notification',
        () => doctor.evaluate(() => window.testNotices),
        (all) => all.length > 0,
    );
    assert.deepEqual(notices, [{ title: 'Un patient vous attend', body: "Salle d'attente vidéo" }]);
    assert.ok((await doctor.evaluate(() => window.testTones)) > before, 'a chime');
    await doctor.evaluate(() => (window.testHidden = false));
    await says(doctor, "Chloé ESSAI vient d'arriver");
    /* and from the list: the doctor is waiting for you */
    const hurry = await moreOf('Chloé', 'Prévenir le patient');
    await isAccessible(doctor, 'list with more open');
    await hurry.click();
    await until('the patient is told', async () => chloe.view, (view) => view.summoned_ms > 0);
});

test('one at a time: put back, then admit; end, then admit', async () => {
    const diane = await arrived('Diane');
    await button(doctor, 'Faire entrer Chloé ESSAI').first().click();
    await doctor.getByRole('button', { name: 'Terminer' }).waitFor();
    await button(doctor, 'Faire entrer Diane ESSAI').first().click();
    const dialog = dialogOf(doctor);
    await says(dialog, 'Chloé ESSAI est déjà en consultation');
    await isAccessible(doctor, 'dialog another');
    await dialog.getByRole('button', { name: 'Remettre Chloé ESSAI en attente' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await person(doctor, 'Diane').and(doctor.locator('.person--admitted')).waitFor();
    await person(doctor, 'Chloé').and(doctor.locator('.person--waiting')).waitFor();
    await button(doctor, 'Faire entrer Chloé ESSAI').first().click();
    await dialog.getByRole('button', { name: "Terminer avec Diane ESSAI d'abord" }).click();
    await says(dialog, 'Terminer la consultation');
    await isAccessible(doctor, 'dialog end');
    await dialog.getByLabel('Rien', { exact: true }).check();
    await dialog.getByLabel("Pas d'ordonnance").check();
    await dialog.getByRole('button', { name: 'Terminer', exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
    await person(doctor, 'Chloé').and(doctor.locator('.person--admitted')).waitFor();
    await until('Diane is done', async () => diane.view, (view) => view.phase === 'ended');
    await finish(doctorsDesk, await ofRow('Chloé'), {});
    diane.leave();
});

/* The visit of a row, as the protocol names it. */
async function ofRow(given) {
    const day = new Intl.DateTimeFormat('en-CA', { timeZone: desk.me.clinic.time_zone });
    const rows = await desk.day(day.format(desk.me.now_ms));
    return rows.find((row) => row.view.given === given).of;
}

test('a second screen shows where the consultation is, and takes it over', async () => {
    const patient = await people.openPage(context);
    const { visit, url } = await clinic.book({ given: 'Élise' });
    await people.arrive(patient, url, clinic.birth);
    await button(doctor, 'Faire entrer Élise ESSAI').first().click();
    await people.hasCall(patient, 'the patient', 60_000);

    const second = await people.openPage(context);
    await second.goto(clinic.doctors[0].url);
    await says(second, 'La consultation est sur votre autre écran');
    await isAccessible(second, 'second screen');
    await button(second, 'La reprendre ici').click();
    await second.getByRole('button', { name: 'Terminer' }).waitFor();
    await people.hasCall(second, 'the second screen', 60_000);
    await says(doctor, 'La consultation est sur votre autre écran');
    await button(doctor, 'La reprendre ici').click();
    await people.hasCall(doctor, 'the first screen again', 60_000);
    await second.close();

    await button(doctor, "Partager l'écran").click();
    await says(doctor, 'Vous partagez votre écran');
    const shared = patient.locator('video[aria-label="L\'écran de votre médecin"]');
    await until(
        "the patient sees the doctor's screen",
        () => shared.evaluate((video) => video.videoWidth),
        (width) => width > 0,
    );
    await isAccessible(doctor, 'sharing a screen');
    await button(doctor, 'Arrêter le partage').click();
    await doctor.getByText('Vous partagez votre écran').waitFor({ state: 'detached' });
    await finish(doctorsDesk, visit, {});
    await patient.close();
});

const papersOf = async (given) => {
    await person(doctor, given).getByRole('button', { name: /Note et ordonnance/ }).click();
    await doctor.locator('#papers-title', { hasText: given }).waitFor();
};

test('papers: released for a medical reason, withdrawn, closed without', async () => {
    const fanny = await arrived('Fanny');
    await consult(doctorsDesk, fanny.of);
    await papersOf('Fanny');
    await isAccessible(doctor, 'papers waiting for payment');
    await through(doctor, 'Remettre sans attendre le paiement', 'Remettre sans attendre', async (dialog) => {
        await dialog.getByRole('button', { name: 'Remettre sans attendre', exact: true }).click();
        await says(dialog, 'Écrivez la raison en quelques mots.');
        await dialog.getByLabel('Raison médicale').fill('Traitement à ne pas interrompre');
    });
    await until('it is released', async () => fanny.view, (view) => view.prescription === 'released');
    await through(doctor, "Retirer l'ordonnance", 'Retirer', (dialog) =>
        dialog.getByLabel('Raison').fill('Erreur de dosage'),
    );
    await until('it is withdrawn', async () => fanny.view, (view) => view.prescription === 'revoked');
    await says(doctor, 'ordonnance retirée');
    fanny.leave();

    const gaston = await arrived('Gaston');
    await must(doctorsDesk, gaston.of, 'admit');
    await finish(doctorsDesk, gaston.of, { prescription: 'follows' });
    await papersOf('Gaston');
    /* what is being written is kept, the measures beside it too */
    await button(doctor, 'Ajouter une ligne').click();
    await doctor.getByLabel(/^Médicament ou substance/).fill('Amlo');
    await doctor.getByLabel(/^Poids/).fill('72');
    await doctor.getByLabel(/^Taille/).fill('168');
    await until(
        'it comes back',
        async () => {
            await button(doctor, 'Fermer note et ordonnance').click();
            await papersOf('Gaston');
            await doctor.getByLabel(/^Médicament ou substance/).waitFor({ timeout: 5_000 }); // else once more
            const typed = [/^Médicament ou substance/, /^Poids/, /^Taille/];
            return Promise.all(typed.map((label) => doctor.getByLabel(label).inputValue()));
        },
        (kept) => kept.join() === 'Amlo,72,168',
    );
    await through(doctor, 'Clore sans ordonnance', 'Clore sans ordonnance');
    await until('it is closed', async () => gaston.view, (view) => view.prescription === 'declined');
    gaston.leave();
});

/* ---- money ---- */

/* With the other doctor, whose agenda has room. */
async function owing(given) {
    const came = await arrived(given, { doctor: 1 });
    const colleague = await clinic.desk(clinic.doctors[1].login);
    await must(colleague, came.of, 'admit');
    await finish(colleague, came.of, { amount: 2500 });
    colleague.close();
    return came;
}

test('settled at the desk in each of the five ways', async () => {
    const ways = [
        ['Espèces', 'payé en espèces', 'cash'],
        ['Chèque', 'payé par chèque', 'cheque'],
        ['Virement', 'payé par virement', 'transfer'],
        ['Tiers payant', 'tiers payant', 'third_party'],
        ['Paiement différé', 'paiement différé', 'deferred'],
    ];
    for (const [i, [label, words, settlement]] of ways.entries()) {
        const given = `Jules${'IVXLC'[i]}`;
        const came = await owing(given);
        await openVisit(given);
        await through(secretary, 'Régler au bureau', 'Noter le règlement', (dialog) =>
            dialog.getByLabel(label, { exact: true }).check(),
        );
        await secretary.locator('.panel').getByText(words).first().waitFor();
        await until('settled', async () => came.view, (view) => view.settlement === settlement);
        came.leave();
    }
});

test('waived with a reason; paid and given back', async () => {
    const karim = await visitor('Karim', { inMin: 100 });
    await openVisit('Karim');
    await through(secretary, 'Dispenser de paiement', 'Dispenser', async (dialog) => {
        await dialog.getByRole('button', { name: 'Dispenser', exact: true }).click();
        await says(dialog, 'Écrivez la raison en quelques mots.');
        await dialog.getByLabel('Raison').fill('x'.repeat(250));
        await dialog.getByRole('button', { name: 'Dispenser', exact: true }).click();
        await says(dialog, "C'est trop long");
        await dialog.getByLabel('Raison').fill('Erreur de la clinique');
    });
    await until('waived', async () => karim.view, (view) => view.settlement === 'waived');
    karim.leave();

    const lou = await owing('Lou');
    await lou.must('open_payment');
    await until('the payment page', async () => lou.view, (view) => view.checkout_url);
    const payer = await people.openPage(context);
    await payer.goto(lou.view.checkout_url);
    await payer.getByRole('button', { name: /^Payer/ }).click();
    await until('paid', async () => lou.view, (view) => view.settlement === 'paid');
    await payer.close();
    await openVisit('Lou');
    await through(secretary, 'Rembourser', 'Rembourser');
    await until('given back', async () => lou.view, (view) => view.refunded);
    await secretary.locator('.panel').getByText('remboursé').first().waitFor();
    lou.leave();
});

test('an absence is refused to who came, and noted for who did not', async () => {
    await moveClock(3600); // the agenda has room again
    await comeBack();
    const hugo = await arrived('Hugo');
    await hugo.must('leave');
    await clinic.book({ given: 'Inès' });
    await person(doctor, 'Inès').waitFor();
    await moveClock(2 * 3600);
    await comeBack();
    await (await moreOf('Hugo', "Ne s'est pas présenté")).click();
    const dialog = dialogOf(doctor);
    await dialog.getByRole('button', { name: "Noter l'absence" }).click();
    await says(dialog, /^Le patient est venu/);
    await isAccessible(doctor, 'dialog no-show refused');
    await doctor.keyboard.press('Escape');
    await through(doctor, await moreOf('Inès', "Ne s'est pas présenté"), "Noter l'absence");
    await person(doctor, 'Inès').getByText("ne s'est pas présenté").waitFor();
    await must(desk, hugo.of, 'cancel', { by: 'patient' });
    hugo.leave();
});

/* ---- the next day ---- */

test('what was left unfinished yesterday is on the desk today, until it is finished', async () => {
    const maud = await arrived('Maud');
    await must(doctorsDesk, maud.of, 'admit');
    await finish(doctorsDesk, maud.of, { prescription: 'follows' });
    const nora = await arrived('Nora');
    await consult(doctorsDesk, nora.of);
    for (const came of [maud, nora]) came.leave();
    await moveClock(2 * 3600 + DAY_S);
    await connectDesks();
    await button(doctor, 'Se connecter').waitFor(); // a session lasts a day of work
    await isAccessible(doctor, 'signed out');
    await people.signIn(doctor, clinic.doctors[0], clinic.password);
    await doctor.getByRole('heading', { name: "Aujourd'hui" }).waitFor();
    const toFinish = doctor.locator('.list__part', { hasText: 'À terminer' });
    await toFinish.locator('.person', { hasText: 'Maud' }).waitFor();
    await toFinish.locator('.person', { hasText: 'Nora' }).getByText(/paiement attendu/).waitFor();
    assert.equal(await doctor.locator('.person').count(), 2, 'and nothing else of yesterday');
    await isAccessible(doctor, 'unfinished yesterday');

    await papersOf('Maud');
    await people.prescribe(doctor, {
        drug: 'Paracétamol 500 mg',
        dosage: '1 comprimé le soir',
        duration: '3 jours',
    });
    await people.approve(doctor);
    await person(doctor, 'Maud').waitFor({ state: 'detached' });
    await must(desk, nora.of, 'settle', { how: 'cash' });
    await person(doctor, 'Nora').waitFor({ state: 'detached' });

    /* yesterday itself, and a search that leads there */
    await button(doctor, 'Jour précédent').click();
    await person(doctor, 'Nora').getByText('ordonnance remise').waitFor();
    await isAccessible(doctor, 'the day before');
    await doctor.locator('.list__top').getByRole('button', { name: "Aujourd'hui" }).click();
    await person(doctor, 'Nora').waitFor({ state: 'detached' });
    await doctor.getByLabel('Chercher un patient par son nom').fill('maud');
    await button(doctor, 'Chercher').click();
    await says(doctor, '1 rendez-vous trouvé');
    await isAccessible(doctor, 'found by name');
    await doctor.locator('.find__row').click();
    await doctor.locator('#papers-title', { hasText: 'Maud' }).waitFor();
    await person(doctor, 'Maud').getByText('ordonnance remise').waitFor();
});

test('no page had an error of its own', () => {
    for (const page of [secretary, doctor]) assert.deepEqual(page.problems, []);
});
