/* useTrackStream: one stream for as long as the track is the same. */
import { useMemo } from 'preact/hooks';

export function useTrackStream(track: MediaStreamTrack | undefined): MediaStream | undefined {
    return useMemo(() => (track ? new MediaStream([track]) : undefined), [track]);
}
