/* doctor_dialogs: the doctor's dialogs about one visit, each one command. */
import { useState } from 'preact/hooks';
import type { Due, EndedHow, PrescriptionPlan, Row, TelephoneCause } from '../shared/protocol';
import { Button } from '../shared/ui/Button';
import { TextField } from '../shared/ui/Field';
import { useCommandForm, useDesk } from './page';
import { Choice, Dialog, FormDialog, useErrorOf } from './parts';
import { endErrors, endMembers, endProposal, type EndForm } from './prescription';
import { nameOf } from './rows';
import type { Sentence } from './say';
import { REASON_MAX, textErrors } from './visit_dialogs';

interface DialogParts {
    row: Row;
    onClose: () => void;
}

/* A minor comes in with a named adult. */
export function AdultDialog({ row, onClose }: DialogParts) {
    const { say, send } = useDesk();
    const [adult, setAdult] = useState(row.view.adult ?? '');
    const name = nameOf(row.view);
    const form = useCommandForm({
        check: () => (adult.trim() ? {} : { adult: { key: 'admit.adult.missing' } }),
        send: () => send('admit', row.of, { adult: adult.trim() }),
        done: onClose,
    });
    const errorOf = useErrorOf(form);
    return (
        <FormDialog
            title={say('admit.title', { name })}
            lead={say('admit.adult.lead', { name })}
            go={say('admit.go')}
            form={form}
            prefix="admit"
            onClose={onClose}
        >
            <TextField
                id="admit-adult"
                label={say('admit.adult')}
                value={adult}
                autocomplete="off"
                maxLength={60}
                error={errorOf('adult')}
                onChange={setAdult}
            />
        </FormDialog>
    );
}

/* Somebody is in: put them back to wait, or end with them first. */
export function AnotherDialog(props: {
    inside: Row;
    next: Row;
    onPutBack: () => Promise<Sentence | undefined>;
    onEnd: () => void;
    onClose: () => void;
}) {
    const { say } = useDesk();
    const [refused, setRefused] = useState<Sentence>();
    const name = nameOf(props.inside.view);
    return (
        <Dialog title={say('admit.another.title', { name })} onClose={props.onClose}>
            <div class="stack">
                <p>{say('admit.another.lead', { next: nameOf(props.next.view) })}</p>
                {refused && (
                    <div class="notice notice--brick" role="alert">
                        {say(refused.key, refused.values)}
                    </div>
                )}
                <Button wide onPress={async () => setRefused(await props.onPutBack())}>
                    {say('admit.another.put_back', { name })}
                </Button>
                <Button kind="quiet" wide onPress={props.onEnd}>
                    {say('admit.another.end', { name })}
                </Button>
                <Button kind="quiet" wide onPress={props.onClose}>
                    {say('page.back_out')}
                </Button>
            </div>
        </Dialog>
    );
}

const causes: TelephoneCause[] = ['video_failed', 'sound_failed', 'no_device', 'patient_asked'];

export function TelephoneDialog({ row, onClose }: DialogParts) {
    const { say, send } = useDesk();
    const [cause, setCause] = useState<TelephoneCause>('video_failed');
    const form = useCommandForm({
        send: () => send('continue_by_telephone', row.of, { cause }),
        done: onClose,
    });
    return (
        <FormDialog
            title={say('telephone.title')}
            lead={say('telephone.lead')}
            go={say('telephone.go')}
            form={form}
            prefix="telephone"
            onClose={onClose}
        >
            <Choice
                id="telephone-cause"
                legend={say('telephone.cause')}
                value={cause}
                options={causes.map((each) => ({ value: each, label: say(`telephone.${each}`) }))}
                onChange={(value) => setCause(value as TelephoneCause)}
            />
        </FormDialog>
    );
}

const ways: EndedHow[] = ['video', 'telephone', 'interrupted'];
const dues: Due[] = ['amount', 'nothing', 'third_party'];
const plans: PrescriptionPlan[] = ['none', 'follows'];

