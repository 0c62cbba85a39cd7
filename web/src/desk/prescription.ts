/*
 * prescription: the lines being written, what is missing in them, and the
 * answer at the end of a consultation. Pure.
 */
import type {
    Commands,
    Due,
    EndedHow,
    PrescriptionLine,
    PrescriptionPlan,
    View,
} from '../shared/protocol';
import { amountMinor, amountText, type Errors } from './booking';
import type { Sentence } from './say';

/* A line as it is typed; renewals are a text until they are checked. */
export interface LineForm {
    drug: string;
    dosage: string;
    duration: string;
    renewals: string;
}

export interface PrescriptionForm {
    lines: LineForm[];
    weight: string;
    height: string;
}

const RENEWALS_MAX = 12;

export function emptyLine(): LineForm {
    return { drug: '', dosage: '', duration: '', renewals: '0' };
}

export function linesOf(lines: readonly PrescriptionLine[]): LineForm[] {
    return lines.map((line) => ({ ...line, renewals: String(line.renewals) }));
}

/* What is being written, as the server kept it. */
export function formOf(kept: {
    lines?: PrescriptionLine[];
    weightKg?: number | undefined;
    heightCm?: number | undefined;
}): PrescriptionForm {
    const text = (number: number | undefined): string => (number ? String(number) : '');
    return {
        lines: linesOf(kept.lines ?? []),
        weight: text(kept.weightKg),
        height: text(kept.heightCm),
    };
}

/* What the server keeps while it is being written; what is no number yet waits. */
export function textToKeep(form: PrescriptionForm): Commands['save_text'] {
    const lines = form.lines.map((line) => ({ ...line, renewals: renewals(line.renewals) ?? 0 }));
    return { lines, ...measures(form) };
}

function measures(form: PrescriptionForm): { weight_kg?: number; height_cm?: number } {
    const weight = measure(form.weight, 1, 400) ?? Number.NaN;
    const height = measure(form.height, 30, 250) ?? Number.NaN;
    return {
        ...(Number.isNaN(weight) ? {} : { weight_kg: Math.round(weight) }),
        ...(Number.isNaN(height) ? {} : { height_cm: Math.round(height) }),
    };
}

function renewals(text: string): number | undefined {
    const number = text.trim() === '' ? 0 : Number(text);
    return Number.isInteger(number) && number >= 0 && number <= RENEWALS_MAX ? number : undefined;
}

/* Undefined: not given. NaN: no number in reach. */
function measure(text: string, least: number, most: number): number | undefined {
    const bare = text.trim().replace(',', '.');
    if (bare === '') return undefined;
    const number = Number(bare);
    return number >= least && number <= most ? number : Number.NaN;
}

function lineErrors(line: LineForm, index: number): [string, Sentence][] {
    const values = { n: index + 1 };
    const found: [string, Sentence][] = [];
    if (!line.drug.trim()) found.push([`drug-${index}`, { key: 'rx.error.drug', values }]);
    if (!line.dosage.trim()) found.push([`dosage-${index}`, { key: 'rx.error.dosage', values }]);
    if (!line.duration.trim()) {
        found.push([`duration-${index}`, { key: 'rx.error.duration', values }]);
    }
    if (renewals(line.renewals) === undefined) {
        found.push([`renewals-${index}`, { key: 'rx.error.renewals', values }]);
    }
    return found;
}

export function prescriptionErrors(form: PrescriptionForm): Errors {
    if (form.lines.length === 0) return { add: { key: 'rx.error.lines' } };
    const found = form.lines.flatMap(lineErrors);
    if (Number.isNaN(measure(form.weight, 1, 400))) {
        found.push(['weight', { key: 'rx.error.weight' }]);
    }
    if (Number.isNaN(measure(form.height, 30, 250))) {
        found.push(['height', { key: 'rx.error.height' }]);
    }
    return Object.fromEntries(found);
}

/* Call it on a form without errors. */
export function prescriptionMembers(form: PrescriptionForm): Commands['preview_prescription'] {
    const lines = form.lines.map((line) => ({
        drug: line.drug.trim(),
        dosage: line.dosage.trim(),
        duration: line.duration.trim(),
        renewals: renewals(line.renewals) ?? 0,
    }));
    return { lines, ...measures(form) };
}

/* ---- ending ----------------------------------------------------------------- */

export interface EndForm {
    how: EndedHow | '';
    due: Due | '';
    amount: string;
    prescription: PrescriptionPlan | '';
}

/*
 * What ending proposes: by telephone nothing is due; a visit booked with nothing
 * due stays so; else the maximum that was announced. A drafted prescription
 * follows.
 */
export function endProposal(view: View): EndForm {
    const max = view.fee_max_minor ?? 0;
    const free = view.by_telephone === true || max === 0;
    return {
        how: view.by_telephone ? 'telephone' : 'video',
        due: free ? 'nothing' : 'amount',
        amount: max > 0 ? amountText(max) : '',
        prescription: (view.drafted_version ?? 0) > 0 ? 'follows' : '',
    };
}

function amountError(form: EndForm, maxMinor: number, maxText: string): Sentence | undefined {
    if (form.due !== 'amount') return undefined;
    const amount = amountMinor(form.amount);
    if (amount === undefined || amount === 0) return { key: 'end.error.amount' };
    return amount > maxMinor ? { key: 'end.error.max', values: { max: maxText } } : undefined;
}

export function endErrors(form: EndForm, maxMinor: number, maxText: string): Errors<keyof EndForm> {
    const errors: Errors<keyof EndForm> = {};
    if (form.how === '') errors.how = { key: 'end.error.how' };
    if (form.due === '') errors.due = { key: 'end.error.due' };
    const amount = amountError(form, maxMinor, maxText);
    if (amount) errors.amount = amount;
    if (form.prescription === '') errors.prescription = { key: 'end.error.prescription' };
    return errors;
}

/* Call it on a form without errors. */
export function endMembers(form: EndForm): Commands['end'] {
    const amount = form.due === 'amount' ? amountMinor(form.amount) : undefined;
    return {
        how: form.how || 'video',
        due: form.due || 'nothing',
        ...(amount === undefined ? {} : { amount_minor: amount }),
        prescription: form.prescription || 'none',
    };
}
