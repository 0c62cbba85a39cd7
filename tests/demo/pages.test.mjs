// The sandbox's and the mailbox's pages in a real browser: axe-core finds nothing,
// the payment leads there and back, and no other host is asked for anything.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { startMailbox } from '../../deploy/demo/mailbox.mjs';
import { startSandbox } from '../../deploy/demo/sandbox.mjs';
import { launchChromium } from '../e2e/lib/browsers.mjs';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
let browser;
let context;
let sandbox;
let mailbox;
let patient; // where the payment page sends people back to

before(async () => {
    browser = await launchChromium();
    context = await browser.newContext({ viewport: { width: 360, height: 740 } });
    sandbox = await startSandbox({ key: 'sk' });
    mailbox = await startMailbox();
    patient = http.createServer((request, response) => {
        response.setHeader('content-type', 'text/html; charset=utf-8');
        response.end('<!doctype html><html lang="fr"><title>Retour</title><h1>De retour</h1>');
    });
    await new Promise((done) => patient.listen(0, '127.0.0.1', done));
});
after(async () => {
    await browser.close();
    await sandbox.close();
    await mailbox.close();
    patient.closeAllConnections();
    await new Promise((done) => patient.close(done));
});

const back = (path) => `http://patient.localhost:${patient.address().port}${path}`;
const order = (locale) =>
    sandbox.sandbox.ledger.create({
        mode: 'payment',
        locale,
        success_url: back('/paid'),
        cancel_url: back('/back'),
        line_items: [
            { price_data: { unit_amount: 3000, currency: 'eur', product_data: { name: 'Consultation' } } },
        ],
    });

async function assertSound(page) {
    const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
    assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes[0].html}`), []);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.equal(wide, false, 'no sideways scrolling at 360 pixels');
}

for (const locale of ['fr', 'en'])
    test(`payment, in ${locale}: declined, then paid, then closed`, async () => {
        const words = {
            fr: ['Carte refusée', /Rien n’a été débité/, 'Payer', 'Revenir au rendez-vous'],
            en: ['Card declined', /Nothing was charged/, 'Pay', 'Back to the appointment'],
        }[locale];
        const page = await context.newPage();
        const asked = new Set();
        page.on('request', (request) => asked.add(new URL(request.url()).hostname));
        const { url } = order(locale);
        await page.goto(url);
        await assertSound(page);
        await page.getByRole('button', { name: words[0] }).click();
        await page.getByRole('alert').getByText(words[1]).waitFor();
        await assertSound(page);
        await page.getByRole('button', { name: words[2], exact: true }).click();
        await page.getByRole('heading', { name: 'De retour' }).waitFor();
        assert.equal(page.url(), back('/paid'));
        await page.goto(url);
        await assertSound(page);
        await page.getByRole('link', { name: words[3] }).click();
        await page.getByRole('heading', { name: 'De retour' }).waitFor();
        assert.deepEqual([...asked].sort(), ['patient.localhost', 'payment.localhost']);
        await page.close();
    });

test('cancelling leads back', async () => {
    const page = await context.newPage();
    await page.goto(order('fr').url);
    await page.getByRole('button', { name: 'Annuler et revenir' }).click();
    await page.getByRole('heading', { name: 'De retour' }).waitFor();
    assert.equal(page.url(), back('/back'));
    await page.close();
});

test('the mailbox, empty and with messages', async () => {
    const page = await context.newPage();
    await page.goto(`http://mailbox.localhost:${mailbox.port}`);
    await assertSound(page);
    mailbox.messages.add({
        channel: 'mail',
        to: 'zoe@patients.example',
        subject: 'Votre rendez-vous',
        text: `Ouvrez\n${back('/v/AQIDBAUGBwgJCgsMDQ4PEAQIDBAUGBwgJCgsMDQ4PEAQIDBAUGBwgJCg')}\n`,
    });
    mailbox.messages.add({ channel: 'sms', to: '+33639980001', subject: '', text: 'À 9 h' });
    await page.getByRole('link', { name: 'Actualiser' }).click();
    await page.getByRole('heading', { name: 'Votre rendez-vous' }).waitFor();
    await assertSound(page);
    await page.getByRole('link', { name: /\/v\// }).click();
    await page.getByRole('heading', { name: 'De retour' }).waitFor();
    await page.close();
});
