/* documents: opens a PDF of the visit, or says that the birth date has to be proven. */
import type { Outcome } from './model';

export async function openDocument(
    visit: string,
    kind: 'prescription' | 'receipt',
    how: 'show' | 'download',
): Promise<Outcome> {
    const path = `/api/visit/${visit}/${kind}.pdf`;
    try {
        const answer = await fetch(path, { credentials: 'same-origin', cache: 'no-store' });
        if (answer.status === 401) return 'prove';
        if (!answer.ok) return 'failed';
        const bytes = await answer.blob();
        hand(URL.createObjectURL(bytes), kind, how);
        return 'ok';
    } catch {
        return 'failed';
    }
}

/* Shows the bytes in a tab of their own; where that is forbidden they are saved. */
function hand(url: string, name: string, how: 'show' | 'download'): void {
    if (how === 'show' && window.open(url, '_blank')) return;
    const link = document.createElement('a');
    link.href = url;
    link.download = `${name}.pdf`;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
