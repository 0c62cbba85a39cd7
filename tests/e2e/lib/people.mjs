// What people do, in their words: each step waits for what it leads to, so that a
// story reads like the visit itself. Pages are Playwright's.
import { mediaFlow, until, watchConnections } from './browsers.mjs';

/* A window for each page: a tab in the back draws once a second, and takes nearly
 * that long for a click. */
async function openWindow(context) {
    const [first] = context.pages();
    if (!first) return context.newPage();
    const ofPage = await context.newCDPSession(first);
    const { targetInfo } = await ofPage.send('Target.getTargetInfo');
    await ofPage.detach();
    const ofBrowser = await context.browser().newBrowserCDPSession();
    const [page] = await Promise.all([
        context.waitForEvent('page'),
        ofBrowser.send('Target.createTarget', {
            url: 'about:blank',
            newWindow: true,
            browserContextId: targetInfo.browserContextId,
        }),
    ]);
    await ofBrowser.detach();
    return page;
}

export async function openPage(context) {
    const page = await openWindow(context);
    page.setDefaultTimeout(60_000); // for a machine that is busy
    page.problems = [];
    page.on('pageerror', (error) => page.problems.push(String(error)));
    await page.addInitScript(watchConnections);
    return page;
}

const button = (page, name) => page.getByRole('button', { name });
const heading = (page, name) => page.getByRole('heading', { name });

/* ---- staff ---- */

export async function signIn(page, { url, login }, password) {
    await page.goto(url);
    await page.getByLabel('Identifiant').fill(login);
    await page.getByLabel('Mot de passe', { exact: true }).fill(password);
    await button(page, 'Se connecter').click();
    await button(page, 'Se déconnecter').waitFor();
}

export async function prepareDoctor(page) {
    await button(page, 'Préparer la caméra et le micro').click();
    await page.getByText('Ligne prête').first().waitFor();
}

/* ---- the patient ---- */

export async function giveBirthDate(page, birth) {
    const [year, month, day] = birth.split('-').map((part) => String(Number(part)));
    await page.getByLabel('Jour', { exact: true }).fill(day);
    await page.getByLabel('Mois', { exact: true }).fill(month);
    await page.getByLabel('Année', { exact: true }).fill(year);
}

export async function claim(page, url, birth) {
    await page.goto(url);
    await giveBirthDate(page, birth);
    await button(page, /^Continuer/).click();
    await heading(page, "Êtes-vous d'accord ?").waitFor();
}

export async function consent(page) {
    await button(page, "J'accepte").click();
    await heading(page, 'Où êtes-vous ?').waitFor();
}

export async function situate(page) {
    await page.getByLabel("L'endroit où vous serez").fill('Chez moi, Agen');
    await button(page, 'Continuer').click();
    await heading(page, 'Testons votre caméra et votre micro').waitFor();
}

export async function testDevices(page) {
    await button(page, 'Commencer le test').click();
    await button(page, "C'est bon, continuer").click();
}

export async function waitInRoom(page) {
    await heading(page, 'Votre médecin sait que vous êtes là.').waitFor();
}

/* Once the room is open the page goes in by itself: whoever is first. */
export async function enterRoom(page) {
    const enter = button(page, "Entrer dans la salle d'attente");
    const waiting = heading(page, 'Votre médecin sait que vous êtes là.');
    await enter.or(waiting).first().waitFor();
    /* No press may stay behind: it would wait for the button to come again. */
    while (!(await waiting.isVisible())) {
        if (await enter.isVisible()) await enter.click({ timeout: 2_000 }).catch(() => {});
        await waiting.waitFor({ timeout: 2_000 }).catch(() => {});
    }
    await waitInRoom(page);
}

/* From the link to the waiting room. */
export async function arrive(page, url, birth) {
    await claim(page, url, birth);
    await consent(page);
    await situate(page);
    await testDevices(page);
    await enterRoom(page);
}

/* ---- what flows ---- */

export const flowOf = (page) => page.evaluate(mediaFlow);

/* How much more arrived since the first look; from nothing on again when the page
 * made itself a new connection meanwhile. */
