/* fields: the groups of fields that several of the secretary's forms share. */
import type { Row, Sex } from '../shared/protocol';
import { DateFields } from '../shared/ui/DateFields';
import { Select, TextField } from '../shared/ui/Field';
import type { IdentityForm, TimeForm } from './booking';
import { dayOf, hourOf } from './clock';
import { useDesk } from './page';
import { Choice } from './parts';
import { byStart } from './rows';

const sexes: Sex[] = ['female', 'male', 'other', 'unknown'];

interface Group<Form> {
    prefix: string;
    form: Form;
    errorOf: (field: string) => string | undefined;
    onChange: (change: Partial<Form>) => void;
}

export function IdentityFields(props: Group<IdentityForm>) {
    const { say } = useDesk();
    const { prefix, form, errorOf, onChange } = props;
    return (
        <>
            <div class="pair">
                <TextField
                    id={`${prefix}-family`}
                    label={say('book.family')}
                    value={form.family}
                    autocomplete="off"
                    error={errorOf('family')}
                    onChange={(family) => onChange({ family })}
                />
                <TextField
                    id={`${prefix}-given`}
                    label={say('book.given')}
                    value={form.given}
                    autocomplete="off"
                    error={errorOf('given')}
                    onChange={(given) => onChange({ given })}
                />
            </div>
            <div class="pair">
                <DateFields
                    id={`${prefix}-birth`}
                    words={{
                        legend: say('book.birth'),
                        hint: say('book.birth.hint'),
                        day: say('book.day'),
                        month: say('book.month'),
                        year: say('book.year'),
                    }}
                    value={{ day: form.birthDay, month: form.birthMonth, year: form.birthYear }}
                    error={errorOf('birth')}
                    onChange={({ day, month, year }) =>
                        onChange({ birthDay: day, birthMonth: month, birthYear: year })
                    }
                />
                <Choice
                    id={`${prefix}-sex`}
                    legend={say('book.sex')}
                    value={form.sex}
                    options={sexes.map((sex) => ({ value: sex, label: say(`sex.${sex}`) }))}
                    error={errorOf('sex')}
                    onChange={(sex) => onChange({ sex: sex as Sex })}
                />
            </div>
        </>
    );
}

export function ContactFields(props: Group<IdentityForm>) {
    const { say } = useDesk();
    const { prefix, form, errorOf, onChange } = props;
    return (
        <div class="pair">
            <TextField
                id={`${prefix}-mobile`}
                label={say('book.mobile')}
                hint={say('book.mobile.hint')}
                type="tel"
                value={form.mobile}
                autocomplete="off"
                error={errorOf('mobile')}
                onChange={(mobile) => onChange({ mobile })}
            />
            <TextField
                id={`${prefix}-mail`}
                label={say('book.mail')}
                hint={say('book.mail.hint')}
                type="email"
                value={form.mail}
                autocomplete="off"
                error={errorOf('mail')}
                onChange={(mail) => onChange({ mail })}
            />
        </div>
    );
}

const durations = [10, 15, 20, 30, 45, 60];

export function TimeFields(props: Group<TimeForm> & { practitioner: string; except?: string }) {
    const { say } = useDesk();
    const { prefix, form, errorOf, onChange } = props;
    const known = durations.includes(Number(form.duration));
    const offered = known ? durations : [...durations, Number(form.duration)];
    return (
        <>
            <div class="triple">
                <TextField
                    id={`${prefix}-date`}
                    label={say('book.date')}
                    type="date"
                    value={form.date}
                    error={errorOf('date')}
                    onChange={(date) => onChange({ date })}
                />
                <TextField
                    id={`${prefix}-time`}
                    label={say('book.time')}
                    type="time"
                    value={form.time}
                    error={errorOf('time')}
                    onChange={(time) => onChange({ time })}
                />
                <Select
                    id={`${prefix}-duration`}
                    label={say('book.duration')}
                    value={form.duration}
                    options={offered.map((each) => ({
                        value: String(each),
                        label: say('book.minutes', { n: each }),
                    }))}
                    error={errorOf('duration')}
                    onChange={(duration) => onChange({ duration })}
                />
            </div>
            <Taken date={form.date} practitioner={props.practitioner} except={props.except ?? ''} />
        </>
    );
}

/* Hours that are taken, when the day asked for is the day shown. */
function Taken(props: { date: string; practitioner: string; except: string }) {
    const { say, state, me } = useDesk();
    const zone = me.clinic.time_zone;
    const taken = (state.board?.rows ?? [])
        .filter((row) => isTaken(row) && row.of !== props.except)
        .filter((row) => row.view.practitioner === props.practitioner)
        .filter((row) => dayOf(row.view.start_ms ?? 0, zone) === props.date)
        .sort(byStart);
    if (taken.length === 0) return null;
    const times = taken.map((row) => {
        const start = row.view.start_ms ?? 0;
        const end = start + (row.view.duration_min ?? 0) * 60_000;
        return `${hourOf(start, zone)}–${hourOf(end, zone)}`;
    });
    return <p class="muted">{say('book.taken', { times: times.join(', ') })}</p>;
}

function isTaken(row: Row): boolean {
    return row.view.phase !== 'cancelled';
}
