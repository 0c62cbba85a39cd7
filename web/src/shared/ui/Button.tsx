/* Button: one press, one command; a second press while it runs does nothing. */
import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';

export type ButtonKind = 'main' | 'quiet' | 'end';

export interface ButtonProps {
    children: ComponentChildren;
    kind?: ButtonKind;
    wide?: boolean;
    small?: boolean;
    submit?: boolean;
    pressed?: boolean;
    expanded?: boolean;
    label?: string;
    class?: string;
    id?: string;
    onPress?: () => unknown;
}

export function Button(props: ButtonProps) {
    const { busy, press } = useOnePress(props.onPress);
    const names = ['button', 'nhsuk-button', `button--${props.kind ?? 'main'}`];
    if (props.wide) names.push('button--wide');
    if (props.small) names.push('button--small');
    if (props.class) names.push(props.class);
    return (
        <button
            id={props.id}
            type={props.submit ? 'submit' : 'button'}
            class={names.join(' ')}
            aria-disabled={busy ? 'true' : undefined}
            aria-pressed={props.pressed}
            aria-expanded={props.expanded}
            aria-label={props.label}
            onClick={press}
        >
            {props.children}
        </button>
    );
}

/* A small action that looks like a link. */
export function LinkButton(props: { children: ComponentChildren; onPress: () => unknown }) {
    const { busy, press } = useOnePress(props.onPress);
    return (
        <button
            type="button"
            class="button-link"
            aria-disabled={busy ? 'true' : undefined}
            onClick={press}
        >
            {props.children}
        </button>
    );
}

/* Runs one action at a time: presses while its promise is open are ignored. */
function useOnePress(action: (() => unknown) | undefined) {
    const [busy, setBusy] = useState(false);
    const running = useRef(false);
    const press = (): void => {
        if (running.current) return;
        const result = action?.();
        if (!(result instanceof Promise)) return;
        running.current = true;
        setBusy(true);
        const done = (): void => {
            running.current = false;
            setBusy(false);
        };
        result.then(done, done);
    };
    return { busy, press };
}
