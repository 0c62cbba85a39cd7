/*
 * incidents: what went wrong in a call, in words that can stay in the file: when,
 * what, on whose side, how long. Pure.
 */
import type { Format } from '../shared/format';
import type { Incident } from '../shared/protocol';
import type { DeskKey } from '../words/desk.fr';
import type { Say, Sentence } from './say';

/* "12 s", "3 min 05 s" */
export function lasted(ms: number): string {
    const seconds = Math.max(1, Math.round(ms / 1_000));
    if (seconds < 60) return `${seconds} s`;
    return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

function what(incident: Incident): DeskKey {
    switch (incident.kind) {
        case 'patient_line_lost':
        case 'doctor_line_lost':
        case 'guest_line_lost':
            return `incident.line_lost.${incident.side}`;
        case 'relay_restarted':
        case 'relay_unreachable':
            return 'incident.service';
        default:
            return `incident.${incident.kind}.${incident.side}`;
    }
}

/* One line: hour, what and where, and for how long. */
export function incidentWords(incident: Incident, format: Format): Sentence {
    const at = format.exact(incident.start_ms);
    const values: Record<string, string | number> = { at, what: '', times: incident.times };
    if (incident.kind === 'reconnected') return { key: 'incident.at', values };
    if (incident.end_ms === undefined) return { key: 'incident.open', values };
    values.lasted = lasted(incident.end_ms - incident.start_ms);
    values.until = format.exact(incident.end_ms);
    return { key: incident.times > 1 ? 'incident.some' : 'incident.one', values };
}

export function incidentLine(incident: Incident, format: Format, say: Say): string {
    const { key, values } = incidentWords(incident, format);
    return say(key, { ...values, what: say(what(incident)) });
}

/* All of them as text for the file. */
export function incidentText(
    incidents: readonly Incident[],
    more: number,
    format: Format,
    say: Say,
): string {
    const lines = incidents.map((each) => `- ${incidentLine(each, format, say)}`);
    if (more > 0) lines.push(`- ${say('incident.more', { n: more })}`);
    return [say('incident.title'), ...lines].join('\n');
}
