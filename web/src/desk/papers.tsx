/*
 * papers: the private note and the prescription of one visit, during the call or
 * after it. What is typed is kept by the server as it is typed; the record begins
 * with the button.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Row } from '../shared/protocol';
import { Button } from '../shared/ui/Button';
import { TextArea, TextField } from '../shared/ui/Field';
import type { Errors } from './booking';
import { CloseWithoutDialog, WhyDialog } from './doctor_dialogs';
import { DraftDialog, type Draft } from './draft_dialog';
import { ask, refusalOf, useDesk, type DeskPage } from './page';
import { IncidentList } from './incident_list';
import { FormErrors } from './parts';
import {
    emptyLine,
    formOf,
    prescriptionErrors,
    prescriptionMembers,
    textToKeep,
    type LineForm,
    type PrescriptionForm,
} from './prescription';
import { drafted, isApproved, isReleased, isSettled } from './release';
import { ReleaseLine } from './release_line';
import { nameOf } from './rows';
import type { Sentence } from './say';

export interface PapersProps {
    row: Row;
    /* the stage shows the release line already */
    inCall: boolean;
    onClose: () => void;
    /* fixtures open the draft at once */
    draft?: Draft;
}

export function Papers(props: PapersProps) {
    const { say } = useDesk();
    const { row } = props;
    return (
        <section class="papers" aria-labelledby="papers-title">
            <div class="papers__top">
                <h2 id="papers-title" tabIndex={-1}>
                    {props.inCall
                        ? say('papers.title')
                        : say('papers.of', { name: nameOf(row.view) })}
                </h2>
                <Button kind="quiet" small label={say('call.papers.close')} onPress={props.onClose}>
                    {say('papers.close')}
                </Button>
            </div>
            {!props.inCall && <ReleaseLine view={row.view} now={row.now ?? {}} />}
            <Prescription row={row} {...(props.draft ? { draft: props.draft } : {})} />
            <Note row={row} />
            <IncidentList of={row.of} />
        </section>
    );
}

/* ---- texts being written ------------------------------------------------------ */

const KEEP_MS = 900;

/* Gives the newest value to `keep` once typing pauses; the latest wins. */
function useKept<T>(keep: (value: T) => Promise<unknown>): [(value: T) => void, boolean] {
    const [waiting, setWaiting] = useState(false);
    const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
    const newest = useRef<{ value: T } | undefined>(undefined);
    const flush = (): void => {
        const text = newest.current;
        newest.current = undefined;
        if (!text) return;
        keep(text.value).then(
            () => setWaiting(newest.current !== undefined),
            () => undefined,
        );
    };
    useEffect(
        () => () => {
            clearTimeout(timer.current);
            flush();
        },
        [],
    );
    const later = (value: T): void => {
        newest.current = { value };
        setWaiting(true);
        clearTimeout(timer.current);
        timer.current = setTimeout(flush, KEEP_MS);
    };
    return [later, waiting];
}

function Note(props: { row: Row }) {
    const { say, state, send, tell } = useDesk();
    const { row } = props;
    const kept = state.visits[row.of]?.note;
    const [text, setText] = useState<string>();
    const [saved, setSaved] = useState<string>();
    const [refused, setRefused] = useState<Sentence>();
    const [keep, waiting] = useKept((note: string) => send('save_text', row.of, { note }));
    const shown = text ?? kept ?? '';
    const save = async (): Promise<void> => {
        const refusal = await ask(send('save_note', row.of, { text: shown }));
        setRefused(refusal);
        if (refusal) return;
        setSaved(shown);
        tell({ key: 'said.note' });
    };
    return (
        <div class="note">
            <h3>{say('note.title')}</h3>
            <FormErrors form={{ errors: {}, refused }} prefix="note" />
            <TextArea
                id="note-text"
                label={say('note.label')}
                rows={6}
                maxLength={15_000}
                value={shown}
                onChange={(next) => {
                    setText(next);
                    keep(next);
                }}
            />
            <div class="papers__bar">
                <Button kind="quiet" small onPress={save}>
                    {say('note.go')}
                </Button>
                <span class="muted" role="status">
                    {noteWords(
                        say,
                        text !== undefined && text !== saved,
                        waiting,
                        row.view.note_saved === true,
                    )}
                </span>
            </div>
        </div>
    );
}

