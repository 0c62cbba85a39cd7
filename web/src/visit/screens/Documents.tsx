/*
 * Documents: the released prescription and the receipt. Half an hour after the
 * last proof the server asks for the birth date again, here and nowhere else.
 */
import { useState } from 'preact/hooks';
import { Button, LinkButton } from '../../shared/ui/Button';
import { Card, Notice } from '../../shared/ui/Card';
import { DateFields, emptyDate, readDate } from '../../shared/ui/DateFields';
import { ErrorSummary } from '../../shared/ui/ErrorSummary';
import { Form } from '../../shared/ui/Form';
import { Heading } from '../../shared/ui/Heading';
import type { ScreenProps } from '../model';
import { useWords } from '../words';

export function Released(props: ScreenProps) {
    const { words, format } = useWords();
    const until = props.view.prescription_until_ms ?? 0;
    return (
        <>
            <Heading screen="released">{words.released.title}</Heading>
            <p>{words.released.text(format.date(until))}</p>
            {props.view.refunded && <Notice>{words.refunded}</Notice>}
            <Papers {...props} />
            <LeaveDevice {...props} />
        </>
    );
}

type Kind = 'prescription' | 'receipt';
interface Wish {
    kind: Kind;
    how: 'show' | 'download';
}

/* Every paper there is to open now; nothing when there is none. */
export function Papers(props: ScreenProps & { asking?: boolean; quiet?: boolean }) {
    const { words } = useWords();
    const { view, actions } = props;
    const [wish, setWish] = useState<Wish | undefined>();
    const [proving, setProving] = useState(props.asking ?? false);
    const [problem, setProblem] = useState(false);
    const released = view.prescription === 'released';
    if (!released && !view.receipt) return null;

    const open = async (next: Wish): Promise<void> => {
        setWish(next);
        const outcome = await actions.document(next.kind, next.how);
        setProving(outcome === 'prove');
        setProblem(outcome === 'failed');
    };
    if (proving) return <Prove {...props} onProven={() => open(wish ?? prescription)} />;
    return (
        <div class="stack">
            {problem && (
                <Notice tone="brick" alert>
                    {words.released.problem}
                </Notice>
            )}
            {released && (
                <>
                    <Button
                        kind={props.quiet ? 'quiet' : 'main'}
                        wide
                        onPress={() => open(prescription)}
                    >
                        {words.released.show}
                    </Button>
                    <Button
                        kind="quiet"
                        wide
                        onPress={() => open({ kind: 'prescription', how: 'download' })}
                    >
                        {words.released.download}
                    </Button>
                </>
            )}
            {view.receipt && (
                <LinkButton onPress={() => open({ kind: 'receipt', how: 'show' })}>
                    {words.released.receipt}
                </LinkButton>
            )}
        </div>
    );
}

const prescription: Wish = { kind: 'prescription', how: 'show' };

function Prove({ actions, onProven }: ScreenProps & { onProven: () => Promise<void> }) {
    const { words } = useWords();
    const [date, setDate] = useState(emptyDate);
    const [error, setError] = useState('');
    const submit = async (): Promise<void> => {
        const read = readDate(date);
        if (!read) {
            setError(words.date.incomplete);
            return;
        }
        setError('');
        const result = await actions.prove(read.year, read.month, read.day);
        if (result === 'ok') await onProven();
        else if (result === 'wrong') setError(words.door.wrong);
        else if (result === 'paused') setError(words.door.pausedText);
        else setError(words.page.notSaved);
    };
    return (
        <Card>
            <Form onSubmit={submit}>
                <ErrorSummary
                    title={words.page.errors}
                    errors={error ? [{ field: 'prove-day', text: error }] : []}
                />
                <h2>{words.released.proveTitle}</h2>
                <p>{words.released.proveText}</p>
                <DateFields
                    id="prove"
                    words={words.date}
                    value={date}
                    error={error || undefined}
                    onChange={setDate}
                />
                <Button wide submit>
                    {words.released.prove}
                </Button>
            </Form>
        </Card>
    );
}

/* « Terminer sur cet appareil ». */
export function LeaveDevice({ actions }: ScreenProps) {
    const { words } = useWords();
    return (
        <div class="leave">
            <LinkButton onPress={actions.leaveDevice}>{words.leave.button}</LinkButton>
            <p class="muted small">{words.leave.text}</p>
        </div>
    );
}
