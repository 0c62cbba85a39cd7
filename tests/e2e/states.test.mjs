// The patient's rarer screens on a phone of 360 pixels, each judged by axe: the ways
// in and out, devices that fail, what waits for money or for the doctor, and what
// only time brings (the clinic's clock is moved on).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium, until } from './lib/browsers.mjs';
import { startClinic } from './lib/clinic.mjs';
import { focusIsSeen, isAccessible } from './lib/judge.mjs';
import { makeClock } from './lib/later.mjs';
import * as people from './lib/people.mjs';
import { consult, finish, must } from './lib/staff.mjs';

const MINUTE = 60_000;
const TOMORROW = 24 * 60;
const ROOM = { timeout: 60_000 };
const PHONE = { locale: 'fr-FR', viewport: { width: 360, height: 740 }, bypassCSP: true };
const LINES = [
    { drug: 'Paracétamol 500 mg', dosage: '1 comprimé par jour', duration: '5 jours', renewals: 0 },
];
let clock, clinic, browser, desk, doctor, colleague;
const late = {}; /* visits that wait for time to pass */

before(async () => {
    clock = await makeClock();
    clinic = await startClinic({ env: clock.env });
    browser = await launchChromium();
    desk = await clinic.desk();
    doctor = await clinic.desk(clinic.doctors[0].login);
    const day = new Intl.DateTimeFormat('en-CA', { timeZone: desk.me.clinic.time_zone });
    for (const { of } of await desk.day(day.format(desk.me.now_ms)))
        await must(desk, of, 'cancel', { by: 'clinic' });
});

after(async () => {
    desk?.close();
    doctor?.close();
    colleague?.close();
    await browser?.close();
    await clinic?.stop();
    await clock?.end();
});

const button = (page, name) => page.getByRole('button', { name });
const sees = (page, name) => page.getByRole('heading', { name }).first().waitFor(ROOM);
const says = (page, text) => page.getByText(text).first().waitFor(ROOM);
const callMe = (page) => page.locator('.help').getByRole('button', { name: 'Rappelez-moi' });

async function phone(options = {}) {
    const page = await people.openPage(await browser.newContext({ ...PHONE, ...options }));
    page.close = () => page.context().close();
    return page;
}

async function withPhone(body, options) {
    const page = await phone(options);
    await body(page);
    assert.deepEqual(page.problems, []);
    await page.close();
}

/* From the link to the first screen of the device test. */
async function untilTest(page, url) {
    await people.claim(page, url, clinic.birth);
    await people.consent(page);
    await people.situate(page);
}

async function isCalledBack(page, visit) {
    await callMe(page).click();
    await says(page, 'La clinique va vous rappeler.');
    await until(
        'the secretary sees it',
        () => desk.ask(undefined, 'find', { words: 'ESSAI' }),
        ({ rows }) => rows.find((row) => row.of === visit)?.view.callback_asked,
    );
}

test('the door: « Rappelez-moi » before anything else, twice the same', () =>
    withPhone(async (page) => {
        const { visit, url } = await clinic.book({ inMin: TOMORROW });
        await page.goto(url);
        await sees(page, /^Votre consultation vidéo/);
        await focusIsSeen(page, 'door');
        await callMe(page).dblclick();
        await says(page, 'La clinique va vous rappeler.');
        await isAccessible(page, 'door, called back');
        await page.reload();
        await says(page, 'La clinique va vous rappeler.');
        await must(desk, visit, 'callback_done');
        await must(desk, visit, 'cancel', { by: 'clinic' });
        await page.reload();
        await sees(page, 'Ce rendez-vous est annulé');
        await isAccessible(page, 'link cancelled');
        await isCalledBack(page, visit);
    }));

test('without a number the clinic says its own', () =>
    withPhone(async (page) => {
        const mail = 'sans.telephone@patients.example';
        const { url } = await clinic.book({ inMin: TOMORROW, mobile: undefined, mail });
        await page.goto(url);
        await callMe(page).click();
        await says(page, "Nous n'avons pas votre numéro");
        await isAccessible(page, 'door, no number');
        await page.locator('.help').getByRole('link', { name: /^05/ }).waitFor();
    }));

