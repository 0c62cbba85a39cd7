/* release_line: approved, settled, released: the three steps both sides see. */
import type { Now, View } from '../shared/protocol';
import { useDesk } from './page';
import { releaseLine, type StepState } from './release';
import { Shape } from './parts';
import type { Tone } from './rows';

const tones: Record<StepState, Tone> = { done: 'good', now: 'soon', later: 'idle', failed: 'bad' };

export function ReleaseLine(props: { view: View; now: Now }) {
    const { say } = useDesk();
    const line = releaseLine(props.view, props.now);
    return (
        <div class="release" role="group" aria-label={say('release.title')}>
            <strong>{say('release.title')}</strong>
            {line.idle && <span class="muted">{say(line.idle.key)}</span>}
            {line.steps.length > 0 && (
                <ol class="release__steps">
                    {line.steps.map((step) => (
                        <li class={`state state--${tones[step.state]}`} key={step.name}>
                            <Shape tone={tones[step.state]} />
                            {say(step.words.key, step.words.values)}
                        </li>
                    ))}
                </ol>
            )}
            {line.waits && <span class="release__waits muted">{say(line.waits.key)}</span>}
        </div>
    );
}
