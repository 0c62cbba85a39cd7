/*
 * Call: the face is the page. Controls have words; what goes wrong is said where
 * people look; the doctor's screen, when shared, takes the large place.
 */
import { useEffect, useState } from 'preact/hooks';
import { wordOf } from '../../shared/quality';
import { Button } from '../../shared/ui/Button';
import { Heading } from '../../shared/ui/Heading';
import { largeOf, peopleOf, sharerOf } from '../../shared/people';
import { Crowd } from '../../shared/ui/Crowd';
import { Picture } from '../../shared/ui/Picture';
import { mayTalk, practitionerName, type ScreenProps } from '../model';
import { crowdWords, useWords } from '../words';
import { Chat, unreadMessages } from './Chat';
import { DeviceButtons, NoDevices, OwnPicture } from './OwnDevices';
import { GuestQuestions } from './Guests';

export function Call(props: ScreenProps) {
    const { words } = useWords();
    const { model, actions } = props;
    const [chatOpen, setChatOpen] = useState(false);
    const [playing, setPlaying] = useState(false);
    const [unblock, setUnblock] = useState<(() => Promise<void>) | undefined>();
    const talking = mayTalk(model.visit);
    const sharing = model.visit.now.doctor?.sharing === true;
    const slot = model.visit.slots[0]?.slot ?? 1;
    const doctor = model.media.people[slot - 1];
    const several = talking && model.visit.slots.length > 1;
    useEffect(() => {
        if (!talking) setPlaying(false);
    }, [talking, doctor]);

    const blocked = (play: () => Promise<void>): void =>
        setUnblock((before) => async () => {
            await before?.();
            await play();
        });
    const hear = async (): Promise<void> => {
        await unblock?.();
        setUnblock(undefined);
    };
    const closeChat = (): void => {
        setChatOpen(false);
        setTimeout(() => document.getElementById('messages')?.focus(), 0);
    };
    return (
        <div class="call">
            <Heading screen="call" hidden>
                {words.call.title(practitionerName(model.me))}
            </Heading>
            <div class="call__stage">
                {several ? (
                    <Several {...props} onBlocked={blocked} onPlaying={() => setPlaying(true)} />
                ) : (
                    <>
                        <Picture
                            stream={talking ? doctor : undefined}
                            label={practitionerName(model.me)}
                            class={sharing ? 'call__inset' : 'call__face'}
                            onBlocked={blocked}
                            onPlaying={() => setPlaying(true)}
                        />
                        {sharing && talking && (
                            <Picture
                                stream={model.media.screen}
                                label={words.call.screen}
                                silent
                                whole
                                class="call__face"
                            />
                        )}
                        <span class="tag tag--name">{practitionerName(model.me)}</span>
                    </>
                )}
                <LineWord {...props} />
                <StageNotes {...props} playing={playing} />
                <OwnPicture {...props} />
                {unblock && (
                    <div class="call__ask">
                        <p>{words.call.hearTitle}</p>
                        <Button onPress={hear}>{words.call.hear}</Button>
                    </div>
                )}
            </div>
            <GuestQuestions {...props} />
            <NoDevices {...props} />
            {chatOpen && (
                <Chat
                    model={model}
                    onSend={actions.sendMessage}
                    onTyping={actions.setTyping}
                    onSeen={actions.messagesSeen}
                    onClose={closeChat}
                />
            )}
            <Controls {...props} chatOpen={chatOpen} onChat={() => setChatOpen(!chatOpen)} />
        </div>
    );
}

/* How one's own line is, in a word. */
function LineWord({ model }: ScreenProps) {
    const { words } = useWords();
    const quality = model.visit.quality['patient'];
    if (!quality || !mayTalk(model.visit)) return null;
    return <span class="tag tag--line">{words.callLine[wordOf(quality)]}</span>;
}

/* The doctor and whoever else is there. */
function Several(
    props: ScreenProps & { onBlocked: (play: () => Promise<void>) => void; onPlaying: () => void },
) {
    const { words } = useWords();
    const { model, actions } = props;
    const people = peopleOf(model.visit, {
        doctor: practitionerName(model.me),
        patient: words.call.me,
    });
    return (
        <Crowd
            people={people}
            streams={model.media.people}
            screen={model.media.screen}
            sharer={sharerOf(people)}
            large={largeOf(people, model.ui.large, model.visit.view.pinned ?? 0)}
            words={crowdWords(words)}
            onLarge={actions.setLarge}
            onBlocked={props.onBlocked}
            onPlaying={props.onPlaying}
        />
    );
}

/* One sentence over the picture when there is something to know. */
function StageNotes({ model, playing }: ScreenProps & { playing: boolean }) {
    const { words } = useWords();
    const doctor = model.visit.now.doctor;
    let sentence = '';
    if (model.media.line === 'interrupted') sentence = words.call.lost;
    else if (doctor?.connected === false) sentence = words.call.otherLost;
    else if (!mayTalk(model.visit)) sentence = words.call.connecting;
    else if (model.visit.dark.patient) sentence = words.call.dark;
    else if (!playing && doctor?.camera !== false) sentence = words.call.connecting;
    else if (model.visit.dark.doctor) sentence = words.call.otherDark;
    else if (model.media.muted) sentence = words.call.mutedNote;
    else if (doctor?.camera === false) sentence = words.call.cameraOff;
    return (
        <p class={sentence ? 'call__note' : 'visually-hidden'} role="status">
            {sentence}
        </p>
    );
}

function Controls(props: ScreenProps & { chatOpen: boolean; onChat: () => void }) {
    const { words } = useWords();
    const { model, actions, chatOpen } = props;
    const unread = chatOpen ? 0 : unreadMessages(model);
    return (
        <div class="call__bar">
            <div class="call__buttons">
                <DeviceButtons {...props} />
                <Button id="messages" kind="quiet" small expanded={chatOpen} onPress={props.onChat}>
                    {words.call.chat}
                    {unread > 0 && <span class="badge">{words.call.chatNew(unread)}</span>}
                </Button>
                <Button kind="end" small onPress={actions.hangUp}>
                    {words.call.hangUp}
                </Button>
            </div>
        </div>
    );
}
