/* Told: the screens that say where things stand and what comes next. */
import { Button } from '../../shared/ui/Button';
import { Notice } from '../../shared/ui/Card';
import { Heading } from '../../shared/ui/Heading';
import type { ScreenProps } from '../model';
import { useWords } from '../words';
import { Appointment } from './Appointment';
import { LeaveDevice, Papers } from './Documents';

export function CallLeft({ actions }: ScreenProps) {
    const { words } = useWords();
    return (
        <>
            <Heading screen="call_left">{words.callLeft.title}</Heading>
            <p>{words.callLeft.text}</p>
            <Button wide onPress={actions.arrive}>
                {words.callLeft.back}
            </Button>
        </>
    );
}

export function Telephone() {
    const { words } = useWords();
    return (
        <>
            <Heading screen="telephone">{words.telephone.title}</Heading>
            <p>{words.telephone.text}</p>
            <p>{words.telephone.next}</p>
        </>
    );
}

export function Finishing(props: ScreenProps) {
    const { words } = useWords();
    return (
        <>
            <Heading screen="finishing">{words.finishing.title}</Heading>
            <p>{words.finishing.text}</p>
            <Papers {...props} />
        </>
    );
}

export function AwaitingDoctor(props: ScreenProps) {
    const { words } = useWords();
    return (
        <>
            <Heading screen="awaiting_doctor">{words.awaitingDoctor.title}</Heading>
            <p>{words.awaitingDoctor.text}</p>
            <Papers {...props} />
        </>
    );
}

export function Done(props: ScreenProps) {
    const { words } = useWords();
    return (
        <>
            <Heading screen="done">{words.done.title}</Heading>
            <p>{words.done.text}</p>
            {props.view.refunded && <Notice>{words.refunded}</Notice>}
            <Papers {...props} />
            <LeaveDevice {...props} />
        </>
    );
}

export function Revoked(props: ScreenProps) {
    const { words } = useWords();
    return (
        <>
            <Heading screen="revoked">{words.revoked.title}</Heading>
            <Notice tone="brick">{words.revoked.text}</Notice>
            <Papers {...props} />
            <LeaveDevice {...props} />
        </>
    );
}

export function Interrupted(props: ScreenProps) {
    const { words } = useWords();
    const { view, actions } = props;
    return (
        <>
            <Heading screen="interrupted">{words.interrupted.title}</Heading>
            <p>{words.interrupted.text}</p>
            {!view.callback_asked && (
                <Button wide onPress={actions.askCallback}>
                    {words.help.callMe}
                </Button>
            )}
            <Papers {...props} />
            <LeaveDevice {...props} />
        </>
    );
}

export function Cancelled(props: ScreenProps) {
    const { words } = useWords();
    return (
        <>
            <Heading screen="cancelled">{words.cancelled.title}</Heading>
            <Appointment {...props} withName />
            <p>{words.cancelled.by[props.view.cancelled_by ?? 'clinic']}</p>
            <p>{words.cancelled.text}</p>
            <LeaveDevice {...props} />
        </>
    );
}

export function NoShow(props: ScreenProps) {
    const { words } = useWords();
    return (
        <>
            <Heading screen="no_show">{words.noShow.title}</Heading>
            <Appointment {...props} withName />
            <p>{words.noShow.text}</p>
            <LeaveDevice {...props} />
        </>
    );
}

export function Lapsed(props: ScreenProps) {
    const { words } = useWords();
    return (
        <>
            <Heading screen="lapsed">{words.lapsed.title}</Heading>
            <Appointment {...props} withName />
            <p>{words.lapsed.text}</p>
            <LeaveDevice {...props} />
        </>
    );
}