test('no link: the code of the letter leads in, and a reload stays in', () =>
    withPhone(async (page) => {
        const { visit } = await clinic.book({ inMin: TOMORROW });
        const code = await clinic.code(visit);
        await page.goto(new URL('/join', clinic.patients[0].url).href);
        await sees(page, 'Entrer avec votre code');
        await page.locator('.help').getByRole('link', { name: /^05/ }).waitFor();
        await page.getByLabel('Code').fill('abcd');
        await button(page, 'Entrer').click();
        await says(page, 'Écrivez les 8 lettres et chiffres du code.');
        await isAccessible(page, 'join with errors');
        await page.getByLabel('Code').fill('2222-3333');
        await people.giveBirthDate(page, clinic.birth);
        await button(page, 'Entrer').click();
        await says(page, 'Ce code et cette date ne vont pas ensemble.');
        await page.getByLabel('Code').fill(`${code.slice(0, 4)} ${code.slice(4).toLowerCase()}`);
        await button(page, 'Entrer').click();
        await sees(page, "Êtes-vous d'accord ?");
        await page.reload();
        await sees(page, "Êtes-vous d'accord ?");
        await isCalledBack(page, visit);
    }));

test('a lost link is sent again to whom it belongs, and nobody learns whether', () =>
    withPhone(async (page) => {
        const mail = 'lien.perdu@patients.example';
        await clinic.book({ inMin: TOMORROW, mobile: undefined, mail });
        const mails = async () =>
            (await clinic.messages()).messages.filter((each) => each.to.includes(mail));
        await until('the booking is mailed', mails, (found) => found.length === 1);
        await page.goto(new URL('/join', clinic.patients[0].url).href);
        await button(page, 'Recevoir à nouveau mon lien').click();
        await sees(page, 'Recevoir à nouveau mon lien');
        await isAccessible(page, 'lost link');
        await focusIsSeen(page, 'lost link');
        const ask = async (contact) => {
            await page.getByLabel('Téléphone mobile ou mail').fill(contact);
            await people.giveBirthDate(page, clinic.birth);
            await button(page, 'Renvoyer le lien').click();
            await sees(page, 'Regardez vos messages');
        };
        await ask('personne@patients.example');
        await isAccessible(page, 'link sent again');
        await page.reload();
        await button(page, 'Recevoir à nouveau mon lien').click();
        await ask(mail);
        const [again] = await until('the link comes again', mails, (found) => found.length === 2);
        await people.claim(page, again.text.match(/http\S+/)[0], clinic.birth);
    }));

test('a minor: who comes with a child names the adult beside it', () =>
    withPhone(async (page) => {
        const birth = `${new Date().getFullYear() - 8}-05-12`;
        const { visit, url } = await clinic.book({ birth, who_connects: 'parent' });
        await page.goto(url);
        await page.getByText('Date de naissance du patient').waitFor();
        await people.claim(page, url, birth);
        await people.consent(page);
        await page.getByLabel("L'endroit où vous serez").fill('À la maison');
        await button(page, 'Continuer').click();
        await says(page, "Écrivez le nom de l'adulte présent.");
        await isAccessible(page, 'place of a minor');
        await focusIsSeen(page, 'place of a minor');
        await page.getByLabel("Nom de l'adulte présent").fill('Dominique ESSAI');
        await button(page, 'Continuer').click();
        await people.testDevices(page);
        await people.enterRoom(page);
        await must(doctor, visit, 'admit'); /* which needs that name */
        await sees(page, /^Vous êtes avec/);
        await finish(doctor, visit, {});
        await sees(page, 'La consultation est terminée');
        await says(page, "Il n'y a pas d'ordonnance");
        await isAccessible(page, 'no prescription');
    }));

