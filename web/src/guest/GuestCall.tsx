/* GuestCall: doctor, patient and who else is there; the controls with their words. */
import { useState } from 'preact/hooks';
import { largeOf, peopleOf, sharerOf } from '../shared/people';
import { ScreenShare } from '../shared/screen_share';
import { Button } from '../shared/ui/Button';
import { Crowd } from '../shared/ui/Crowd';
import { Heading } from '../shared/ui/Heading';
import { Picture } from '../shared/ui/Picture';
import { useTrackStream } from '../shared/ui/useTrackStream';
import { practitionerName } from '../visit/model';
import { crowdWords, useWords } from '../visit/words';
import { mayTalk, type GuestProps } from './model';

export function GuestCall(props: GuestProps) {
    const { words } = useWords();
    const { model, actions } = props;
    const [unblock, setUnblock] = useState<(() => Promise<void>) | undefined>();
    const own = useTrackStream(model.devices.cameraTrack);
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
                <div class="call__own">
                    {own ? (
                        <Picture stream={own} label={words.call.me} silent mirrored />
                    ) : (
                        <span>{words.call.hiddenNote}</span>
                    )}
                    {model.media.muted && <span class="tag tag--muted">{words.call.mutedTag}</span>}
                </div>
                {unblock && (
                    <div class="call__ask">
                        <p>{words.guest.hear}</p>
                        <Button onPress={hear}>{words.call.hear}</Button>
                    </div>
                )}
            </div>
            <Controls {...props} />
        </div>
    );
}

function Note({ model }: GuestProps) {
    const { words } = useWords();
    let sentence = '';
    if (model.media.line === 'interrupted') sentence = words.call.lost;
    else if (!mayTalk(model.visit)) sentence = words.guest.connecting;
    else if (model.media.muted) sentence = words.guest.muted;
    return (
        <p class={sentence ? 'call__note' : 'visually-hidden'} role="status">
            {sentence}
        </p>
    );
}

function Controls({ model, actions }: GuestProps) {
    const { words } = useWords();
    const { muted } = model.media;
    const cameraOff = model.devices.cameraTrack === undefined;
    const { sharing } = model.ui;
    const { doctor, patient, guests = [] } = model.visit.now;
    const taken = [doctor, patient, ...guests].some((each) => each?.sharing === true);
    return (
        <div class="call__bar">
            <div class="call__buttons">
                <Button kind="quiet" small onPress={() => actions.setMuted(!muted)}>
                    {muted ? words.call.unmute : words.call.mute}
                </Button>
                <Button kind="quiet" small onPress={() => actions.setCameraOff(!cameraOff)}>
                    {cameraOff ? words.call.show : words.call.hide}
                </Button>
                {model.devices.cameras > 1 && !cameraOff && (
                    <Button kind="quiet" small onPress={actions.switchCamera}>
                        {words.call.switchCamera}
                    </Button>
                )}
                {ScreenShare.possible() && (sharing || !taken) && (
                    <Button kind="quiet" small onPress={() => actions.share(!sharing)}>
                        {sharing ? words.call.unshare : words.call.share}
                    </Button>
                )}
                <Button kind="end" small onPress={actions.leave}>
                    {words.guest.leave}
                </Button>
            </div>
        </div>
    );
}
