// A call where only port 443 of one address is open: pages, WebSocket, sound and
// pictures all through the real HAProxy, the latter on through the real coturn to
// the relay. The browsers trust the test's own authority, as they would a real one.
// The patient has Firefox, the doctor Chromium.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { HOUSE, missing, openPort443, TURN } from '../relay/port443.mjs';
import { booking, House, program } from '../wire/house.mjs';
import { launchChromium, launchFirefox, until } from './lib/browsers.mjs';
import * as firefox from './lib/firefox_people.mjs';
import * as people from './lib/people.mjs';

const address = process.env.VESTIBULE_TEST_ADDRESS;
const origin = `https://${HOUSE}`;
const skip = missing();
let port443, house, relay, browser, gecko, context, link;

/* Chromium reads the authorities of a user from the NSS database in HOME, Firefox
 * from its profile's. */
function trust(database, authority) {
    mkdirSync(database, { recursive: true });
    const certutil = (...words) => execFileSync('certutil', ['-d', `sql:${database}`, ...words]);
    certutil('-N', '--empty-password');
    certutil('-A', '-n', 'test', '-t', 'C,,', '-i', authority);
}

function startRelay() {
    relay = spawn(join(dirname(program()), 'vestibule-relay'), [
        '--control', join(house.folder, 'relay'), '--listen', `${address}:3478`,
    ], { stdio: 'ignore' });
    process.once('exit', () => relay.kill('SIGKILL'));
}

const relayOnly = () => {
    const Original = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Original {
        constructor(wanted) {
            super({ ...wanted, iceTransportPolicy: 'relay' });
        }
    };
};

before(async () => {
    if (skip) return;
    house = await House.start({ trusted_proxies: '127.0.0.1' });
    await house.furnish();
    house.origin = origin;
    port443 = await openPort443({ address, house: house.port });
    startRelay();
    await house.serve(
        `origin=${origin}`,
        'sign_in_per_minute=6',
        `relay=${join(house.folder, 'relay')}`,
        `turn=turns:${TURN}:443`,
        `turn_secret_file=${port443.secretFile}`,
    );
    const secretary = await house.desk('alix');
    const visit = (await secretary.must('book', house.doctor, booking())).of;
    await secretary.close();
    link = `${origin}/v/${await house.linkOf(visit)}`;

    trust(join(port443.folder, '.pki/nssdb'), port443.caFile);
    const profile = join(port443.folder, 'firefox');
    trust(profile, port443.caFile);
    gecko = await launchFirefox({ 'network.dns.forceResolve': address }, profile);
    browser = await launchChromium({
        flags: [`--host-resolver-rules=MAP ${HOUSE} ${address}, MAP ${TURN} ${address}`],
        env: { ...process.env, HOME: port443.folder },
    });
    context = await browser.newContext({ locale: 'fr-FR' });
    await context.addInitScript(relayOnly);
}, { timeout: 120_000 });

after(async () => {
    await Promise.allSettled([browser?.close(), gecko?.close()]);
    const how = await house?.end();
    relay?.kill('SIGTERM');
    await port443?.stop();
    if (!skip) assert.deepEqual(how, { code: 0, signal: null }, house.log);
});

/* The pair in use, from the page's end. */
const wayOf = (page) =>
    page.evaluate(async () => {
        const reports = [...(await window.testConnections.at(-1).getStats()).values()];
        const transport = reports.find((each) => each.type === 'transport');
        const pair = reports.find(
            (each) => each.id === transport?.selectedCandidatePairId || each.selected,
        );
        const { candidateType, relayProtocol } =
            reports.find((each) => each.id === pair?.localCandidateId) ?? {};
        return { candidateType, relayProtocol };
    });

test('a consultation through port 443 alone', { skip, timeout: 180_000 }, async () => {
    const doctor = await people.openPage(context);
    const patient = await firefox.openPage(gecko);
    await patient.evaluateOnNewDocument(relayOnly);

    await people.signIn(doctor, { url: `${origin}/desk`, login: 'camille' }, 'secret of camille');
    await people.prepareDoctor(doctor);
    await firefox.arrive(patient, link, '1954-07-14');
    await doctor.getByRole('button', { name: /^Faire entrer/ }).first().click();
    await people.hasCall(patient, 'the patient', 60_000);
    await people.hasCall(doctor, 'the doctor', 60_000);
    for (const page of [patient, doctor]) {
        const way = await until('the pair is known', () => wayOf(page), (each) => each.candidateType);
        assert.deepEqual(way, { candidateType: 'relay', relayProtocol: 'tls' });
        assert.deepEqual(page.problems, []);
    }
});

test('the proxy says who comes, whatever they say, and writes no path', { skip }, async () => {
    const token = link.split('/').pop();

    assert.doesNotMatch(port443.said(), new RegExp(`/v/|${token}`));
    /* Limits are by address; a visitor's own word for it is not believed. */
    const answers = [];
    for (let tries = 0; tries < 8; tries++) {
        const answer = execFileSync('curl', [
            '-s', '-o', '/dev/null', '-w', '%{http_code}', '--cacert', port443.caFile,
            '--resolve', `${HOUSE}:443:${address}`, '-H', `Origin: ${origin}`,
            '-H', `X-Forwarded-For: 198.51.100.${tries}`, '-H', 'content-type: application/json',
            '-d', '{"login":"nobody","password":"wrong"}', `${origin}/api/session`,
        ]);
        answers.push(answer.toString());
    }
    assert.equal(answers[0], '401');
    assert.equal(answers.at(-1), '429');
});
