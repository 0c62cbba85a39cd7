/* focus: where it may go by itself, and what is said when it may not. */

/* True while somebody is writing in a field: then focus stays there. */
export function isTyping(): boolean {
    const element = document.activeElement;
    if (element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement) return true;
    if (element instanceof HTMLInputElement) {
        return !['checkbox', 'radio', 'button', 'submit'].includes(element.type);
    }
    return element instanceof HTMLElement && element.isContentEditable;
}

let region: HTMLElement | undefined;

/* Says a sentence through one polite live region at the end of the page. */
export function announce(sentence: string): void {
    if (!region?.isConnected) {
        region = document.createElement('div');
        region.className = 'visually-hidden';
        region.setAttribute('role', 'status');
        region.setAttribute('aria-live', 'polite');
        document.body.append(region);
    }
    const target = region;
    target.textContent = '';
    /* An empty region first, or a repeated sentence would not be read. */
    setTimeout(() => {
        target.textContent = sentence;
    }, 60);
}