function noteWords(
    say: DeskPage['say'],
    typed: boolean,
    waiting: boolean,
    inFile: boolean,
): string {
    if (typed) return say(waiting ? 'note.saving' : 'note.saved');
    return inFile ? say('note.in_file') : '';
}

/* ---- the prescription ----------------------------------------------------------- */

function Prescription(props: { row: Row; draft?: Draft }) {
    const page = useDesk();
    const { say, state, send } = page;
    const { row } = props;
    const kept = state.visits[row.of] ?? {};
    const [typed, setTyped] = useState<PrescriptionForm>();
    const [previewed, setPreviewed] = useState<string>();
    const [errors, setErrors] = useState<Errors>({});
    const [refused, setRefused] = useState<Sentence>();
    const [draft, setDraft] = useState<Draft | undefined>(props.draft);
    const [keep] = useKept((newest: PrescriptionForm) =>
        send('save_text', row.of, textToKeep(newest)),
    );
    const form = typed ?? formOf(kept);
    const change = (part: Partial<PrescriptionForm>): void => {
        const next = { ...form, ...part };
        setTyped(next);
        keep(next);
    };
    const preview = async (): Promise<void> => {
        const wrong = prescriptionErrors(form);
        setErrors(wrong);
        setRefused(undefined);
        if (Object.keys(wrong).length > 0) return;
        const members = prescriptionMembers(form);
        try {
            const answer = await send('preview_prescription', row.of, members);
            setRefused(refusalOf(answer));
            if (answer.ok && answer.version !== undefined && answer.hash) {
                setPreviewed(JSON.stringify(form));
                setDraft({ version: answer.version, hash: answer.hash });
            }
        } catch {
            setRefused({ key: 'page.failed' });
        }
    };
    const changed = typed !== undefined && JSON.stringify(typed) !== previewed;
    return (
        <div class="rx">
            <h3>{say('rx.title')}</h3>
            <FormErrors form={{ errors, refused }} prefix="rx" />
            {form.lines.length === 0 && <p class="muted">{say('rx.empty')}</p>}
            <Lines lines={form.lines} errors={errors} onChange={(lines) => change({ lines })} />
            <Measures form={form} errors={errors} onChange={change} />
            {changed && drafted(row.view) > 0 && (
                <p class="late">{say('rx.changed', { n: drafted(row.view) })}</p>
            )}
            <PrescriptionBar
                row={row}
                writing={form.lines.length > 0}
                changed={changed}
                onPreview={preview}
                onLook={setDraft}
            />
            {draft && <DraftDialog row={row} draft={draft} onClose={() => setDraft(undefined)} />}
        </div>
    );
}

interface LinesProps {
    lines: LineForm[];
    errors: Errors;
    onChange: (lines: LineForm[]) => void;
}

function Lines(props: LinesProps) {
    const { say } = useDesk();
    const { lines, onChange } = props;
    const add = (): void => {
        onChange([...lines, emptyLine()]);
        /* the field exists after the next drawing */
        requestAnimationFrame(() => document.getElementById(`rx-drug-${lines.length}`)?.focus());
    };
    const remove = (index: number): void => {
        onChange(lines.filter((_, each) => each !== index));
        requestAnimationFrame(() => document.getElementById('rx-add')?.focus());
    };
    return (
        <>
            <ol class="rx__lines">
                {lines.map((line, index) => (
                    <Line
                        key={index}
                        line={line}
                        index={index}
                        errors={props.errors}
                        onChange={(next) =>
                            onChange(lines.map((old, each) => (each === index ? next : old)))
                        }
                        onRemove={() => remove(index)}
                    />
                ))}
            </ol>
            <button
                type="button"
                id="rx-add"
                class="button nhsuk-button button--quiet button--small"
                onClick={add}
            >
                {say('rx.add')}
            </button>
        </>
    );
}

interface LineProps {
    line: LineForm;
    index: number;
    errors: Errors;
    onChange: (line: LineForm) => void;
    onRemove: () => void;
}

