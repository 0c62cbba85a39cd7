/* idle_stage: nobody is in: prepare camera and sound, and who comes next. */
import type { Row } from '../shared/protocol';
import { Button } from '../shared/ui/Button';
import type { DeskKey } from '../words/desk.fr';
import { deviceSentence, type Call } from './call_media';
import type { ChimeState } from './chime';
import { wholeMinutes } from './clock';
import { useDesk } from './page';
import { Shape } from './parts';
import { Picture, useStreamOf } from './picture';
import { doctorList, nameOf, type Tone } from './rows';

export interface IdleStageProps {
    call: Call;
    chime: ChimeState;
    onChime: () => Promise<void>;
    onAdmit: (row: Row) => Promise<void>;
}

export function IdleStage(props: IdleStageProps) {
    return (
        <section class="stage stage--idle" aria-labelledby="idle-title">
            <Next onAdmit={props.onAdmit} />
            <div class="idle__cards">
                <Prepare call={props.call} />
                <Notices chime={props.chime} onChime={props.onChime} />
            </div>
        </section>
    );
}

function Next(props: { onAdmit: (row: Row) => Promise<void> }) {
    const { say, state, nowMs } = useDesk();
    const next = doctorList(state.board?.rows ?? []).waiting[0];
    const name = next ? nameOf(next.view) : '';
    const n = next ? wholeMinutes(next.view.waiting_since_ms ?? nowMs, nowMs) : 0;
    let words = say('stage.next.none');
    if (next) words = n > 0 ? say('stage.next', { name, n }) : say('stage.next.now', { name });
    return (
        <div class="card idle__next">
            <h2 id="idle-title">{say('stage.nobody')}</h2>
            <p>{words}</p>
            {next && (
                <Button onPress={() => props.onAdmit(next)}>
                    {say('list.admit.name', { name })}
                </Button>
            )}
        </div>
    );
}

const lines = {
    up: { tone: 'good', key: 'prepare.line.connected' },
    connecting: { tone: 'idle', key: 'prepare.line.connecting' },
    interrupted: { tone: 'soon', key: 'prepare.line.lost' },
    off: { tone: 'bad', key: 'prepare.line.none' },
} as const satisfies Record<string, { tone: Tone; key: DeskKey }>;

function Prepare(props: { call: Call }) {
    const { say } = useDesk();
    const { call } = props;
    const picture = useStreamOf(call.state.devices.cameraTrack);
    const said = deviceSentence(call.state);
    const line = lines[call.state.line.line];
    const ready = call.state.devices.microphone === 'works';
    const tried = call.state.prepared && said.tone === 'bad';
    return (
        <section class="card prepare" aria-labelledby="prepare-title">
            <h3 id="prepare-title">{say('prepare.title')}</h3>
            {ready && (
                <div class="prepare__picture">
                    <Picture stream={picture} label={say('prepare.self')} name="mirror" muted />
                </div>
            )}
            <p class={`state state--${said.tone}`} role="status">
                <Shape tone={said.tone} />
                <span>{say(said.key)}</span>
            </p>
            <p class={`state state--${line.tone}`} role="status">
                <Shape tone={line.tone} />
                <span>{say(line.key)}</span>
            </p>
            {!ready && (
                <Button small onPress={() => call.prepare()}>
                    {say(tried ? 'prepare.again' : 'prepare.go')}
                </Button>
            )}
        </section>
    );
}

function Notices(props: { chime: ChimeState; onChime: () => Promise<void> }) {
    const { say } = useDesk();
    const words: DeskKey =
        props.chime === 'on'
            ? 'notice.on'
            : props.chime === 'off'
              ? 'notice.lead'
              : 'notice.sound_only';
    return (
        <section class="card" aria-labelledby="notice-title">
            <h3 id="notice-title">{say('notice.title')}</h3>
            <p role="status">{say(words)}</p>
            <Button kind="quiet" small onPress={props.onChime}>
                {say(props.chime === 'off' ? 'notice.go' : 'notice.try')}
            </Button>
        </section>
    );
}
