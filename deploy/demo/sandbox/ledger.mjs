// The sandbox's books: checkout sessions, payments, charges, refunds, and what
// happened to them as events. Knows nothing of HTTP. Money is only numbers here.
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';

const DAY_S = 24 * 60 * 60;
const AMOUNT_MIN = 50; // minor units, as the real one for euros

const name = (prefix) => `${prefix}_${randomBytes(18).toString('hex')}`;
const nowS = () => Math.floor(Date.now() / 1000);

export class Refusal extends Error {
    constructor(status, type, code, message, param) {
        super(message);
        this.status = status;
        this.error = { type, code, message, param };
    }
}
const invalid = (message, param, code = 'parameter_invalid') =>
    new Refusal(400, 'invalid_request_error', code, message, param);
const missing = (id) =>
    new Refusal(404, 'invalid_request_error', 'resource_missing', `No such object: '${id}'`, 'id');

export class Ledger extends EventEmitter {
    constructor(origin, kept) {
        super();
        this.origin = origin;
        this.sessions = new Map(kept?.sessions ?? []);
        this.intents = new Map(kept?.intents ?? []);
        this.charges = new Map(kept?.charges ?? []);
        this.refunds = new Map(kept?.refunds ?? []);
        this.events = kept?.events ?? [];
    }

    kept() {
        return {
            sessions: [...this.sessions],
            intents: [...this.intents],
            charges: [...this.charges],
            refunds: [...this.refunds],
            events: this.events.slice(-1000),
        };
    }

    create(order) {
        if (order.mode !== 'payment') throw invalid('mode must be payment', 'mode');
        if (!URL.canParse(order.success_url ?? '')) throw invalid('Not a valid URL', 'success_url');
        if (order.cancel_url !== undefined && !URL.canParse(order.cancel_url))
            throw invalid('Not a valid URL', 'cancel_url');
        const item = order.line_items?.[0] ?? {};
        const price = item.price_data ?? {};
        const amount = Number(price.unit_amount) * Number(item.quantity ?? 1);
        if (!Number.isSafeInteger(amount)) throw invalid('Invalid integer', 'line_items[0]');
        if (amount < AMOUNT_MIN)
            throw invalid('The amount is too small', 'line_items[0]', 'amount_too_small');
        if (!/^[a-z]{3}$/.test(price.currency ?? '')) throw invalid('Invalid currency', 'currency');
        if (!price.product_data?.name) throw invalid('Missing name', 'line_items[0]');

        const id = name('cs_test');
        const session = {
            id,
            object: 'checkout.session',
            livemode: false,
            mode: 'payment',
            status: 'open',
            payment_status: 'unpaid',
            amount_total: amount,
            currency: price.currency,
            client_reference_id: order.client_reference_id ?? null,
            metadata: { ...order.metadata },
            locale: order.locale ?? null,
            success_url: order.success_url,
            cancel_url: order.cancel_url ?? null,
            payment_intent: null,
            created: nowS(),
            expires_at: nowS() + DAY_S,
            url: `${this.origin}/c/pay/${id}`,
            description: price.product_data.name, // ours: what the page shows
        };
        this.sessions.set(id, session);
        this.emit('change');
        return session;
    }

    session(id) {
        const session = this.sessions.get(id);
        if (!session) throw missing(id);
        if (session.status === 'open' && session.expires_at <= nowS()) this.#expire(session);
        return session;
    }

    list({ since = 0, intent, after, limit = 10 }) {
        let all = [...this.sessions.values()]
            .filter((s) => s.created >= since && (!intent || s.payment_intent === intent))
            .reverse();
        if (after) all = all.slice(all.findIndex((s) => s.id === after) + 1);
        return { data: all.slice(0, limit), has_more: all.length > limit };
    }

    expire(id) {
        const session = this.session(id);
        if (session.status !== 'open')
            throw invalid(`Only open sessions can be expired; this one is ${session.status}.`);
        this.#expire(session);
        return session;
    }

