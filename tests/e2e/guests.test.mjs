// More than two, up to five: an interpreter, a relative and a second doctor by their
// own links, admitted by the doctor once the patient agreed. Real browsers: everybody sees and hears everybody,
// nobody before the door was opened, nobody after it was shut, and nobody ever
// negotiates anew because of another.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { hearIncidents, putBehindLine } from './lib/bad_line.mjs';
import { launchChromium, until } from './lib/browsers.mjs';
import { startClinic } from './lib/clinic.mjs';
import { isAccessible } from './lib/judge.mjs';
import * as people from './lib/people.mjs';

let clinic, browser, secretary, doctor, patient, sam, lou, ada, line, incidents;

/* Runs before any script of the page: counts what it offers, and shows a drawn
 * picture where a person would choose a screen. */
const countOffers = () => {
    const { createOffer, restartIce } = RTCPeerConnection.prototype;
    RTCPeerConnection.prototype.createOffer = function (...given) {
        this.testOffers = (this.testOffers ?? 0) + 1;
        return createOffer.apply(this, given);
    };
    /* a line that heals itself, on a busy machine, does not do so because of another */
    RTCPeerConnection.prototype.restartIce = function () {
        this.testOffers = (this.testOffers ?? 0) - 1;
        restartIce.call(this);
    };
    navigator.mediaDevices.getDisplayMedia = async () => {
        const canvas = document.createElement('canvas');
        const pen = canvas.getContext('2d');
        setInterval(() => {
            pen.fillStyle = `hsl(${Date.now() % 360} 80% 50%)`;
            pen.fillRect(0, 0, 300, 150);
        }, 100);
        return canvas.captureStream(5);
    };
};

/* What one page got so far from whoever is in a slot (1 to 4), or of a screen. */
const slotFlow = async (section) => {
    const connection = window.testConnections.at(-1);
    const flow = { frames: 0, sound: 0, packets: 0 };
    for (const at of section === 12 ? [12] : [section, section + 1]) {
        const receiver = connection?.getTransceivers()[at]?.receiver;
        for (const report of receiver ? (await receiver.getStats()).values() : []) {
            if (report.type !== 'inbound-rtp') continue;
            flow.frames += report.framesDecoded ?? 0;
            flow.sound += report.totalAudioEnergy ?? 0;
            flow.packets += report.packetsReceived ?? 0;
        }
    }
    return flow;
};
const sectionOf = (slot) => (slot === 'screen' ? 12 : 2 + 2 * slot);
const flowFrom = (page, slot) => page.evaluate(slotFlow, sectionOf(slot));

async function gets(page, slot, who) {
    const first = await flowFrom(page, slot);
    await until(
        who,
        () => flowFrom(page, slot),
        ({ frames, sound }) =>
            frames - first.frames > 5 && (slot === 'screen' || sound - first.sound > 0.0005),
        60_000,
    );
}

async function getsNothing(page, slot, who) {
    await until(
        who,
        async () => {
            const first = await flowFrom(page, slot);
            await new Promise((done) => setTimeout(done, 700));
            return (await flowFrom(page, slot)).packets - first.packets;
        },
        (packets) => packets === 0,
    );
}

const offers = (page) => page.evaluate(() => window.testConnections.at(-1).testOffers);
const button = (page, name) => page.getByRole('button', { name });
const sees = (page, name) => page.getByRole('heading', { name }).first().waitFor();

before(async () => {
    clinic = await startClinic();
    browser = await launchChromium({ fps: 10 });
    const context = await browser.newContext({
        locale: 'fr-FR',
        viewport: { width: 1366, height: 768 },
        bypassCSP: true,
    });
    await context.grantPermissions(['clipboard-read', 'clipboard-write']).catch(() => undefined);
    [secretary, doctor, patient, sam, lou, ada] = await Promise.all(
        Array.from({ length: 6 }, async () => {
            const page = await people.openPage(context);
            await page.addInitScript(countOffers);
            return page;
        }),
    );
    incidents = hearIncidents(doctor);
    for (const page of [patient, lou]) await page.setViewportSize({ width: 360, height: 740 });
});

after(async () => {
    await browser?.close();
    line?.close();
    await clinic?.stop();
});

async function fillInvitation(page, { name, kind, mail }) {
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Nom', { exact: true }).fill(name);
    await dialog.getByLabel(kind, { exact: true }).check();
    if (mail) await dialog.getByLabel(/^Mail/).fill(mail);
    await dialog.getByRole('button', { name: 'Inviter' }).click();
    await dialog.waitFor({ state: 'hidden' });
}

