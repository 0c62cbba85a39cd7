/*
 * OwnDevices: one's own camera, microphone and screen in a call, with their words:
 * the patient's and each guest's.
 */
import type { DevicesState } from '../../shared/devices';
import type { MediaState } from '../../shared/media';
import { ScreenShare } from '../../shared/screen_share';
import type { Visit } from '../../shared/state';
import { Button } from '../../shared/ui/Button';
import { Picture } from '../../shared/ui/Picture';
import { useTrackStream } from '../../shared/ui/useTrackStream';
import { useWords } from '../words';

interface OwnDevicesProps {
    model: {
        visit: Visit;
        media: MediaState;
        devices: DevicesState;
        ui: { soundOnly: boolean; sharing: boolean };
    };
    actions: {
        openDevices: (camera: boolean) => Promise<unknown>;
        setMuted: (muted: boolean) => void;
        setCameraOff: (off: boolean) => Promise<void>;
        switchCamera: () => Promise<void>;
        share: (on: boolean) => Promise<unknown>;
    };
}

export function OwnPicture({ model }: OwnDevicesProps) {
    const { words } = useWords();
    const stream = useTrackStream(model.devices.cameraTrack);
    return (
        <div class="call__own">
            {stream ? (
                <Picture stream={stream} label={words.call.me} silent mirrored />
            ) : (
                <span>{words.call.hiddenNote}</span>
            )}
            {model.media.muted && <span class="tag tag--muted">{words.call.mutedTag}</span>}
        </div>
    );
}

export function NoDevices({ model, actions }: OwnDevicesProps) {
    const { words } = useWords();
    const { microphoneTrack, asking } = model.devices;
    if (microphoneTrack || asking) return null;
    return (
        <div class="call__devices" role="alert">
            <p>{words.call.noDevices}</p>
            <Button kind="quiet" small onPress={() => actions.openDevices(!model.ui.soundOnly)}>
                {words.call.openDevices}
            </Button>
        </div>
    );
}

export function DeviceButtons(props: OwnDevicesProps) {
    const { words } = useWords();
    const { model, actions } = props;
    const { muted } = model.media;
    const cameraOff = model.devices.cameraTrack === undefined;
    return (
        <>
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
            <ShareButton {...props} />
        </>
    );
}

/* One screen has the place: who shows theirs goes first. */
function ShareButton({ model, actions }: OwnDevicesProps) {
    const { words } = useWords();
    const { sharing } = model.ui;
    const { doctor, patient, guests = [] } = model.visit.now;
    const taken = [doctor, patient, ...guests].some((each) => each?.sharing === true);
    if (!ScreenShare.possible() || (taken && !sharing)) return null;
    return (
        <Button kind="quiet" small onPress={() => actions.share(!sharing)}>
            {sharing ? words.call.unshare : words.call.share}
        </Button>
    );
}
