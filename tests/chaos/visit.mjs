/*
 * visit: one visit as people play it, from booking to the released prescription,
 * with what may go differently on the way. Every command has to be done in the
 * end: a refusal that its player had no reason to expect is a stale state's.
 */
import { booking, newId } from '../wire/house.mjs';
import { askSomebody, backoff, pause, Person } from './person.mjs';

const SLOT_MIN = 5;
const PATIENCE_MS = 120000; /* longer than anything is away */
const TALK_MS = 8000;
const lines = [{ drug: 'paracétamol', dosage: '500 mg, 3 fois par jour', duration: '5 jours', renewals: 0 }];

async function linkOf(scene, visit) {
    for (let tries = 0; ; tries++) {
        try {
            return await scene.nodes[0].linkOf(visit);
        } catch (error) {
            if (tries > 60) throw error;
            await pause(backoff(tries, scene.random));
        }
    }
}

async function claim(scene, of, name) {
    const token = await linkOf(scene, of);
    const id = newId();
    const first = Date.now();
    const answer = await askSomebody(scene, 'POST', '/api/link/claim', { token, year: 1954, month: 7, day: 14 }, id);
    if (answer.status !== 200) throw new Error(`claim: ${answer.status} ${JSON.stringify(answer.body)} after ${answer.tries} tries`);
    scene.record.acknowledged.push({ who: name, verb: 'claim', of, id, first, at: Date.now(), sends: answer.tries + 1 });
    return answer.cookie;
}

export class Visit {
    #said = 0;

    constructor(scene, number) {
        Object.assign(this, { scene, number, doctor: scene.doctors[number % scene.doctors.length] });
    }

    /* People think. */
    think() {
        return pause(100 + this.scene.roll(900));
    }

    /* A message that nobody sends twice; what it took to reach both. */
    async say() {
        const { patient, doctor, of } = this;
        const text = `${this.number}.${++this.#said}`;
        await patient.must('send_message', of, { text });
        const acknowledged = Date.now();
        await doctor.person.until((page) => page.chats.get(of)?.some((each) => each.text === text), `message ${text}`, PATIENCE_MS);
        return { acknowledged, shown: Date.now() };
    }

    /* How long after `began` both heard each other again; undefined when they need
     * not, or did not when it began. */
    async hear(began) {
        const voices = [this.patient, this.doctor.person].map((each) => each.voice);
        const talk = this.talking;
        if (!talk || !this.doctor.speaks || !(await Promise.all(voices.map((voice) => voice.flows()))).every(Boolean)) return undefined;
        return async () => {
            const times = await Promise.all(voices.map((voice) => voice.flowsAgain(began, () => this.talking === talk))).catch((error) => this.tell(error));
            return times.includes(undefined) || this.talking !== talk ? undefined : Math.max(...times);
        };
    }

    /* Why there is no sound: both ends, and what the relays have. */
    async tell(error) {
        const rooms = (await this.scene.relays.rooms()).map((list) => list.filter(({ room }) => room === this.of));
        throw new Error(`${error.message} patient: ${this.patient.voice.state()}; doctor: ${this.doctor.person.voice.state()}; relays: ${JSON.stringify(rooms)}`);
    }

    /* From the booking to the waiting room. */
    async come() {
        const { scene, doctor } = this;
        const start_ms = scene.firstSlot + Math.floor(this.number / scene.doctors.length) * SLOT_MIN * 60000;
        this.of = (await scene.secretary.must('book', doctor.id, booking({ start_ms, duration_min: SLOT_MIN }))).of;
        const name = `patient ${this.number}`;
        this.patient = new Person(scene, name, `/ws/visit/${this.of}`, await claim(scene, this.of, name));
        if (doctor.speaks) scene.voices.join(this.patient, this.of);
        await doctor.person.watch(this.of);
        await scene.secretary.watch(this.of);
        scene.live.add(this);
        await this.prepare();
    }

    async play() {
        const { scene, doctor } = this;
        await this.come();
        const before = doctor.free;
        let leave;
        doctor.free = new Promise((resolve) => (leave = resolve));
        try {
            await before;
            await this.consult();
        } finally {
            leave();
        }
        await this.think();
        await scene.secretary.must('settle', this.of, { how: 'cash' });
        await this.rest();
    }

    /* Whoever has sound uses it for a while, and as long as a long fault lasts. */
    async talk() {
        const end = Date.now() + TALK_MS;
        while (Date.now() < end || this.scene.isLong) {
            await this.think();
            await this.say();
        }
    }

    async prepare() {
        const p = (verb, members) => this.think().then(() => this.patient.must(verb, this.of, members));
        await p('consent', { accepted: true, version: '1', hash: 'ab'.repeat(32) });
        await p('situate', { place: 'à la maison', phone: '+33639980001' });
        await p('check_device', { camera: 'works', microphone: 'works', speaker_heard: true, sound_only: false });
        await p('arrive');
    }

    async consult() {
        const { scene, of } = this;
        const d = (verb, members) => this.think().then(() => this.doctor.person.must(verb, of, members));
        await d('admit');
        if (scene.roll(2)) {
            await d('put_back');
            await d('admit');
        }
        this.talking = {};
        await d('confirm_identity', { present: 'la patiente seule' });
        await this.say();
        if (this.doctor.speaks) await this.talk();
        if (scene.roll(2)) {
            await this.probing;
            this.talking = undefined;
            await this.patient.must('leave', of);
            await this.think();
            await this.patient.must('arrive', of);
        }
        const draft = await d('preview_prescription', { lines });
        await d('approve', { version: draft.version, hash: draft.hash });
        scene.live.delete(this);
        this.talking = undefined;
        await this.probing;
        await d('end', { how: 'video', due: 'amount', amount_minor: 2500, prescription: 'follows' });
        scene.ended.set(of, Date.now());
    }

    /* The same on every page, and a new page of the patient's has the whole chat. */
    async rest() {
        const { scene, of, patient, doctor } = this;
        const pages = [patient, doctor.person, scene.secretary];
        const latest = () => Math.max(...scene.record.acknowledged.filter((each) => each.of === of && each.seq).map((each) => each.seq));
        for (const page of pages) await page.until(() => (page.views.get(of)?.seq ?? 0) >= latest(), `${of} at ${latest()}, has ${page.views.get(of)?.seq}`, PATIENCE_MS);
        for (const page of pages) scene.record.shown.push({ of, page: page.name, seq: page.views.get(of).seq });
        patient.close();
        const again = new Person(scene, `${patient.name} again`, patient.path, patient.cookie);
        await again.until(() => again.views.get(of)?.seq >= latest() && again.chats.has(of), 'the chat, on a new page', PATIENCE_MS);
        for (const page of [again, doctor.person]) scene.record.messages.push({ of, page: page.name, texts: page.chats.get(of).map((each) => each.text) });
        again.close();
        await doctor.person.unwatch(of);
        await scene.secretary.unwatch(of);
        scene.over.push(of);
    }
}
