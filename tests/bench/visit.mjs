// `make bench-visit`: what one visit costs on this machine, on release binaries in
// real Chromium pages. Prints a table and merges its figures into bench.json.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { launchChromium, until } from '../e2e/lib/browsers.mjs';
import { startClinic } from '../e2e/lib/clinic.mjs';
import * as people from '../e2e/lib/people.mjs';
import { keep } from './figures.mjs';

const ROOT = resolve(import.meta.dirname, '../..');
const BUILD = resolve(ROOT, process.env.BUILD ?? 'build');
const ROUNDS = Number(process.env.ROUNDS ?? 10);
const STARTS = 10;
const REST_MS = 2_000; // between put back and admission, as people do

const rest = (ms) => new Promise((done) => setTimeout(done, ms));
const sorted = (times) => [...times].sort((a, b) => a - b);
const summary = (times) => {
    const all = sorted(times);
    const middle = all.length >> 1;
    const median = all.length % 2 ? all[middle] : (all[middle - 1] + all[middle]) / 2;
    return { median: round(median), min: round(all[0]), max: round(all.at(-1)) };
};
const round = (ms) => Math.round(ms * 10) / 10;

/* ---- in the page ------------------------------------------------------------- */

// Notes when a button was pressed, when the newest connection was built, and every
// picture of somebody else: when its packets came and when it was shown.
const takeTimes = () => {
    const now = () => performance.timeOrigin + performance.now();
    const Original = window.RTCPeerConnection;
    const remote = new WeakSet();
    window.bench = { pressed: 0, built: 0, pictures: [] };
    window.RTCPeerConnection = class extends Original {
        constructor(...given) {
            super(...given);
            window.bench.built = now();
            this.addEventListener('track', ({ track }) => remote.add(track));
            queueMicrotask(() =>
                this.getTransceivers().forEach(({ receiver }) => remote.add(receiver.track)),
            );
        }
    };
    document.addEventListener('click', () => (window.bench.pressed = now()), true);
    const follow = (video) => {
        video.requestVideoFrameCallback((_, { receiveTime }) => {
            const [track] = video.srcObject?.getVideoTracks() ?? [];
            if (track && remote.has(track)) {
                const received = performance.timeOrigin + (receiveTime ?? 0);
                window.bench.pictures = [...window.bench.pictures.slice(-30), [received, now()]];
                window.bench.first ??= [received, now()];
            }
            follow(video);
        });
    };
    const seen = new WeakSet();
    new MutationObserver(() => {
        for (const video of document.querySelectorAll('video')) {
            if (seen.has(video)) continue;
            seen.add(video);
            follow(video);
        }
    }).observe(document, { subtree: true, childList: true });
};

const timesOf = (page) => page.evaluate(() => window.bench);
const forget = (page) =>
    page.evaluate(() => {
        window.bench.first = undefined;
        window.bench.pictures = [];
    });

/* When the first picture whose packets came after `since` was shown. */
const pictureAfter = (page, since, what) =>
    until(
        what,
        async () => {
            const { first, pictures } = await timesOf(page);
            return [...(first ? [first] : []), ...pictures].find(([received]) => received > since);
        },
        (found) => found !== undefined,
        60_000,
    ).then(([, shown]) => shown);

/* ---- the call ------------------------------------------------------------------ */

/* A window each: a tab in the back shows pictures once a second. */
async function openPages(browser, clinic) {
    const open = async () =>
        people.openPage(
            await browser.newContext({
                locale: 'fr-FR',
                permissions: ['camera', 'microphone'],
            }),
        );
    const doctor = await open();
    const patient = await open();
    for (const page of [doctor, patient]) await page.addInitScript(takeTimes);
    await people.signIn(doctor, clinic.doctors[0], clinic.password);
    await people.prepareDoctor(doctor);
    await people.arrive(patient, clinic.patients[0].url, clinic.birth);
    return { doctor, patient };
}

async function admit({ doctor, patient }) {
    const enter = doctor.getByRole('button', { name: /^Faire entrer/ }).first();
    await enter.waitFor();
    await rest(REST_MS);
    await Promise.all([forget(doctor), forget(patient)]);
    await enter.click();
    const { pressed } = await timesOf(doctor);
    const [seenByDoctor, seenByPatient] = await Promise.all([
        pictureAfter(doctor, pressed, 'the doctor sees the patient'),
        pictureAfter(patient, pressed, 'the patient sees the doctor'),
    ]);
    return { doctor: seenByDoctor - pressed, patient: seenByPatient - pressed };
}

async function putBack({ doctor, patient }) {
    await people.putBack(doctor);
    await patient.getByRole('heading', { name: /remis en attente/ }).waitFor();
}

/* The same page, from building its connection to the other's picture. */
async function coldJoin({ patient }) {
    await patient.reload();
    await patient.getByRole('heading', { name: /^Vous êtes avec/ }).waitFor();
    const shown = await pictureAfter(patient, 0, 'the patient sees the doctor again');
    return shown - (await timesOf(patient)).built;
}

