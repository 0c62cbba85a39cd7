// Our mails, received by the real smtp-server and read by mailparser.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { probe } from './probe.mjs';

const folder = mkdtempSync(join(tmpdir(), 'vestibule-mail-'));
const text = 'Bonjour,\n\nOuvrez <ceci> & cela :\nhttps://visio.example/v/abc\n\nÀ bientôt\n';
let certificate;

before(() => {
    certificate = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') };
    execFileSync('openssl', [
        'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
        '-keyout', certificate.key, '-out', certificate.cert, '-days', '2',
        '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost',
    ], { stdio: 'ignore' });
});
after(() => rmSync(folder, { recursive: true }));

// A server that keeps what it gets; with(port, received).
async function withServer(options, run) {
    const received = [];
    const server = new SMTPServer({
        authOptional: true,
        logger: false,
        onData(stream, session, done) {
            const { envelope } = session; // the session forgets it afterwards
            simpleParser(stream).then((mail) => {
                received.push({ mail, session, envelope });
                done();
            }, done);
        },
        ...options,
    });
    server.on('error', () => {}); // a client that hangs up in mid-handshake
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    try {
        await run(server.server.address().port, received);
    } finally {
        await new Promise((done) => server.close(done));
    }
}
const send = (port, extra = [], to = 'zoe@patients.example') =>
    probe(['mail', `smtp://localhost:${port}`, 'rdv@tilleuls.example', to, '42.booked', ...extra], text);

test('a mail arrives whole: accents, both parts, sender, id', async () => {
    await withServer({ disabledCommands: ['STARTTLS'] }, async (port, received) => {
        assert.deepEqual(await send(port), { outcome: 'done', why: '', wait_ms: 0 });
        const [{ mail, session, envelope }] = received;
        assert.equal(
            mail.subject,
            "Votre rendez-vous vidéo du jeudi 26 novembre 2026 : où, quand et comment, même très tôt à l'été",
        );
        assert.equal(mail.from.value[0].address, 'rdv@tilleuls.example');
        assert.equal(mail.from.value[0].name, "Clinique des Tilleuls – équipe d'accueil");
        assert.equal(mail.to.value[0].address, 'zoe@patients.example');
        assert.equal(mail.messageId, '<42.booked@tilleuls.example>');
        assert.equal(mail.date.getTime(), 1795700000000);
        assert.equal(mail.text.trim(), text.trim());
        assert.match(mail.html, /<a href="https:\/\/visio\.example\/v\/abc">/);
        assert.match(mail.html, /&lt;ceci&gt; &amp; cela/);
        assert.equal(mail.headers.get('auto-submitted'), 'auto-generated');
        assert.equal(envelope.mailFrom.address, 'rdv@tilleuls.example');
        assert.equal(session.secure, false);
    });
});

test('STARTTLS is used when asked for, with a certificate that is checked', async () => {
    const tls = { key: readFileSync(certificate.key), cert: readFileSync(certificate.cert) };
    await withServer(tls, async (port, received) => {
        assert.equal((await send(port, [certificate.cert])).outcome, 'done');
        assert.equal(received[0].session.secure, true);

        // The same server with a certificate nobody vouched for: nothing is sent.
        const answer = await send(port, ['/etc/ssl/certs/ca-certificates.crt']);
        assert.deepEqual([answer.outcome, answer.why], ['retry', 'no_tls']);
        assert.equal(received.length, 1);
    });
});

test('a server without STARTTLS gets nothing when TLS is required', async () => {
    await withServer({ disabledCommands: ['STARTTLS'] }, async (port, received) => {
        const answer = await send(port, [certificate.cert]);
        assert.deepEqual([answer.outcome, answer.why], ['retry', 'no_tls']);
        assert.equal(received.length, 0);
    });
});

test('what the server says decides whether we try again', async () => {
    const refuse = (responseCode) => ({
        disabledCommands: ['STARTTLS'],
        onRcptTo: (address, session, done) =>
            done(Object.assign(new Error('no'), { responseCode })),
    });
    await withServer(refuse(450), async (port) => {
        const answer = await send(port);
        assert.deepEqual([answer.outcome, answer.why], ['retry', 'smtp_450']);
    });
    await withServer(refuse(550), async (port) => {
        const answer = await send(port);
        assert.deepEqual([answer.outcome, answer.why], ['refused', 'smtp_550']);
    });
});

test('nobody there: try again; no address: never', async () => {
    const nowhere = await probe(
        ['mail', 'smtp://127.0.0.1:1', 'rdv@tilleuls.example', 'zoe@patients.example', '1'],
        text,
    );
    assert.deepEqual([nowhere.outcome, nowhere.why], ['retry', 'no_connection']);
    const nobody = await send(1, [], 'zoe@patients.example\r\nRCPT TO:<x@y.example>');
    assert.deepEqual([nobody.outcome, nobody.why], ['refused', 'bad_mail']);
});
