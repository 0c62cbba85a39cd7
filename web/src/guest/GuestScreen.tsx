/* GuestScreen: the one screen of a guest's step, within the layout. */
import type { FunctionComponent } from 'preact';
import { useEffect } from 'preact/hooks';
import type { GuestStep } from '../shared/protocol';
import { Button } from '../shared/ui/Button';
import { Card, Dot } from '../shared/ui/Card';
import { Heading } from '../shared/ui/Heading';
import { Picture } from '../shared/ui/Picture';
import { useTrackStream } from '../shared/ui/useTrackStream';
import { DeviceTest } from '../visit/DeviceTest';
import { Layout } from '../visit/Layout';
import { practitionerName } from '../visit/model';
import { refusalText, useWords } from '../visit/words';
import { GuestCall } from './GuestCall';
import type { GuestProps } from './model';

const screens: Record<GuestStep, FunctionComponent<GuestProps>> = {
    consent: Promised,
    declined: Declined,
    check: Check,
    ready: Ready,
    waiting: Waiting,
    call: GuestCall,
    dismissed: Dismissed,
    telephone: Telephone,
    cancelled: Cancelled,
    over: Over,
};

export function GuestScreen(props: GuestProps) {
    const { words } = useWords();
    const { model } = props;
    const step = model.visit.view.guest_step ?? 'over';
    const inCall = step === 'call';
    const One = screens[step];
    useEffect(() => {
        document.title = `${words.page.title} · ${model.me.clinic.name}`;
    }, [words, model.me.clinic.name]);
    return (
        <Layout
            clinic={model.me.clinic}
            lost={model.connection !== 'open' && !inCall}
            refused={model.ui.refused ? refusalText(words, model.ui.refused) : ''}
            dark={inCall}
        >
            <One {...props} />
        </Layout>
    );
}

/* Nothing ticked beforehand, two buttons of equal weight. */
function Promised({ model, actions }: GuestProps) {
    const { words } = useWords();
    const text = words.guest.consentText;
    const answer = (accepted: boolean) =>
        actions.promise(accepted, words.guest.consentVersion, text);
    return (
        <>
            {model.me.given && <p>{words.consent.hello(model.me.given)}</p>}
            <Heading screen="guest_consent">{words.guest.consentTitle}</Heading>
            <Card>
                <p>{text}</p>
            </Card>
            <div class="stack equal">
                <Button kind="quiet" wide onPress={() => answer(true)}>
                    {words.guest.accept}
                </Button>
                <Button kind="quiet" wide onPress={() => answer(false)}>
                    {words.guest.refuse}
                </Button>
            </div>
        </>
    );
}

function Declined({ actions }: GuestProps) {
    const { words } = useWords();
    const { consentVersion, consentText } = words.guest;
    return (
        <>
            <Heading screen="guest_declined">{words.guest.declinedTitle}</Heading>
            <p>{words.guest.declinedText}</p>
            <Button
                kind="quiet"
                wide
                onPress={() => actions.promise(true, consentVersion, consentText)}
            >
                {words.guest.again}
            </Button>
        </>
    );
}

function Check({ model, actions }: GuestProps) {
    const { words } = useWords();
    return (
        <DeviceTest
            title={words.check.title}
            devices={model.devices}
            soundOnly={model.ui.soundOnly}
            check={model.check}
            house={model.media.house}
            onCheck={actions.checkLine}
            doneText={words.check.done}
            onOpen={actions.openDevices}
            onSoundOnly={actions.setSoundOnly}
            onSwitchCamera={actions.switchCamera}
            onDone={actions.finishTest}
        />
    );
}

function Ready({ model, actions }: GuestProps) {
    const { words, format } = useWords();
    const opens = model.visit.view.opens_ms ?? 0;
    const open = model.nowMs >= opens;
    return (
        <>
            <Heading screen={open ? 'guest_ready' : 'guest_early'}>
                {words.guest.readyTitle}
            </Heading>
            <Facts model={model} actions={actions} />
            {open ? (
                <Button wide onPress={actions.arrive}>
                    {words.guest.enter}
                </Button>
            ) : (
                <p>{words.guest.earlyText(format.dayAndTime(opens, model.nowMs))}</p>
            )}
        </>
    );
}

function Facts({ model }: GuestProps) {
    const { words, format } = useWords();
    return (
        <Card>
            <dl class="facts facts--lines">
                <div>
                    <dt class="muted small">{words.guest.with}</dt>
                    <dd>{practitionerName(model.me)}</dd>
                </div>
                <div>
                    <dt class="muted small">{words.door.when}</dt>
                    <dd>{format.dayAndTime(model.visit.view.start_ms ?? 0, model.nowMs)}</dd>
                </div>
            </dl>
        </Card>
    );
}

function Waiting(props: GuestProps) {
    const { words } = useWords();
    const { model, actions } = props;
    const own = useTrackStream(model.devices.cameraTrack);
    return (
        <>
            <p class="status ok">
                <Dot tone="leaf" />
                {words.waiting.where}
            </p>
            <Heading screen="guest_waiting">{words.guest.waitingTitle}</Heading>
            <p>{words.guest.waitingText}</p>
            <Facts {...props} />
            {own && (
                <Picture
                    stream={own}
                    label={words.waiting.preview}
                    silent
                    mirrored
                    class="preview"
                />
            )}
            <Button kind="quiet" wide onPress={actions.leave}>
                {words.guest.leaveRoom}
            </Button>
        </>
    );
}

function Dismissed({ actions }: GuestProps) {
    const { words } = useWords();
    return (
        <>
            <Heading screen="guest_dismissed">{words.guest.dismissedTitle}</Heading>
            <p>{words.guest.dismissedText}</p>
            <Button kind="quiet" wide onPress={actions.leave}>
                {words.guest.leave}
            </Button>
        </>
    );
}

function Telephone() {
    const { words } = useWords();
    return (
        <>
            <Heading screen="guest_telephone">{words.guest.telephoneTitle}</Heading>
            <p>{words.guest.telephoneText}</p>
        </>
    );
}

function Cancelled() {
    const { words } = useWords();
    return (
        <>
            <Heading screen="guest_cancelled">{words.door.cancelledTitle}</Heading>
            <p>{words.guest.withdrawnText}</p>
        </>
    );
}

function Over() {
    const { words } = useWords();
    return (
        <>
            <Heading screen="guest_over">{words.guest.overTitle}</Heading>
            <p>{words.guest.overText}</p>
        </>
    );
}
