/*
 * DeviceTest: camera and microphone tried here before anybody sees or hears, then
 * one's own voice back from the relay and the line measured; for the visit, for
 * the waiting room's « Refaire le test » and for /check.
 */
import { useEffect, useState } from 'preact/hooks';
import { insideAnApp, meter, playTestSound, type DevicesState } from '../shared/devices';
import { isChecking, type CheckState } from '../shared/line_check';
import type { DeviceState } from '../shared/protocol';
import { Button, LinkButton } from '../shared/ui/Button';
import { Card, Dot, Notice, type Tone } from '../shared/ui/Card';
import { Heading } from '../shared/ui/Heading';
import { Picture, Sound } from '../shared/ui/Picture';
import { useTrackStream } from '../shared/ui/useTrackStream';
import type { Words } from '../words';
import { useWords } from './words';

export interface DeviceTestProps {
    title: string;
    devices: DevicesState;
    soundOnly: boolean;
    check: CheckState; /* the one through the relay */
    house: MediaStream | undefined; /* where the own voice comes back */
    onCheck: () => Promise<unknown>;
    doneText: string;
    onOpen: (camera: boolean) => Promise<void>;
    onSoundOnly: (soundOnly: boolean) => Promise<void>;
    onSwitchCamera: () => Promise<void>;
    onDone: (heard: boolean | undefined) => unknown;
    onBack?: (() => void) | undefined;
    testLevel?: number; /* pictures of this screen only */
}

type SoundWord = 'untested' | 'playing' | 'asked' | 'heard' | 'unheard';

export function DeviceTest(props: DeviceTestProps) {
    const { words } = useWords();
    const { devices, check } = props;
    const started = devices.camera !== 'untested' || devices.microphone !== 'untested';
    const silent = devices.microphone !== 'works';
    const [sound, setSound] = useState<SoundWord>('untested');
    const heard = sound === 'heard' ? true : sound === 'unheard' ? false : undefined;
    return (
        <>
            <Heading screen="check">{props.title}</Heading>
            <p>{words.check.intro}</p>
            {!started && <StartTest {...props} />}
            {started && (
                <>
                    <CameraPart {...props} />
                    <Help {...props} />
                    <MicrophonePart {...props} />
                    {silent ? (
                        <SoundPart sound={sound} setSound={setSound} />
                    ) : (
                        <VoicePart {...props} check={check} sound={sound} setSound={setSound} />
                    )}
                    <Button
                        kind={silent || isChecking(check) ? 'quiet' : 'main'}
                        wide
                        onPress={() => props.onDone(heard)}
                    >
                        {doneWord(words, props)}
                    </Button>
                </>
            )}
            {props.onBack && <LinkButton onPress={props.onBack}>{words.page.back}</LinkButton>}
        </>
    );
}

function doneWord(words: Words, { devices, soundOnly, doneText }: DeviceTestProps): string {
    if (devices.microphone !== 'works') return words.check.doneNothing;
    if (devices.camera !== 'works' || soundOnly) return words.check.doneSoundOnly;
    return doneText;
}

function StartTest({ devices, onOpen, onSoundOnly, soundOnly }: DeviceTestProps) {
    const { words } = useWords();
    return (
        <>
            <p>{devices.asking ? words.check.asking : words.check.introAsk}</p>
            <Button wide onPress={() => onOpen(!soundOnly)}>
                {words.check.start}
            </Button>
            <LinkButton onPress={() => onSoundOnly(true)}>{words.check.soundOnly}</LinkButton>
        </>
    );
}

function CameraPart(props: DeviceTestProps) {
    const { words } = useWords();
    const { devices, soundOnly } = props;
    const stream = useTrackStream(devices.cameraTrack);
    return (
        <Card class="stack stack--tight">
            <State name={words.check.camera} state={devices.camera} off={soundOnly} />
            {devices.camera === 'works' && !soundOnly && (
                <Picture
                    stream={stream}
                    label={words.check.preview}
                    silent
                    mirrored
                    class="preview"
                />
            )}
            <div class="row row--wrap">
                {devices.cameras > 1 && !soundOnly && (
                    <LinkButton onPress={props.onSwitchCamera}>
                        {words.check.switchCamera}
                    </LinkButton>
                )}
                <LinkButton onPress={() => props.onSoundOnly(!soundOnly)}>
                    {soundOnly ? words.check.withCamera : words.check.soundOnly}
                </LinkButton>
            </div>
        </Card>
    );
}

const tones: Record<DeviceState, Tone> = {
    untested: 'idle',
    works: 'leaf',
    refused: 'brick',
    busy: 'amber',
    missing: 'brick',
    unsupported: 'brick',
};

function State(props: { name: string; state: DeviceState; off?: boolean }) {
    const { words } = useWords();
    return (
        <p class="row">
            <Dot tone={props.off ? 'idle' : tones[props.state]} />
            <strong>{props.name}</strong>
            <span>{props.off ? words.check.words.off : words.check.words[props.state]}</span>
        </p>
    );
}