    #expire(session) {
        session.status = 'expired';
        session.url = null;
        this.#tell('checkout.session.expired', session);
    }

    // What somebody does on the hosted page.
    pay(id) {
        const session = this.#payable(id);
        const intent = this.#intent(session);
        const charge = {
            id: name('ch'),
            object: 'charge',
            amount: session.amount_total,
            amount_refunded: 0,
            currency: session.currency,
            payment_intent: intent.id,
            paid: true,
            refunded: false,
            disputed: false,
            created: nowS(),
        };
        this.charges.set(charge.id, charge);
        Object.assign(intent, {
            status: 'succeeded',
            latest_charge: charge.id,
            last_payment_error: null,
        });
        Object.assign(session, { status: 'complete', payment_status: 'paid', url: null });
        this.#tell('payment_intent.succeeded', intent);
        this.#tell('checkout.session.completed', session);
        return session;
    }

    decline(id) {
        const session = this.#payable(id);
        const intent = this.#intent(session);
        intent.status = 'requires_payment_method';
        intent.last_payment_error = {
            type: 'card_error',
            code: 'card_declined',
            message: 'Your card was declined.',
        };
        this.#tell('payment_intent.payment_failed', intent);
        return session;
    }

    dispute(id) {
        const charge = this.#paidCharge(this.session(id).payment_intent);
        charge.disputed = true;
        this.#tell('charge.dispute.created', {
            id: name('dp'),
            object: 'dispute',
            charge: charge.id,
            payment_intent: charge.payment_intent,
            amount: charge.amount,
        });
    }

    refund(order) {
        const charge = this.#paidCharge(order.payment_intent);
        const left = charge.amount - charge.amount_refunded;
        const amount = order.amount === undefined ? left : Number(order.amount);
        if (left === 0)
            throw invalid('Already refunded.', 'payment_intent', 'charge_already_refunded');
        if (!Number.isSafeInteger(amount) || amount < 1 || amount > left)
            throw invalid('Refund amount is greater than what is left.', 'amount');
        const refund = {
            id: name('re'),
            object: 'refund',
            amount,
            currency: charge.currency,
            charge: charge.id,
            payment_intent: charge.payment_intent,
            status: 'succeeded',
            created: nowS(),
        };
        this.refunds.set(refund.id, refund);
        charge.amount_refunded += amount;
        charge.refunded = charge.amount_refunded === charge.amount;
        this.#tell('charge.refunded', charge);
        return refund;
    }

    // A copy with the names in `paths` replaced by what they name.
    expanded(session, paths) {
        const copy = { ...session };
        delete copy.description;
        const intent = this.intents.get(session.payment_intent);
        if (!intent || !paths.some((p) => p.startsWith('payment_intent'))) return copy;
        copy.payment_intent = { ...intent };
        if (intent.latest_charge && paths.includes('payment_intent.latest_charge'))
            copy.payment_intent.latest_charge = { ...this.charges.get(intent.latest_charge) };
        return copy;
    }

    #payable(id) {
        const session = this.session(id);
        if (session.status !== 'open') throw invalid('This page is no longer open.');
        return session;
    }

    // As the real one: there is no payment before the first try.
    #intent(session) {
        const known = this.intents.get(session.payment_intent);
        if (known) return known;
        const intent = {
            id: name('pi'),
            object: 'payment_intent',
            amount: session.amount_total,
            currency: session.currency,
            status: 'requires_payment_method',
            last_payment_error: null,
            latest_charge: null,
            metadata: {},
            created: nowS(),
        };
        this.intents.set(intent.id, intent);
        session.payment_intent = intent.id;
        return intent;
    }

    #paidCharge(intentName) {
        const intent = this.intents.get(intentName);
        if (!intent) throw missing(intentName);
        const charge = this.charges.get(intent.latest_charge);
        if (!charge) throw invalid('This payment has no successful charge.', 'payment_intent');
        return charge;
    }

    #tell(type, object) {
        const event = {
            id: name('evt'),
            object: 'event',
            api_version: '2024-06-20',
            created: nowS(),
            livemode: false,
            type,
            data: {
                object:
                    object.object === 'checkout.session'
                        ? this.expanded(object, [])
                        : structuredClone(object),
            },
        };
        this.events.push(event);
        this.emit('change');
        this.emit('event', event);
    }
}
