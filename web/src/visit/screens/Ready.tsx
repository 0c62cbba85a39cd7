/* Ready: all is done; the waiting room comes next, once it is open. */
import { Button, LinkButton } from '../../shared/ui/Button';
import { Dot, Notice } from '../../shared/ui/Card';
import { Heading } from '../../shared/ui/Heading';
import { roomIsOpen, type ScreenProps } from '../model';
import { useWords } from '../words';
import { Appointment } from './Appointment';

export function Ready({ model, view, actions }: ScreenProps) {
    const { words, format } = useWords();
    const open = roomIsOpen(view, model.nowMs);
    const opens = view.opens_ms ?? 0;
    const today = format.isoDay(opens) === format.isoDay(model.nowMs);
    const day = today ? words.ready.today : words.ready.on(format.day(opens));
    return (
        <>
            <p class="status ok">
                <Dot tone="leaf" />
                {open ? words.ready.open : words.ready.early(day, format.time(opens))}
            </p>
            <Heading screen={open ? 'ready' : 'ready_early'}>{words.ready.title}</Heading>
            {view.was_moved && <Notice tone="amber">{words.ready.moved}</Notice>}
            <Appointment model={model} view={view} />
            {open ? (
                <Button wide onPress={actions.arrive}>
                    {words.ready.enter}
                </Button>
            ) : (
                <>
                    <p>{words.ready.earlyNext}</p>
                    <p>{words.ready.earlyStay}</p>
                </>
            )}
            <LinkButton onPress={() => actions.setTesting(true)}>{words.ready.redo}</LinkButton>
        </>
    );
}
