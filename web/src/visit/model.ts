/*
 * model: all that the screens of the visit are made from, as one value, and the
 * things a person can do there. Screens are functions of it and keep no state
 * but what is being typed.
 */
import type { Answer, Me, View } from '../shared/protocol';
import type { DevicesState } from '../shared/devices';
import type { CheckState } from '../shared/line_check';
import type { MediaState } from '../shared/media';
import { initialRoomUi, type RoomUi } from '../shared/room';
import type { Connection, Visit } from '../shared/state';

export interface Model {
    me: Me;
    visit: Visit;
    connection: Connection;
    nowMs: number; /* the server's clock */
    devices: DevicesState;
    media: MediaState;
    check: CheckState;
    ui: Ui;
}

/* What only the patient's page knows. */
export interface Ui extends RoomUi {
    music: boolean;
    typing: boolean;
    fromPayment: boolean; /* came back from the provider's page */
    openingPayment: boolean;
    seenMessages: number; /* number of the last message that was on the screen */
}

export const initialUi: Ui = {
    ...initialRoomUi,
    music: false,
    typing: false,
    fromPayment: false,
    openingPayment: false,
    seenMessages: 0,
};

export type Outcome = 'ok' | 'prove' | 'failed';

export interface Actions {
    consent: (accepted: boolean, version: string, text: string) => Promise<unknown>;
    situate: (place: string, phone: string, adult: string) => Promise<Answer | undefined>;
    openDevices: (camera: boolean) => Promise<void>;
    checkLine: () => Promise<unknown>;
    finishTest: (heard: boolean | undefined) => Promise<unknown>;
    setTesting: (testing: boolean) => void;
    setSoundOnly: (soundOnly: boolean) => Promise<void>;
    switchCamera: () => Promise<void>;
    arrive: () => Promise<unknown>;
    leaveRoom: () => Promise<unknown>;
    keepPlace: () => Promise<unknown>;
    askCallback: () => Promise<unknown>;
    askOtherTime: () => Promise<unknown>;
    setMusic: (music: boolean) => Promise<unknown>;
    setMuted: (muted: boolean) => void;
    setCameraOff: (off: boolean) => Promise<void>;
    sendMessage: (text: string) => Promise<boolean>;
    setTyping: (typing: boolean) => void;
    messagesSeen: (last: number) => void;
    hangUp: () => Promise<unknown>;
    share: (on: boolean) => Promise<unknown>;
    setLarge: (key: string) => void;
    answerGuest: (guest: number, agreed: boolean) => Promise<unknown>;
    openPayment: () => Promise<unknown>;
    payOtherwise: () => Promise<unknown>;
    document: (kind: 'prescription' | 'receipt', how: 'show' | 'download') => Promise<Outcome>;
    prove: (
        year: number,
        month: number,
        day: number,
    ) => Promise<'ok' | 'wrong' | 'paused' | 'failed'>;
    leaveDevice: () => Promise<unknown>;
}

export interface ScreenProps {
    model: Model;
    view: View;
    actions: Actions;
}

/* Whom the patient sees: their name, as the server tells it. */
export function practitionerName(me: Me): string {
    return typeof me.practitioner === 'object' ? me.practitioner.name : '';
}

const LATE_MS = 15 * 60_000;

/* A quarter of an hour past the appointment and still waiting. */
export function isLate(view: View, nowMs: number): boolean {
    return nowMs > (view.start_ms ?? Infinity) + LATE_MS;
}

export function roomIsOpen(view: View, nowMs: number): boolean {
    return nowMs >= (view.opens_ms ?? 0);
}

/* This line carries pictures to us, as far as the relay knows. */
export function picturesCome(visit: Visit): boolean {
    return visit.dark['patient'] !== true;
}

/* True when sound and picture between people may flow: the page's own wall. */
export function mayTalk(visit: Visit): boolean {
    return visit.view.step === 'call' && visit.slots.length > 0;
}
