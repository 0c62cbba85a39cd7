// The relay between real browsers: nothing before a route, sound and pictures
// with one, nothing after. Run inside tests/in-netns.
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { launch, serveBlankPage } from './browsers.mjs'
import { fromPeople, Participant, slot } from './participant.mjs'
import { address, Control, Relay } from './relay.mjs'

const browsers = {}
let relay, control, blank

before(async () => {
    relay = await Relay.start()
    control = await Control.connect(relay.path)
    blank = await serveBlankPage()
    browsers.chromium = await launch('chromium')
    browsers.firefox = await launch('firefox')
}, { timeout: 60_000 })

after(async () => {
    for (const browser of Object.values(browsers))
        await browser.close()
    await blank?.close()
    control?.close()
    assert.equal(await relay?.stop(), 0, relay?.log.slice(-40).join('\n'))
})

let visits = 0

async function leave(people) {
    for (const person of people) {
        await control.do('leave', { peer: person.peer })
        await person.page.close()
    }
}

/** Two people at one place, connected, not routed; they leave with the test. */
async function meet(t, first, second) {
    const place = `place-${++visits}`
    const people = []
    t.after(() => leave(people))
    for (const [index, name] of [first, second].entries()) {
        const page = await browsers[name].page(blank.url)
        const person = new Participant(page, control, place, `${place}-peer-${index}`)
        people.push(person)
        await person.join()
    }
    return { place, room: `${place}-room`, people, seq: 0 }
}

async function route(visit, routes) {
    visit.seq += 1
    await control.do('route', {
        place: visit.place, room: visit.room, order: 1, seq: visit.seq, routes,
    })
}

function bothWays({ people: [a, b] }) {
    return [
        { from: a.peer, to: b.peer, slot: 1 },
        { from: b.peer, to: a.peer, slot: 1 },
    ]
}

async function wholeCall(t, first, second) {
    const visit = await meet(t, first, second)
    const [a, b] = visit.people

    // Hostile: both send although nobody has admitted anybody.
    await Promise.all([a.attach(), b.attach()])
    await Promise.all([a.untilSent(150), b.untilSent(150)])
    for (const person of visit.people)
        assert.equal(fromPeople(await person.counters()), 0, 'before the route')

    await route(visit, bothWays(visit))
    await Promise.all([a.hearsAndSees(1), b.hearsAndSees(1)])
    for (const person of visit.people) {
        const { received } = await person.counters()
        const { audio, video } = slot(1)
        for (const [index, { packets }] of received.entries())
            if (index !== audio && index !== video)
                assert.equal(packets, 0, `section ${index} is nobody's`)
    }

    // The end. What is on its way may still land; after that, nothing.
    await route(visit, [])
    await Promise.all([a.untilSent(10), b.untilSent(10)])
    const ends = await Promise.all([a.counters(), b.counters()])
    await Promise.all([a.untilSent(150), b.untilSent(150)])
    assert.equal(fromPeople(await a.counters()), fromPeople(ends[0]), 'after the end')
    assert.equal(fromPeople(await b.counters()), fromPeople(ends[1]), 'after the end')

    // A message that was late does not open it again.
    const stale = await control.ask('route', {
        place: visit.place, room: visit.room, order: 1, seq: 1,
        routes: bothWays(visit),
    })
    assert.equal(stale.refused, 'stale')
}

describe('a call', { timeout: 240_000 }, () => {
    test('Chromium with Chromium', t => wholeCall(t, 'chromium', 'chromium'))
    test('Chromium with Firefox', t => wholeCall(t, 'chromium', 'firefox'))
    test('Firefox with Firefox', t => wholeCall(t, 'firefox', 'firefox'))

    for (const name of ['chromium', 'firefox']) {
        test(`${name}: hold music plays until it is turned off`, async t => {
            const visit = await meet(t, name, name)
            const [waiting, other] = visit.people

            await control.do('house', { peer: waiting.peer, play: 'hold' })
            await waiting.hearsTheHouse()
            assert.equal(fromPeople(await waiting.counters()), 0)
            const { received } = await other.counters()
            assert.equal(received[3].packets, 0, 'nobody turned it on there')
            await control.do('house', { peer: waiting.peer, play: 'none' })
        })

        test(`${name}: a call survives an ICE restart`, async t => {
            const visit = await meet(t, name, 'chromium')
            const [a, b] = visit.people

            await Promise.all([a.attach(), b.attach()])
            await route(visit, bothWays(visit))
            await Promise.all([a.hearsAndSees(1), b.hearsAndSees(1)])
            await a.restart()
            const { video } = slot(1)
            for (const person of [a, b]) {
                const before = (await person.counters()).received[video].frames
                await person.until(({ received }) =>
                    received[video].frames > before + 20)
            }
        })
    }

    test('a page loaded anew takes its name and its routes', async t => {
        const visit = await meet(t, 'chromium', 'chromium')
        const [a, b] = visit.people

        await Promise.all([a.attach(), b.attach()])
        await route(visit, bothWays(visit))
        await Promise.all([a.hearsAndSees(1), b.hearsAndSees(1)])

        control.events.length = 0
        await a.page.goto(blank.url)
        await a.join()
        await a.attach()
        await a.hearsAndSees(1)
        const { video } = slot(1)
        const frames = (await b.counters()).received[video].frames
        await b.until(({ received }) => received[video].frames > frames + 20)
    })

    test('leaving ends what the other one hears', async t => {
        const visit = await meet(t, 'chromium', 'chromium')
        const [a, b] = visit.people

        await Promise.all([a.attach(), b.attach()])
        await route(visit, bothWays(visit))
        await Promise.all([a.hearsAndSees(1), b.hearsAndSees(1)])
        await control.do('leave', { peer: a.peer })
        await b.untilSent(20)
        const end = fromPeople(await b.counters())
        await b.untilSent(150)
        assert.equal(fromPeople(await b.counters()), end)
    })

    test('closing the page is noticed at once', async t => {
        const visit = await meet(t, 'chromium', 'firefox')

        for (const person of visit.people) {
            const heard = control.event(event =>
                event.event === 'gone' && event.peer === person.peer, 4_000)
            await person.page.evaluate(() => window.pc.close())
            await heard
        }
    })
})

describe('what strangers send', { timeout: 60_000 }, () => {
    test('a bad offer is refused with a sentence', async () => {
        const answer = await control.ask('join',
            { place: 'p', peer: 'q', offer: 'v=0\r\nnonsense' })
        assert.equal(answer.refused, 'bad_offer')
        assert.match(answer.say, /\w+ .*\.$/)
    })

    test('junk, cut STUN and a DTLS start without ICE get silence', async t => {
        const hello = readFileSync(
            new URL('../fuzz/seeds/dtls/client-hello', import.meta.url)).subarray(2)
        const stun = readFileSync(
            new URL('../fuzz/seeds/stun/rfc5769-request', import.meta.url))
        const socket = createSocket('udp4')
        let answers = 0
        const send = bytes => new Promise((resolve, reject) =>
            socket.send(bytes, relay.port, address,
                error => error ? reject(error) : resolve()))

        t.after(() => socket.close())
        socket.on('message', () => answers++)
        await send(hello)
        for (let length = 1; length < stun.length; length++)
            await send(stun.subarray(0, length))
        await send(stun)
        for (let i = 0; i < 200; i++)
            await send(randomBytes(1 + 7 * i))
        // Whoever connects after it was heard after it.
        const visit = await meet(t, 'chromium', 'chromium')
        assert.equal(answers, 0)
        assert.equal((await control.do('ping')).ok, true)
    })
})
