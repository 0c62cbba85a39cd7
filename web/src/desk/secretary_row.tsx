/* secretary_row: one visit in the day: hour, name, where it stands, six marks. */
import type { Row } from '../shared/protocol';
import { useDesk } from './page';
import { Shape, TickShape } from './parts';
import { alerts, marks, nameOf, visitStatus, type Moment } from './rows';

export interface SecretaryRowProps {
    row: Row;
    at: Moment;
    open: boolean;
    onOpen: () => void;
}

export function SecretaryRow(props: SecretaryRowProps) {
    const { say, format } = useDesk();
    const { row, at } = props;
    const status = visitStatus(row, at);
    const wanting = alerts(row);
    const over = status.tone === 'past';
    return (
        <li class={`visit${props.open ? ' visit--open' : ''}${over ? ' visit--past' : ''}`}>
            <button
                type="button"
                class="visit__button"
                aria-expanded={props.open}
                onClick={props.onOpen}
            >
                <span class="visit__line">
                    <span class="visit__hour">{format.time(row.view.start_ms ?? 0)}</span>
                    <strong class="visit__name">{nameOf(row.view)}</strong>
                    <span class={`state state--${status.tone}`}>
                        <Shape tone={status.tone} />
                        {say(status.words.key, status.words.values)}
                    </span>
                </span>
                {!over && <Marks row={row} />}
                {wanting.length > 0 && (
                    <span class="visit__alerts">
                        {wanting.map((each) => (
                            <span class="flag" key={each.key}>
                                {say(each.key, each.values)}
                            </span>
                        ))}
                    </span>
                )}
            </button>
        </li>
    );
}

function Marks(props: { row: Row }) {
    const { say } = useDesk();
    return (
        <span class="marks">
            {marks(props.row).map((mark) => (
                <span class={`mark-word mark-word--${mark.state}`} key={mark.name}>
                    <TickShape state={mark.state} />
                    <span aria-hidden="true">{say(`mark.${mark.name}`)}</span>
                    <span class="visually-hidden">{say(mark.title)}, </span>
                </span>
            ))}
        </span>
    );
}
