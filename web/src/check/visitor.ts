/*
 * visitor: the device test of somebody without a visit. Its socket and its line
 * live only as long as a test does.
 */
import { LineCheck } from '../shared/line_check';
import { MediaLine } from '../shared/media';
import type { Answer } from '../shared/protocol';
import { Socket } from '../shared/socket';
import { waysBy } from '../shared/ways';

export class Visitor {
    readonly media: MediaLine;
    readonly check: LineCheck;
    private socket: Socket | undefined;

    constructor() {
        this.media = new MediaLine(
            async (sdp) => {
                const answer = await this.ask().send('offer', '', { sdp });
                if (answer.answer === undefined) throw new Error(answer.refused ?? 'no answer');
                return answer.answer;
            },
            waysBy(() => this.ask().send('ice', '', {})),
        );
        this.check = new LineCheck(this.media, {
            house: (play) => this.ask().send('house', '', { play }),
            probe: (): Promise<Answer> => this.ask().send('probe', '', {}),
        });
    }

    async run(microphone: MediaStreamTrack | undefined): Promise<void> {
        this.media.setLocal({ microphone });
        await this.check.run();
        this.close();
    }

    close(): void {
        this.check.stop();
        this.media.stop();
        this.socket?.close();
        this.socket = undefined;
    }

    private ask(): Socket {
        if (this.socket) return this.socket;
        this.socket = new Socket('/ws/check', {
            frame: (frame) => {
                this.check.onFrame({ ...frame });
                if (frame.media === 'again') this.media.again();
            },
            connection: () => undefined,
        });
        this.socket.start();
        return this.socket;
    }
}
