// The device test through the real relay: the own voice comes back, and only then;
// the line is measured; the secretary sees both. And what breaks in a call is written
// down with its beginning and end.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { launchChromium, until } from './lib/browsers.mjs';
import { startClinic } from './lib/clinic.mjs';
import { isAccessible } from './lib/judge.mjs';
import * as people from './lib/people.mjs';

let clinic;
let browser;
const button = (page, name) => page.getByRole('button', { name });
const SLOW = { timeout: 60_000 };

before(async () => {
    clinic = await startClinic();
    browser = await launchChromium();
}, { timeout: 120_000 });
after(async () => {
    await browser?.close();
    await clinic?.stop();
});

async function withPage(work) {
    const viewport = { width: 360, height: 740 };
    const context = await browser.newContext({ locale: 'fr-FR', viewport, bypassCSP: true });
    const page = await people.openPage(context);
    try {
        await work(page);
        assert.deepEqual(page.problems, []);
    } finally {
        await context.close();
    }
}

/* What the newest connection sent and heard, by section. */
const counters = (page) =>
    page.evaluate(async () => {
        const sums = { connections: window.testConnections.length, sent: {}, energy: 0, people: 0 };
        const connection = window.testConnections.at(-1);
        for (const [index, each] of (connection?.getTransceivers() ?? []).entries()) {
            for (const report of (await each.sender.getStats()).values())
                if (report.type === 'outbound-rtp') sums.sent[index] = report.packetsSent;
            for (const report of (await each.receiver.getStats()).values()) {
                if (report.type !== 'inbound-rtp') continue;
                if (index === 3) sums.energy += report.totalAudioEnergy ?? 0;
                else sums.people += (report.totalAudioEnergy ?? 0) + (report.framesDecoded ?? 0);
            }
        }
        return sums;
    });

/* One test from the press to the answer; what flowed before and after it. */
async function hearOneself(page) {
    await button(page, 'Commencer le test').click();
    const start = button(page, 'Tester ma voix et ma connexion');
    await start.waitFor(SLOW);
    assert.equal((await counters(page)).connections, 0, 'no line before it is asked for');
    await start.click();
    await page.getByText(/^Parlez maintenant/).waitFor(SLOW);
    await page.getByText(/c'est votre voix/).waitFor(SLOW);
    const heard = await until('the own voice', () => counters(page), (each) => each.energy > 0);
    assert.equal(heard.people, 0, 'nobody but oneself');
    assert.equal(heard.sent[1] ?? 0, 0, 'the camera sends nothing');
    await page.getByText(/^Nous mesurons votre connexion/).waitFor(SLOW);
    await page.getByText(/^Votre connexion (est bonne|suffit pour le son et l'image)\.$/).waitFor(SLOW);
    await page.getByText('Votre voix arrive bien.').waitFor(SLOW);
    await button(page, 'Oui').click();
    await page.getByText('Le son fonctionne.').waitFor(SLOW);
}

test('before the visit: the voice, the line, and the secretary knows', { timeout: 240_000 }, () =>
    withPage(async (page) => {
        const { url } = await clinic.book({ given: 'Ondine', inMin: 30 });
        await people.claim(page, url, clinic.birth);
        await people.consent(page);
        await people.situate(page);
        await hearOneself(page);
        /* Whatever was lent was taken back. */
        const senders = await page.evaluate(() =>
            window.testConnections.at(-1).getSenders().filter((each) => each.track).length,
        );
        assert.equal(senders, 0);
        await button(page, "C'est bon, continuer").click();
        await page.getByRole('heading', { name: 'Tout est prêt' }).waitFor(SLOW);
        await withPage(async (desk) => {
            await desk.setViewportSize({ width: 1280, height: 900 });
            await people.signIn(desk, clinic.secretary, clinic.password);
            const row = desk.locator('.visit', { hasText: 'Ondine' });
            await row.getByText('appareil testé et bon').waitFor({ ...SLOW, state: 'attached' });
            await row.getByRole('button').click();
            await desk.getByText(/caméra, micro et ligne bons|ligne moyenne/).first().waitFor(SLOW);
        });
    }));

test('the day before: the same without a visit', { timeout: 240_000 }, () =>
    withPage(async (page) => {
        await page.goto(new URL('/check', clinic.patients[0].url).href);
        await hearOneself(page);
        await isAccessible(page, 'the test, done');
        await button(page, 'Terminer le test').click();
        await page.getByRole('heading', { name: 'Votre appareil est prêt' }).waitFor(SLOW);
        await page.getByText('Votre voix arrive bien.').waitFor(SLOW);
    }));

/* All to and from the relay is dropped until what is returned is called; only in
 * this network namespace. */
function blockLine() {
    const nft = (rules) => execFileSync('nft', ['-f', '-'], { input: rules });
    nft(`table inet broken {
        chain line {
            type filter hook input priority 0;
            udp sport ${clinic.relayPort} drop
            udp dport ${clinic.relayPort} drop
            tcp sport ${clinic.relayPort} drop
            tcp dport ${clinic.relayPort} drop
        }
    }`);
    return () => nft('delete table inet broken');
}

test('a broken line is in the file with its beginning and end', { timeout: 240_000 }, () =>
    withPage(async (page) => {
        const { url } = await clinic.book({ given: 'Ysolde' });
        await people.arrive(page, url, clinic.birth);
        await withPage(async (doctor) => {
            await doctor.setViewportSize({ width: 1280, height: 900 });
            await people.signIn(doctor, clinic.doctors[0], clinic.password);
            await people.prepareDoctor(doctor);
            await button(doctor, /^Faire entrer/).first().click();
            await people.hasCall(page, 'the patient', 60_000);
            await people.hasCall(doctor, 'the doctor', 60_000);
            await page.getByText(/^Connexion.: (bonne|moyenne|faible)$/).waitFor(SLOW);
            const mend = blockLine();
            try {
                await page.getByText(/^La ligne est coupée/).waitFor(SLOW);
                await new Promise((done) => setTimeout(done, 2_500)); /* the break itself */
            } finally {
                mend();
            }
            await button(doctor, 'Note et ordonnance').click();
            const list = doctor.locator('.incidents');
            await list.getByText(/coupure du son|ligne coupée/).first().waitFor(SLOW);
            const said = await list.locator('li').allInnerTexts();
            assert.ok(said.some((line) => /\d\d:\d\d:\d\d.*(coupure du son|ligne coupée).*(pendant \d+|fois)/.test(line)), said.join('\n'));
            await isAccessible(doctor, 'the incidents');
            assert.match(await doctor.locator('.chip--line svg').getAttribute('aria-label'), /estimée.* sur 4,5/);
        });
    }));
