/*
 * Guests: whom the clinic invited besides. The patient says before anybody comes
 * in whether they may, and may take a yes or a no back at any time.
 */
import type { GuestView } from '../../shared/protocol';
import { Button, LinkButton } from '../../shared/ui/Button';
import { Card } from '../../shared/ui/Card';
import type { ScreenProps } from '../model';
import { useWords } from '../words';

/* Where people wait: everybody who is expected, each with its question. */
export function GuestList(props: ScreenProps) {
    const { words } = useWords();
    const guests = expected(props.view.guests);
    if (guests.length === 0) return null;
    return (
        <section aria-labelledby="guests-title">
            <h2 id="guests-title">{words.guests.title}</h2>
            <div class="stack">
                {guests.map((guest) => (
                    <Card key={guest.guest}>
                        {guest.agreed === 'open' ? (
                            <Question {...props} guest={guest} />
                        ) : (
                            <Answered {...props} guest={guest} />
                        )}
                    </Card>
                ))}
            </div>
        </section>
    );
}

/* In the call: only what asks for an answer, and who was let in can be put out. */
export function GuestQuestions(props: ScreenProps) {
    const { words } = useWords();
    const guests = expected(props.view.guests);
    const open = guests.filter((guest) => guest.agreed === 'open');
    const inside = guests.filter((guest) => guest.state === 'admitted');
    if (open.length === 0 && inside.length === 0) return null;
    return (
        <div class="call__guests" role="region" aria-label={words.guests.title}>
            {open.map((guest) => (
                <Question key={guest.guest} {...props} guest={guest} />
            ))}
            {inside.length > 0 && (
                <details class="call__inside">
                    <summary>{words.guests.others(inside.length)}</summary>
                    {inside.map((guest) => (
                        <p key={guest.guest} class="call__guest">
                            {words.guests.inside(guest.name, words.guests.kind[guest.kind])}{' '}
                            <LinkButton
                                onPress={() => props.actions.answerGuest(guest.guest, false)}
                            >
                                {words.guests.out}
                            </LinkButton>
                        </p>
                    ))}
                </details>
            )}
        </div>
    );
}

function expected(guests: GuestView[] | undefined): GuestView[] {
    return (guests ?? []).filter((guest) => guest.state !== 'declined');
}

function Question(props: ScreenProps & { guest: GuestView }) {
    const { words } = useWords();
    const { guest, actions } = props;
    return (
        <div class="stack" role="group">
            <p>{words.guests.ask(guest.name, words.guests.kind[guest.kind])}</p>
            <div class="stack equal">
                <Button
                    kind="quiet"
                    small
                    wide
                    onPress={() => actions.answerGuest(guest.guest, true)}
                >
                    {words.guests.yes}
                </Button>
                <Button
                    kind="quiet"
                    small
                    wide
                    onPress={() => actions.answerGuest(guest.guest, false)}
                >
                    {words.guests.no}
                </Button>
            </div>
        </div>
    );
}

function Answered(props: ScreenProps & { guest: GuestView }) {
    const { words } = useWords();
    const { guest, actions } = props;
    const refused = guest.agreed === 'no';
    const kind = words.guests.kind[guest.kind];
    return (
        <p>
            {refused
                ? words.guests.saidNo(guest.name, kind)
                : words.guests.saidYes(guest.name, kind)}{' '}
            <LinkButton onPress={() => actions.answerGuest(guest.guest, refused)}>
                {refused ? words.guests.yesAfterAll : words.guests.noAfterAll}
            </LinkButton>
        </p>
    );
}
