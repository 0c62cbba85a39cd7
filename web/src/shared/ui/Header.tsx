/* Header: the mark, whose page this is, and what the page puts beside it. */
import type { ComponentChildren } from 'preact';

export function Mark() {
    return (
        <svg class="mark" viewBox="0 0 30 34" aria-hidden="true">
            <path d="M0 15a15 15 0 0 1 30 0v16a3 3 0 0 1-3 3H3a3 3 0 0 1-3-3z" fill="#0b5c63" />
            <path d="M11 15a7.5 7.5 0 0 1 15 0v19H11z" fill="#ffd23f" />
        </svg>
    );
}

export function Header(props: { title: string; children?: ComponentChildren }) {
    return (
        <header class="top">
            <Mark />
            <strong class="grow">{props.title}</strong>
            {props.children}
        </header>
    );
}
