import { describe, expect, it } from 'vitest';
import { cameraEncodings, cameraLayers } from '../../src/shared/encodings';

describe('a camera', () => {
    it('is offered with three names, one of them in use', () => {
        const offered = cameraEncodings();
        expect(offered.map((each) => each.rid)).toEqual(['q', 'h', 'f']);
        expect(offered.map((each) => each.active)).toEqual([true, false, false]);
    });

    it('has one whole encoding for one other person', () => {
        const used = cameraLayers(1, 480).filter((each) => each.active);
        expect(used).toHaveLength(1);
        expect(used[0]).toMatchObject({ scaleResolutionDownBy: 1 });
        expect(cameraLayers(0, 720)).toEqual(cameraLayers(1, 480));
    });

    it('has as many as its size allows for more, the smallest first', () => {
        for (const [lines, count] of [
            [480, 2],
            [720, 3],
        ] as const) {
            const used = cameraLayers(2, lines).filter((each) => each.active);
            expect(used).toHaveLength(count);
            const rates = used.map((each) => each.maxBitrate ?? 0);
            expect(rates).toEqual([...rates].sort((a, b) => a - b));
            expect(used.at(-1)).toMatchObject({ scaleResolutionDownBy: 1 });
        }
    });
});
