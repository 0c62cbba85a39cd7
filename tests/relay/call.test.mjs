// The relay between real browsers: nothing before a route, sound and pictures
// with one, nothing after. Run inside tests/in-netns.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fromPeople, slot } from './participant.mjs'
import { bothWays, Scene } from './scene.mjs'

const { audio, video } = slot(1)
let scene

before(async () => {
    scene = await Scene.start({ workers: 2 }, 'chromium', 'firefox')
}, { timeout: 60_000 })

after(async () => {
    assert.equal(await scene?.stop(), 0, scene?.relay.log.slice(-40).join('\n'))
})

async function wholeCall(t, first, second) {
    const visit = await scene.meet(t, first, second)
    const [a, b] = visit.people

    // Hostile: both send although nobody has admitted anybody.
    await Promise.all([a.attach(), b.attach()])
    await Promise.all([a.untilSent(150), b.untilSent(150)])
    for (const person of visit.people)
        assert.equal(fromPeople(await person.counters()), 0, 'before the route')

    await visit.route(...bothWays)
    await Promise.all([a.hearsAndSees(1), b.hearsAndSees(1)])
    for (const person of visit.people) {
        const { received } = await person.counters()
        for (const [index, { packets }] of received.entries())
            if (index !== audio && index !== video)
                assert.equal(packets, 0, `section ${index} is nobody's`)
    }

    // The end. What is on its way may still land; after that, nothing.
    await visit.route()
    await Promise.all([a.untilSent(10), b.untilSent(10)])
    const ends = await Promise.all([a.counters(), b.counters()])
    await Promise.all([a.untilSent(150), b.untilSent(150)])
    assert.equal(fromPeople(await a.counters()), fromPeople(ends[0]), 'after the end')
    assert.equal(fromPeople(await b.counters()), fromPeople(ends[1]), 'after the end')

    // A message that was late does not open it again.
    const stale = await scene.control.ask('route', visit.routing(1, bothWays))
    assert.equal(stale.refused, 'stale')
}

describe('a call', { timeout: 300_000 }, () => {
    test('Chromium with Chromium', t => wholeCall(t, 'chromium', 'chromium'))
    test('Chromium with Firefox', t => wholeCall(t, 'chromium', 'firefox'))
    test('Firefox with Firefox', t => wholeCall(t, 'firefox', 'firefox'))

    for (const name of ['chromium', 'firefox']) {
        test(`${name}: hold music plays until it is turned off`, async t => {
            const visit = await scene.meet(t, name, name)
            const [waiting, other] = visit.people
            const house = play =>
                scene.control.do('house', { peer: waiting.peer, play })

            await house('hold')
            await waiting.hearsTheHouse()
            assert.equal(fromPeople(await waiting.counters()), 0)
            const { received } = await other.counters()
            assert.equal(received[3].packets, 0, 'nobody turned it on there')
            await house('none')
        })

        test(`${name}: a call survives an ICE restart`, async t => {
            const visit = await scene.meet(t, name, 'chromium')

            await visit.talk()
            await visit.people[0].restart()
            for (const person of visit.people)
                await person.seesMore(1, 20)
        })
    }

    test('a shared screen arrives beside the camera', async t => {
        const visit = await scene.meet(t, 'chromium', 'firefox')
        const [doctor, patient] = visit.people

        await visit.talk()
        await doctor.attachScreen()
        await patient.until(({ received }) => received[12].frames > 5)
        await patient.seesMore(1, 5)
        assert.equal((await doctor.counters()).received[12].packets, 0)
    })

    test('a guest is seen and heard by both, and sees both', async t => {
        const visit = await scene.meet(t, 'chromium', 'chromium', 'firefox')
        const [doctor, patient, guest] = visit.people

        await visit.talk()
        await visit.route(...bothWays, [2, 0, 2], [2, 1, 2], [0, 2, 1], [1, 2, 2])
        await Promise.all([
            doctor.hearsAndSees(2), patient.hearsAndSees(2),
            guest.hearsAndSees(1), guest.hearsAndSees(2),
        ])
        await doctor.seesMore(1, 5)
        await patient.seesMore(1, 5)
    })

    test('who is admitted to the next room leaves the one before', async t => {
        const visit = await scene.meet(t, 'chromium', 'chromium', 'firefox')
        const [doctor, before, next] = visit.people
        const set = (room, order, seq, ...routes) => scene.control.do('route',
            visit.routing(seq, routes, `${visit.place}-${room}`, order))

        await Promise.all(visit.people.map(person => person.attach()))
        await set('first', 1, 1, [0, 1, 1], [1, 0, 1])
        await Promise.all([doctor.hearsAndSees(1), before.hearsAndSees(1)])
        await set('second', 2, 1, [0, 2, 1], [2, 0, 1])
        await next.hearsAndSees(1)
        await doctor.seesMore(1, 20)
        // Said again, as signaling does, the first room stays left.
        await set('first', 1, 2, [0, 1, 1], [1, 0, 1])
        await set('second', 2, 2, [0, 2, 1]) // only the doctor is seen
        await before.untilSent(20)
        const ends = await Promise.all([doctor.counters(), before.counters()])
        await before.untilSent(150)
        assert.equal(fromPeople(await before.counters()), fromPeople(ends[1]))
        assert.equal(fromPeople(await doctor.counters()), fromPeople(ends[0]))
        await next.seesMore(1, 5)
    })

    test('a page loaded anew takes its name and its routes', async t => {
        const visit = await scene.meet(t, 'chromium', 'chromium')
        const [a, b] = visit.people

        await visit.talk()
        scene.control.events.length = 0
        await a.page.goto(scene.blank.url)
        await a.join()
        await a.attach()
        await a.hearsAndSees(1)
        await b.seesMore(1, 20)
    })

    test('leaving ends what the other one hears', async t => {
        const visit = await scene.meet(t, 'chromium', 'chromium')
        const [a, b] = visit.people

        await visit.talk()
        await scene.control.do('leave', { peer: a.peer })
        await b.untilSent(20)
        const end = fromPeople(await b.counters())
        await b.untilSent(150)
        assert.equal(fromPeople(await b.counters()), end)
    })

    test('closing the page is noticed at once', async t => {
        const visit = await scene.meet(t, 'chromium', 'firefox')

        for (const person of visit.people) {
            const heard = scene.control.event(event =>
                event.event === 'gone' && event.peer === person.peer, 4_000)
            await person.page.evaluate(() => window.pc.close())
            await heard
        }
    })
})
