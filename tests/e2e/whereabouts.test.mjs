// A patient who waits is told where the doctor is: away, at the desk, busy.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from './lib/browsers.mjs';
import { startClinic } from './lib/clinic.mjs';
import * as people from './lib/people.mjs';

let clinic, browser, context, doctor, first, second;

before(async () => {
    clinic = await startClinic();
    browser = await launchChromium();
    context = await browser.newContext({ locale: 'fr-FR' });
    [doctor, first, second] = [
        await people.openPage(context),
        await people.openPage(context),
        await people.openPage(context),
    ];
});

after(async () => {
    await browser?.close();
    await clinic?.stop();
});

const AWAY = "Votre médecin n'est pas encore à son bureau.";
const BUSY = 'Votre médecin est avec un autre patient.';

test('away until the doctor signs in', async () => {
    await people.arrive(first, clinic.patients[0].url, clinic.birth);
    await first.getByText(AWAY).waitFor();
    await people.signIn(doctor, clinic.doctors[0], clinic.password);
    await first.getByText(AWAY).waitFor({ state: 'hidden' });
});

test('busy while another patient is in consultation', async () => {
    await people.arrive(second, clinic.patients[1].url, clinic.birth);
    await doctor.getByRole('button', { name: /^Faire entrer/ }).first().click();
    await first.getByRole('heading', { name: /^Vous êtes avec/ }).waitFor();
    await second.getByText(BUSY).waitFor();
    assert.equal(await first.getByText(BUSY).count(), 0);
});
