// What the staff does over the protocol, for tests about somebody else's screens.
// `desk` is from clinic.desk(): a secretary's or a doctor's.
import assert from 'node:assert/strict';

export async function must(desk, of, verb, body = {}) {
    const answer = await desk.ask(of, verb, body);
    assert.ok(answer.ok, `${verb}: ${answer.refused} ${answer.say ?? ''}`);
    return answer;
}

const LINES = [
    { drug: 'Paracétamol 500 mg', dosage: '1 comprimé par jour', duration: '5 jours', renewals: 0 },
];

/* From admission to the end, with an approved prescription unless told otherwise. */
export async function consult(desk, of, { amount = 2500, prescribe = true, how = 'video' } = {}) {
    await must(desk, of, 'admit');
    await must(desk, of, 'confirm_identity', { present: 'le patient seul' });
    if (prescribe) {
        const { version, hash } = await must(desk, of, 'preview_prescription', { lines: LINES });
        await must(desk, of, 'approve', { version, hash });
    }
    await finish(desk, of, { amount, how, prescription: prescribe ? 'follows' : 'none' });
}

export const finish = (desk, of, { amount = 0, how = 'video', prescription = 'none' }) =>
    must(desk, of, 'end', {
        how,
        prescription,
        ...(amount ? { due: 'amount', amount_minor: amount } : { due: 'nothing' }),
    });
