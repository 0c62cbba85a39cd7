/*
 * guests: who is invited to a visit besides the patient: the doctor's list in the
 * call, and the secretary's in the visit's panel.
 */
import { useState } from 'preact/hooks';
import type { Answer, GuestView, Row } from '../shared/protocol';
import { Button } from '../shared/ui/Button';
import { AskPatientDialog, GuestLinkDialog, InviteDialog } from './guest_dialogs';
import { ask, useDesk } from './page';
import { More } from './parts';

type Open = { name: 'invite' } | { name: 'ask' | 'link'; guest: GuestView };

/* In the doctor's call: whoever is there or waits, and what to do about each. */
export function GuestsBar(props: { row: Row }) {
    const { say } = useDesk();
    const { row } = props;
    const [open, setOpen] = useState<Open>();
    const guests = row.view.guests ?? [];
    return (
        <section class="guests" aria-label={say('guests.title')}>
            {guests.length > 0 && (
                <ul class="guests__list">
                    {guests.map((guest) => (
                        <li key={guest.guest} class={`guest guest--${guest.state}`}>
                            <Who guest={guest} />
                            <span class="guest__bar">
                                <DoctorActions row={row} guest={guest} onOpen={setOpen} />
                                <LinkActions row={row} guest={guest} onOpen={setOpen} />
                            </span>
                        </li>
                    ))}
                </ul>
            )}
            {guests.length < 3 && (
                <Button kind="quiet" small onPress={() => setOpen({ name: 'invite' })}>
                    {say('guests.invite')}
                </Button>
            )}
            <OpenDialog row={row} open={open} onOpen={setOpen} />
        </section>
    );
}

/* In the visit's panel, for the secretary. */
export function GuestsPanel(props: { row: Row }) {
    const { say } = useDesk();
    const { row } = props;
    const [open, setOpen] = useState<Open>();
    const guests = row.view.guests ?? [];
    const phase = row.view.phase ?? 'booked';
    if (phase !== 'booked' && phase !== 'waiting' && phase !== 'admitted') return null;
    return (
        <section class="facts" aria-labelledby="guests-title">
            <h3 id="guests-title">{say('guests.title')}</h3>
            {guests.length > 0 && (
                <ul class="guests__list">
                    {guests.map((guest) => (
                        <li key={guest.guest} class={`guest guest--${guest.state}`}>
                            <Who guest={guest} />
                            <span class="guest__bar">
                                <LinkActions row={row} guest={guest} onOpen={setOpen} flat />
                            </span>
                        </li>
                    ))}
                </ul>
            )}
            {guests.length < 3 && (
                <Button kind="quiet" small onPress={() => setOpen({ name: 'invite' })}>
                    {say('guests.invite')}
                </Button>
            )}
            <OpenDialog row={row} open={open} onOpen={setOpen} />
        </section>
    );
}

function OpenDialog(props: {
    row: Row;
    open: Open | undefined;
    onOpen: (open: Open | undefined) => void;
}) {
    const { row, open, onOpen } = props;
    const close = (): void => onOpen(undefined);
    if (!open) return null;
    if (open.name === 'invite') return <InviteDialog row={row} onClose={close} />;
    if (open.name === 'ask')
        return <AskPatientDialog row={row} guest={open.guest} onClose={close} />;
    return <GuestLinkDialog row={row} guest={open.guest} onClose={close} />;
}

/* Name, what they are, how far they are, and what the patient says. */
function Who(props: { guest: GuestView }) {
    const { say } = useDesk();
    const { guest } = props;
    const words = [say(`guest.state.${guest.state}`)];
    if (guest.agreed === 'no') words.push(say('guest.agreed.no'));
    else if (guest.state === 'admitted') words.push('');
    else if (guest.agreed === 'yes') words.push(say('guest.agreed.yes'));
    else if (guest.state === 'waiting') words.push(say('guest.agreed.open'));
    if (guest.voice === 'faint' || guest.voice === 'silent')
        words.push(say(`voice.${guest.voice}`));
    if (guest.line === 'sound' || guest.line === 'poor') words.push(say(`line.${guest.line}`));
    const tries = guest.claim_failures ?? 0;
    if (tries > 1) words.push(say('panel.link.tries', { n: tries }));
    return (
        <span class="guest__who" role={guest.state === 'waiting' ? 'status' : undefined}>
            <strong>{guest.name}</strong> <span>{say(`guest.kind.${guest.kind}`)}</span>
            <span class="guest__state"> · {words.filter(Boolean).join(' · ')}</span>
        </span>
    );
}

interface ActionsProps {
    row: Row;
    guest: GuestView;
    onOpen: (open: Open) => void;
}

function usePress(): (sent: Promise<Answer>) => Promise<void> {
    const { tell } = useDesk();
    return async (sent) => {
        const refused = await ask(sent);
        if (refused) tell(refused);
    };
}

function DoctorActions(props: ActionsProps) {
    const { say, send } = useDesk();
    const press = usePress();
    const { row, guest, onOpen } = props;
    const of = row.of;
    const about = { guest: guest.guest };
    const name = <span class="visually-hidden"> · {guest.name}</span>;
    const comes = guest.state === 'waiting' || guest.state === 'dismissed';
    const admit = async (): Promise<void> => {
        if (guest.agreed === 'open') onOpen({ name: 'ask', guest });
        else await press(send('admit_guest', of, about));
    };
    const pinned = row.view.pinned === guest.guest;
    if (row.view.by_telephone || row.view.phase !== 'admitted') return null;
    return (
        <>
            {comes && guest.agreed !== 'no' && (
                <Button small onPress={admit}>
                    {say(guest.state === 'waiting' ? 'guest.admit' : 'guest.admit_again')}
                    {name}
                </Button>
            )}
            {guest.state === 'admitted' && (
                <>
                    <Button
                        kind="quiet"
                        small
                        pressed={pinned}
                        onPress={() =>
                            press(send('pin_guest', of, { guest: pinned ? 0 : guest.guest }))
                        }
                    >
                        {say('guest.pin')}
                        {name}
                    </Button>
                    <Button
                        kind="quiet"
                        small
                        onPress={() => press(send('dismiss_guest', of, about))}
                    >
                        {say('guest.dismiss')}
                        {name}
                    </Button>
                </>
            )}
        </>
    );
}

function LinkActions(props: ActionsProps & { flat?: boolean }) {
    const { say, send, tell } = useDesk();
    const { row, guest, onOpen } = props;
    const about = { guest: guest.guest };
    const name = <span class="visually-hidden"> · {guest.name}</span>;
    const press = async (
        sent: Promise<Answer>,
        done: 'said.reissue_guest' | 'said.withdraw_guest',
    ) => tell((await ask(sent)) ?? { key: done });
    const buttons = (
        <>
            <Button kind="quiet" small onPress={() => onOpen({ name: 'link', guest })}>
                {say('guest.link')}
                {name}
            </Button>
            <Button
                kind="quiet"
                small
                onPress={() =>
                    press(send('reissue_guest_link', row.of, about), 'said.reissue_guest')
                }
            >
                {say('guest.reissue')}
                {name}
            </Button>
            <Button
                kind="end"
                small
                onPress={() => press(send('withdraw_guest', row.of, about), 'said.withdraw_guest')}
            >
                {say('guest.withdraw')}
                {name}
            </Button>
        </>
    );
    return props.flat ? buttons : <More of={guest.name}>{buttons}</More>;
}