test('a camera that another program holds, and an app without cameras', async () => {
    const { url } = await clinic.book({ inMin: TOMORROW });
    await withPhone(async (page) => {
        await page.addInitScript(() => {
            const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
            navigator.mediaDevices.getUserMedia = async (wanted) => {
                if (wanted.video) throw new DOMException('in use', 'NotReadableError');
                return ask(wanted);
            };
        });
        await untilTest(page, url);
        await button(page, 'Commencer le test').click();
        await sees(page, 'Un autre programme utilise votre caméra ou votre micro');
        await isAccessible(page, 'camera busy');
        await button(page, 'Continuer avec le son seulement').click();
        await sees(page, 'Tout est prêt');
        await isAccessible(page, 'ready, too early');
    });
    await withPhone(
        async (page) => {
            await page.addInitScript(() => delete Navigator.prototype.mediaDevices);
            await page.goto(url);
            await sees(page, 'Continuer sur cet appareil ?');
            await isAccessible(page, 'claimed elsewhere');
            await people.giveBirthDate(page, clinic.birth);
            await button(page, 'Continuer ici').click();
            await button(page, 'Refaire le test').click();
            await button(page, 'Commencer le test').click();
            await sees(page, "Cette application n'ouvre pas la caméra");
            await isAccessible(page, 'browser of an app');
            await button(page, 'Copier le lien').click();
            await says(page, 'Le lien est copié.');
            await button(page, 'Continuer sans caméra ni micro').click();
            await sees(page, 'Tout est prêt');
        },
        { userAgent: 'Mozilla/5.0 (iPhone) AppleWebKit/605.1 [FBAN/FBIOS]', permissions: ['clipboard-write'] },
    );
});

test('a second device takes the visit, the first takes it back', async () => {
    const { url } = await clinic.book({ inMin: TOMORROW });
    const [first, second] = [await phone(), await phone()];
    await people.claim(first, url, clinic.birth);
    await second.goto(url);
    await people.giveBirthDate(second, clinic.birth);
    await button(second, 'Continuer ici').click();
    await sees(second, "Êtes-vous d'accord ?");
    await sees(first, 'Votre consultation est ouverte sur un autre appareil');
    await isAccessible(first, 'open on another device');
    await callMe(first).waitFor();
    const tab = await people.openPage(second.context());
    await tab.goto(url);
    await sees(tab, 'Continuer ici ?');
    await isAccessible(tab, 'open in another tab');
    await callMe(tab).click();
    await says(tab, 'La clinique va vous rappeler.');
    await button(first, 'La reprendre ici').click();
    await sees(first, 'Continuer sur cet appareil ?');
    await people.giveBirthDate(first, clinic.birth);
    await button(first, 'Continuer ici').click();
    await sees(first, "Êtes-vous d'accord ?");
    await sees(second, 'Votre consultation est ouverte sur un autre appareil');
    await first.close();
    await second.close();
});

test('admission hands each track over once', () =>
    withPhone(async (page) => {
        await page.addInitScript(() => {
            window.handed = [];
            const replace = RTCRtpSender.prototype.replaceTrack;
            RTCRtpSender.prototype.replaceTrack = function (track) {
                window.handed.push(track ? track.kind : 'none');
                return replace.call(this, track);
            };
        });
        const { visit, url } = await clinic.book();
        await people.arrive(page, url, clinic.birth);
        await must(doctor, visit, 'admit');
        await sees(page, /^Vous êtes avec/);
        const senders = () =>
            page.evaluate(() =>
                window.testConnections.at(-1).getSenders().map((each) => each.track?.kind ?? ''),
            );
        await until('both are sent', senders, (kinds) => kinds.filter(Boolean).length === 2);
        assert.deepEqual((await page.evaluate(() => window.handed)).sort(), ['audio', 'video']);
        await must(doctor, visit, 'continue_by_telephone', { cause: 'video_failed' });
        await sees(page, 'Votre médecin vous appelle par téléphone');
        await isAccessible(page, 'telephone');
        await finish(doctor, visit, { how: 'telephone' });
    }));