function Line(props: LineProps) {
    const { say } = useDesk();
    const { line, index } = props;
    const field = (
        name: keyof LineForm,
        label: string,
        more: { inputMode?: 'numeric'; maxLength: number },
    ) => {
        const wrong = props.errors[`${name}-${index}`];
        return (
            <TextField
                id={`rx-${name}-${index}`}
                label={label}
                value={line[name]}
                autocomplete="off"
                error={wrong ? say(wrong.key, wrong.values) : undefined}
                onChange={(text) => props.onChange({ ...line, [name]: text })}
                {...more}
            />
        );
    };
    return (
        <li class="rx__line">
            <fieldset>
                <legend>
                    <span>{say('rx.line', { n: index + 1 })}</span>
                </legend>
                {field('drug', say('rx.drug'), { maxLength: 200 })}
                {field('dosage', say('rx.dosage'), { maxLength: 300 })}
                <div class="rx__pair">
                    {field('duration', say('rx.duration'), { maxLength: 100 })}
                    {field('renewals', say('rx.renewals'), { inputMode: 'numeric', maxLength: 2 })}
                    <button
                        type="button"
                        class="button-link"
                        aria-label={say('rx.remove', { n: index + 1 })}
                        onClick={props.onRemove}
                    >
                        {say('rx.remove.short')}
                    </button>
                </div>
            </fieldset>
        </li>
    );
}

function Measures(props: {
    form: PrescriptionForm;
    errors: Errors;
    onChange: (part: Partial<PrescriptionForm>) => void;
}) {
    const { say } = useDesk();
    if (props.form.lines.length === 0) return null;
    const field = (name: 'weight' | 'height') => {
        const wrong = props.errors[name];
        return (
            <TextField
                id={`rx-${name}`}
                label={say(`rx.${name}`)}
                inputMode="decimal"
                maxLength={5}
                value={props.form[name]}
                autocomplete="off"
                error={wrong ? say(wrong.key) : undefined}
                onChange={(text) => props.onChange({ [name]: text })}
            />
        );
    };
    return (
        <div class="rx__pair rx__pair--measures">
            {field('weight')}
            {field('height')}
        </div>
    );
}

interface BarProps {
    row: Row;
    writing: boolean;
    changed: boolean;
    onPreview: () => Promise<void>;
    onLook: (draft: Draft) => void;
}

/* Preview what is written; look again at what was drafted; and the rare ways. */
function PrescriptionBar(props: BarProps) {
    const { say } = useDesk();
    const [dialog, setDialog] = useState<'override' | 'revoke' | 'close'>();
    const view = props.row.view;
    const version = drafted(view);
    const released = isReleased(view);
    const ended = view.phase === 'ended';
    const waitsForPayment = version > 0 && !isSettled(view) && !released;
    const follows = ended && view.prescription === 'follows' && !released;
    const close = (): void => setDialog(undefined);
    return (
        <div class="papers__bar">
            {props.writing && (
                <Button
                    small
                    kind={props.changed || version === 0 ? 'main' : 'quiet'}
                    onPress={props.onPreview}
                >
                    {say('rx.preview')}
                </Button>
            )}
            {version > 0 && view.drafted_hash && (
                <Button
                    small
                    kind={isApproved(view) || props.changed ? 'quiet' : 'main'}
                    onPress={() => props.onLook({ version, hash: view.drafted_hash ?? '' })}
                >
                    {say('rx.look', { n: version })}
                </Button>
            )}
            {follows && (
                <Button small kind="quiet" onPress={() => setDialog('close')}>
                    {say('rx.close_without')}
                </Button>
            )}
            {waitsForPayment && (
                <Button small kind="quiet" onPress={() => setDialog('override')}>
                    {say('rx.override')}
                </Button>
            )}
            {released && (
                <Button small kind="end" onPress={() => setDialog('revoke')}>
                    {say('rx.revoke')}
                </Button>
            )}
            {released && view.fetched && <span class="muted">{say('rx.fetched')}</span>}
            {dialog === 'close' && <CloseWithoutDialog row={props.row} onClose={close} />}
            {dialog === 'override' && <WhyDialog row={props.row} verb="override" onClose={close} />}
            {dialog === 'revoke' && <WhyDialog row={props.row} verb="revoke" onClose={close} />}
        </div>
    );
}
