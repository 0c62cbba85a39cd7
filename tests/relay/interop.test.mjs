// Counterparts that we did not write join a room through the relay: a tone of a
// known frequency and pictures, decoded at the other end; nothing before the
// route and nothing after. Run inside tests/in-netns.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fromPeople } from './participant.mjs'
import { canRestart } from './program.mjs'
import { bothWays, Scene } from './scene.mjs'

const HIGH = 784, LOW = 440
let scene

before(async () => {
    scene = await Scene.start({}, 'chromium', 'firefox')
}, { timeout: 60_000 })

after(async () => {
    assert.equal(await scene?.stop(), 0, scene?.relay.log.slice(-40).join('\n'))
})

async function exchange(t, first, second) {
    const visit = await scene.meet(t, first, second)
    const [a, b] = visit.people
    const forEach = wanted => Promise.all(visit.people.map(wanted))

    await Promise.all([a.send(LOW), b.send(HIGH)])
    await forEach(person => person.untilSent(60))
    for (const person of visit.people)
        assert.equal(fromPeople(await person.counters()), 0, 'before the route')

    await visit.route(...bothWays)
    await Promise.all([a.hearsToneAndSees(HIGH), b.hearsToneAndSees(LOW)])
    if (canRestart(first))
        await restartIce(visit)

    // The end; jitter buffers still give out what came before it.
    await visit.route()
    await forEach(person => person.untilSent(40))
    const ends = (await forEach(person => person.counters())).map(fromPeople)
    await forEach(person => person.untilSent(60))
    const later = (await forEach(person => person.counters())).map(fromPeople)
    assert.deepEqual(later, ends, 'after the end')
}

const nameOf = offer => /^a=ice-ufrag:(\S+)/m.exec(offer)[1]

/** The first of two goes on by new credentials; the call does not end. */
async function restartIce({ people: [a, b] }) {
    await a.restart()
    const [before, after] = a.offers.map(nameOf)
    assert.notEqual(after, before)
    await Promise.all([a.hearsMore(1, 0.02), b.hearsMore(1, 0.02)])
    await Promise.all([a.hearsToneAndSees(HIGH), b.hearsToneAndSees(LOW)])
}

describe('who we did not write', { timeout: 300_000 }, () => {
    test('Chromium with Firefox', t => exchange(t, 'chromium', 'firefox'))
    for (const name of ['aiortc', 'webrtcbin', 'werift', 'wrtc']) {
        test(`${name} with Chromium`, t => exchange(t, name, 'chromium'))
        test(`${name} with itself`, t => exchange(t, name, name))
    }
})
