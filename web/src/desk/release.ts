/*
 * release: the line of three steps that doctor and patient both understand:
 * approved, settled, released. It only reads what the server said; the rule
 * itself lives there.
 */
import type { Now, View } from '../shared/protocol';
import type { Sentence } from './say';

export type StepState = 'done' | 'now' | 'later' | 'failed';

export interface ReleaseStep {
    name: 'approved' | 'settled' | 'released';
    state: StepState;
    words: Sentence;
}

export interface ReleaseLine {
    /* no prescription was written and none is to come */
    idle: Sentence | undefined;
    steps: ReleaseStep[];
    waits: Sentence | undefined;
}

export function drafted(view: View): number {
    return view.drafted_version ?? 0;
}

/* The newest version is approved. */
export function isApproved(view: View): boolean {
    return drafted(view) > 0 && view.approved_version === drafted(view);
}

/* The newest version is with the patient. */
export function isReleased(view: View): boolean {
    const released = view.released_version ?? 0;
    return released > 0 && released > (view.revoked_version ?? 0);
}

export function isSettled(view: View): boolean {
    return view.overridden === true || (view.settlement ?? 'open') !== 'open';
}

/* A newer version than the released one is being written. */
function isRewritten(view: View): boolean {
    return drafted(view) > (view.released_version ?? 0);
}

function approvedStep(view: View): ReleaseStep {
    const n = drafted(view);
    if (isApproved(view)) {
        return {
            name: 'approved',
            state: 'done',
            words: { key: 'release.approved', values: { n } },
        };
    }
    if (n > 0) {
        return { name: 'approved', state: 'now', words: { key: 'release.approve', values: { n } } };
    }
    return { name: 'approved', state: 'now', words: { key: 'release.write' } };
}

function settledStep(view: View, now: Now): ReleaseStep {
    const step = (state: StepState, key: Sentence['key']): ReleaseStep => ({
        name: 'settled',
        state,
        words: { key },
    });
    const settlement = view.settlement ?? 'open';
    if (settlement !== 'open') return step('done', `settlement.${settlement}`);
    if (view.overridden) return step('done', 'release.overridden');
    if (!view.fee_fixed) return step('later', 'release.fee_later');
    if (now.patient?.doing === 'paying') return step('now', 'release.paying');
    if (view.checkout === 'failed') return step('failed', 'release.pay_failed');
    if (view.pay_otherwise) return step('now', 'release.pay_otherwise');
    return step('now', 'release.due');
}

function releasedStep(view: View): ReleaseStep {
    const step = (state: StepState, key: Sentence['key']): ReleaseStep => ({
        name: 'released',
        state,
        words: { key },
    });
    if (isReleased(view) && !isRewritten(view)) {
        return step('done', view.fetched ? 'release.fetched' : 'release.released');
    }
    const revoked = view.revoked_version ?? 0;
    if (revoked > 0 && !isRewritten(view)) return step('failed', 'release.revoked');
    return step('later', 'release.release');
}

function waitsFor(view: View, now: Now): Sentence | undefined {
    if (isReleased(view) && !isRewritten(view)) return undefined;
    if ((view.revoked_version ?? 0) > 0 && !isRewritten(view)) return undefined;
    if (isSettled(view)) return isApproved(view) ? undefined : { key: 'release.waits.you' };
    if (now.patient?.doing === 'paying') return { key: 'release.waits.patient.paying' };
    return { key: isApproved(view) ? 'release.waits.payment' : 'release.waits.both' };
}

/* Nothing to draw: not written, not announced, or closed without. */
function idleWords(view: View): Sentence | undefined {
    if (view.prescription === 'declined') return { key: 'release.declined' };
    const nothing = drafted(view) === 0 && (view.prescription ?? 'none') === 'none';
    return nothing ? { key: 'release.none' } : undefined;
}

export function releaseLine(view: View, now: Now = {}): ReleaseLine {
    const idle = idleWords(view);
    if (idle) return { idle, steps: [], waits: undefined };
    return {
        idle: undefined,
        steps: [approvedStep(view), settledStep(view, now), releasedStep(view)],
        waits: waitsFor(view, now),
    };
}
