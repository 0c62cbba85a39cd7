// The hosted payment page: what a person sees. No card is asked for, nothing is
// fetched from anywhere else, and no script runs.

const words = {
    fr: {
        title: 'Paiement d’essai',
        trial: 'Ceci est un essai : aucune carte n’est demandée et aucun argent ne bouge.',
        for: 'Objet',
        amount: 'Montant',
        pay: 'Payer',
        decline: 'Carte refusée',
        cancel: 'Annuler et revenir',
        declined: 'La carte a été refusée. Rien n’a été débité.',
        next: 'Vous pouvez essayer de nouveau, ou revenir et choisir un autre moyen.',
        paid: 'Ce paiement est fait.',
        expired: 'Cette page de paiement n’est plus valable.',
        unknown: 'Cette page de paiement n’existe pas.',
        back: 'Revenir au rendez-vous',
    },
    en: {
        title: 'Trial payment',
        trial: 'This is a trial: no card is asked for and no money moves.',
        for: 'For',
        amount: 'Amount',
        pay: 'Pay',
        decline: 'Card declined',
        cancel: 'Cancel and go back',
        declined: 'The card was declined. Nothing was charged.',
        next: 'You can try again, or go back and choose another way.',
        paid: 'This payment is done.',
        expired: 'This payment page is no longer valid.',
        unknown: 'There is no such payment page.',
        back: 'Back to the appointment',
    },
};

export const style = `
:root { color-scheme: light; }
body { margin: 0; background: #f6f3ec; color: #16302f; font: 19px/1.5 system-ui, sans-serif; }
main { max-width: 30rem; margin: 0 auto; padding: 2rem 1.25rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 1rem; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .25rem 1.25rem; margin: 1.5rem 0; }
dt { color: #3d5553; } dd { margin: 0; font-weight: 700; }
.note { border-left: 5px solid #b98212; padding: .1rem 0 .1rem 1rem; }
.error { border: 3px solid #a5371f; background: #fff; padding: 0 1rem; margin: 0 0 1.5rem; }
button, a.button { display: block; box-sizing: border-box; width: 100%; min-height: 52px;
  margin: 0 0 1rem; padding: .7rem 1rem; border: 2px solid #16514e; border-radius: 8px;
  background: #fff; color: #16514e; font: inherit; font-weight: 700; text-align: center;
  text-decoration: none; cursor: pointer; }
button.main { background: #16514e; color: #fff; }
button:focus-visible, a:focus-visible { outline: 4px solid #ffdd00; outline-offset: 0;
  box-shadow: 0 0 0 6px #16302f; }
`;

export const languageOf = (locale, accepted = '') =>
    (locale ?? accepted).toLowerCase().startsWith('en') ? 'en' : 'fr';

const escape = (text) =>
    String(text).replace(
        /[&<>"']/g,
        (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c],
    );

const money = (session, language) =>
    new Intl.NumberFormat(language, {
        style: 'currency',
        currency: session.currency.toUpperCase(),
    }).format(session.amount_total / 100);

function document(language, title, body) {
    return `<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<link rel="stylesheet" href="/style.css">
<main>
${body}
</main>
</html>
`;
}

export function paymentPage(session, language, declined) {
    const say = words[language];
    const error = declined
        ? `<div class="error" role="alert"><p><strong>${say.declined}</strong> ${say.next}</p></div>`
        : '';
    const title = declined ? `${say.declined} – ${say.title}` : say.title;
    return document(
        language,
        title,
        `<h1>${say.title}</h1>
${error}
<p class="note">${say.trial}</p>
<dl><dt>${say.for}</dt><dd>${escape(session.description)}</dd>
<dt>${say.amount}</dt><dd>${escape(money(session, language))}</dd></dl>
<form method="post">
<button class="main" name="action" value="pay">${say.pay}</button>
<button name="action" value="decline">${say.decline}</button>
<button name="action" value="cancel">${say.cancel}</button>
</form>`,
    );
}

// Paid, expired or unknown: one sentence and the way back.
export function closedPage(session, language) {
    const say = words[language];
    const what = !session ? say.unknown : session.status === 'complete' ? say.paid : say.expired;
    const back = session?.status === 'complete' ? session.success_url : session?.cancel_url;
    return document(
        language,
        what,
        `<h1>${what}</h1>
${back ? `<a class="button" href="${escape(back)}">${say.back}</a>` : ''}`,
    );
}
