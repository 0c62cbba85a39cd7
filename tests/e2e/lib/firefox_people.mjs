// The patient's steps in Firefox. Puppeteer finds what a screen reader would find,
// by role and exact name.
import { watchConnections } from './browsers.mjs';

export async function openPage(browser) {
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    // tall: puppeteer would press what the help line at the bottom covers
    await page.setViewport({ width: 800, height: 1400 });
    page.problems = [];
    page.on('pageerror', (error) => page.problems.push(String(error)));
    await page.evaluateOnNewDocument(watchConnections);
    return page;
}

const named = (page, role, name) =>
    page.locator(`::-p-aria([role="${role}"][name="${name}"])`);

async function done(page, what, step) {
    try {
        await step;
    } catch (error) {
        const text = await page.evaluate(() => document.body.innerText);
        throw new Error(`${what}: ${error.message}\nthe page says: ${text}`);
    }
}

export const press = (page, name) => done(page, name, named(page, 'button', name).click());
export const seeHeading = (page, name) => done(page, name, named(page, 'heading', name).wait());

/* From the link to the waiting room. */
export async function arrive(page, url, birth) {
    await page.goto(url);
    const [year, month, day] = birth.split('-').map((part) => String(Number(part)));
    await named(page, 'textbox', 'Jour').fill(day);
    await named(page, 'textbox', 'Mois').fill(month);
    await named(page, 'textbox', 'Année').fill(year);
    await press(page, 'Continuer');
    await press(page, "J'accepte");
    await named(page, 'textbox', "L'endroit où vous serez").fill('Chez moi, Agen');
    await press(page, 'Continuer');
    await press(page, 'Commencer le test');
    await press(page, "C'est bon, continuer");
    const enter = named(page, 'button', "Entrer dans la salle d'attente");
    const waiting = named(page, 'heading', 'Votre médecin sait que vous êtes là.');
    // the other one would wait on, and the process with it
    const over = new AbortController();
    await Promise.any([enter.click(over), waiting.wait(over)]);
    over.abort();
    await seeHeading(page, 'Votre médecin sait que vous êtes là.');
}
