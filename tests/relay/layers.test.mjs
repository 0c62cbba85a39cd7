// More than two people: the camera has several encodings, and each receiver gets
// the one that fits their line. For two it has one.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Impair } from '../impair/impair.mjs'
import { slot } from './participant.mjs'
import { address } from './relay.mjs'
import { Scene } from './scene.mjs'

// As the pages encode a camera of 480 lines (web/src/shared/encodings.ts).
const named = values => ['q', 'h', 'f'].map((rid, nth) => ({ rid, ...values[nth] }))
const off = { active: false, scaleResolutionDownBy: 1 }
const one = named([{ active: true, scaleResolutionDownBy: 1, maxBitrate: 1_200_000 }, off, off])
const several = named([
    { active: true, scaleResolutionDownBy: 2, maxBitrate: 350_000 },
    { active: true, scaleResolutionDownBy: 1, maxBitrate: 1_000_000 },
    off,
])

/* A fake camera's whole picture needs some 250 kbit/s, a quarter of it 70. */
const far = named([{ active: true, scaleResolutionDownBy: 4, maxBitrate: 90_000 }, several[1], off])

let scene

before(async () => {
    scene = await Scene.start({}, 'chromium', 'firefox')
}, { timeout: 60_000 })

after(async () => {
    assert.equal(await scene?.stop(), 0, scene?.relay.log.slice(-40).join('\n'))
})

/** Runs in the page. */
async function encodeAs(wanted) {
    const { sender } = window.pc.getTransceivers()[1]
    const parameters = sender.getParameters()
    parameters.encodings.forEach((encoding, nth) => {
        const { rid: _, ...values } = wanted[nth]
        Object.assign(encoding, values)
    })
    await sender.setParameters(parameters)
}

/** How large the picture is that comes in this transceiver. */
async function readHeight(index) {
    const { receiver } = window.pc.getTransceivers()[index]
    for (const report of (await receiver.getStats()).values())
        if (report.type === 'inbound-rtp')
            return report.frameHeight ?? 0
    return 0
}

const heightOf = person => person.page.evaluate(readHeight, slot(1).video)

async function seesHeight(person, fits, what, ms = 40_000) {
    const end = Date.now() + ms
    for (;;) {
        const height = await heightOf(person)
        if (fits(height))
            return height
        if (Date.now() > end)
            throw new Error(`${what}: still ${height}\n${scene.relay.log.filter(line => / (layer|picture|probe) /.test(line)).join('\n')}`)
        await new Promise(resolve => setTimeout(resolve, 200))
    }
}

/** Small, and moving, for three seconds on end. */
async function staysSmall(person, most, ms = 60_000) {
    const end = Date.now() + ms
    for (;;) {
        await seesHeight(person, height => height > 0 && height <= most, 'the narrow line')
        await person.seesMore(1, 60, 30_000)
        if (await heightOf(person) <= most)
            return
        if (Date.now() > end)
            throw new Error('the narrow line does not settle')
    }
}

/** A doctor with several encodings, a patient on a narrow line, an interpreter. */
async function trio(t, browser) {
    const line = await Impair.start({ address, target: { address, port: scene.relay.port } })
    t.after(() => line.close())
    line.set({ down: { kbps: 220, queueMs: 400 } })
    const visit = await scene.meet(t, { browser, encodings: one },
        { browser: 'chromium', line }, 'chromium')
    const [doctor] = visit.people
    await doctor.page.evaluate(encodeAs, far)
    await doctor.attach()
    return { line, visit, people: visit.people }
}

describe('encodings of one camera', { timeout: 300_000 }, () => {
    for (const browser of ['firefox'])
        test(`${browser}: each receiver gets what fits`, async t => {
            const { line, visit, people: [, patient, interpreter] } = await trio(t, browser)
            await visit.route([0, 1, 1], [0, 2, 1])
            await seesHeight(interpreter, height => height === 480, 'the good line')
            // The line carries the smaller one only; the larger may be tried first.
            await staysSmall(patient, 240)
            assert.equal(await heightOf(interpreter), 480)
            line.set({ down: { kbps: Infinity } })
            await seesHeight(patient, height => height === 480, 'the line that was widened')
            await patient.seesMore(1, 40, 20_000)
        })

    for (const browser of ['chromium', 'firefox'])
        test(`${browser}: one encoding for two, several for three, and back`, async t => {
            const visit = await scene.meet(t, { browser, encodings: one }, 'chromium', 'chromium')
            const [doctor, patient, guest] = visit.people
            await doctor.page.evaluate(encodeAs, one)
            await doctor.attach()
            await visit.route([0, 1, 1])
            await seesHeight(patient, height => height === 480, 'alone')
            await patient.seesMore(1, 20)

            await visit.route([0, 1, 1], [0, 2, 1])
            await doctor.page.evaluate(encodeAs, several)
            await patient.seesMore(1, 40, 20_000)
            await seesHeight(patient, height => height === 480, 'among three')
            await seesHeight(guest, height => height === 480, 'as the third')

            await visit.route([0, 1, 1])
            await doctor.page.evaluate(encodeAs, one)
            await seesHeight(patient, height => height === 480, 'alone again')
            await patient.seesMore(1, 40, 20_000)
        })
})
