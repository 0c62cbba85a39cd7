/* line_chip: the patient's line as a small curve with a word. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Quality } from '../shared/protocol';
import { wordOf } from '../shared/quality';
import { useDesk } from './page';
import { curve, extremes, lossPercent, withPoint } from './quality';

const WIDTH = 90;
const HEIGHT = 20;

export function LineChip(props: { quality: Quality | undefined; history?: number[] }) {
    const { say, format } = useDesk();
    const [history, setHistory] = useState<number[]>(props.history ?? []);
    const last = useRef<Quality>(undefined);
    useEffect(() => {
        if (!props.quality || props.quality === last.current) return;
        last.current = props.quality;
        const point = props.quality;
        setHistory((old) => withPoint(old, point));
    }, [props.quality]);
    if (!props.quality) {
        return (
            <span class="chip chip--line">
                {say('call.line')} {say('call.line.unknown')}
            </span>
        );
    }
    const word = say(`call.line.${wordOf(props.quality)}`);
    const title = say('call.line.title', {
        word,
        loss: lossPercent(props.quality),
        rtt: Math.round(props.quality.rtt_ms),
    });
    const shown = history.length > 0 ? history : [props.quality.mos];
    const { least, most } = extremes(shown);
    const named = say('call.line.curve', {
        least: format.decimal(least),
        most: format.decimal(most),
    });
    return (
        <span class="chip chip--line" title={title}>
            {say('call.line')}{' '}
            <svg
                width={WIDTH}
                height={HEIGHT}
                viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
                role="img"
                aria-label={named}
            >
                <polyline points={curve(shown, WIDTH, HEIGHT)} />
            </svg>{' '}
            {word} · {say('call.line.mos', { mos: format.decimal(props.quality.mos) })}
        </span>
    );
}
