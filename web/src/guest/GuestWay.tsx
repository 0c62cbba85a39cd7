/*
 * GuestWay: a guest's way: the code that opens the invitation on this device,
 * then the room. Loaded by the visit's page when the link is a guest's.
 */
import { useEffect, useState } from 'preact/hooks';
import { Button } from '../shared/ui/Button';
import { Card } from '../shared/ui/Card';
import { ErrorSummary } from '../shared/ui/ErrorSummary';
import { TextField } from '../shared/ui/Field';
import { Form } from '../shared/ui/Form';
import { Heading } from '../shared/ui/Heading';
import { useClock, useStore } from '../shared/store';
import { claimGuest, type Claim, type LinkInfo } from '../visit/door';
import { Told } from '../visit/Door';
import { AwayPage, WaitPage } from '../visit/Elsewhere';
import { Layout } from '../visit/Layout';
import { useWords } from '../visit/words';
import type { Words } from '../words';
import { GuestRoom } from './room';
import { GuestScreen } from './GuestScreen';

export function GuestWay(props: { info: LinkInfo; token: string }) {
    const { info, token } = props;
    const known = info.mine ? info.consultation : undefined;
    const [consultation, setConsultation] = useState(known);
    if (!consultation || !info.guest) {
        const claim = async (code: string): Promise<Claim> => {
            const result = await claimGuest(token, code);
            if (result.kind === 'in') setConsultation(result.consultation);
            return result;
        };
        return <GuestDoor info={info} onClaim={claim} />;
    }
    return <RoomOfGuest consultation={consultation} guest={info.guest} />;
}

/* ---- before the code ------------------------------------------------------ */

function wrongText(words: Words, claim: Claim | undefined): string {
    if (claim?.kind === 'network') return words.page.openProblem;
    if (claim?.kind !== 'wrong') return '';
    const { left } = claim;
    return left !== undefined && left <= 3
        ? words.guest.codeWrongLeft(left)
        : words.guest.codeWrong;
}

export function GuestDoor(props: {
    info: LinkInfo;
    onClaim: (code: string) => Promise<Claim>;
    initialClaim?: Claim; /* pictures of this screen only */
}) {
    const { words, format } = useWords();
    const { info } = props;
    const [code, setCode] = useState('');
    const [missing, setMissing] = useState(false);
    const [claim, setClaim] = useState<Claim | undefined>(props.initialClaim);
    const again = { text: words.page.retry, press: () => setClaim(undefined) };
    if (claim?.kind === 'paused' || claim?.kind === 'ended') {
        const ended = claim.kind === 'ended';
        return (
            <Told
                screen={ended ? 'ended_tries' : 'paused'}
                info={info}
                title={ended ? words.door.endedTitle : words.door.pausedTitle}
                text={ended ? words.guest.endedText : words.guest.pausedText}
                action={ended ? undefined : again}
            />
        );
    }
    const submit = async (): Promise<void> => {
        const digits = code.replace(/\D/g, '');
        setMissing(digits.length !== 6);
        if (digits.length === 6) setClaim(await props.onClaim(digits));
    };
    const error = missing ? words.guest.codeMissing : wrongText(words, claim);
    return (
        <Layout clinic={info.clinic}>
            <ErrorSummary
                title={words.page.errors}
                errors={error ? [{ field: 'code', text: error }] : []}
            />
            <Heading screen="guest_door">{words.guest.doorTitle}</Heading>
            <Card>
                <dl class="facts facts--lines">
                    <div>
                        <dt class="muted small">{words.guest.with}</dt>
                        <dd>{info.practitioner?.name}</dd>
                    </div>
                    <div>
                        <dt class="muted small">{words.door.when}</dt>
                        <dd>{format.dayAndTime(info.start_ms ?? 0, Date.now())}</dd>
                    </div>
                </dl>
            </Card>
            {info.claimed && !info.mine && <p>{words.door.elsewhereText}</p>}
            <Form onSubmit={submit}>
                <TextField
                    id="code"
                    label={words.guest.code}
                    hint={words.guest.codeHint}
                    inputMode="numeric"
                    autocomplete="one-time-code"
                    maxLength={9}
                    value={code}
                    error={error || undefined}
                    onChange={setCode}
                />
                <Button wide submit>
                    {info.claimed && !info.mine ? words.door.elsewhereSubmit : words.door.submit}
                </Button>
            </Form>
            <p class="muted">{words.guest.codeWhy}</p>
        </Layout>
    );
}

/* ---- after it ------------------------------------------------------------- */

const TROUBLE_MS = 8_000;

function RoomOfGuest(props: { consultation: string; guest: number }) {
    const { words } = useWords();
    const [room] = useState(() => new GuestRoom(props.consultation, props.guest));
    const state = useStore(room.state);
    const ui = useStore(room.ui);
    const devices = useStore(room.devices.state);
    const media = useStore(room.media.state);
    const check = useStore(room.check.state);
    const now = useClock(1_000);
    const [startedMs] = useState(() => Date.now());
    useEffect(() => {
        room.start();
        return () => room.stop();
    }, [room]);
    const visit = state.visits[props.consultation];
    if (state.fenced || state.signedOut) {
        return (
            <Layout clinic={state.me?.clinic}>
                <Heading screen="fenced">{words.guest.fencedTitle}</Heading>
                <p>{words.guest.fencedText}</p>
                <Button kind="quiet" wide onPress={() => location.reload()}>
                    {words.guest.reopen}
                </Button>
            </Layout>
        );
    }
    if (state.elsewhere) {
        return (
            <AwayPage why="elsewhere" clinic={state.me?.clinic} onTake={() => room.takeOver()} />
        );
    }
    if (!state.me || !visit?.view.guest_step) {
        const trouble = now - startedMs > TROUBLE_MS && state.connection !== 'open';
        return <WaitPage trouble={trouble} onRetry={() => location.reload()} />;
    }
    return (
        <GuestScreen
            model={{
                me: state.me,
                visit,
                connection: state.connection,
                nowMs: now + state.skewMs,
                devices,
                media,
                check,
                ui,
            }}
            actions={room.actions}
        />
    );
}
