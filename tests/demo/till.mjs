// A house with the payment sandbox beside it, and visits on their way to being
// paid. For tests about money.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSandbox } from '../../deploy/demo/sandbox.mjs';
import { booking, House } from '../wire/house.mjs';

export const secret = 'whsec_money';
const hash = createHash('sha256').update('oui').digest('hex');

export class Till {
    #booked = 0;

    // settings: of the house, besides; files: secrets that it reads from files
    static async start(settings = {}, files = {}) {
        const till = new Till();
        till.sandbox = await startSandbox({ key: 'sk_money', webhookSecret: secret });
        till.house = await House.start({
            opens_before_minutes: 1440, // one visit after the other, all of them now
            payment_url: till.sandbox.api,
            payment_page: till.sandbox.origin,
            ...settings,
        });
        const all = { payment_key_file: 'sk_money', payment_webhook_secret_file: secret, ...files };
        const more = Object.entries(all).map(([setting, text]) => {
            const path = join(till.house.folder, setting);
            writeFileSync(path, text, { mode: 0o600 });
            return `${setting}=${path}`;
        });
        till.webhooks.url = `${till.house.origin}/api/payment/webhook`;
        await till.house.furnish();
        await till.house.serve(...more);
        till.secretary = await till.house.desk('alix');
        till.doctor = await till.house.desk('camille');
        return till;
    }

    get webhooks() {
        return this.sandbox.sandbox.webhooks;
    }

    // The provider's books.
    get books() {
        return this.sandbox.sandbox.ledger;
    }

    // How the house ended.
    async end() {
        for (const page of [this.secretary, this.doctor]) page?.ws.terminate();
        const how = await this.house.end();
        await this.sandbox.close();
        return how;
    }

    // A visit that is about to begin, and its patient's page.
    async due(mail = '') {
        const { house } = this;
        const start_ms = booking().start_ms + 5 * 60000 * this.#booked++;
        const data = booking({ start_ms, duration_min: 5, ...(mail && { mail }) });
        const { of } = await this.secretary.must('book', house.doctor, data);
        const claimed = await house.claim(await house.linkOf(of));
        const page = await house.patient(of, claimed.cookie);
        await page.must('consent', of, { accepted: true, version: '1', hash });
        await page.must('situate', of, { place: 'Chez moi', phone: '+33639980001' });
        await page.must('check_device', of, { camera: 'works', microphone: 'works' });
        return { of, page };
    }

    // It has ended with 25 euros due.
    async ended(visit) {
        const { of, page } = visit;
        await page.must('arrive', of, {});
        await this.doctor.must('admit', of, {});
        await this.doctor.must('end', of, { how: 'video', due: 'amount', amount_minor: 2500, prescription: 'none' });
        await page.view((view) => view.step === 'due');
        return visit;
    }

    // The patient has the provider's page before them.
    async opened(visit) {
        const { of, page } = visit;
        await page.must('open_payment', of, {});
        const view = await page.view((each) => each.checkout === 'ready', undefined, of);
        return { ...visit, checkout: view.checkout_url.split('/').pop() };
    }
}
