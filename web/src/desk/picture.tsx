/*
 * picture: a stream as a picture; says when the browser holds its sound back. The
 * sound has an element of its own: in a <video> it would wait for the first
 * picture, and none ever comes from somebody without a camera.
 */
import { useEffect, useRef, useState } from 'preact/hooks';

export interface PictureProps {
    stream: MediaStream | undefined;
    label: string;
    name: string;
    muted?: boolean;
    onBlocked?: (blocked: boolean) => void;
    /* counts up when the person asked for the sound */
    again?: number;
}

export function Picture(props: PictureProps) {
    const video = useRef<HTMLVideoElement>(null);
    const audio = useRef<HTMLAudioElement>(null);
    const { stream } = props;
    useEffect(() => {
        const element = video.current;
        if (!element) return;
        if (element.srcObject !== (stream ?? null)) element.srcObject = stream ?? null;
        if (stream) element.play().catch(() => undefined);
    }, [stream]);
    useEffect(() => {
        const element = audio.current;
        if (!element) return;
        const tracks = stream?.getAudioTracks() ?? [];
        element.srcObject = tracks.length > 0 ? new MediaStream(tracks) : null;
    }, [stream]);
    useEffect(() => {
        const element = audio.current;
        if (!element?.srcObject) return;
        element.play().then(
            () => props.onBlocked?.(false),
            (error: unknown) => {
                const held = error instanceof DOMException && error.name === 'NotAllowedError';
                if (held) props.onBlocked?.(true);
            },
        );
    }, [stream, props.again]);
    return (
        <>
            <video
                ref={video}
                class={`picture picture--${props.name}`}
                aria-label={props.label}
                muted
                autoplay
                playsInline
            />
            {!props.muted && <audio ref={audio} />}
        </>
    );
}

/* One stream around the track, as long as it is the same track. */
export function useStreamOf(track: MediaStreamTrack | undefined): MediaStream | undefined {
    const [stream, setStream] = useState<MediaStream>();
    useEffect(() => setStream(track ? new MediaStream([track]) : undefined), [track]);
    return stream;
}
