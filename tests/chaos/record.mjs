/*
 * record: what the pages were told while things broke: every answer to a
 * command, every place in line that was shown, and what should not happen.
 */
export class Record {
    acknowledged = []; /* { who, verb, of, id, seq, first, at, sends } */
    refused = []; /* the same with `refused` */
    places = new Map(); /* of -> page -> set of waiting_since_ms shown */
    shown = []; /* { of, page, seq }: where a page came to rest */
    messages = []; /* { of, page, texts }: a chat as shown at the end */
    ghosts = []; /* rooms of a relay that no call justifies */
    problems = [];
    away = [];
    turned = []; /* requests and sockets that got no answer but a 5xx or none */
    again = 0; /* times that "try again" was answered */

    answered({ answer, ...each }) {
        if (answer.ok) this.acknowledged.push({ ...each, seq: answer.seq });
        else this.refused.push({ ...each, refused: answer.refused });
    }

    place(of, page, since) {
        if (!this.places.has(of)) this.places.set(of, new Map());
        const pages = this.places.get(of);
        if (!pages.has(page)) pages.set(page, new Set());
        pages.get(page).add(since);
    }

    problem(text) {
        if (process.env.TRACE) console.log(text);
        this.problems.push(text);
    }

    sentAway(who, how) {
        this.away.push(`${who}: ${how}`);
    }
}
