/* Screen: the one screen of a step. */
import type { FunctionComponent } from 'preact';
import type { Step } from '../shared/protocol';
import type { ScreenProps } from './model';
import { Call } from './screens/Call';
import { Check } from './screens/Check';
import { Consent, ConsentRefused } from './screens/Consent';
import { Released } from './screens/Documents';
import { DueScreen, Paying, PaymentFailed, PayOtherwise } from './screens/Pay';
import { Place } from './screens/Place';
import { Ready } from './screens/Ready';
import {
    AwaitingDoctor,
    CallLeft,
    Cancelled,
    Done,
    Finishing,
    Interrupted,
    Lapsed,
    NoShow,
    Revoked,
    Telephone,
} from './screens/Told';
import { Waiting } from './screens/Waiting';

const screens: Record<Step, FunctionComponent<ScreenProps>> = {
    consent: Consent,
    consent_refused: ConsentRefused,
    place: Place,
    check: Check,
    ready: Ready,
    waiting: Waiting,
    put_back: Waiting,
    call: Call,
    call_left: CallLeft,
    telephone: Telephone,
    finishing: Finishing,
    due: DueScreen,
    paying: Paying,
    payment_failed: PaymentFailed,
    pay_otherwise: PayOtherwise,
    awaiting_doctor: AwaitingDoctor,
    released: Released,
    done: Done,
    revoked: Revoked,
    interrupted: Interrupted,
    cancelled: Cancelled,
    no_show: NoShow,
    lapsed: Lapsed,
};

/* Steps that the device test may cover while the visit goes on behind it. */
const TESTABLE: Step[] = ['ready', 'waiting', 'put_back'];

export function Screen(props: ScreenProps) {
    const step = props.view.step ?? 'consent';
    if (props.model.ui.testing && TESTABLE.includes(step)) return <Check {...props} />;
    const One = screens[step] as FunctionComponent<ScreenProps> | undefined;
    return One ? <One {...props} /> : <Finishing {...props} />;
}
