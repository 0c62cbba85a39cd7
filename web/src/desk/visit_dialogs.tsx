/* visit_dialogs: the secretary's dialogs about one visit, each one command. */
import { useState } from 'preact/hooks';
import type { CancelledBy, Commands, Row } from '../shared/protocol';
import { Select, TextArea, TextField } from '../shared/ui/Field';
import {
    identityErrors,
    identityMembers,
    identityOf,
    timeErrors,
    timeMembers,
    timeOf,
    type Errors,
} from './booking';
import { ContactFields, IdentityFields, TimeFields } from './fields';
import { practitionerName, timeRefusals, today, useCommandForm, useDesk } from './page';
import { Choice, FormDialog, useErrorOf } from './parts';
import { nameOf } from './rows';
import { withinSentence } from './say';

export type VisitDialogName =
    | 'message'
    | 'move'
    | 'reassign'
    | 'cancel'
    | 'correct'
    | 'reissue'
    | 'settle'
    | 'waive'
    | 'refund';

interface DialogParts {
    row: Row;
    onClose: () => void;
}

const dialogs: Record<VisitDialogName, (props: DialogParts) => preact.JSX.Element> = {
    message: MessageDialog,
    move: MoveDialog,
    reassign: ReassignDialog,
    cancel: CancelDialog,
    correct: CorrectDialog,
    reissue: ReissueDialog,
    settle: SettleDialog,
    waive: WaiveDialog,
    refund: RefundDialog,
};

export function VisitDialog(props: DialogParts & { name: VisitDialogName }) {
    const Named = dialogs[props.name];
    return <Named row={props.row} onClose={props.onClose} />;
}

/* A text that has to be there and not too long. */
export function textErrors(
    field: string,
    text: string,
    missing: 'error.message' | 'error.reason_text',
    most: number,
): Errors {
    if (text.trim() === '') return { [field]: { key: missing } };
    const bytes = new TextEncoder().encode(text.trim()).length;
    return bytes > most ? { [field]: { key: 'error.too_long', values: { n: most } } } : {};
}

export const REASON_MAX = 199;

export function MessageDialog({ row, onClose }: DialogParts) {
    const { say, send, tell, state, format } = useDesk();
    const [text, setText] = useState('');
    const past = (state.visits[row.of]?.chat ?? []).filter((each) => each.from === 'clinic');
    const form = useCommandForm({
        check: () => textErrors('text', text, 'error.message', 2000),
        send: () => send('send_message', row.of, { text: text.trim() }),
        done() {
            tell({ key: 'said.message' });
            onClose();
        },
    });
    const errorOf = useErrorOf(form);
    return (
        <FormDialog
            title={say('message.title', { name: nameOf(row.view) })}
            go={say('message.go')}
            form={form}
            prefix="message"
            onClose={onClose}
        >
            {past.length > 0 && (
                <section class="past">
                    <h3>{say('message.past')}</h3>
                    <ul>
                        {past.map((each) => (
                            <li key={each.n}>
                                <span class="muted">{format.time(each.at_ms)}</span> {each.text}
                            </li>
                        ))}
                    </ul>
                </section>
            )}
            <TextArea
                id="message-text"
                label={say('message.label')}
                hint={say('message.hint')}
                rows={3}
                maxLength={1000}
                value={text}
                error={errorOf('text')}
                onChange={setText}
            />
        </FormDialog>
    );
}

