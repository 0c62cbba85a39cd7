/* draft_dialog: the document as it will be, and the approval of exactly that one. */
import type { Row } from '../shared/protocol';
import { Button } from '../shared/ui/Button';
import { useCommandForm, useDesk } from './page';
import { Dialog, FormErrors } from './parts';

/* A version that was drawn up, and the hash of its bytes. */
export interface Draft {
    version: number;
    hash: string;
}

export function DraftDialog(props: { row: Row; draft: Draft; onClose: () => void }) {
    const { say, send, tell } = useDesk();
    const { row, draft } = props;
    const n = draft.version;
    const approved = row.view.approved_version === n;
    const form = useCommandForm({
        send: () => send('approve', row.of, { version: n, hash: draft.hash }),
        done() {
            tell({ key: 'said.approved', values: { n } });
            props.onClose();
        },
    });
    const path = `/api/visit/${row.of}/draft/${n}.pdf`;
    return (
        <Dialog title={say('rx.draft.title', { n })} size="paper" onClose={props.onClose}>
            <p>{say('rx.draft.lead')}</p>
            <FormErrors form={form} prefix="draft" />
            <iframe
                class="paper"
                src={`${path}#toolbar=0&navpanes=0&view=FitH`}
                title={say('rx.draft.frame', { n })}
            />
            <p class="muted paper__foot">
                <a href={path} target="_blank" rel="noopener">
                    {say('rx.draft.open')}
                </a>
                <span>{say('rx.draft.hash', { hash: draft.hash.slice(0, 12) })}</span>
            </p>
            <div class="dialog__bar">
                <Button kind="quiet" onPress={props.onClose}>
                    {approved ? say('page.close') : say('rx.edit')}
                </Button>
                {!approved && (
                    <Button onPress={form.submit}>
                        {form.busy ? say('page.working') : say('rx.approve', { n })}
                    </Button>
                )}
            </div>
        </Dialog>
    );
}
