/* Field: labelled inputs in nhsuk-frontend's pattern: label, hint, error, input. */
import type { ComponentChildren, JSX } from 'preact';

interface FieldProps {
    id: string;
    label: string;
    hint?: string;
    error?: string | undefined;
}

/* The ids that describe the input, for aria-describedby. */
function describedBy(props: FieldProps): string | undefined {
    const ids = [];
    if (props.hint) ids.push(`${props.id}-hint`);
    if (props.error) ids.push(`${props.id}-error`);
    return ids.length > 0 ? ids.join(' ') : undefined;
}

function FieldFrame(props: FieldProps & { children: ComponentChildren }) {
    return (
        <div class={`nhsuk-form-group${props.error ? ' nhsuk-form-group--error' : ''}`}>
            <label class="nhsuk-label" for={props.id}>
                {props.label}
            </label>
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
            {props.children}
        </div>
    );
}

export interface TextFieldProps extends FieldProps {
    value: string;
    onChange: (value: string) => void;
    type?: 'text' | 'tel' | 'email' | 'password' | 'search' | 'date' | 'time' | 'number';
    autocomplete?: string;
    inputMode?: 'text' | 'numeric' | 'decimal' | 'tel' | 'email' | 'search';
    maxLength?: number;
    class?: string;
    required?: boolean;
}

export function TextField(props: TextFieldProps) {
    /* Preact types an input by its literal type; here it is one of several. */
    const type = { type: props.type ?? 'text' } as JSX.IntrinsicElements['input'];
    return (
        <FieldFrame {...props}>
            <input
                {...type}
                class={`nhsuk-input${props.error ? ' nhsuk-input--error' : ''} ${props.class ?? ''}`}
                id={props.id}
                name={props.id}
                value={props.value}
                autocomplete={props.autocomplete}
                inputMode={props.inputMode}
                maxLength={props.maxLength}
                aria-describedby={describedBy(props)}
                aria-invalid={props.error ? 'true' : undefined}
                aria-required={props.required ? 'true' : undefined}
                onInput={(event) => props.onChange(event.currentTarget.value)}
            />
        </FieldFrame>
    );
}

export interface TextAreaProps extends FieldProps {
    value: string;
    onChange: (value: string) => void;
    rows?: number;
    maxLength?: number;
}

export function TextArea(props: TextAreaProps) {
    return (
        <FieldFrame {...props}>
            <textarea
                class={`field-input${props.error ? ' field-input--error' : ''}`}
                id={props.id}
                name={props.id}
                rows={props.rows ?? 3}
                maxLength={props.maxLength}
                value={props.value}
                aria-describedby={describedBy(props)}
                aria-invalid={props.error ? 'true' : undefined}
                onInput={(event) => props.onChange(event.currentTarget.value)}
            />
        </FieldFrame>
    );
}

export interface SelectProps extends FieldProps {
    value: string;
    options: { value: string; label: string }[];
    onChange: (value: string) => void;
}

export function Select(props: SelectProps) {
    return (
        <FieldFrame {...props}>
            <select
                class={`field-input${props.error ? ' field-input--error' : ''}`}
                id={props.id}
                name={props.id}
                value={props.value}
                aria-describedby={describedBy(props)}
                aria-invalid={props.error ? 'true' : undefined}
                onChange={(event) => props.onChange(event.currentTarget.value)}
            >
                {props.options.map((option) => (
                    <option key={option.value} value={option.value}>
                        {option.label}
                    </option>
                ))}
            </select>
        </FieldFrame>
    );
}

/* A box to tick; never ticked before somebody did. */
export function Tick(props: {
    id: string;
    label: ComponentChildren;
    checked: boolean;
    onChange: (checked: boolean) => void;
}) {
    return (
        <label class="tick" for={props.id}>
            <input
                id={props.id}
                type="checkbox"
                checked={props.checked}
                onChange={(event) => props.onChange(event.currentTarget.checked)}
            />
            <span>{props.label}</span>
        </label>
    );
}
