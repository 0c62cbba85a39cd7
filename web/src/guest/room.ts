/* room: a guest's place in a visit on this device. */
import type { GuestStep } from '../shared/protocol';
import { initialRoomUi, Room, type RoomUi, type Standing } from '../shared/room';
import type { Visit } from '../shared/state';
import { mayTalk, picturesCome, type GuestActions } from './model';

const WARM: GuestStep[] = ['waiting', 'call', 'dismissed'];
const PREPARING: GuestStep[] = ['check', 'ready'];

export class GuestRoom extends Room<RoomUi> {
    constructor(
        visit: string,
        readonly guest: number,
    ) {
        super(visit, `/ws/guest/${visit}/${guest}`, initialRoomUi);
    }

    readonly actions: GuestActions = { ...this.own, promise: this.own.consent };

    protected override standing(visit: Visit): Standing | undefined {
        const { view } = visit;
        const step = view.guest_step;
        if (!step) return undefined;
        const talking = mayTalk(visit);
        const others = [visit.now.doctor, visit.now.patient].filter((each) => each?.connected);
        const own = view.guests?.find((each) => each.guest === this.guest);
        const seen = others.some((each) => each?.camera !== false);
        return {
            step,
            warm: WARM.includes(step),
            preparing: PREPARING.includes(step),
            entering: step === 'ready' && this.nowMs() >= (view.opens_ms ?? Infinity),
            talking,
            hearing: talking && others.length > 0,
            seeing: talking && seen && picturesCome(visit, this.guest),
            reopen: { soundOnly: own?.sound_only === true },
        };
    }
}