test('ended: the doctor writes, approves, is paid, in either order', () =>
    withPhone(async (page) => {
        const { visit, url } = await clinic.book();
        await people.arrive(page, url, clinic.birth);
        await must(doctor, visit, 'admit');
        await must(doctor, visit, 'confirm_identity', { present: 'le patient seul' });
        await finish(doctor, visit, { amount: 2500, prescription: 'follows' });
        await sees(page, /^À payer/);
        await says(page, 'Votre médecin prépare votre ordonnance.');
        await isAccessible(page, 'due, prescription follows');
        await button(page, /^Payer \d/).click();
        await page.waitForURL(/payment\.localhost/);
        await page.goBack();
        await sees(page, 'Votre paiement est en cours');
        await isAccessible(page, 'paying');
        await page.reload();
        await sees(page, 'Votre paiement est en cours');
        await button(page, 'Aller à la page de paiement').click();
        await page.waitForURL(/payment\.localhost/);
        await button(page, /^Payer/).click();
        await page.waitForURL(/patient\.localhost/);
        await sees(page, 'Votre paiement est bien reçu');
        await isAccessible(page, 'paid, awaiting the doctor');
        await page.reload();
        await sees(page, 'Votre paiement est bien reçu');
        const { version, hash } = await must(doctor, visit, 'preview_prescription', { lines: LINES });
        await must(doctor, visit, 'approve', { version, hash });
        await sees(page, 'Votre ordonnance est prête');
        late.released = { page: await phone(), url };
        await late.released.page.goto(url);
        await people.giveBirthDate(late.released.page, clinic.birth);
        await button(late.released.page, 'Continuer ici').click();
        await sees(late.released.page, 'Votre ordonnance est prête');
    }));

test('approved and not yet paid; the doctor finishing; a payment that fails', () =>
    withPhone(async (page) => {
        const { visit, url } = await clinic.book();
        await people.arrive(page, url, clinic.birth);
        await consult(doctor, visit);
        await sees(page, /^À payer/);
        await says(page, 'Votre ordonnance est prête. Elle apparaît ici');
        await isAccessible(page, 'approved, awaiting payment');
        await button(page, /^Payer \d/).click();
        await page.waitForURL(/payment\.localhost/);
        await button(page, 'Carte refusée').click();
        await button(page, 'Annuler et revenir').click();
        await sees(page, "Le paiement n'a pas marché");
        await isAccessible(page, 'payment failed');
        await must(desk, visit, 'waive', { reason: 'Essai' });
        await sees(page, 'Votre ordonnance est prête');
        await must(doctor, visit, 'revoke', { reason: 'Erreur de dosage' });
        await sees(page, 'Votre ordonnance a été retirée');
        await isAccessible(page, 'revoked');
        const second = await clinic.book({ fee: 0 });
        await people.arrive(page, second.url, clinic.birth);
        await must(doctor, second.visit, 'admit');
        await finish(doctor, second.visit, { prescription: 'follows' });
        await says(page, 'Votre médecin termine ses documents.');
        await isAccessible(page, 'doctor finishing');
        await page.reload();
        await says(page, 'Votre médecin termine ses documents.');
        await must(doctor, second.visit, 'close_without_prescription');
        await says(page, "Il n'y a pas d'ordonnance");
    }));

test('interrupted, then called back', () =>
    withPhone(async (page) => {
        const { visit, url } = await clinic.book();
        await people.arrive(page, url, clinic.birth);
        await must(doctor, visit, 'admit');
        await must(doctor, visit, 'put_back');
        await sees(page, 'Votre médecin vous a remis en attente.');
        await isAccessible(page, 'put back');
        await must(doctor, visit, 'admit');
        await finish(doctor, visit, { how: 'interrupted' });
        await sees(page, 'La consultation a été interrompue');
        await isAccessible(page, 'interrupted');
        await page.locator('main').getByRole('button', { name: 'Rappelez-moi' }).click();
        await says(page, 'La clinique va vous rappeler.');
    }));

