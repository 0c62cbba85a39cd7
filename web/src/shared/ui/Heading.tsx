/*
 * Heading: says where the person is. When the screen changes by itself, focus
 * goes to it and a screen reader reads it; somebody who is typing keeps the
 * field and hears the sentence instead.
 */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { announce, isTyping } from './focus';

let first = true;

export function Heading(props: { children: string; screen: string; hidden?: boolean }) {
    const heading = useRef<HTMLHeadingElement>(null);
    /* Before it is seen: a screen that moves after it was painted takes the button
     * from under a finger, and puts another there. */
    useLayoutEffect(() => {
        if (first) {
            first = false; /* a page that just opened is read from its top */
            return;
        }
        if (isTyping()) {
            announce(props.children);
            return;
        }
        heading.current?.focus({ preventScroll: true });
        window.scrollTo({ top: 0, behavior: 'instant' });
    }, [props.screen]);
    return (
        <h1 ref={heading} tabIndex={-1} class={props.hidden ? 'visually-hidden' : undefined}>
            {props.children}
        </h1>
    );
}
