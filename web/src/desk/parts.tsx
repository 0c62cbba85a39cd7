/* parts: the small pieces that all screens of the desk are made of. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Button } from '../shared/ui/Button';
import { ErrorSummary } from '../shared/ui/ErrorSummary';
import { counted, type Sentence } from './say';
import { useDesk, type CommandForm } from './page';
import type { MarkState, Tone } from './rows';

const shapes: Record<Tone, ComponentChildren> = {
    good: <circle cx="7" cy="7" r="6" />,
    soon: <path d="M7 0.5 13.5 7 7 13.5 0.5 7Z" />,
    bad: <path d="M1 1h12v12H1Z" />,
    idle: <circle cx="7" cy="7" r="5" class="shape--hollow" />,
    past: <path d="M1 5.75h12v2.5H1Z" />,
};

/* A shape for every tone; a word always stands beside it. */
export function Shape(props: { tone: Tone }) {
    return (
        <svg class={`shape shape--${props.tone}`} viewBox="0 0 14 14" aria-hidden="true">
            {shapes[props.tone]}
        </svg>
    );
}

const ticks: Record<MarkState, ComponentChildren> = {
    done: <path d="M1.5 6.5 5 10l5.5-8" class="tick-line" />,
    open: <circle cx="6" cy="6" r="4" class="tick-line" />,
    failed: <path d="M2 2l8 8M10 2l-8 8" class="tick-line" />,
};

/* Done, not yet, failed: a tick, a ring, a cross. */
export function TickShape(props: { state: MarkState }) {
    return (
        <svg class={`tick-shape tick-shape--${props.state}`} viewBox="0 0 12 12" aria-hidden="true">
            {ticks[props.state]}
        </svg>
    );
}

/* ---- dialogs ------------------------------------------------------------------ */

export interface DialogProps {
    title: string;
    children: ComponentChildren;
    onClose: () => void;
    size?: 'small' | 'wide' | 'paper';
}

export function Dialog(props: DialogProps) {
    const box = useRef<HTMLDialogElement>(null);
    const title = useId();
    useEffect(() => {
        const dialog = box.current;
        dialog?.showModal();
        const field = dialog?.querySelector<HTMLElement>('form :is(input, select, textarea)');
        (field ?? dialog?.querySelector('h2'))?.focus();
        /* Closing gives focus back to what opened it. */
        return () => dialog?.close();
    }, []);
    return (
        <dialog
            ref={box}
            class={`dialog dialog--${props.size ?? 'small'}`}
            aria-labelledby={title}
            onCancel={(event) => {
                event.preventDefault();
                props.onClose();
            }}
        >
            <div class="dialog__top">
                <h2 id={title} tabIndex={-1}>
                    {props.title}
                </h2>
                <CloseButton onClose={props.onClose} />
            </div>
            {props.children}
        </dialog>
    );
}

function CloseButton(props: { onClose: () => void }) {
    const { say } = useDesk();
    return (
        <button type="button" class="close" onClick={props.onClose}>
            <svg viewBox="0 0 14 14" aria-hidden="true">
                <path d="M2 2l10 10M12 2 2 12" />
            </svg>
            <span class="visually-hidden">{say('page.close')}</span>
        </button>
    );
}

export interface FormDialogProps {
    title: string;
    lead?: string;
    go: string;
    danger?: boolean;
    form: CommandForm;
    /* ids of the fields are this and the name of the field */
    prefix: string;
    onClose: () => void;
    size?: DialogProps['size'];
    children?: ComponentChildren;
}

/* A dialog that is one command: what it does, its fields, do it or leave it. */
export function FormDialog(props: FormDialogProps) {
    const { say } = useDesk();
    const { form } = props;
    return (
        <Dialog
            title={props.title}
            onClose={props.onClose}
            {...(props.size ? { size: props.size } : {})}
        >
            <form
                class="stack"
                noValidate
                onSubmit={(event) => {
                    event.preventDefault();
                    form.submit();
                }}
            >
                {props.lead && <p>{props.lead}</p>}
                <FormErrors
                    form={{ errors: form.errors, refused: undefined }}
                    prefix={props.prefix}
                />
                {props.children}
                <div class="dialog__bar">
                    {/* beside the buttons: a long form hides its top */}
                    <Refused sentence={form.refused} />
                    <Button kind="quiet" onPress={props.onClose}>
                        {say('page.back_out')}
                    </Button>
                    <Button kind={props.danger ? 'end' : 'main'} submit>
                        {form.busy ? say('page.working') : props.go}
                    </Button>
                </div>
            </form>
        </Dialog>
    );
}