function MicrophonePart({ devices, testLevel }: DeviceTestProps) {
    const { words } = useWords();
    const [level, setLevel] = useState(testLevel ?? 0);
    const [loudest, setLoudest] = useState(0);
    const track = devices.microphoneTrack;
    useEffect(() => {
        if (!track || testLevel !== undefined) return;
        return meter(track, (next) => {
            setLevel(next);
            setLoudest((old) => Math.max(old, next));
        });
    }, [track]);
    return (
        <Card class="stack stack--tight">
            <State name={words.check.microphone} state={devices.microphone} />
            {devices.microphone === 'works' && (
                <>
                    <p>{words.check.speak}</p>
                    <div
                        class="meter"
                        role="meter"
                        aria-label={words.check.level}
                        aria-valuemin={0}
                        aria-valuemax={100}
                        aria-valuenow={Math.round(level * 100)}
                    >
                        <div class="meter__fill" style={{ width: `${Math.round(level * 100)}%` }} />
                    </div>
                    <p class="ok" role="status">
                        {loudest > 0.35 ? words.check.heardYou : ''}
                    </p>
                </>
            )}
        </Card>
    );
}

/* One's own voice and the line, over the way that the consultation will take. */
function VoicePart(
    props: DeviceTestProps & {
        check: CheckState;
        sound: SoundWord;
        setSound: (sound: SoundWord) => void;
    },
) {
    const { words } = useWords();
    const { check, sound, setSound } = props;
    const voice = words.check.voice;
    const busy = isChecking(check);
    const step = check.step;
    const doing = step in voice.steps ? voice.steps[step as keyof typeof voice.steps] : '';
    const played = check.voice === 'heard' || check.voice === 'faint';
    const asks = played && sound === 'untested' && check.step !== 'listen';
    const start = (): void => {
        setSound('untested');
        void props.onCheck();
    };
    return (
        <Card class="stack stack--tight">
            <h2 class="card__title">{voice.title}</h2>
            {check.step === 'idle' && <p>{voice.intro}</p>}
            <Sound stream={props.house} playing={busy} />
            <div role="status" class="stack stack--tight">
                {doing && <p>{doing}</p>}
                {check.voice !== 'untested' && <p>{voice.words[check.voice]}</p>}
                {check.step === 'done' && <p>{words.check.line[check.line]}</p>}
                {check.step === 'failed' && <p>{voice.failed}</p>}
                {sound === 'heard' && <p class="ok">{words.check.soundYes}</p>}
                {sound === 'unheard' && <p>{voice.unheard}</p>}
                {asks && <p>{voice.ask}</p>}
            </div>
            {asks && (
                <div class="two">
                    <Button kind="quiet" onPress={() => setSound('heard')}>
                        {words.check.yes}
                    </Button>
                    <Button kind="quiet" onPress={() => setSound('unheard')}>
                        {words.check.no}
                    </Button>
                </div>
            )}
            {!busy && (
                <Button kind="quiet" wide onPress={start}>
                    {check.step === 'idle' ? voice.start : voice.again}
                </Button>
            )}
        </Card>
    );
}

function SoundPart(props: { sound: SoundWord; setSound: (sound: SoundWord) => void }) {
    const { words } = useWords();
    const { sound, setSound } = props;
    const play = async (): Promise<void> => {
        setSound('playing');
        await playTestSound().catch(() => undefined);
        setSound('asked');
    };
    const settled = sound === 'heard' || sound === 'unheard';
    return (
        <Card class="stack stack--tight">
            <Button kind="quiet" wide onPress={play}>
                {words.check.sound}
            </Button>
            <div role="status">
                {sound === 'playing' && <p>{words.check.soundPlaying}</p>}
                {sound === 'asked' && <p>{words.check.soundAsk}</p>}
                {settled && <p>{sound === 'heard' ? words.check.soundYes : words.check.soundNo}</p>}
            </div>
            {sound === 'asked' && (
                <div class="two">
                    <Button kind="quiet" onPress={() => setSound('heard')}>
                        {words.check.yes}
                    </Button>
                    <Button kind="quiet" onPress={() => setSound('unheard')}>
                        {words.check.no}
                    </Button>
                </div>
            )}
        </Card>
    );
}

/* What to do, for the worst of the two answers. */
function Help({ devices, soundOnly, onOpen }: DeviceTestProps) {
    const { words } = useWords();
    const [copied, setCopied] = useState(false);
    const states = soundOnly ? [devices.microphone] : [devices.microphone, devices.camera];
    const worst = (['unsupported', 'refused', 'busy', 'missing'] as const).find((state) =>
        states.includes(state),
    );
    if (!worst) return null;
    const copy = async (): Promise<void> => {
        await navigator.clipboard.writeText(location.href).catch(() => undefined);
        setCopied(true);
    };
    const help = words.check.help;
    return (
        <Notice tone={worst === 'busy' ? 'amber' : 'brick'} alert>
            <div class="stack stack--tight">
                <h2>{help[`${worst}Title`]}</h2>
                <p>{help[worst]}</p>
                {worst === 'unsupported' && (
                    <LinkButton onPress={copy}>{copied ? help.copied : help.copy}</LinkButton>
                )}
                {(worst !== 'unsupported' || !insideAnApp()) && (
                    <Button onPress={() => onOpen(!soundOnly)}>{words.check.again}</Button>
                )}
                {devices.microphone === 'works' && <p>{help.soundOnly}</p>}
            </div>
        </Notice>
    );
}
