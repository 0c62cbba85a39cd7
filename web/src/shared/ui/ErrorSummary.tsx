/* ErrorSummary: what to put right, first on the page, with a way to each field. */
import { useEffect, useRef } from 'preact/hooks';

export interface FieldError {
    field?: string; /* the id of the input */
    text: string;
}

export function ErrorSummary(props: { title: string; errors: FieldError[] }) {
    const box = useRef<HTMLDivElement>(null);
    const key = props.errors.map((error) => error.text).join('|');
    useEffect(() => {
        if (key !== '') box.current?.focus();
    }, [key]);
    if (props.errors.length === 0) return null;
    const go = (event: Event, field: string): void => {
        event.preventDefault();
        document.getElementById(field)?.focus();
    };
    return (
        <div class="nhsuk-error-summary" role="alert" tabIndex={-1} ref={box}>
            <h2>{props.title}</h2>
            <ul class="nhsuk-error-summary__list">
                {props.errors.map(({ field, text }) => (
                    <li key={text}>
                        {field ? (
                            <a href={`#${field}`} onClick={(event) => go(event, field)}>
                                {text}
                            </a>
                        ) : (
                            text
                        )}
                    </li>
                ))}
            </ul>
        </div>
    );
}
