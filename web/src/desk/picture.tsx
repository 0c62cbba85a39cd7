/* picture: a stream as a picture; says when the browser holds its sound back. */
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
    useEffect(() => {
        const element = video.current;
        if (!element) return;
        if (element.srcObject !== (props.stream ?? null)) element.srcObject = props.stream ?? null;
        if (!props.stream) return;
        element.play().then(
            () => props.onBlocked?.(false),
            (error: unknown) => {
                const held = error instanceof DOMException && error.name === 'NotAllowedError';
                if (held) props.onBlocked?.(true);
            },
        );
    }, [props.stream, props.again]);
    return (
        <video
            ref={video}
            class={`picture picture--${props.name}`}
            aria-label={props.label}
            muted={props.muted ?? false}
            autoplay
            playsInline
        />
    );
}

/* One stream around the track, as long as it is the same track. */
export function useStreamOf(track: MediaStreamTrack | undefined): MediaStream | undefined {
    const [stream, setStream] = useState<MediaStream>();
    useEffect(() => setStream(track ? new MediaStream([track]) : undefined), [track]);
    return stream;
}
