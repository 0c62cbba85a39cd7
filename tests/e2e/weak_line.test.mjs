// The patient's line stops for a moment, shrinks, comes back, and becomes another:
// sound stays, both are told why the picture is gone, everything returns by itself,
// and what went wrong is in the file.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { hearIncidents, putBehindLine } from './lib/bad_line.mjs';
import { launchChromium, until } from './lib/browsers.mjs';
import { startClinic } from './lib/clinic.mjs';
import * as people from './lib/people.mjs';

const ROOM = { timeout: 60_000 };
let clinic, browser, doctor, patient, line, incidents;

/* The longest time without a packet of the other's sound, in ms, until stopped. */
function watchSound() {
    const watch = { longest: 0, packets: 0, at: performance.now() };
    watch.timer = setInterval(async () => {
        let packets = 0;
        const report = await window.testConnections.at(-1).getStats();
        for (const one of report.values())
            if (one.type === 'inbound-rtp' && one.kind === 'audio')
                packets += one.packetsReceived;
        if (packets !== watch.packets) watch.at = performance.now();
        watch.packets = packets;
        watch.longest = Math.max(watch.longest, performance.now() - watch.at);
    }, 50);
    window.soundWatch = watch;
}
const readSound = () => {
    clearInterval(window.soundWatch.timer);
    return window.soundWatch.longest;
};

before(async () => {
    clinic = await startClinic();
    browser = await launchChromium();
    const context = () =>
        browser.newContext({ locale: 'fr-FR', permissions: ['camera', 'microphone'] });
    doctor = await people.openPage(await context());
    patient = await people.openPage(await context());
    line = await putBehindLine(patient, clinic.relayPort);
    incidents = hearIncidents(doctor);
    await people.signIn(doctor, clinic.doctors[0], clinic.password);
    await people.prepareDoctor(doctor);
    await people.arrive(patient, clinic.patients[0].url, clinic.birth);
    await doctor.getByRole('button', { name: /^Faire entrer/ }).first().click();
    await people.hasCall(patient, 'the patient', 60_000);
    await people.hasCall(doctor, 'the doctor', 60_000);
});

after(async () => {
    await browser?.close();
    line?.close();
    await clinic?.stop();
});

const isFrozenUntil = (mendedMs) => (incident) =>
    incident.kind === 'picture_frozen' &&
    incident.side === 'patient' &&
    incident.end_ms >= mendedMs - 500;

const weak = () => patient.getByText(/^Votre connexion est faible/);
const told = () => doctor.getByText(/^La ligne du patient est faible/);

test('a freeze becomes an incident with beginning and end', async (t) => {
    const cutMs = Date.now();
    line.set({ down: { loss: 1 } });
    await new Promise((done) => setTimeout(done, 2_500)); /* the freeze itself */
    line.set({ down: { loss: 0 } });
    const mendedMs = Date.now();
    const frozen = await until(
        'the freeze',
        () => incidents().find(isFrozenUntil(mendedMs)),
        Boolean,
        60_000,
    );
    t.diagnostic(JSON.stringify({ cutMs, mendedMs, ...frozen }));
    /* a picture may have been on its way; the page looks four times a second */
    assert.ok(frozen.start_ms < cutMs + 3_000 && frozen.end_ms < Date.now() + 500);
    /* a busy machine has freezes of its own, and those close together are one */
    assert.ok(frozen.start_ms > cutMs - 1_000 || frozen.times > 1, 'it began with the cut');
    await people.hasCall(patient, 'the patient', 60_000);
});

test('a line too narrow for both keeps sound, and both are told', async () => {
    line.set({ down: { kbps: 110, queueMs: 400 } });
    await weak().waitFor(ROOM);
    await told().waitFor(ROOM);
    await people.hears(patient, 'the patient');
    await people.hasCall(doctor, 'the doctor');
});

test('the picture comes back by itself', async () => {
    line.set({ down: { kbps: Infinity } });
    await weak().waitFor({ state: 'hidden', ...ROOM });
    await told().waitFor({ state: 'hidden', ...ROOM });
    await people.hasCall(patient, 'the patient', 60_000);
});

test('on a new network sound is back within two seconds', async (t) => {
    await patient.evaluate(watchSound);
    line.move();
    /* what a device says when it changes its network */
    await patient.evaluate(() => window.dispatchEvent(new Event('online')));
    await people.hasCall(patient, 'the patient');
    const silent = await patient.evaluate(readSound);
    t.diagnostic(`${Math.round(silent)} ms without sound`);
    assert.ok(silent < 2_000, `${silent} ms without sound`);
    await people.hasCall(doctor, 'the doctor');
});

test('a network that changed without a word is noticed by the silence', async (t) => {
    const connections = () => patient.evaluate(() => window.testConnections.length);
    const before = await connections();
    await patient.evaluate(watchSound);
    line.move();
    await people.hasCall(patient, 'the patient', 60_000);
    t.diagnostic(`${Math.round(await patient.evaluate(readSound))} ms without sound`);
    assert.equal(await connections(), before, 'by a restart of ICE, not by a new connection');
    await people.hasCall(doctor, 'the doctor', 60_000);
});

test('all of it is in the file, in words', async () => {
    await doctor.getByRole('button', { name: 'Note et ordonnance' }).click();
    const list = doctor.locator('.incidents');
    for (const words of ['image figée, côté patient', 'son seul, sans image, côté patient'])
        await list.getByText(words).first().waitFor(ROOM);
    const said = await list.locator('li').allInnerTexts();
    assert.ok(said.some((one) => /\d\d:\d\d:\d\d.*image figée.*(pendant \d+|\d+ fois)/.test(one)), said.join('\n'));
    assert.deepEqual([...patient.problems, ...doctor.problems], []);
});
