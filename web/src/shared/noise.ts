/*
 * noise: a picture that nobody is in. Drawn noise cannot be compressed, so that
 * sending it shows what a line carries; no camera has a part in it.
 */
const WIDTH = 320;
const HEIGHT = 240;
const FPS = 15;

export interface Noise {
    track: MediaStreamTrack;
    stop(): void;
}

/* Undefined where a browser cannot send what is drawn. */
export function startNoise(): Noise | undefined {
    const canvas = document.createElement('canvas');
    canvas.width = WIDTH;
    canvas.height = HEIGHT;
    const context = canvas.getContext('2d');
    if (!context || typeof canvas.captureStream !== 'function') return undefined;
    const image = context.createImageData(WIDTH, HEIGHT);
    const pixels = new Uint32Array(image.data.buffer);
    let seed = (Date.now() | 1) >>> 0;
    const draw = (): void => {
        for (let i = 0; i < pixels.length; i++) {
            /* xorshift: random enough for a codec, and cheap on an old phone */
            seed ^= seed << 13;
            seed ^= seed >>> 17;
            seed ^= seed << 5;
            pixels[i] = (0xff000000 | (seed & 0xffffff)) >>> 0;
        }
        context.putImageData(image, 0, 0);
    };
    draw();
    const timer = setInterval(draw, 1_000 / FPS);
    const track = canvas.captureStream(FPS).getVideoTracks()[0];
    if (!track) {
        clearInterval(timer);
        return undefined;
    }
    return {
        track,
        stop: () => {
            clearInterval(timer);
            track.stop();
        },
    };
}
