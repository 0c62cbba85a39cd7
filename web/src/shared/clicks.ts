/*
 * clicks: a double click is meant for what it began on. Where the first click of
 * two changed the screen, the second falls on whatever stands there now and would
 * press it unseen (leave the waiting room, and enter it again): it does nothing.
 */

const DOUBLE_TAP_MS = 400; /* browsers count the clicks of a mouse, not taps */

const pressable = 'button, a, input, select, textarea, label, summary';

/* What a click there is for; a label is its field. */
function pressed(target: EventTarget | null): Element | null {
    if (!(target instanceof Element)) return null;
    const found = target.closest(pressable) ?? target;
    return found instanceof HTMLLabelElement ? (found.control ?? found) : found;
}

/* From now on, for the whole page. */
export function keepDoubleClicksTogether(): void {
    let first: Element | null = null;
    let firstMs = -Infinity;
    const onClick = (event: MouseEvent): void => {
        const isTap = event instanceof PointerEvent && event.pointerType === 'touch';
        const isSecond = event.detail > 1 || (isTap && event.timeStamp - firstMs < DOUBLE_TAP_MS);
        const target = pressed(event.target);
        if (isSecond && target !== first) {
            event.preventDefault();
            event.stopPropagation();
            return;
        }
        first = target;
        firstMs = event.timeStamp;
    };
    document.addEventListener('click', onClick, { capture: true });
}
