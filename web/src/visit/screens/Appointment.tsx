/* Appointment: when it is, and how late the doctor runs; never how many others wait. */
import type { View } from '../../shared/protocol';
import { Card } from '../../shared/ui/Card';
import { practitionerName, type Model } from '../model';
import { useWords } from '../words';

export function Appointment(props: {
    model: Model;
    view: View;
    withDelay?: boolean;
    withName?: boolean;
}) {
    const { words, format } = useWords();
    const { view, model } = props;
    const delay = view.delay_min ?? 0;
    /* once the hour has passed, "none" would be no news but a mistake */
    const told = delay > 0 || model.nowMs < (view.start_ms ?? 0);
    return (
        <Card>
            <dl class="facts">
                <div>
                    <dt class="muted small">{words.waiting.appointment}</dt>
                    <dd>
                        {format.dayAndTime(view.start_ms ?? 0, model.nowMs)}
                        {props.withName && <div>{practitionerName(model.me)}</div>}
                    </dd>
                </div>
                {props.withDelay && told && (
                    <div>
                        <dt class="muted small">{words.waiting.delay}</dt>
                        <dd class={delay > 0 ? 'soon' : undefined}>
                            {delay > 0 ? words.waiting.delayOf(delay) : words.waiting.onTime}
                        </dd>
                    </div>
                )}
            </dl>
        </Card>
    );
}
