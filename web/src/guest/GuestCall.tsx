/* GuestCall: doctor, patient and who else is there; the controls with their words. */
import { useState } from 'preact/hooks';
import { largeOf, peopleOf, sharerOf } from '../shared/people';
import { Button } from '../shared/ui/Button';
import { Crowd } from '../shared/ui/Crowd';
import { Heading } from '../shared/ui/Heading';
import { practitionerName } from '../visit/model';
import { DeviceButtons, NoDevices, OwnPicture } from '../visit/screens/OwnDevices';
import { crowdWords, useWords } from '../visit/words';
import { mayTalk, picturesCome, type GuestProps } from './model';

export function GuestCall(props: GuestProps) {
    const { words } = useWords();
    const { model, actions } = props;
    const [unblock, setUnblock] = useState<(() => Promise<void>) | undefined>();
    const people = peopleOf(model.visit, {
        doctor: practitionerName(model.me),
        patient: words.guest.patient,
    });
    const hear = async (): Promise<void> => {
        await unblock?.();
        setUnblock(undefined);
    };
    return (
        <div class="call">
            <Heading screen="guest_call" hidden>
                {words.guest.callTitle}
            </Heading>
            <div class="call__stage">
                <Crowd
                    people={mayTalk(model.visit) ? people : []}
                    streams={model.media.people}
                    screen={model.media.screen}
                    sharer={sharerOf(people)}
                    large={largeOf(people, model.ui.large, model.visit.view.pinned ?? 0)}
                    words={crowdWords(words)}
                    onLarge={actions.setLarge}
                    onBlocked={(play) =>
                        setUnblock((before) => async () => {
                            await before?.();
                            await play();
                        })
                    }
                />
                <Note {...props} />
                <OwnPicture {...props} />
                {unblock && (
                    <div class="call__ask">
                        <p>{words.guest.hear}</p>
                        <Button onPress={hear}>{words.call.hear}</Button>
                    </div>
                )}
            </div>
            <NoDevices {...props} />
            <Controls {...props} />
        </div>
    );
}

function Note({ model }: GuestProps) {
    const { words } = useWords();
    let sentence = '';
    if (model.media.line === 'interrupted') sentence = words.call.lost;
    else if (!mayTalk(model.visit)) sentence = words.guest.connecting;
    else if (!picturesCome(model.visit, model.me.guest ?? 0)) sentence = words.call.dark;
    else if (model.media.muted) sentence = words.guest.muted;
    return (
        <p class={sentence ? 'call__note' : 'visually-hidden'} role="status">
            {sentence}
        </p>
    );
}

function Controls(props: GuestProps) {
    const { words } = useWords();
    return (
        <div class="call__bar">
            <div class="call__buttons">
                <DeviceButtons {...props} />
                <Button kind="end" small onPress={props.actions.leave}>
                    {words.guest.leave}
                </Button>
            </div>
        </div>
    );
}
