/* Form: sends once, by the button or by Enter; while it is being sent, not again. */
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';

export function Form(props: {
    onSubmit: () => Promise<unknown>;
    children: ComponentChildren;
    class?: string;
}) {
    const running = useRef(false);
    const submit = (event: Event): void => {
        event.preventDefault();
        if (running.current) return;
        running.current = true;
        void props.onSubmit().finally(() => {
            running.current = false;
        });
    };
    return (
        <form class={props.class ?? 'stack'} noValidate onSubmit={submit}>
            {props.children}
        </form>
    );
}
