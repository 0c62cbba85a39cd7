/* Waiting: the waiting room, and the same after having been put back. */
import type { Message } from '../../shared/protocol';
import { Button, LinkButton } from '../../shared/ui/Button';
import { Card, Dot, Notice } from '../../shared/ui/Card';
import { Heading } from '../../shared/ui/Heading';
import { Picture, Sound } from '../../shared/ui/Picture';
import { useTrackStream } from '../../shared/ui/useTrackStream';
import { isLate, type ScreenProps } from '../model';
import { useWords } from '../words';
import { Appointment } from './Appointment';

export function Waiting(props: ScreenProps) {
    const { words } = useWords();
    const { model, view, actions } = props;
    const back = view.step === 'put_back';
    return (
        <>
            <p class="status ok">
                <Dot tone="leaf" />
                {words.waiting.where}
            </p>
            <Heading screen={back ? 'put_back' : 'waiting'}>
                {back ? words.waiting.titleBack : words.waiting.title}
            </Heading>
            <p>{back ? words.waiting.textBack : words.waiting.text}</p>
            <Late {...props} />
            <Where {...props} />
            <ClinicMessages messages={model.visit.chat} />
            <Appointment model={model} view={view} withDelay />
            <Equipment {...props} />
            <Sound stream={model.media.house} playing={model.ui.music} />
            <Button
                kind="quiet"
                wide
                pressed={model.ui.music}
                onPress={() => actions.setMusic(!model.ui.music)}
            >
                {model.ui.music ? words.waiting.musicStop : words.waiting.music}
            </Button>
            {!view.other_time_asked && !lateAsks(props) && (
                <Button kind="quiet" wide onPress={actions.askOtherTime}>
                    {words.waiting.otherTime}
                </Button>
            )}
            <LinkButton onPress={actions.leaveRoom}>{words.waiting.leave}</LinkButton>
        </>
    );
}

/* Where the doctor is, as far as the patient may know. */
function Where({ model, view }: ScreenProps) {
    const { words } = useWords();
    const doctor = model.visit.now.doctor;
    if (!doctor || view.step === 'put_back') return null;
    if (doctor.connected === false) return <p>{words.waiting.away}</p>;
    if (doctor.doing === 'busy') return <p>{words.waiting.busy}</p>;
    return null;
}

function lateAsks({ view, model }: ScreenProps): boolean {
    const answered = view.place_kept || view.callback_asked || view.other_time_asked;
    return isLate(view, model.nowMs) && !answered;
}

/* A quarter of an hour past: three ways on, none of them costs anything. */
function Late(props: ScreenProps) {
    const { words } = useWords();
    const { view, actions } = props;
    if (view.other_time_asked) {
        return (
            <Notice tone="leaf">
                <p>{words.waiting.otherAsked}</p>
                <LinkButton onPress={actions.keepPlace}>{words.waiting.keepAfterAll}</LinkButton>
            </Notice>
        );
    }
    if (view.place_kept || (view.callback_asked && isLate(view, props.model.nowMs))) {
        return (
            <Notice tone="leaf">
                {view.callback_asked && <p>{words.help.callAsked}</p>}
                <p>{words.waiting.kept}</p>
            </Notice>
        );
    }
    if (!lateAsks(props)) return null;
    return (
        <Notice tone="amber" alert>
            <div class="stack stack--tight">
                <h2>{words.waiting.lateTitle}</h2>
                <Button wide onPress={actions.keepPlace}>
                    {words.waiting.lateKeep}
                </Button>
                <Button kind="quiet" wide onPress={actions.askCallback}>
                    {words.waiting.lateCall}
                </Button>
                <Button kind="quiet" wide onPress={actions.askOtherTime}>
                    {words.waiting.lateOther}
                </Button>
            </div>
        </Notice>
    );
}

/* Whether camera and microphone are ready on this page, and one's own picture. */
function Equipment({ model, actions }: ScreenProps) {
    const { words } = useWords();
    const { devices } = model;
    const stream = useTrackStream(devices.cameraTrack);
    const sound = devices.microphoneTrack !== undefined;
    const both = sound && devices.cameraTrack !== undefined;
    const sentence = both
        ? words.waiting.allReady
        : sound
          ? words.waiting.soundOnly
          : words.waiting.noDevice;
    return (
        <Card class="stack stack--tight">
            <div class="row row--wrap">
                <Dot tone={both ? 'leaf' : sound ? 'amber' : 'brick'} />
                <span class="grow">{sentence}</span>
                <LinkButton onPress={() => actions.setTesting(true)}>
                    {words.waiting.redo}
                </LinkButton>
            </div>
            {stream && (
                <div class="row">
                    <Picture
                        stream={stream}
                        label={words.waiting.preview}
                        silent
                        mirrored
                        class="thumb"
                    />
                    <span class="muted small">{words.waiting.preview}</span>
                </div>
            )}
        </Card>
    );
}

/* What the clinic or the doctor wrote to the one who waits. */
function ClinicMessages({ messages }: { messages: Message[] }) {
    const { words, format } = useWords();
    const news = messages.filter((message) => message.from !== 'patient').slice(-3);
    return (
        <div role="log" aria-label={words.waiting.messages} class="stack stack--tight log">
            {news.map((message) => (
                <Notice key={message.n}>
                    <p class="muted small">
                        {message.from === 'doctor'
                            ? words.waiting.fromDoctor
                            : words.waiting.fromClinic}
                        {' · '}
                        {format.time(message.at_ms)}
                    </p>
                    <p>{message.text}</p>
                </Notice>
            ))}
        </div>
    );
}
