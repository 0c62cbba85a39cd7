// More than two people: the camera has several encodings. For two it has one.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { slot } from './participant.mjs'
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

describe('encodings of one camera', { timeout: 300_000 }, () => {
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