function MoveDialog({ row, onClose }: DialogParts) {
    const { say, send, tell, me, format, nowMs, locale } = useDesk();
    const zone = me.clinic.time_zone;
    const [time, setTime] = useState(() => timeOf(row.view, zone));
    const form = useCommandForm({
        check: () => timeErrors(time, zone, nowMs),
        fields: timeRefusals,
        send: () => send('reschedule', row.of, timeMembers(time, zone)),
        done() {
            tell({ key: 'said.move' });
            onClose();
        },
    });
    const when = withinSentence(format.dayAndTime(row.view.start_ms ?? 0, nowMs), locale);
    return (
        <FormDialog
            title={say('move.title')}
            lead={say('move.lead', { when })}
            go={say('move.go')}
            form={form}
            prefix="move"
            onClose={onClose}
        >
            <TimeFields
                prefix="move"
                form={time}
                errorOf={useErrorOf(form)}
                practitioner={row.view.practitioner ?? ''}
                except={row.of}
                onChange={(part) => setTime((old) => ({ ...old, ...part }))}
            />
        </FormDialog>
    );
}

function ReassignDialog({ row, onClose }: DialogParts) {
    const { say, send, tell, me, format, nowMs, locale } = useDesk();
    const zone = me.clinic.time_zone;
    const others = (me.practitioners ?? []).filter((each) => each.id !== row.view.practitioner);
    const [practitioner, setPractitioner] = useState(
        others.length === 1 ? (others[0]?.id ?? '') : '',
    );
    const [time, setTime] = useState(() => timeOf(row.view, zone));
    const form = useCommandForm({
        check: () => ({
            ...(practitioner ? {} : { practitioner: { key: 'error.practitioner' as const } }),
            ...timeErrors(time, zone, nowMs),
        }),
        fields: timeRefusals,
        send: () => send('reassign', row.of, { practitioner, ...timeMembers(time, zone) }),
        done() {
            tell({ key: 'said.reassign', values: { name: practitionerName(me, practitioner) } });
            onClose();
        },
    });
    const errorOf = useErrorOf(form);
    const when = withinSentence(format.dayAndTime(row.view.start_ms ?? 0, nowMs), locale);
    const name = practitionerName(me, row.view.practitioner);
    return (
        <FormDialog
            title={say('reassign.title')}
            lead={say('reassign.lead', { name, when })}
            go={say('reassign.go')}
            form={form}
            prefix="reassign"
            onClose={onClose}
        >
            <Select
                id="reassign-practitioner"
                label={say('book.practitioner')}
                value={practitioner}
                options={[
                    { value: '', label: say('book.choose') },
                    ...others.map((each) => ({ value: each.id, label: each.name })),
                ]}
                error={errorOf('practitioner')}
                onChange={setPractitioner}
            />
            <TimeFields
                prefix="reassign"
                form={time}
                errorOf={errorOf}
                practitioner={practitioner}
                onChange={(part) => setTime((old) => ({ ...old, ...part }))}
            />
        </FormDialog>
    );
}

const cancellers: CancelledBy[] = ['patient', 'clinic', 'practitioner'];

function CancelDialog({ row, onClose }: DialogParts) {
    const { say, send, tell } = useDesk();
    const [by, setBy] = useState<CancelledBy>('patient');
    const form = useCommandForm({
        send: () => send('cancel', row.of, { by }),
        done() {
            tell({ key: 'said.cancel' });
            onClose();
        },
    });
    return (
        <FormDialog
            title={say('cancel.title')}
            lead={say('cancel.lead')}
            go={say('cancel.go')}
            danger
            form={form}
            prefix="cancel"
            onClose={onClose}
        >
            <Choice
                id="cancel-by"
                legend={say('cancel.by')}
                value={by}
                options={cancellers.map((each) => ({
                    value: each,
                    label: say(`cancel.by.${each}`),
                }))}
                onChange={(value) => setBy(value as CancelledBy)}
            />
        </FormDialog>
    );
}

