/*
 * encodings: how the camera and the screen are encoded. For one other person the
 * camera has a single encoding, capped by what that person can receive. From the
 * third person on it has two or three, and the relay chooses for each. Frame rate is kept
 * over resolution: hands that sign need twenty pictures a second.
 */

type Values = Omit<RTCRtpEncodingParameters, 'rid'>;

/* The smallest first; docs/relay-control.md. */
const RIDS = ['q', 'h', 'f'];
const SCREEN_BPS = 1_500_000;
const ALONE: Values = { active: true, scaleResolutionDownBy: 1, maxBitrate: 1_200_000 };
const LARGE: Values = { active: true, scaleResolutionDownBy: 1, maxBitrate: 1_000_000 };
const HALF: Values = { active: true, scaleResolutionDownBy: 2, maxBitrate: 350_000 };
const QUARTER: Values = { active: true, scaleResolutionDownBy: 4, maxBitrate: 120_000 };
const OFF: Values = { active: false, scaleResolutionDownBy: 1 };
/* Chromium makes three of a picture from here on, two of a smaller one. */
const THREE_FROM = 540; /* lines */

/* audience: how many others see this camera, which has so many lines. */
export function cameraLayers(audience: number, lines: number): Values[] {
    /* The first may be switched on alone: its least rate is low in every browser. */
    if (audience < 2) return [ALONE, OFF, OFF];
    return lines < THREE_FROM ? [HALF, LARGE, OFF] : [QUARTER, HALF, LARGE];
}

/* As the camera's section is offered. */
export function cameraEncodings(): RTCRtpEncodingParameters[] {
    return cameraLayers(1, 0).map((values, nth) => ({ ...values, rid: RIDS[nth] ?? '' }));
}

export function hintCamera(track: MediaStreamTrack): void {
    track.contentHint = 'motion';
}

export function hintScreen(track: MediaStreamTrack): void {
    track.contentHint = 'detail';
}

/* What a page wants of its senders, put in force one after the other: a browser
 * refuses parameters that were read before others were set. */
export class Encodings {
    private last: Promise<void> = Promise.resolve();

    apply(camera: RTCRtpSender, screen: RTCRtpSender, audience: number): Promise<void> {
        this.last = this.last.then(async () => {
            const lines = camera.track?.getSettings().height ?? 0;
            await change(camera, cameraLayers(audience, lines));
            await change(screen, [{ maxBitrate: SCREEN_BPS }]);
        });
        return this.last;
    }
}

async function change(sender: RTCRtpSender, wanted: Values[]): Promise<void> {
    const parameters = sender.getParameters();
    parameters.encodings.forEach((encoding, nth) => Object.assign(encoding, wanted[nth]));
    await sender.setParameters(parameters).catch(() => undefined);
}
