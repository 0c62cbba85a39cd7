/* Door: the screens before the visit is claimed on this device. */
import { useState } from 'preact/hooks';
import { Button } from '../shared/ui/Button';
import { Card } from '../shared/ui/Card';
import { DateFields, emptyDate, readDate, type DateNumbers } from '../shared/ui/DateFields';
import { ErrorSummary } from '../shared/ui/ErrorSummary';
import { Form } from '../shared/ui/Form';
import { Heading } from '../shared/ui/Heading';
import type { Words } from '../words';
import type { Claim, LinkInfo } from './door';
import { Layout } from './Layout';
import { useWords } from './words';

/* What is asked of a claim's answer that is no way in. */
export function wrongText(words: Words, claim: Claim, plain: string): string {
    if (claim.kind === 'network') return words.page.openProblem;
    if (claim.kind !== 'wrong') return '';
    /* Close to the pause it is fair to say how close. */
    if (claim.left !== undefined && claim.left <= 3 && claim.left > 0) {
        return words.door.wrongLeft(claim.left);
    }
    return plain;
}

export function DoorPage(props: {
    info: LinkInfo;
    nowMs: number;
    onClaim: (birth: DateNumbers) => Promise<Claim>;
    initialClaim?: Claim; /* pictures of this screen only */
}) {
    const { words } = useWords();
    const { info } = props;
    const [claim, setClaim] = useState<Claim | undefined>(props.initialClaim);
    if (info.state === 'ok' && claim?.kind === 'paused') {
        return (
            <Told
                screen="paused"
                info={info}
                title={words.door.pausedTitle}
                text={words.door.pausedText}
                action={{ text: words.page.retry, press: () => setClaim(undefined) }}
            />
        );
    }
    if (info.state === 'ended_tries' || claim?.kind === 'ended') {
        return (
            <Told
                screen="ended_tries"
                info={info}
                title={words.door.endedTitle}
                text={words.door.endedText}
            />
        );
    }
    if (info.state !== 'ok') return <DeadLink info={info} state={info.state} />;
    const onClaim = async (birth: DateNumbers): Promise<void> => {
        setClaim(await props.onClaim(birth));
    };
    return <FirstScreen info={info} nowMs={props.nowMs} claim={claim} onClaim={onClaim} />;
}

function DeadLink(props: {
    info: LinkInfo;
    state: 'unknown' | 'replaced' | 'cancelled' | 'expired' | 'withdrawn';
}) {
    const { words } = useWords();
    const { state } = props;
    const code = { text: words.door.useCode, press: () => location.assign('/join') };
    return (
        <Told
            screen={state}
            info={props.info}
            title={state === 'withdrawn' ? words.guest.withdrawnTitle : words.door[`${state}Title`]}
            text={state === 'withdrawn' ? words.guest.withdrawnText : words.door[`${state}Text`]}
            action={state === 'unknown' || state === 'replaced' ? code : undefined}
        />
    );
}

export function Told(props: {
    screen: string;
    info: LinkInfo;
    title: string;
    text: string;
    action?: { text: string; press: () => void } | undefined;
}) {
    return (
        <Layout clinic={props.info.clinic}>
            <Heading screen={props.screen}>{props.title}</Heading>
            <p>{props.text}</p>
            {props.action && (
                <Button kind="quiet" wide onPress={props.action.press}>
                    {props.action.text}
                </Button>
            )}
        </Layout>
    );
}

function FirstScreen(props: {
    info: LinkInfo;
    nowMs: number;
    claim: Claim | undefined;
    onClaim: (birth: DateNumbers) => Promise<void>;
}) {
    const { words } = useWords();
    const { info, claim } = props;
    const [date, setDate] = useState(emptyDate);
    const [incomplete, setIncomplete] = useState(false);
    const wrong = claim ? wrongText(words, claim, words.door.wrong) : '';
    const error = incomplete ? words.date.incomplete : wrong;
    const elsewhere = info.claimed === true && info.mine !== true;
    const submit = async (): Promise<void> => {
        const read = readDate(date);
        setIncomplete(!read);
        if (read) await props.onClaim(read);
    };
    return (
        <Layout clinic={info.clinic}>
            <ErrorSummary
                title={words.page.errors}
                errors={error ? [{ field: 'birth-day', text: error }] : []}
            />
            <Heading screen="door">
                {elsewhere
                    ? words.door.elsewhereTitle
                    : words.door.title(info.practitioner?.name ?? '')}
            </Heading>
            {elsewhere && <p>{words.door.elsewhereText}</p>}
            <LinkFacts info={info} nowMs={props.nowMs} />
            <Form onSubmit={submit}>
                <DateFields
                    id="birth"
                    words={info.who_connects === 'patient' ? ownDate(words) : words.date}
                    value={date}
                    error={error || undefined}
                    onChange={setDate}
                />
                <Button wide submit>
                    {elsewhere ? words.door.elsewhereSubmit : words.door.submit}
                </Button>
            </Form>
            <p class="muted">{words.door.why}</p>
        </Layout>
    );
}

function ownDate(words: Words) {
    return { ...words.date, legend: words.date.legendOwn };
}

function LinkFacts({ info, nowMs }: { info: LinkInfo; nowMs: number }) {
    const { words, format } = useWords();
    const fee = info.nothing_due
        ? words.door.feeNone
        : words.door.feeMax(format.money(info.fee_max_minor ?? 0, info.currency ?? 'EUR'));
    return (
        <Card>
            <dl class="facts facts--lines">
                <div>
                    <dt class="muted small">{words.door.when}</dt>
                    <dd>
                        {format.dayAndTime(info.start_ms ?? 0, nowMs)}
                        {info.duration_min ? `, ${words.door.duration(info.duration_min)}` : ''}
                    </dd>
                </div>
                <div>
                    <dt class="muted small">{words.door.price}</dt>
                    <dd>{fee}</dd>
                </div>
            </dl>
        </Card>
    );
}
