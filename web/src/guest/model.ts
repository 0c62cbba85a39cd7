/* model: all that a guest's screens are made from, and what a guest can do. */
import type { DevicesState } from '../shared/devices';
import type { CheckState } from '../shared/line_check';
import type { MediaState } from '../shared/media';
import type { Me } from '../shared/protocol';
import { guestKey } from '../shared/people';
import type { RoomUi } from '../shared/room';
import type { Connection, Visit } from '../shared/state';

export interface GuestModel {
    me: Me;
    visit: Visit;
    connection: Connection;
    nowMs: number;
    devices: DevicesState;
    media: MediaState;
    check: CheckState;
    ui: RoomUi;
}

export interface GuestActions {
    promise: (accepted: boolean, version: string, text: string) => Promise<unknown>;
    openDevices: (camera: boolean) => Promise<void>;
    setSoundOnly: (soundOnly: boolean) => Promise<void>;
    switchCamera: () => Promise<void>;
    checkLine: () => Promise<unknown>;
    finishTest: (heard: boolean | undefined) => Promise<unknown>;
    arrive: () => Promise<unknown>;
    leave: () => Promise<unknown>;
    setMuted: (muted: boolean) => void;
    setCameraOff: (off: boolean) => Promise<void>;
    share: (on: boolean) => Promise<unknown>;
    setLarge: (key: string) => void;
}

export interface GuestProps {
    model: GuestModel;
    actions: GuestActions;
}

/* The page's own wall: sound and picture leave only while somebody is shown. */
export function mayTalk(visit: Visit): boolean {
    return visit.view.guest_step === 'call' && visit.slots.length > 0;
}

/* This line carries pictures to the guest, as far as the relay knows. */
export function picturesCome(visit: Visit, guest: number): boolean {
    return visit.dark[guestKey(guest)] !== true;
}
