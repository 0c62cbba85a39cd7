/* model: all that a guest's screens are made from, and what a guest can do. */
import type { DevicesState } from '../shared/devices';
import type { MediaState } from '../shared/media';
import type { Me } from '../shared/protocol';
import type { Connection, Visit } from '../shared/state';

export interface GuestUi {
    soundOnly: boolean;
    cameraOff: boolean;
    sharing: boolean;
    left: boolean; /* pressed "leave": do not enter again by itself */
    large: string | undefined;
    refused: string;
}

export const initialGuestUi: GuestUi = {
    soundOnly: false,
    cameraOff: false,
    sharing: false,
    left: false,
    large: undefined,
    refused: '',
};

export interface GuestModel {
    me: Me;
    visit: Visit;
    connection: Connection;
    nowMs: number;
    devices: DevicesState;
    media: MediaState;
    ui: GuestUi;
}

export interface GuestActions {
    promise: (accepted: boolean, version: string, text: string) => Promise<unknown>;
    openDevices: (camera: boolean) => Promise<void>;
    setSoundOnly: (soundOnly: boolean) => Promise<void>;
    switchCamera: () => Promise<void>;
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
