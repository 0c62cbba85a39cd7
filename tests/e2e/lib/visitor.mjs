// A patient over the protocol, for tests about the staff's screens: as little of a
// page as the desk needs to see somebody there.
import { randomBytes } from 'node:crypto';
import WebSocket from 'ws';

const newId = () => randomBytes(16).toString('base64url');

export class Visitor {
    #waiting = new Map(); // id -> done
    view = undefined; // the newest

    /* From the link on: claimed, and connected. */
    static async come({ port, origin, url, birth }) {
        const visitor = new Visitor();
        const [year, month, day] = birth.split('-').map(Number);
        const token = url.split('/').pop();
        const claimed = await fetch(`http://127.0.0.1:${port}/api/link/claim`, {
            method: 'POST',
            headers: { origin, 'content-type': 'application/json' },
            body: JSON.stringify({ token, year, month, day }),
        });
        if (!claimed.ok) throw new Error(`the claim was answered ${claimed.status}`);
        visitor.of = (await claimed.json()).consultation;
        const cookie = claimed.headers
            .getSetCookie()
            .map((each) => each.split(';')[0])
            .join('; ');
        const host = new URL(origin).host;
        const page = `ws://127.0.0.1:${port}/ws/visit/${visitor.of}?page=${newId()}`;
        visitor.socket = new WebSocket(page, 'vestibule.1', { origin, headers: { cookie, host } });
        await new Promise((done, fail) => {
            visitor.socket.once('error', fail);
            visitor.socket.on('message', (text) => {
                const frame = JSON.parse(text);
                if (frame.me) done();
                if (frame.view) visitor.view = frame.view;
                visitor.#waiting.get(frame.re)?.(frame);
            });
        });
        visitor.socket.on('error', () => {});
        return visitor;
    }

    async must(verb, body = {}) {
        const id = newId();
        const answered = new Promise((done) => this.#waiting.set(id, done));
        this.socket.send(JSON.stringify({ id, of: this.of, do: verb, with: body }));
        const answer = await answered;
        if (!answer.ok) throw new Error(`${verb}: ${answer.refused} ${answer.say ?? ''}`);
        return answer;
    }

    /* All there is to prepare, and into the waiting room. */
    async arrive() {
        await this.must('consent', { accepted: true, version: '1', hash: 'ab'.repeat(32) });
        await this.must('situate', { place: 'Chez moi, Agen', phone: '+33639980009' });
        await this.must('check_device', { camera: 'works', microphone: 'works', line: 'good' });
        await this.must('arrive');
    }

    leave() {
        this.socket.close();
    }
}
