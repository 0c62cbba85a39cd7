/* screen_share: the own screen, shown beside the camera while the person wants. */
import { Store } from './store';

export class ScreenShare {
    readonly track = new Store<MediaStreamTrack | undefined>(undefined);

    /* Not every device can: phones mostly cannot. */
    static possible(): boolean {
        return 'mediaDevices' in navigator && 'getDisplayMedia' in navigator.mediaDevices;
    }

    /* Asks which; call it from a click. */
    async start(): Promise<void> {
        try {
            const stream = await navigator.mediaDevices.getDisplayMedia({ video: true });
            const track = stream.getVideoTracks()[0];
            if (track) track.onended = () => this.stop();
            this.track.set(track);
        } catch {
            /* the person chose no screen */
        }
    }

    stop(): void {
        const track = this.track.get();
        if (!track) return;
        track.onended = null;
        track.stop();
        this.track.set(undefined);
    }
}
