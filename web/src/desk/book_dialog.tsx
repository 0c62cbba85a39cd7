/* book_dialog: books on a patient's behalf. */
import { useState } from 'preact/hooks';
import type { Connecting } from '../shared/protocol';
import { Select, TextField } from '../shared/ui/Field';
import {
    bookingErrors,
    bookingMembers,
    emptyBooking,
    timeMembers,
    type BookingForm,
} from './booking';
import { ContactFields, IdentityFields, TimeFields } from './fields';
import { timeRefusals, today, useCommandForm, useDesk } from './page';
import { Choice, FormDialog, useErrorOf } from './parts';
import { withinSentence } from './say';

const connecting: Connecting[] = ['patient', 'parent', 'guardian', 'carer'];

export interface BookDialogProps {
    day: string;
    practitioner: string;
    onClose: () => void;
    onBooked: (of: string) => void;
}

export function BookDialog(props: BookDialogProps) {
    const page = useDesk();
    const { say, me, send, tell, format } = page;
    const zone = me.clinic.time_zone;
    const alone = me.practitioners?.length === 1 ? me.practitioners[0]?.id : undefined;
    const first = props.day < today(page) ? today(page) : props.day;
    const [form, setForm] = useState<BookingForm>(() =>
        emptyBooking(first, props.practitioner || (alone ?? ''), me.clinic.locale ?? 'fr'),
    );
    const change = (part: Partial<BookingForm>): void => setForm((old) => ({ ...old, ...part }));
    const command = useCommandForm({
        check: () => bookingErrors(form, me, page.nowMs),
        fields: timeRefusals,
        send: () => send('book', form.practitioner, bookingMembers(form, zone)),
        done(answer) {
            const start = timeMembers(form, zone).start_ms;
            const when = withinSentence(format.dayAndTime(start, page.nowMs), page.locale);
            const name = `${form.given.trim()} ${form.family.trim()}`;
            tell({ key: 'book.done', values: { name, when } });
            props.onClose();
            if (answer.of) props.onBooked(answer.of);
        },
    });
    const errorOf = useErrorOf(command);
    const group = { prefix: 'book', form, errorOf, onChange: change };
    return (
        <FormDialog
            title={say('book.title')}
            go={say('book.go')}
            form={command}
            prefix="book"
            size="wide"
            onClose={props.onClose}
        >
            <FormSection title={say('book.patient')}>
                <IdentityFields {...group} />
            </FormSection>
            <FormSection title={say('book.contact')}>
                <ContactFields {...group} />
                {!form.mobile && !form.mail && <p class="muted">{say('book.no_contact')}</p>}
                <WhoFields {...group} />
            </FormSection>
            <FormSection title={say('book.appointment')}>
                <PractitionerFields {...group} />
                <TimeFields {...group} practitioner={form.practitioner} />
            </FormSection>
            <FormSection title={say('book.money')}>
                <FeeFields {...group} />
            </FormSection>
        </FormDialog>
    );
}

function FormSection(props: { title: string; children: preact.ComponentChildren }) {
    return (
        <section class="form-section stack">
            <h3>{props.title}</h3>
            {props.children}
        </section>
    );
}

interface Group {
    form: BookingForm;
    errorOf: (field: string) => string | undefined;
    onChange: (change: Partial<BookingForm>) => void;
}

function WhoFields({ form, onChange }: Group) {
    const { say } = useDesk();
    const options = connecting.map((who) => ({ value: who, label: say(`who.${who}`) }));
    return (
        <>
            <Choice
                id="book-who"
                legend={say('book.who_connects')}
                value={form.whoConnects}
                options={options}
                onChange={(who) =>
                    onChange({ whoConnects: who as Connecting, contactOf: who as Connecting })
                }
            />
            <div class="pair">
                <Select
                    id="book-contact-of"
                    label={say('book.contact_of')}
                    value={form.contactOf}
                    options={options}
                    onChange={(who) => onChange({ contactOf: who as Connecting })}
                />
                <Select
                    id="book-locale"
                    label={say('book.locale')}
                    value={form.locale}
                    options={[
                        { value: 'fr', label: say('book.locale.fr') },
                        { value: 'en', label: say('book.locale.en') },
                    ]}
                    onChange={(locale) => onChange({ locale })}
                />
            </div>
        </>
    );
}

function PractitionerFields({ form, errorOf, onChange }: Group) {
    const { say, me } = useDesk();
    const chosen = me.practitioners?.find((each) => each.id === form.practitioner);
    const none = { value: '', label: say('book.choose') };
    return (
        <div class="pair">
            <Select
                id="book-practitioner"
                label={say('book.practitioner')}
                value={form.practitioner}
                options={[
                    none,
                    ...(me.practitioners ?? []).map((each) => ({
                        value: each.id,
                        label: each.name,
                    })),
                ]}
                error={errorOf('practitioner')}
                onChange={(practitioner) => onChange({ practitioner, reason: '' })}
            />
            <Select
                id="book-reason"
                label={say('book.reason')}
                value={form.reason}
                options={[
                    none,
                    ...(chosen?.reasons ?? []).map((each) => ({ value: each, label: each })),
                ]}
                error={errorOf('reason')}
                onChange={(reason) => onChange({ reason })}
            />
        </div>
    );
}

function FeeFields({ form, errorOf, onChange }: Group) {
    const { say } = useDesk();
    return (
        <div class="pair">
            <Choice
                id="book-payment"
                legend={say('book.money')}
                value={form.payment}
                options={[
                    { value: 'fee', label: say('book.has_fee') },
                    { value: 'nothing', label: say('book.nothing_due') },
                ]}
                onChange={(payment) => onChange({ payment: payment as BookingForm['payment'] })}
            />
            {form.payment === 'fee' && (
                <TextField
                    id="book-fee"
                    label={say('book.fee')}
                    hint={say('book.fee.hint')}
                    inputMode="decimal"
                    value={form.fee}
                    autocomplete="off"
                    error={errorOf('fee')}
                    onChange={(fee) => onChange({ fee })}
                />
            )}
        </div>
    );
}
