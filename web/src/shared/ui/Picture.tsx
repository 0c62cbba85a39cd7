/*
 * Picture: plays a stream. A browser may forbid sound before somebody pressed
 * something: then the picture goes on without, and `onBlocked` asks for a press.
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
    const { stream, silent, onBlocked } = props;
    useEffect(() => {
        const element = video.current;
        if (!element) return;
        element.srcObject = stream ?? null;
        element.muted = silent ?? false;
        if (!stream) return;
        element.play().catch((error: unknown) => {
            if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return;
            element.muted = true;
            element.play().catch(() => undefined);
            onBlocked?.(async () => {
                element.muted = false;
                await element.play();
            });
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
        <video
            ref={video}
            class={names.join(' ')}
            aria-label={props.label}
            hidden={props.hidden}
            autoplay
            playsInline
            onPlaying={props.onPlaying}
        />
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