function CorrectDialog({ row, onClose }: DialogParts) {
    const page = useDesk();
    const { say, send, tell } = page;
    const [identity, setIdentity] = useState(() => identityOf(row.view));
    const form = useCommandForm({
        check: () => identityErrors(identity, today(page)),
        send: () => send('correct_identity', row.of, identityMembers(identity)),
        done() {
            tell({ key: 'said.correct' });
            onClose();
        },
    });
    const group = {
        prefix: 'correct',
        form: identity,
        errorOf: useErrorOf(form),
        onChange: (part: Partial<typeof identity>) => setIdentity((old) => ({ ...old, ...part })),
    };
    return (
        <FormDialog
            title={say('correct.title')}
            lead={say('correct.lead')}
            go={say('correct.go')}
            form={form}
            prefix="correct"
            size="wide"
            onClose={onClose}
        >
            <IdentityFields {...group} />
            <ContactFields {...group} />
        </FormDialog>
    );
}

function ReissueDialog({ row, onClose }: DialogParts) {
    const { say, send, tell } = useDesk();
    const form = useCommandForm({
        send: () => send('reissue_link', row.of, {}),
        done() {
            tell({ key: 'said.reissue' });
            onClose();
        },
    });
    return (
        <FormDialog
            title={say('reissue.title')}
            lead={say('reissue.lead')}
            go={say('reissue.go')}
            form={form}
            prefix="reissue"
            onClose={onClose}
        />
    );
}

type SettleHow = Commands['settle']['how'];
const ways: SettleHow[] = ['cash', 'cheque', 'transfer', 'third_party', 'deferred'];

function SettleDialog({ row, onClose }: DialogParts) {
    const { say, send, tell, format } = useDesk();
    const [how, setHow] = useState<SettleHow>('cash');
    const form = useCommandForm({
        send: () => send('settle', row.of, { how }),
        done() {
            tell({ key: 'said.settle' });
            onClose();
        },
    });
    const { fee_fixed, due_minor, fee_max_minor, currency } = row.view;
    const minor = (fee_fixed ? due_minor : fee_max_minor) ?? 0;
    const amount = format.money(minor, currency || 'EUR');
    return (
        <FormDialog
            title={say('settle.title')}
            lead={say(fee_fixed ? 'settle.lead' : 'settle.lead.open', { amount })}
            go={say('settle.go')}
            form={form}
            prefix="settle"
            onClose={onClose}
        >
            <Choice
                id="settle-how"
                legend={say('settle.how')}
                value={how}
                options={ways.map((each) => ({ value: each, label: say(`settle.${each}`) }))}
                onChange={(value) => setHow(value as SettleHow)}
            />
        </FormDialog>
    );
}

function WaiveDialog({ row, onClose }: DialogParts) {
    const { say, send, tell } = useDesk();
    const [reason, setReason] = useState('');
    const form = useCommandForm({
        check: () => textErrors('reason', reason, 'error.reason_text', REASON_MAX),
        send: () => send('waive', row.of, { reason: reason.trim() }),
        done() {
            tell({ key: 'said.waive' });
            onClose();
        },
    });
    const errorOf = useErrorOf(form);
    return (
        <FormDialog
            title={say('waive.title')}
            lead={say('waive.lead')}
            go={say('waive.go')}
            form={form}
            prefix="waive"
            onClose={onClose}
        >
            <TextField
                id="waive-reason"
                label={say('waive.reason')}
                hint={say('waive.hint')}
                value={reason}
                autocomplete="off"
                error={errorOf('reason')}
                onChange={setReason}
            />
        </FormDialog>
    );
}

function RefundDialog({ row, onClose }: DialogParts) {
    const { say, send, tell, format } = useDesk();
    const form = useCommandForm({
        send: () => send('refund', row.of, {}),
        done() {
            tell({ key: 'said.refund' });
            onClose();
        },
    });
    const due = row.view.due_minor ?? 0;
    const amount = format.money(due, row.view.currency || 'EUR');
    return (
        <FormDialog
            title={say('refund.title')}
            lead={due > 0 ? say('refund.lead', { amount }) : say('refund.lead.plain')}
            go={say('refund.go')}
            danger
            form={form}
            prefix="refund"
            onClose={onClose}
        />
    );
}
