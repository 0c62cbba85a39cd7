/* delay_dialog: tells everyone who waits or comes how late a practitioner runs. */
import { useState } from 'preact/hooks';
import { useCommandForm, useDesk } from './page';
import { Choice, FormDialog } from './parts';

const steps = [0, 5, 10, 15, 20, 30, 45, 60];

export interface DelayDialogProps {
    practitioner: string;
    name: string;
    now: number;
    onClose: () => void;
}

export function DelayDialog(props: DelayDialogProps) {
    const { say, send, tell } = useDesk();
    const [minutes, setMinutes] = useState(String(steps.includes(props.now) ? props.now : 10));
    const form = useCommandForm({
        send: () => send('tell_delay', props.practitioner, { minutes: Number(minutes) }),
        done() {
            tell({ key: minutes === '0' ? 'said.on_time' : 'said.delay' });
            props.onClose();
        },
    });
    return (
        <FormDialog
            title={say('delay.title')}
            lead={say('delay.lead', { name: props.name })}
            go={say('delay.go')}
            form={form}
            prefix="delay"
            onClose={props.onClose}
        >
            <Choice
                id="delay-minutes"
                legend={say('delay.how_long')}
                value={minutes}
                options={steps.map((each) => ({
                    value: String(each),
                    label: each === 0 ? say('delay.none') : say('book.minutes', { n: each }),
                }))}
                onChange={setMinutes}
            />
        </FormDialog>
    );
}
