/* Pay: what is due, the way to the provider's page and back, and the other ways. */
import { Button, LinkButton } from '../../shared/ui/Button';
import { Notice } from '../../shared/ui/Card';
import { Heading } from '../../shared/ui/Heading';
import type { ScreenProps } from '../model';
import { useWords } from '../words';
import { LeaveDevice, Papers } from './Documents';

function useMoney({ view }: ScreenProps): string {
    const { format } = useWords();
    return format.money(view.due_minor ?? 0, view.currency || 'EUR');
}

/* How the prescription stands, for somebody who still has to pay. */
function PrescriptionWord({ view }: ScreenProps) {
    const { words } = useWords();
    if (view.prescription === 'approved') return <Notice tone="leaf">{words.pay.approved}</Notice>;
    if (view.prescription === 'follows') return <Notice>{words.pay.follows}</Notice>;
    return null;
}

export function DueScreen(props: ScreenProps) {
    const { words } = useWords();
    const money = useMoney(props);
    return (
        <>
            <Heading screen="due">{words.pay.dueTitle(money)}</Heading>
            <p>{words.pay.dueText}</p>
            <PrescriptionWord {...props} />
            <Button wide onPress={props.actions.openPayment}>
                {words.pay.pay(money)}
            </Button>
            <Button kind="quiet" wide onPress={props.actions.payOtherwise}>
                {words.pay.otherwise}
            </Button>
            <Papers {...props} quiet />
            <LeaveDevice {...props} />
        </>
    );
}

export function Paying(props: ScreenProps) {
    const { words } = useWords();
    const { view, model, actions } = props;
    const url = view.checkout_url;
    if (model.ui.fromPayment) return <Pending {...props} />;
    return (
        <>
            <Heading screen="paying">{words.pay.payingTitle}</Heading>
            <p>{url ? words.pay.payingText : words.pay.payingOpen}</p>
            <PrescriptionWord {...props} />
            {url && (
                <Button wide onPress={() => location.assign(url)}>
                    {words.pay.payingGo}
                </Button>
            )}
            <Button kind="quiet" wide onPress={actions.payOtherwise}>
                {words.pay.otherwise}
            </Button>
            <Papers {...props} quiet />
        </>
    );
}

/* Back from the provider's page, before its word came. */
function Pending(props: ScreenProps) {
    const { words } = useWords();
    const url = props.view.checkout_url;
    return (
        <>
            <Heading screen="pending">{words.pay.pendingTitle}</Heading>
            <p>{words.pay.pendingText}</p>
            <PrescriptionWord {...props} />
            {url && (
                <LinkButton onPress={() => location.assign(url)}>{words.pay.pendingGo}</LinkButton>
            )}
            <Papers {...props} quiet />
        </>
    );
}

export function PaymentFailed(props: ScreenProps) {
    const { words } = useWords();
    const expired = props.view.checkout === 'expired';
    return (
        <>
            <Heading screen="payment_failed">{words.pay.failedTitle}</Heading>
            <p>{expired ? words.pay.expiredText : words.pay.failedText}</p>
            <PrescriptionWord {...props} />
            <Button wide onPress={props.actions.openPayment}>
                {words.pay.failedAgain}
            </Button>
            <Button kind="quiet" wide onPress={props.actions.payOtherwise}>
                {words.pay.otherwise}
            </Button>
            <Papers {...props} quiet />
        </>
    );
}

export function PayOtherwise(props: ScreenProps) {
    const { words } = useWords();
    const money = useMoney(props);
    return (
        <>
            <Heading screen="pay_otherwise">{words.pay.otherwiseTitle}</Heading>
            <p>{words.pay.dueTitle(money)}</p>
            <p>{words.pay.otherwiseText}</p>
            <PrescriptionWord {...props} />
            <Button kind="quiet" wide onPress={props.actions.openPayment}>
                {words.pay.otherwiseCard}
            </Button>
            <Papers {...props} quiet />
            <LeaveDevice {...props} />
        </>
    );
}