async function arrivingOn(page) {
    let before = await flowOf(page);
    return async () => {
        const now = await flowOf(page);
        if (now.packetsReceived < before.packetsReceived)
            before = { framesDecoded: 0, soundEnergy: 0, packetsReceived: 0 };
        return {
            state: now.state,
            frames: now.framesDecoded - before.framesDecoded,
            sound: now.soundEnergy - before.soundEnergy,
        };
    };
}

/* Picture and sound arrive here from now on. */
export async function hasCall(page, who, withinMs = 30_000) {
    return until(
        `${who} sees and hears the other`,
        await arrivingOn(page),
        (more) => more.frames > 20 && more.sound > 0.001,
        withinMs,
    );
}

/* Sound arrives here from now on. */
export async function hears(page, who, withinMs = 30_000) {
    return until(
        `${who} hears the other`,
        await arrivingOn(page),
        (more) => more.sound > 0.001,
        withinMs,
    );
}

/* Nobody's picture or sound arrives here any more. */
export function isSilent(page, who, withinMs = 30_000) {
    return until(
        `${who} sees and hears nobody`,
        async () => {
            const first = await flowOf(page);
            await new Promise((done) => setTimeout(done, 500));
            const second = await flowOf(page);
            return {
                packets: second.packetsReceived - first.packetsReceived,
                frames: second.framesDecoded - first.framesDecoded,
            };
        },
        ({ packets, frames }) => packets === 0 && frames === 0,
        withinMs,
    );
}

/* The visit that this patient's page holds, as the server tells the link's owner. */
export const visitOf = (page) =>
    page.evaluate(async () => {
        const token = location.pathname.split('/').pop();
        const answer = await fetch('/api/link', {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ token }),
        });
        return (await answer.json()).consultation;
    });

/* ---- during the call ---- */

export async function say(page, text) {
    const open = button(page, /^Messages/);
    if (!(await page.getByLabel('Votre message').isVisible())) await open.first().click();
    await page.getByLabel('Votre message').fill(text);
    await button(page, 'Envoyer').click();
}

export async function confirmIdentity(page) {
    await page.getByLabel('Qui est présent ?').fill('le patient seul');
    await button(page, 'Identité vérifiée').click();
    await page.getByText(/^Identité vérifiée ·/).first().waitFor();
}

export async function prescribe(page, { drug, dosage, duration }) {
    if (!(await button(page, 'Ajouter une ligne').isVisible()))
        await button(page, 'Note et ordonnance').first().click();
    await button(page, 'Ajouter une ligne').click();
    await page.getByLabel(/^Médicament ou substance/).fill(drug);
    await page.getByLabel(/^Posologie/).fill(dosage);
    await page.getByLabel('Durée').fill(duration);
    await button(page, 'Prévisualiser').click();
    await button(page, /^Approuver la version/).waitFor();
}

export async function approve(page) {
    await button(page, /^Approuver la version/).click();
    await page.getByText(/version \d+ approuvée/).first().waitFor();
}

/* Actions that stand behind « Plus » beside the call. */
export async function more(page, name) {
    const details = page.locator('.callbar__more');
    if ((await details.getAttribute('open')) === null) await details.locator('summary').click();
    await details.getByRole('button', { name }).click();
}

export const putBack = (page) => more(page, 'Remettre en attente');

/* How, what is due and whether a prescription follows, in the dialog's words;
 * what is left out keeps the dialog's own proposal. */
export async function endConsultation(page, { how, due, amount, prescription } = {}) {
    await button(page, 'Terminer').first().click();
    const dialog = page.getByRole('dialog');
    const check = (label) => dialog.getByLabel(label, { exact: true }).check();
    if (how) await check(how);
    await check(due ?? 'Un montant');
    if (amount) await dialog.getByLabel(/^Montant en euros/).fill(amount);
    if (prescription) await check(prescription);
    await dialog.getByRole('button', { name: 'Terminer' }).click();
    await dialog.waitFor({ state: 'hidden' });
}

/* ---- after ---- */

export async function pay(page) {
    await button(page, /^Payer \d/).click();
    await page.waitForURL(/payment\.localhost/);
    await page.getByRole('button', { name: /^Payer/ }).click();
    await page.waitForURL(/patient\.localhost/);
}
