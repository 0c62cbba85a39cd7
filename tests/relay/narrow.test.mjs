// A call over lines that lose, shake and shrink (tests/impair): what a person
// notices of it.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Impair } from '../impair/impair.mjs'
import { slot } from './participant.mjs'
import { address } from './relay.mjs'
import { Scene } from './scene.mjs'
import { apart, repaired, speakWithoutPause, Watch } from './watch.mjs'

let scene

before(async () => {
    scene = await Scene.start({}, 'chromium', 'firefox')
}, { timeout: 60_000 })

after(async () => {
    assert.equal(await scene?.stop(), 0, scene?.relay.log.slice(-40).join('\n'))
})

/** A doctor on a good line, a patient on a bad one, both talking. */
async function callOver(t, browser, settings = {}) {
    const line = await Impair.start({ address, target: { address, port: scene.relay.port } })
    t.after(() => line.close())
    line.set(settings)
    const visit = await scene.meet(t, 'chromium', { browser, line })
    const [doctor, patient] = visit.people
    await visit.talk()
    await doctor.page.evaluate(speakWithoutPause)
    if (browser === 'chromium')
        await patient.page.evaluate(speakWithoutPause)
    await patient.hearsAndSees(1)
    scene.control.events.length = 0
    return {
        visit, line, doctor, patient,
        seen: await Watch.begin(patient, slot(1), doctor),
        seenByDoctor: await Watch.begin(doctor, slot(1), patient),
    }
}

const pictureOf = (person, shown) => event => event.event === 'picture' &&
    event.peer === person.peer && event.shown === shown

/** What the relay said of pictures, for whoever reads a failure. */
const rungs = () => scene.relay.log.filter(line => / (picture|probe) /.test(line)).join('\n')

const tell = (t, what) => t.diagnostic(JSON.stringify(what))

async function until(what, ask, fits, ms) {
    const end = Date.now() + ms
    for (;;) {
        const value = await ask()
        if (fits(value))
            return value
        if (Date.now() > end)
            throw new Error(`${what}: still ${value}`)
        await new Promise(resolve => setTimeout(resolve, 200))
    }
}

describe('a call over a bad line', { timeout: 400_000 }, () => {
    test('5 and 15 % of loss, both ways: sound never stops, pictures go on', async t => {
        const { line, patient, seen, seenByDoctor } = await callOver(t, 'chromium')
        for (const loss of [0.05, 0.15]) {
            line.set({ both: { loss } })
            const both = await Promise.all([seen.during(8), seenByDoctor.during(8)])
            tell(t, { loss, patient: both[0], doctor: both[1] })
            for (const { silence, share } of both) {
                assert.ok(silence < 1, `${silence} s of silence at ${loss}`)
                assert.ok(share > 0.7, `${share} of the pictures at ${loss}\n${rungs()}`)
            }
        }
        // Opus was told of the loss and repairs it.
        await until('repairs', () => patient.page.evaluate(repaired), sum => sum > 0, 30_000)
        line.set({ both: { loss: 0 } })
        tell(t, { apart: await until('sound and picture apart',
            () => patient.page.evaluate(apart), ms => ms <= 100, 30_000) })
    })

    test('200 ms of jitter: sound never stops, pictures go on', async t => {
        const { seen, seenByDoctor } = await callOver(t, 'chromium',
            { both: { delayMs: 20, jitterMs: 200 } })
        await seen.during(4)
        const both = await Promise.all([seen.during(6), seenByDoctor.during(6)])
        tell(t, { patient: both[0], doctor: both[1] })
        for (const { silence, share } of both) {
            assert.ok(silence < 1, `${silence} s of silence`)
            assert.ok(share > 0.7, `${share} of the pictures\n${rungs()}`)
        }
    })

    for (const browser of ['chromium', 'firefox'])
        test(`${browser}: 150 kbit/s and back: sound stays, the picture goes and comes`, async t => {
            const { line, patient, doctor, seen, seenByDoctor } = await callOver(t, browser)
            const gone = scene.control.event(pictureOf(patient, false), 20_000)
            line.set({ down: { kbps: 150, queueMs: 500 } })
            const falling = await seen.while(gone)
            const narrow = await seen.during(6)
            tell(t, { falling, narrow })
            assert.ok(falling.silence < 1, `${falling.silence} s of silence`)
            assert.ok(narrow.silence < 1, `${narrow.silence} s of silence`)
            assert.ok(narrow.share < 0.1, `${narrow.share} of the pictures`)

            const back = scene.control.event(pictureOf(patient, true), 40_000)
            line.set({ down: { kbps: Infinity } })
            const rising = await seen.while(back)
            await patient.seesMore(1, 40, 10_000)
            tell(t, { rising })
            assert.ok(rising.silence < 1, `${rising.silence} s of silence`)

            // It was the patient's line, one way; the doctor saw all along.
            const { share } = await seenByDoctor.during(2)
            assert.ok(share > 0.7, `${share} of the pictures at the doctor's`)
            assert.ok(!scene.control.events.some(pictureOf(doctor, false)))
        })

    test('a new network: sound is back within two seconds', async t => {
        const { line, patient, seen, seenByDoctor } = await callOver(t, 'chromium')
        await seen.during(1)
        line.move()
        const [mine, doctors] = await Promise.all([
            seen.during(6), seenByDoctor.during(6), patient.restart(),
        ])
        tell(t, { mine, doctors })
        assert.ok(mine.silence < 2, `${mine.silence} s of silence`)
        assert.ok(doctors.silence < 2, `${doctors.silence} s of silence at the doctor's`)
        assert.ok((await seen.during(2)).share > 0.7)
    })
})
