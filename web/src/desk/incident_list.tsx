/* incident_list: what went wrong in the call, beside the note it may be put into. */
import { useState } from 'preact/hooks';
import { Button } from '../shared/ui/Button';
import { incidentLine, incidentText } from './incidents';
import { useDesk } from './page';

export function IncidentList(props: { of: string }) {
    const { say, format, state } = useDesk();
    const [copied, setCopied] = useState(false);
    const visit = state.visits[props.of];
    if (!visit || visit.incidents.length === 0) return null;
    const copy = async (): Promise<void> => {
        const text = incidentText(visit.incidents, visit.moreIncidents, format, say);
        await navigator.clipboard.writeText(text).catch(() => undefined);
        setCopied(true);
    };
    return (
        <section class="incidents" aria-labelledby="incidents-title">
            <h3 id="incidents-title">{say('incident.title')}</h3>
            <ul>
                {visit.incidents.map((each) => (
                    <li key={`${each.kind} ${each.side} ${each.start_ms}`}>
                        {incidentLine(each, format, say)}
                    </li>
                ))}
                {visit.moreIncidents > 0 && (
                    <li>{say('incident.more', { n: visit.moreIncidents })}</li>
                )}
            </ul>
            <Button kind="quiet" small onPress={copy}>
                {say(copied ? 'incident.copied' : 'incident.copy')}
            </Button>
        </section>
    );
}
