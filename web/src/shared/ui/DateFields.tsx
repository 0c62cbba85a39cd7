/* DateFields: a date of birth as day, month and year, each in a field of its own. */

export interface DateText {
    day: string;
    month: string;
    year: string;
}

export const emptyDate: DateText = { day: '', month: '', year: '' };

export interface DateWords {
    legend: string;
    hint: string;
    day: string;
    month: string;
    year: string;
}

export interface DateNumbers {
    day: number;
    month: number;
    year: number;
}

/* The numbers of a date that exists; undefined for any other text. */
export function readDate(text: DateText): DateNumbers | undefined {
    const [day, month, year] = [text.day, text.month, text.year].map((part) =>
        /^\d{1,4}$/.test(part.trim()) ? Number(part.trim()) : NaN,
    ) as [number, number, number];
    const date = new Date(Date.UTC(year, month - 1, day));
    date.setUTCFullYear(year);
    if (Number.isNaN(date.getTime()) || year < 1880) return undefined;
    if (date.getUTCDate() !== day || date.getUTCMonth() !== month - 1) return undefined;
    return { day, month, year };
}

export function DateFields(props: {
    id: string;
    words: DateWords;
    value: DateText;
    error?: string | undefined;
    onChange: (value: DateText) => void;
}) {
    const part = (name: keyof DateText, width: 2 | 4) => (
        <div class="nhsuk-date-input__item">
            <div class="nhsuk-form-group">
                <label class="nhsuk-label nhsuk-date-input__label" for={`${props.id}-${name}`}>
                    {props.words[name]}
                </label>
                <input
                    class={`nhsuk-input nhsuk-date-input__input nhsuk-input--width-${width}${
                        props.error ? ' nhsuk-input--error' : ''
                    }`}
                    id={`${props.id}-${name}`}
                    type="text"
                    inputMode="numeric"
                    maxLength={width}
                    autocomplete={`bday-${name}`}
                    value={props.value[name]}
                    onInput={(event) =>
                        props.onChange({ ...props.value, [name]: event.currentTarget.value })
                    }
                />
            </div>
        </div>
    );
    const described = `${props.id}-hint${props.error ? ` ${props.id}-error` : ''}`;
    return (
        <div class={`nhsuk-form-group${props.error ? ' nhsuk-form-group--error' : ''}`}>
            <fieldset class="nhsuk-fieldset" aria-describedby={described}>
                <legend class="nhsuk-fieldset__legend">{props.words.legend}</legend>
                <div class="nhsuk-hint" id={`${props.id}-hint`}>
                    {props.words.hint}
                </div>
                {props.error && (
                    <span class="nhsuk-error-message" id={`${props.id}-error`}>
                        {props.error}
                    </span>
                )}
                <div class="nhsuk-date-input">
                    {part('day', 2)}
                    {part('month', 2)}
                    {part('year', 4)}
                </div>
            </fieldset>
        </div>
    );
}
