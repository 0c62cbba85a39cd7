/*
 * Picture: plays a stream. Its sound has an element of its own, for browsers hold
 * the sound of a <video> back until its first picture, and none ever comes from
 * somebody without a camera. A browser may also forbid sound before somebody
 * pressed something: then the picture goes on without, and `onBlocked` asks for it.
 */
import { useEffect, useRef } from 'preact/hooks';

export interface PictureProps {
    stream: MediaStream | undefined;
    label: string;
    silent?: boolean; /* one's own picture: never played aloud */
    mirrored?: boolean;
    whole?: boolean; /* a shared screen is never cropped */
    hidden?: boolean;
    class?: string;
    onBlocked?: (play: () => Promise<void>) => void;
    onPlaying?: () => void;
}

export function Picture(props: PictureProps) {
    const video = useRef<HTMLVideoElement>(null);
    const audio = useRef<HTMLAudioElement>(null);
    const { stream, silent, onBlocked } = props;
    useEffect(() => {
        const element = video.current;
        if (!element) return;
        element.srcObject = stream ?? null;
        if (stream) element.play().catch(() => undefined);
        return () => {
            element.srcObject = null;
        };
    }, [stream]);
    useEffect(() => {
        const element = audio.current;
        const tracks = stream?.getAudioTracks() ?? [];
        if (!element || tracks.length === 0) return;
        element.srcObject = new MediaStream(tracks);
        element.play().catch((error: unknown) => {
            if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return;
            onBlocked?.(() => element.play());
        });
        return () => {
            element.srcObject = null;
        };
    }, [stream, silent]);
    const names = ['picture'];
    if (props.mirrored) names.push('picture--mirrored');
    if (props.whole) names.push('picture--whole');
    if (props.class) names.push(props.class);
    return (
        <>
            <video
                ref={video}
                class={names.join(' ')}
                aria-label={props.label}
                hidden={props.hidden}
                muted
                autoplay
                playsInline
                onPlaying={props.onPlaying}
            />
            {!silent && <audio ref={audio} />}
        </>
    );
}

/* Plays a stream of sound alone. */
export function Sound(props: { stream: MediaStream | undefined; playing: boolean }) {
    const audio = useRef<HTMLAudioElement>(null);
    useEffect(() => {
        const element = audio.current;
        if (!element) return;
        element.srcObject = props.playing ? (props.stream ?? null) : null;
        if (props.playing) element.play().catch(() => undefined);
    }, [props.stream, props.playing]);
    return <audio ref={audio} />;
}
