import type { ComponentChildren } from 'preact';

export function Card(props: { children: ComponentChildren; class?: string }) {
    return <div class={props.class ? `card ${props.class}` : 'card'}>{props.children}</div>;
}

export type Tone = 'leaf' | 'amber' | 'brick' | 'teal' | 'idle';

/* A dot is never alone: a word stands beside it. */
export function Dot(props: { tone: Tone }) {
    return <span class={`dot dot--${props.tone}`} aria-hidden="true" />;
}

export function Notice(props: { children: ComponentChildren; tone?: Tone; alert?: boolean }) {
    return (
        <div
            class={`notice notice--${props.tone ?? 'teal'}`}
            role={props.alert ? 'alert' : undefined}
        >
            {props.children}
        </div>
    );
}