/* The voice back from the relay and the line measured, as patients have it. */
async function hearOneself(page) {
    await button(page, 'Commencer le test').click();
    await button(page, 'Tester ma voix et ma connexion').click();
    await page.getByText(/c'est votre voix/).waitFor();
    await page.getByText(/^Votre connexion (est|suffit)/).waitFor();
    await isAccessible(page, 'guest check, done');
    await button(page, 'Oui').click();
    await button(page, "C'est bon, continuer").click();
}

/* From the link and its code to the waiting room. */
async function comeIn(page, { url, code }, { look, test = people.testDevices } = {}) {
    await page.goto(url);
    await sees(page, 'Vous êtes invité à une consultation vidéo');
    await look?.('guest door');
    await page.getByLabel('Votre code').fill(code);
    await button(page, 'Continuer').click();
    await sees(page, 'Avant de participer');
    await look?.('guest promise');
    await button(page, "J'accepte").click();
    await test(page);
    await sees(page, 'Le médecin sait que vous êtes là');
    await look?.('guest waiting');
}

test('the secretary invites an interpreter, whose mail brings link and code', async () => {
    await people.signIn(secretary, clinic.secretary, clinic.password);
    await secretary.locator('.visit', { hasText: 'ESSAI' }).first().getByRole('button').click();
    await button(secretary, "Inviter quelqu'un").click();
    await isAccessible(secretary, 'invite a guest');
    await fillInvitation(secretary, {
        name: 'Sam Interprète',
        kind: 'interprète',
        mail: 'sam@interpretes.example',
    });
    await secretary.getByText('Sam Interprète').first().waitFor();
    await isAccessible(secretary, 'panel with a guest');
    const mail = await until(
        'the invitation',
        async () =>
            (await clinic.messages()).messages.find((each) => /Votre code/.test(each.text)),
        Boolean,
    );
    const [url] = mail.text.match(/http\S+\/v\/\S+/);
    const [, code] = mail.text.match(/Votre code : (\d{6})/);
    await comeIn(
        sam,
        { url, code },
        { look: (state) => isAccessible(sam, state), test: hearOneself },
    );
});

test('who waits gets nothing, and is asked about', async () => {
    await people.signIn(doctor, clinic.doctors[0], clinic.password);
    await people.prepareDoctor(doctor);
    await people.arrive(patient, clinic.patients[0].url, clinic.birth);
    await patient.getByText(/^Sam Interprète \(interprète\) est invité/).waitFor();
    await isAccessible(patient, 'waiting with a guest to agree to');
    await button(doctor, /^Faire entrer ESSAI|^Faire entrer [A-Z]/).first().click();
    await sees(patient, /^Vous êtes avec/);
    await people.hasCall(patient, 'the patient');
    await isAccessible(patient, 'call with a guest to agree to');
    const waiting = await people.flowOf(sam);
    assert.equal(waiting.packetsReceived, 0, 'the interpreter gets nothing while waiting');
    assert.equal(waiting.packetsSent, 0, 'the interpreter sends nothing while waiting');
    assert.equal((await flowFrom(doctor, 2)).packets, 0);
});

test('admitted once the patient agreed: all three see and hear each other', async () => {
    await doctor.locator('.guest', { hasText: 'Sam Interprète' }).waitFor();
    await button(patient, "D'accord").click();
    await doctor.getByText("le patient est d'accord").waitFor();
    await button(doctor, /^Faire entrer · Sam/).click();
    await gets(sam, 1, 'the interpreter gets the doctor');
    await gets(sam, 2, 'the interpreter gets the patient');
    await gets(doctor, 2, 'the doctor gets the interpreter');
    await gets(patient, 2, 'the patient gets the interpreter');
    await gets(doctor, 1, 'the doctor still gets the patient');
    await isAccessible(sam, 'guest in the call');
    await isAccessible(doctor, 'call with a guest');
});

/* By the doctor, who passes link and code on by hand. */
async function invite(name, kind, look) {
    await button(doctor, "Inviter quelqu'un").click();
    await fillInvitation(doctor, { name, kind });
    const row = doctor.locator('.guest', { hasText: name });
    await row.locator('summary').click();
    await button(row, /^Lien et code/).click();
    const dialog = doctor.getByRole('dialog');
    const code = await until(
        'the code',
        () => dialog.locator('.code').innerText(),
        (text) => /^\d{6}$/.test(text),
    );
    await look?.();
    const url = await dialog.getByLabel('Lien', { exact: true }).inputValue();
    await doctor.keyboard.press('Escape');
    return { url, code };
}

test('a relative and a second doctor by links passed on by hand; five in one call', async () => {
    const first = await invite('Lou Exemple', 'proche', () =>
        isAccessible(doctor, 'link of a guest'),
    );
    await comeIn(lou, first, { look: (state) => isAccessible(lou, `${state} on a phone`) });
    await comeIn(ada, await invite('Ada Exemple', 'autre médecin'));
    await button(doctor, /^Faire entrer · Lou/).click();
    await isAccessible(doctor, 'ask the patient first');
    await button(doctor, "Le patient est d'accord : faire entrer").click();
    await gets(lou, 1, 'the relative gets the doctor');
    await button(doctor, /^Faire entrer · Ada/).click();
    await button(doctor, "Le patient est d'accord : faire entrer").click();
    for (const [page, who] of [[doctor, 'doctor'], [patient, 'patient'], [sam, 'interpreter'], [lou, 'relative'], [ada, 'second doctor']])
        for (const slot of [1, 2, 3, 4]) await gets(page, slot, `the ${who} gets slot ${slot}`);
    await isAccessible(patient, 'patient with three guests on a phone');
    await isAccessible(lou, 'guest in a call of five on a phone');
    await isAccessible(doctor, 'call of five');
    for (const page of [doctor, patient, sam, lou, ada])
        assert.equal(await offers(page), 1, 'one offer, whoever came');
});

test('the doctor shows the interpreter large; a page may choose for itself', async () => {
    await button(doctor, /^En grand · Sam/).click();
    for (const page of [patient, lou, doctor])
        await page.locator('.crowd__large[data-person="guest-1"]').waitFor();
    await isAccessible(patient, 'interpreter large on a phone');
    await isAccessible(doctor, 'interpreter large');
    await button(lou, /^Réduire Sam/).click();
    await lou.locator('.crowd__tile[data-person="guest-1"]').waitFor();
    await patient.locator('.crowd__large[data-person="guest-1"]').waitFor();
});

test('a screen beside the cameras', async () => {
    await button(sam, 'Montrer mon écran').click();
    for (const [page, who] of [[doctor, 'doctor'], [patient, 'patient'], [lou, 'relative'], [ada, 'second doctor']]) {
        await page.getByText('Écran de Sam Interprète').first().waitFor();
        await gets(page, 'screen', `the ${who} gets the screen`);
    }
    await gets(doctor, 2, 'and the camera beside it');
    assert.equal(await button(patient, 'Montrer mon écran').count(), 0, 'one screen at a time');
    await isAccessible(doctor, 'a guest shows a screen');
    await button(sam, 'Ne plus montrer mon écran').click();
    await doctor.getByText('Écran de Sam Interprète').first().waitFor({ state: 'hidden' });
});

test('a guest who reloads is back, and the others do not notice', async () => {
    line = await putBehindLine(sam, clinic.relayPort); /* for the next test */
    await sam.reload();
    await gets(sam, 1, 'the interpreter gets the doctor again');
    await gets(sam, 3, 'and the relative');
    await gets(doctor, 2, 'the doctor gets the interpreter again');
    for (const page of [doctor, patient, lou, ada]) assert.equal(await offers(page), 1);
});

test("a guest's weak line: they are told, others see it, and it is in the file", async () => {
    line.set({ down: { kbps: 200, queueMs: 400 } });
    await sam.getByText(/^Votre connexion est faible/).waitFor();
    for (const page of [doctor, patient])
        await page
            .locator('[data-person="guest-1"]')
            .getByText('Son seulement pour le moment')
            .waitFor();
    await isAccessible(sam, 'guest with sound only');
    const dark = ({ kind, side }) => kind === 'sound_only' && side === 'guest';
    await until('the incident', () => incidents().some(dark), Boolean, 60_000);
    line.set({ down: { kbps: Infinity } });
    await gets(sam, 1, 'the interpreter gets the doctor again');
    for (const page of [doctor, patient, lou, ada]) assert.equal(await offers(page), 1);
});

test('asked to step out: nothing in, nothing out, and in again', async () => {
    await button(doctor, /^Faire sortir · Lou/).click();
    await sees(lou, 'Le médecin vous demande de sortir un moment');
    for (const slot of [1, 2, 3]) await getsNothing(lou, slot, `slot ${slot} is still`);
    await getsNothing(doctor, 3, 'the doctor gets nothing of who stepped out');
    await gets(doctor, 2, 'the interpreter goes on');
    await isAccessible(lou, 'stepped out');
    await button(doctor, /^Faire revenir · Lou/).click();
    await gets(lou, 1, 'the relative gets the doctor again');
    for (const page of [doctor, patient, lou]) assert.equal(await offers(page), 1);
});

test("the patient's no puts a guest out", async () => {
    await patient.getByText('3 autres personnes sont là').click();
    await isAccessible(patient, 'who else is there');
    await patient.locator('.call__guest', { hasText: 'Lou Exemple' }).getByRole('button').click();
    await sees(lou, 'Le médecin vous demande de sortir un moment');
    await getsNothing(patient, 3, 'the patient gets nothing of them');
    await doctor.getByText('le patient a dit non').waitFor();
});

test('the end is the end for all', async () => {
    await people.confirmIdentity(doctor);
    await people.endConsultation(doctor, { prescription: "Pas d'ordonnance" });
    await sees(sam, 'La consultation est terminée');
    await isAccessible(sam, 'over for a guest');
    await sees(lou, 'La consultation est terminée');
    await sees(ada, 'La consultation est terminée');
    await people.isSilent(doctor, 'the doctor');
    for (const page of [secretary, doctor, patient, sam, lou, ada])
        assert.deepEqual(page.problems, []);
});
