/* guest_dialogs: inviting somebody, asking the patient first, and passing a link on. */
import { useEffect, useState } from 'preact/hooks';
import type { GuestKind, GuestView, Row } from '../shared/protocol';
import { Button } from '../shared/ui/Button';
import { TextField } from '../shared/ui/Field';
import { phoneNumber, type Errors } from './booking';
import { useCommandForm, useDesk } from './page';
import { Choice, Dialog, FormDialog, useErrorOf } from './parts';
import { nameOf } from './rows';

interface DialogParts {
    row: Row;
    onClose: () => void;
}

const kinds: GuestKind[] = ['interpreter', 'relative', 'second_doctor', 'other'];

export function InviteDialog({ row, onClose }: DialogParts) {
    const { say, send, tell, locale } = useDesk();
    const [name, setName] = useState('');
    const [kind, setKind] = useState<string>('');
    const [mail, setMail] = useState('');
    const [mobile, setMobile] = useState('');
    const [language, setLanguage] = useState<string>(locale);
    const check = (): Errors => ({
        ...(name.trim() ? {} : { name: { key: 'guest.name.missing' as const } }),
        ...(kind ? {} : { kind: { key: 'guest.kind.missing' as const } }),
        ...(!mail.trim() || /^\S+@\S+\.\S+$/.test(mail.trim())
            ? {}
            : { mail: { key: 'error.mail' as const } }),
        ...(!mobile.trim() || phoneNumber(mobile)
            ? {}
            : { mobile: { key: 'error.mobile' as const } }),
    });
    const form = useCommandForm({
        check,
        send: () => {
            const number = phoneNumber(mobile);
            return send('invite_guest', row.of, {
                name: name.trim(),
                kind: kind as GuestKind,
                locale: language,
                ...(mail.trim() ? { mail: mail.trim() } : {}),
                ...(mobile.trim() && number ? { mobile: number } : {}),
            });
        },
        done() {
            const reached = mail.trim() || mobile.trim();
            tell({ key: reached ? 'said.invite_guest' : 'said.invite_guest.no_contact' });
            onClose();
        },
    });
    const errorOf = useErrorOf(form);
    return (
        <FormDialog
            title={say('guest.invite.title', { name: nameOf(row.view) })}
            lead={say('guest.invite.lead')}
            go={say('guest.invite.go')}
            form={form}
            prefix="guest"
            onClose={onClose}
        >
            <TextField
                id="guest-name"
                label={say('guest.name')}
                hint={say('guest.name.hint')}
                value={name}
                autocomplete="off"
                maxLength={60}
                error={errorOf('name')}
                onChange={setName}
            />
            <Choice
                id="guest-kind"
                legend={say('guest.kind')}
                value={kind}
                options={kinds.map((each) => ({ value: each, label: say(`guest.kind.${each}`) }))}
                error={errorOf('kind')}
                onChange={setKind}
            />
            <div class="pair">
                <TextField
                    id="guest-mail"
                    label={say('guest.mail')}
                    type="email"
                    value={mail}
                    autocomplete="off"
                    error={errorOf('mail')}
                    onChange={setMail}
                />
                <TextField
                    id="guest-mobile"
                    label={say('guest.mobile')}
                    type="tel"
                    value={mobile}
                    autocomplete="off"
                    error={errorOf('mobile')}
                    onChange={setMobile}
                />
            </div>
            <Choice
                id="guest-language"
                legend={say('guest.language')}
                value={language}
                options={[
                    { value: 'fr', label: 'Français' },
                    { value: 'en', label: 'English' },
                ]}
                onChange={setLanguage}
            />
        </FormDialog>
    );
}

/* The patient did not answer on the page: the doctor asks, and says so. */
export function AskPatientDialog(props: DialogParts & { guest: GuestView }) {
    const { say, send } = useDesk();
    const { row, guest, onClose } = props;
    const form = useCommandForm({
        send: () => send('admit_guest', row.of, { guest: guest.guest, told: true }),
        done: onClose,
    });
    return (
        <FormDialog
            title={say('guest.ask.title', { name: guest.name })}
            lead={say('guest.ask.lead', {
                name: guest.name,
                kind: say(`guest.kind.${guest.kind}`),
                patient: nameOf(row.view),
            })}
            go={say('guest.ask.go')}
            form={form}
            prefix="guest-ask"
            onClose={onClose}
        />
    );
}

/* To pass on by hand, on paper, or over the telephone. */
export function GuestLinkDialog(props: DialogParts & { guest: GuestView }) {
    const { say, send, tell } = useDesk();
    const { row, guest, onClose } = props;
    const [link, setLink] = useState<{ url: string; code: string }>();
    useEffect(() => {
        send('guest_link', row.of, { guest: guest.guest }).then(
            ({ url, code }) => {
                if (url && code) setLink({ url, code });
            },
            () => undefined,
        );
    }, []);
    const copy = async (): Promise<void> => {
        if (!link) return;
        await navigator.clipboard.writeText(link.url).then(
            () => tell({ key: 'said.copied' }),
            () => tell({ key: 'said.not_copied' }),
        );
    };
    return (
        <Dialog title={say('guest.link.title', { name: guest.name })} onClose={onClose}>
            <div class="stack">
                <p>{say('guest.link.lead')}</p>
                <TextField
                    id="guest-link"
                    label={say('guest.link.url')}
                    value={link?.url ?? ''}
                    autocomplete="off"
                    onChange={() => undefined}
                />
                <p>
                    {say('guest.link.code')} <strong class="code">{link?.code ?? '…'}</strong>
                </p>
                <div class="dialog__bar">
                    <Button kind="quiet" onPress={copy}>
                        {say('guest.link.copy')}
                    </Button>
                    <Button
                        kind="quiet"
                        onPress={() => {
                            window.open(`/api/visit/${row.of}/guest/${guest.guest}.pdf`, '_blank');
                        }}
                    >
                        {say('guest.link.print')}
                    </Button>
                    <Button onPress={onClose}>{say('page.close')}</Button>
                </div>
            </div>
        </Dialog>
    );
}