export function EndDialog({ row, onClose, onEnded }: DialogParts & { onEnded: () => void }) {
    const { say, send, tell, format } = useDesk();
    const max = row.view.fee_max_minor ?? 0;
    const maxText = format.money(max, row.view.currency || 'EUR');
    const [form, setForm] = useState<EndForm>(() => endProposal(row.view));
    const change = (part: Partial<EndForm>): void => setForm((old) => ({ ...old, ...part }));
    const command = useCommandForm({
        check: () => endErrors(form, max, maxText),
        fields: { amount_too_high: 'amount' },
        send: () => send('end', row.of, endMembers(form)),
        done() {
            tell({ key: 'said.ended' });
            onClose();
            onEnded();
        },
    });
    const errorOf = useErrorOf(command);
    const offered = max > 0 ? dues : dues.filter((each) => each !== 'amount');
    return (
        <FormDialog
            title={say('end.title')}
            lead={say('end.lead')}
            go={say('end.go')}
            danger
            form={command}
            prefix="end"
            onClose={onClose}
        >
            <Choice
                id="end-how"
                legend={say('end.how')}
                value={form.how}
                options={ways.map((each) => ({ value: each, label: say(`end.${each}`) }))}
                error={errorOf('how')}
                onChange={(how) => change({ how: how as EndedHow })}
            />
            <Choice
                id="end-due"
                legend={say('end.due')}
                value={form.due}
                options={offered.map((each) => ({ value: each, label: say(`end.${each}`) }))}
                error={errorOf('due')}
                onChange={(due) => change({ due: due as Due })}
            />
            {form.due === 'amount' && (
                <TextField
                    id="end-amount"
                    label={say('end.amount.label', { max: maxText })}
                    inputMode="decimal"
                    class="nhsuk-input--width-4"
                    value={form.amount}
                    autocomplete="off"
                    error={errorOf('amount')}
                    onChange={(amount) => change({ amount })}
                />
            )}
            <Choice
                id="end-prescription"
                legend={say('end.prescription')}
                {...((row.view.drafted_version ?? 0) > 0
                    ? { hint: say('end.prescription.exists') }
                    : {})}
                value={form.prescription}
                options={plans.map((each) => ({
                    value: each,
                    label: say(`end.prescription.${each}`),
                }))}
                error={errorOf('prescription')}
                onChange={(plan) => change({ prescription: plan as PrescriptionPlan })}
            />
        </FormDialog>
    );
}

/* A plain question with one command behind it. */
function ConfirmDialog(
    props: DialogParts & {
        verb: 'no_show' | 'close_without_prescription';
        title: string;
        lead: string;
        go: string;
    },
) {
    const { send } = useDesk();
    const form = useCommandForm({
        send: () => send(props.verb, props.row.of, {}),
        done: props.onClose,
    });
    return (
        <FormDialog
            title={props.title}
            lead={props.lead}
            go={props.go}
            danger
            form={form}
            prefix={props.verb}
            onClose={props.onClose}
        />
    );
}

export function NoShowDialog({ row, onClose }: DialogParts) {
    const { say } = useDesk();
    return (
        <ConfirmDialog
            row={row}
            verb="no_show"
            title={say('noshow.title', { name: nameOf(row.view) })}
            lead={say('noshow.lead')}
            go={say('noshow.go')}
            onClose={onClose}
        />
    );
}

export function CloseWithoutDialog({ row, onClose }: DialogParts) {
    const { say } = useDesk();
    return (
        <ConfirmDialog
            row={row}
            verb="close_without_prescription"
            title={say('rx.close_without.title')}
            lead={say('rx.close_without.lead')}
            go={say('rx.close_without')}
            onClose={onClose}
        />
    );
}

/* An override or a withdrawal: both ask for a reason. */
export function WhyDialog(props: DialogParts & { verb: 'override' | 'revoke' }) {
    const { say, send } = useDesk();
    const [reason, setReason] = useState('');
    const form = useCommandForm({
        check: () => textErrors('reason', reason, 'error.reason_text', REASON_MAX),
        send: () => send(props.verb, props.row.of, { reason: reason.trim() }),
        done: props.onClose,
    });
    const errorOf = useErrorOf(form);
    return (
        <FormDialog
            title={say(`rx.${props.verb}.title`)}
            lead={say(`rx.${props.verb}.lead`)}
            go={say(`rx.${props.verb}.go`)}
            danger={props.verb === 'revoke'}
            form={form}
            prefix="why"
            onClose={props.onClose}
        >
            <TextField
                id="why-reason"
                label={say(`rx.${props.verb}.reason`)}
                value={reason}
                autocomplete="off"
                maxLength={REASON_MAX}
                error={errorOf('reason')}
                onChange={setReason}
            />
        </FormDialog>
    );
}