export function FormErrors(props: {
    form: Pick<CommandForm, 'errors' | 'refused'>;
    prefix: string;
}) {
    const { say, locale } = useDesk();
    const found = Object.entries(props.form.errors).flatMap(([field, sentence]) =>
        sentence
            ? [{ field: fieldId(props.prefix, field), text: say(sentence.key, sentence.values) }]
            : [],
    );
    return (
        <>
            <ErrorSummary
                title={say(counted('page.errors', found.length, locale), { n: found.length })}
                errors={found}
            />
            <Refused sentence={props.form.refused} />
        </>
    );
}

/* Why the server did not do it. */
function Refused(props: { sentence: Sentence | undefined }) {
    const { say } = useDesk();
    if (!props.sentence) return null;
    return (
        <div class="notice notice--brick" role="alert">
            {say(props.sentence.key, props.sentence.values)}
        </div>
    );
}

/* A date of birth is three fields; its error leads to the first. */
export function fieldId(prefix: string, field: string): string {
    return field === 'birth' ? `${prefix}-birth-day` : `${prefix}-${field}`;
}

/* What is wrong with one field, said. */
export function useErrorOf(
    form: Pick<CommandForm, 'errors'>,
): (field: string) => string | undefined {
    const { say } = useDesk();
    return (field) => {
        const sentence = form.errors[field];
        return sentence ? say(sentence.key, sentence.values) : undefined;
    };
}

/* ---- one of several -------------------------------------------------------------- */

export interface ChoiceProps {
    id: string;
    legend: string;
    hint?: string;
    value: string;
    options: readonly { value: string; label: string }[];
    error?: string | undefined;
    onChange: (value: string) => void;
}

/* Radio buttons as large as a finger, beside each other where there is room. */
export function Choice(props: ChoiceProps) {
    const described = [props.hint && `${props.id}-hint`, props.error && `${props.id}-error`]
        .filter(Boolean)
        .join(' ');
    return (
        <fieldset
            class={`choice nhsuk-form-group${props.error ? ' nhsuk-form-group--error' : ''}`}
            aria-describedby={described || undefined}
        >
            <legend class="nhsuk-fieldset__legend">{props.legend}</legend>
            {props.hint && (
                <div class="nhsuk-hint" id={`${props.id}-hint`}>
                    {props.hint}
                </div>
            )}
            {props.error && (
                <span class="nhsuk-error-message" id={`${props.id}-error`}>
                    {props.error}
                </span>
            )}
            <div class="choice__options">
                {props.options.map((option, index) => (
                    <label class="choice__option" key={option.value}>
                        <input
                            type="radio"
                            name={props.id}
                            id={index === 0 ? props.id : `${props.id}-${option.value}`}
                            value={option.value}
                            checked={props.value === option.value}
                            onChange={() => props.onChange(option.value)}
                        />
                        <span>{option.label}</span>
                    </label>
                ))}
            </div>
        </fieldset>
    );
}

/* ---- the rare actions -------------------------------------------------------------- */

/* Folded away; folds again after a press, on Escape, and when focus leaves it. */
export function More(props: { of?: string; class?: string; children: ComponentChildren }) {
    const { say } = useDesk();
    const box = useRef<HTMLDetailsElement>(null);
    const fold = (): void => {
        if (!box.current?.open) return;
        box.current.open = false;
    };
    /* focus stays at hand, or goes into the dialog that opens and comes back here */
    const foldAndStay = (): void => {
        fold();
        box.current?.querySelector('summary')?.focus();
    };
    return (
        <details
            ref={box}
            class={`more ${props.class ?? ''}`}
            onKeyDown={(event) => {
                if (event.key === 'Escape' && box.current?.open) foldAndStay();
            }}
            onFocusOut={(event) => {
                const next = event.relatedTarget;
                if (next instanceof Node && !box.current?.contains(next)) fold();
            }}
        >
            <summary>
                {say('list.more.short')}
                {props.of && <span class="visually-hidden"> · {props.of}</span>}
            </summary>
            <div class="more__buttons" onClick={foldAndStay}>
                {props.children}
            </div>
        </details>
    );
}
