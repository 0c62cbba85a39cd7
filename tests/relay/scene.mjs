// What the relay's tests share: one relay, its control socket, a blank page, and
// browsers that stay open; people come and go with each test.
import { launch, serveBlankPage } from './browsers.mjs'
import { Participant } from './participant.mjs'
import { isProgram, Program } from './program.mjs'
import { Control, Relay } from './relay.mjs'

export class Scene {
    static async start({ workers = 1, released = false, tls = false }, ...names) {
        const scene = new Scene()
        scene.relay = await Relay.start({ workers, released, tls })
        scene.control = await Control.connect(scene.relay.path)
        scene.blank = await serveBlankPage()
        scene.browsers = {}
        scene.visits = 0
        for (const name of names)
            scene.browsers[name] = await launch(name)
        return scene
    }

    /** The relay's exit code; it is not 0 when a sanitizer found something. */
    async stop() {
        for (const browser of Object.values(this.browsers))
            await browser.close()
        await this.blank.close()
        this.control.close()
        return this.relay.stop()
    }

    /** People at one place, connected, not routed; they leave with the test. Each
     * is a browser's name, or {browser, line} behind a bad line. */
    async meet(t, ...names) {
        const place = `place-${++this.visits}`
        const visit = new Visit(this.control, place)

        t.after(() => visit.end())
        for (const [index, who] of names.entries()) {
            const { browser, line, encodings } =
                typeof who === 'string' ? { browser: who } : who
            const person = await this.person(browser, place,
                `${place}-peer-${index}`, line, encodings)
            visit.people.push(person)
            await person.join()
        }
        return visit
    }

    /** In a page of a browser, or a program of tests/relay/counterparts. */
    async person(name, place, peer, line, encodings) {
        if (isProgram(name))
            return new Program(name, this.control, place, peer, line)
        const page = await this.browsers[name].page(this.blank.url)
        return new Participant(page, this.control, place, peer, { line, encodings })
    }
}

class Visit {
    people = []
    seq = 0

    constructor(control, place) {
        Object.assign(this, { control, place, room: `${place}-room` })
    }

    /** The whole set: [from, to, slot] by index of people. */
    async route(...routes) {
        this.seq += 1
        return this.control.do('route', this.routing(this.seq, routes))
    }

    routing(seq, routes, room = this.room, order = 1) {
        return {
            place: this.place, room, order, seq,
            routes: routes.map(([from, to, slot]) => ({
                from: this.people[from].peer, to: this.people[to].peer, slot,
            })),
        }
    }

    /** Everybody attaches their devices; the first two see each other. */
    async talk() {
        await Promise.all(this.people.map(person => person.attach()))
        await this.route(...bothWays)
        await Promise.all([0, 1].map(index => this.people[index].hearsAndSees(1)))
    }

    async end() {
        for (const person of this.people) {
            await this.control.do('leave', { peer: person.peer })
            await person.close()
        }
    }
}

export const bothWays = [[0, 1, 1], [1, 0, 1]]
