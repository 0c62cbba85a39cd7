// The check before the visit: a page's own voice comes back from the relay's
// memory, and its line is measured, in browsers as they are.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fromPeople } from './participant.mjs'
import { Scene } from './scene.mjs'

const HOUSE = 3
let scene

before(async () => {
    scene = await Scene.start({}, 'chromium', 'firefox')
}, { timeout: 60_000 })

after(async () => {
    assert.equal(await scene?.stop(), 0, scene?.relay.log.slice(-40).join('\n'))
})

async function speak(on) {
    const [microphone] = window.pc.getTransceivers()
    const stream = on && await navigator.mediaDevices.getUserMedia({ audio: true })
    await microphone.sender.replaceTrack(on ? stream.getAudioTracks()[0] : null)
}

/** A picture that nobody is in: noise cannot be compressed. */
async function sendNoise(bps) {
    const canvas = document.createElement('canvas')
    const context = canvas.getContext('2d')
    Object.assign(canvas, { width: 320, height: 240 })
    document.body.append(canvas)
    const image = context.createImageData(320, 240)
    const pixels = new Uint32Array(image.data.buffer)
    setInterval(() => {
        for (let i = 0; i < pixels.length; i++)
            pixels[i] = 0xff000000 | Math.random() * 0x1000000
        context.putImageData(image, 0, 0)
    }, 66)
    const sender = window.pc.getTransceivers()[1].sender
    const parameters = sender.getParameters()
    if (parameters.encodings[0]) {
        parameters.encodings[0].maxBitrate = bps
        await sender.setParameters(parameters)
    }
    await sender.replaceTrack(canvas.captureStream(15).getVideoTracks()[0])
}

for (const name of ['chromium', 'firefox']) {
    describe(name, { timeout: 120_000 }, () => {
        test('the own voice comes back, and only then', async t => {
            const visit = await scene.meet(t, name)
            const [person] = visit.people
            const peer = person.peer

            assert.equal((await person.counters()).sent, 0)
            await scene.control.do('house', { peer, play: 'echo' })
            await person.page.evaluate(speak, true)
            const heard = await scene.control.event(
                event => event.event === 'heard' && event.peer === peer, 30_000)
            assert.ok(heard.loudness_db > -50 && heard.loudness_db < 0, JSON.stringify(heard))
            assert.ok(heard.spoken_ms > 50, JSON.stringify(heard))
            assert.ok(heard.playing_ms > 1000 && heard.playing_ms < 5000, JSON.stringify(heard))
            const back = await person.hearsTheHouse()
            assert.equal(fromPeople(back), 0)
        })

        test('the line is measured by its own traffic', async t => {
            const visit = await scene.meet(t, name)
            const [person] = visit.people
            const peer = person.peer

            await person.page.evaluate(sendNoise, 1_200_000)
            await scene.control.do('probe', { peer })
            const line = await scene.control.event(
                event => event.event === 'probed' && event.peer === peer, 30_000)
            t.diagnostic(JSON.stringify(line))
            assert.ok(line.down_kbps > 700, JSON.stringify(line))
            assert.ok(line.up_kbps > 300, JSON.stringify(line))
            assert.ok(line.loss_down < 0.05 && line.loss_up < 0.05, JSON.stringify(line))
            assert.ok(line.rtt_ms < 200, JSON.stringify(line))
            const { received } = await person.counters() // padding and nothing else
            assert.equal(received[HOUSE].packets, 0)
            assert.ok(received.every(({ frames, energy }) => frames === 0 && energy === 0))
        })
    })
}