async function measureCalls(pages) {
    const warm = { doctor: [], patient: [] };
    const cold = [];
    for (let round = 0; round < ROUNDS; round++) {
        const took = await admit(pages);
        warm.doctor.push(took.doctor);
        warm.patient.push(took.patient);
        cold.push(await coldJoin(pages));
        if (round + 1 < ROUNDS) await putBack(pages);
    }
    return { warm, cold };
}

/* ---- memory, weight, start ------------------------------------------------------- */

async function memory(clinic) {
    const pids = await clinic.pids();
    const of = (name) =>
        Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pids[name]}/status`, 'utf8'))[1]);
    return { vestibule: of('vestibule'), relay: of('relay') };
}

/* Bytes of the bodies that the patient's first screen loads, as they are sent. */
async function pageWeight(browser, url) {
    const page = await (await browser.newContext()).newPage();
    const sizes = [];
    page.on('requestfinished', (request) => sizes.push(request.sizes()));
    await page.goto(url, { waitUntil: 'networkidle' });
    const bodies = (await Promise.all(sizes)).map((each) => each.responseBodySize);
    await page.context().close();
    return bodies.reduce((sum, bytes) => sum + bytes, 0) / 1024;
}

function start(config) {
    return new Promise((done, fail) => {
        const began = performance.now();
        const child = spawn(join(BUILD, 'vestibule'), ['--config', config], { cwd: ROOT });
        child.once('error', fail);
        child.once('exit', (code) => fail(new Error(`vestibule ended (${code})`)));
        for (const stream of [child.stdout, child.stderr])
            createInterface({ input: stream }).on('line', (line) => {
                if (!line.includes('serving ')) return;
                const took = performance.now() - began;
                child.removeAllListeners('exit');
                child.once('exit', () => done(took));
                child.kill('SIGTERM');
            });
    });
}

/* Ten starts each, on no data and on a copy of the day's. */
async function measureStarts(clinic) {
    const folder = mkdtempSync(join(tmpdir(), 'vestibule-bench-'));
    const given = readFileSync(join(clinic.data, 'vestibule.conf'), 'utf8');
    const config = (record) => {
        const file = join(folder, 'vestibule.conf');
        const changed = given
            .replace(/^listen = .*$/m, 'listen = 127.0.0.1:19443')
            .replace(/^database = .*$/m, `database = ${join(record, 'vestibule.db')}`)
            .replace(/^relay = .*$/m, `relay = ${join(folder, 'relay.sock')}`);
        writeFileSync(file, changed);
        return file;
    };
    const empty = [];
    const existing = [];
    const copy = join(folder, 'record');
    cpSync(join(clinic.data, 'record'), copy, {
        recursive: true,
        filter: (path) => !path.endsWith('.admin'), // a socket
    });
    for (let i = 0; i < STARTS; i++) {
        const fresh = join(folder, `empty-${i}`);
        mkdirSync(fresh);
        empty.push(await start(config(fresh)));
        existing.push(await start(config(copy)));
    }
    rmSync(folder, { recursive: true });
    return { empty, existing };
}

/* ---- telling ---------------------------------------------------------------------- */

function print(figures) {
    const cpus = execFileSync('nproc', { encoding: 'utf8' }).trim();
    const load = readFileSync('/proc/loadavg', 'utf8').split(' ')[0];
    console.log(`${cpus} processors, load ${load} at the end\n`);
    for (const [name, { value, unit, against }] of Object.entries(figures)) {
        console.log(`${name.padEnd(26)} ${String(value).padStart(9)} ${unit}`);
        for (const [what, figure] of Object.entries(against))
            console.log(`    ${what.padEnd(32)} ${JSON.stringify(figure)}`);
    }
}

async function main() {
    const clinic = await startClinic();
    const browser = await launchChromium({ fps: 30 });
    try {
        const idle = await memory(clinic);
        const weight = await pageWeight(browser, clinic.patients[1].url);
        const pages = await openPages(browser, clinic);
        const { warm, cold } = await measureCalls(pages);
        const inCall = await memory(clinic);
        await browser.close();
        const starts = await measureStarts(clinic);
        const both = summary([...warm.doctor, ...warm.patient]);
        const coldly = summary(cold);
        const figures = {
            admit_to_picture_ms: {
                value: both.median,
                unit: 'ms',
                against: {
                    cold_join_to_picture_ms: coldly.median,
                    min: both.min,
                    max: both.max,
                    doctor_sees: summary(warm.doctor),
                    patient_sees: summary(warm.patient),
                    rounds: ROUNDS,
                },
            },
            cold_join_to_picture_ms: { value: coldly.median, unit: 'ms', against: coldly },
            idle_rss_kib: {
                value: idle.vestibule + idle.relay,
                unit: 'KiB',
                against: { idle, with_one_call: inCall },
            },
            start_to_serving_ms: {
                value: summary(starts.empty).median,
                unit: 'ms',
                against: { empty: summary(starts.empty), existing: summary(starts.existing) },
            },
            patient_page_gzip_kib: { value: round(weight), unit: 'KiB', against: {} },
        };
        keep(figures);
        print(figures);
    } finally {
        await browser.close().catch(() => {});
        await clinic.stop();
    }
}

await main();
