/* room: a claimed visit on this device: the patient's place in it. */
import { request } from '../shared/http';
import type { Presence, Step } from '../shared/protocol';
import { Room, type Standing } from '../shared/room';
import type { Visit } from '../shared/state';
import { openDocument } from './documents';
import { initialUi, mayTalk, picturesCome, roomIsOpen, type Actions, type Ui } from './model';

const WARM: Step[] = ['waiting', 'put_back', 'call', 'call_left'];
const PREPARING: Step[] = ['place', 'check', 'ready'];

export class VisitRoom extends Room<Ui> {
    constructor(visit: string, options: { fromPayment: boolean }) {
        super(visit, `/ws/visit/${visit}`, { ...initialUi, fromPayment: options.fromPayment });
    }

    readonly actions: Actions = {
        ...this.own,
        situate: (place, phone, adult) =>
            this.send('situate', {
                place,
                ...(phone ? { phone } : {}),
                ...(adult ? { adult } : {}),
            }),
        setTesting: (testing) => {
            this.check.stop();
            this.note({ testing });
        },
        leaveRoom: this.own.leave,
        keepPlace: () => this.send('keep_place', {}),
        askCallback: () => this.send('ask_callback', {}),
        askOtherTime: () => this.send('ask_other_time', {}),
        setMusic: (music) => {
            this.ui.patch({ music });
            return this.send('house', { play: music ? 'hold' : 'none' });
        },
        sendMessage: async (text) => (await this.send('send_message', { text }))?.ok === true,
        setTyping: (typing) => this.ui.patch({ typing }),
        messagesSeen: (seenMessages) => this.ui.patch({ seenMessages }),
        hangUp: () => this.send('leave', {}),
        answerGuest: (guest, agreed) => this.send('answer_guest', { guest, agreed }),
        openPayment: () => {
            this.ui.patch({ openingPayment: true, fromPayment: false });
            return this.openPayment();
        },
        payOtherwise: () => this.send('pay_otherwise', {}),
        document: (kind, how) => openDocument(this.visit, kind, how),
        prove: (year, month, day) => this.prove(year, month, day),
        leaveDevice: async () => {
            const reply = await request('DELETE', `/api/visit/${this.visit}/session`);
            if (reply.status >= 200 && reply.status < 300) this.onFrame({ signed_out: true });
            else this.note({ refused: 'other' });
        },
    };

    /* ---- in step with the view --------------------------------------------- */

    protected override standing(visit: Visit): Standing | undefined {
        const { view } = visit;
        const { step } = view;
        if (!step) return undefined;
        const talking = mayTalk(visit);
        const doctor = visit.now.doctor;
        const there = talking && doctor?.connected !== false;
        const soundOnly = view.sound_only === true || view.camera !== 'works';
        return {
            step,
            warm: WARM.includes(step),
            preparing: PREPARING.includes(step),
            entering: step === 'ready' && roomIsOpen(view, this.nowMs()),
            talking,
            hearing: there,
            seeing: there && doctor?.camera !== false && picturesCome(visit),
            reopen: view.microphone === 'works' ? { soundOnly } : undefined,
        };
    }

    protected override presence(): Presence {
        const { typing, music } = this.ui.get();
        return { typing, music };
    }

    protected override calledIn(): void {
        this.ui.patch({ music: false });
    }

    /* The music that was asked for plays again. */
    protected override fellSilent(): void {
        if (this.ui.get().music) void this.send('house', { play: 'hold' });
    }

    /* The provider's page opens as soon as its address is known. */
    protected override followed(visit: Visit): void {
        const { step, checkout_url: url } = visit.view;
        if (!this.ui.get().openingPayment || step !== 'paying' || !url) return;
        this.ui.patch({ openingPayment: false });
        location.assign(url);
    }

    /* ---- longer actions ------------------------------------------------------ */

    private async openPayment(): Promise<unknown> {
        const answer = await this.send('open_payment', {});
        if (!answer?.ok) this.ui.patch({ openingPayment: false });
        return answer;
    }

    private async prove(year: number, month: number, day: number) {
        const path = `/api/visit/${this.visit}/prove`;
        const reply = await request('POST', path, { year, month, day });
        if (reply.code === '') return 'ok' as const;
        if (reply.code === 'wrong_birth_date') return 'wrong' as const;
        return reply.status === 429 ? ('paused' as const) : ('failed' as const);
    }
}