test('a wrong birth date says so, counts down, then pauses; the clinic is a touch away', () =>
    withPhone(async (page) => {
        const { visit, url } = await clinic.book({ inMin: TOMORROW });
        const tryDate = async (birth) => {
            await people.giveBirthDate(page, birth);
            await button(page, /^Continuer/).click();
        };
        await page.goto(url);
        await button(page, /^Continuer/).click();
        await says(page, "Écrivez le jour, le mois et l'année");
        await tryDate('1950-01-01');
        await says(page, 'Cette date ne correspond pas.');
        for (const [day, left] of [[2, '3 essais'], [3, '2 essais'], [4, '1 essai']]) {
            await tryDate(`1950-01-0${day}`);
            await says(page, `Il vous reste ${left}`);
        }
        await isAccessible(page, 'wrong date, one try left');
        await tryDate('1950-01-05');
        await sees(page, 'Faisons une pause');
        await isAccessible(page, 'paused');
        await page.reload();
        await tryDate(clinic.birth);
        await sees(page, 'Faisons une pause');
        await isCalledBack(page, visit);
    }));

/* ---- from here on the clinic's clock is ahead ---------------------------------- */

test('a quarter of an hour late: keep my place, call me, another time', async () => {
    const pages = [];
    for (let i = 0; i < 3; i++) {
        const page = await phone();
        const { visit, url } = await clinic.book({ doctor: 1, inMin: 4 });
        await people.arrive(page, url, clinic.birth);
        pages.push({ page, visit });
    }
    late.missed = await clinic.book({ doctor: 1, inMin: 4 });
    await clock.forward(40 * MINUTE);
    /* sockets that were silent for so long are closed: after the move */
    colleague = await clinic.desk(clinic.doctors[1].login);
    for (const { page } of pages) {
        await page.reload();
        await sees(page, 'Votre médecin a du retard. Que préférez-vous ?');
    }
    const [keep, call, other] = pages;
    await isAccessible(keep.page, 'late');
    await focusIsSeen(keep.page, 'late');
    await button(keep.page, 'Garder ma place').click();
    await says(keep.page, 'Vous gardez votre place.');
    await button(call.page, 'Être rappelé').click();
    await says(call.page, 'La clinique va vous rappeler.');
    await isAccessible(call.page, 'late, called back');
    await button(other.page, 'Choisir un autre rendez-vous, sans frais').click();
    await says(other.page, 'La clinique vous propose bientôt un autre rendez-vous, sans frais.');
    await isAccessible(other.page, 'late, another time');
    await button(other.page, 'Finalement, je garde ma place').click();
    await says(other.page, 'Vous gardez votre place.');
    for (const { page, visit } of pages) {
        await must(colleague, visit, 'admit'); /* nobody lost their place */
        await sees(page, /^Vous êtes avec/);
        await finish(colleague, visit, {});
        assert.deepEqual(page.problems, []);
        await page.close();
    }
});

test('whoever never came: the page says it when it is opened after all', () =>
    withPhone(async (page) => {
        await must(colleague, late.missed.visit, 'no_show');
        await people.giveBirthDate((await page.goto(late.missed.url), page), clinic.birth);
        await button(page, 'Continuer').click();
        await sees(page, 'Le rendez-vous a eu lieu sans vous');
        await isAccessible(page, 'no show');
    }));

test('after half an hour the prescription asks for the birth date again', async () => {
    const { page } = late.released;
    await page.reload();
    await button(page, "Voir l'ordonnance").click();
    await sees(page, "C'est bien vous ?");
    await isAccessible(page, 'birth date again');
    await people.giveBirthDate(page, '1950-01-01');
    await button(page, 'Ouvrir').click();
    await says(page, 'Cette date ne correspond pas.');
    await isAccessible(page, 'birth date again, wrong');
    await people.giveBirthDate(page, clinic.birth);
    const opened = page.context().waitForEvent('page');
    await button(page, 'Ouvrir').click();
    await (await opened).close();
    const saved = page.waitForEvent('download');
    await button(page, "Télécharger l'ordonnance").click();
    assert.equal((await saved).suggestedFilename(), 'prescription.pdf');
    assert.deepEqual(page.problems, []);
});

test('after a month the link has run out', async () => {
    const { page, url } = late.released;
    await clock.forward(32 * 24 * 60 * MINUTE);
    await page.goto(url);
    await sees(page, "Ce lien n'est plus valable");
    await isAccessible(page, 'link expired');
    await callMe(page).click();
    await says(page, 'La clinique va vous rappeler.');
    await page.close();
});
