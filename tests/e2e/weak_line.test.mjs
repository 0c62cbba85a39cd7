// The patient's line shrinks, comes back, and becomes another: sound stays, both
// are told why the picture is gone, and everything returns by itself.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Impair } from '../impair/impair.mjs';
import { launchChromium } from './lib/browsers.mjs';
import { startClinic } from './lib/clinic.mjs';
import * as people from './lib/people.mjs';

const ROOM = { timeout: 60_000 };
const RELAY_PORT = 4; // after the clinic's (deploy/demo/demo.mjs)
const address = process.env.VESTIBULE_TEST_ADDRESS;
let clinic, browser, doctor, patient, line;

/* Runs before the page's scripts: its way to the relay leads over our line. */
function leadThrough({ host, port }) {
    const take = RTCPeerConnection.prototype.setRemoteDescription;
    RTCPeerConnection.prototype.setRemoteDescription = function (answer) {
        const sdp = answer.sdp
            .replaceAll(/^a=candidate:\S+ 1 tcp .*\r\n/gm, '')
            .replaceAll(/^(a=candidate:\S+ 1 udp \d+ )\S+ \d+/gm, `$1${host} ${port}`);
        return take.call(this, { type: answer.type, sdp });
    };
}

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
    const port = Number(new URL(clinic.secretary.url).port) + RELAY_PORT;
    line = await Impair.start({ address, target: { address, port } });
    browser = await launchChromium();
    const context = () =>
        browser.newContext({ locale: 'fr-FR', permissions: ['camera', 'microphone'] });
    doctor = await people.openPage(await context());
    patient = await people.openPage(await context());
    await patient.addInitScript(leadThrough, { host: address, port: line.port });
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

const weak = () => patient.getByText(/^Votre connexion est faible/);
const told = () => doctor.getByText(/^La ligne du patient est faible/);

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
    assert.deepEqual([...patient.problems, ...doctor.problems], []);
});
