// Where the demo keeps what, and the configuration it hands to vestibule: the
// record in one folder, the keys in another.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join, relative, resolve } from 'node:path';

const SECRET = { mode: 0o600 };

// A socket's path may have 107 bytes at most: the shorter spelling.
const shorter = (root, path) => {
    const short = relative(root, path);
    return short.length < path.length ? short : path;
};

function makeOnce(path, make) {
    if (!existsSync(path)) writeFileSync(path, make(), SECRET);
    return path;
}

const ownAddress = () =>
    Object.values(networkInterfaces())
        .flat()
        .find((i) => i.family === 'IPv4' && !i.internal)?.address ?? '127.0.0.1';

// Signed by itself, anew when the address changed: phones warn once, then give
// the camera.
function certificate(folder, host) {
    const cert = join(folder, 'tls.crt');
    const key = join(folder, 'tls.key');
    const named = join(folder, 'tls.host');
    if (existsSync(named) && readFileSync(named, 'utf8') === host) return { cert, key };
    const address = /^[\d.:a-f]+$/i.test(host);
    const names = `${address ? 'IP' : 'DNS'}:${host},IP:127.0.0.1,DNS:localhost`;
    // Browsers refuse certificates of more than 398 days.
    execFileSync('openssl', [
        'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
        '-days', '390', '-subj', '/CN=Vestibule demo', '-addext', `subjectAltName=${names}`,
        '-addext', 'extendedKeyUsage=serverAuth', '-keyout', key, '-out', cert,
    ], { stdio: 'ignore' });
    writeFileSync(named, host);
    return { cert, key };
}

// Names of their own keep the cookies of each role apart; over the network there
// is one name only, and each person has their own device.
function addressesOf(env, port, host) {
    if (!host)
        return {
            origin: `http://patient.localhost:${port}`,
            origins: ['secretary', 'doctor']
                .map((name) => `http://${name}.localhost:${port}`)
                .concat(`http://localhost:${port}`),
            desk: {
                secretary: `http://secretary.localhost:${port}/desk`,
                doctor: `http://doctor.localhost:${port}/desk`,
            },
            payment: `http://payment.localhost:${port + 1}`,
            mailbox: `http://mailbox.localhost:${port + 2}`,
            listen: [`127.0.0.1:${port}`],
            hosts: ['127.0.0.1'],
        };
    const shown = host.includes(':') ? `[${host}]` : host;
    const bound = env.HOST === '0.0.0.0' ? '0.0.0.0' : shown;
    const origin = `https://${shown}:${port}`;
    return {
        origin,
        origins: [`https://127.0.0.1:${port}`],
        desk: { secretary: `${origin}/desk`, doctor: `${origin}/desk` },
        // Plain HTTP on purpose: our cookies are Secure and never go there.
        payment: `http://${shown}:${port + 1}`,
        mailbox: `http://${shown}:${port + 2}`,
        listen: bound === '0.0.0.0' ? [`${bound}:${port}`] : [`${bound}:${port}`, `127.0.0.1:${port}`],
        hosts: bound === '0.0.0.0' ? [bound] : ['127.0.0.1', host],
    };
}

export async function makeSettings(root, env) {
    const port = Number(env.PORT || 8443);
    if (!Number.isInteger(port) || port < 1 || port > 65520)
        throw new Error(`PORT has to be a number from 1 to 65520, not "${env.PORT}".`);
    const wanted = env.HOST === '0.0.0.0' ? ownAddress() : env.HOST;
    const host = wanted && (await lookup(wanted)).address;

    const data = resolve(root, env.DATA || 'data');
    const record = join(data, 'record');
    const keys = join(data, 'keys');
    for (const folder of [record, keys]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    const hex = () => `${randomBytes(32).toString('hex')}\n`;
    const files = {
        masterKey: makeOnce(join(keys, 'master.key'), hex),
        paymentKey: makeOnce(join(keys, 'payment.key'), () => `sk_test_${hex()}`),
        webhookSecret: makeOnce(join(keys, 'payment.webhook'), () => `whsec_${hex()}`),
        smsKey: makeOnce(join(keys, 'sms.key'), hex),
    };
    const secret = (path) => readFileSync(path, 'utf8').trim();
    const settings = {
        root,
        data,
        port,
        files,
        ...addressesOf(env, port, host),
        paymentKey: secret(files.paymentKey),
        webhookSecret: secret(files.webhookSecret),
        smsKey: secret(files.smsKey),
        database: shorter(root, join(record, 'vestibule.db')),
        relay: shorter(root, join(data, 'relay.sock')),
        ledger: join(record, 'sandbox.json'),
        run: join(data, 'run.json'),
        config: join(data, 'vestibule.conf'),
        tls: host ? certificate(keys, host) : undefined,
    };
    settings.api = `${host ? 'https' : 'http'}://127.0.0.1:${port}`;
    return settings;
}

// What is set, by name; what is undefined is left out.
export function configOf(settings) {
    const { port, files, tls } = settings;
    return {
        listen: settings.listen.join(', '),
        origin: settings.origin,
        origins: settings.origins.join(', '),
        tls_certificate: tls?.cert,
        tls_key: tls?.key,
        database: settings.database,
        master_key: files.masterKey,
        relay: settings.relay,
        web_root: 'web/dist',
        mail_url: `smtp://127.0.0.1:${port + 3}`,
        mail_from: 'rendez-vous@tilleuls.example',
        sms_url: `http://127.0.0.1:${port + 2}/sms`,
        sms_key_file: files.smsKey,
        payment_url: `http://127.0.0.1:${port + 1}`,
        payment_key_file: files.paymentKey,
        payment_webhook_secret_file: files.webhookSecret,
        payment_page: settings.payment,
        // Everybody of the demo comes from one address.
        sign_in_per_minute: 120,
        claim_per_minute: 240,
        connect_per_minute: 1200,
    };
}

// What somebody put into vestibule.conf beside the Makefile has the last word.
export function writeConfig(path, root, values) {
    const own = join(root, 'vestibule.conf');
    const lines = [
        '# Written by the demo at every start. Put settings of your own into',
        '# vestibule.conf at the root of the repository: they come last here.',
        ...Object.entries(values)
            .filter(([, value]) => value !== undefined)
            .map(([key, value]) => `${key} = ${value}`),
        ...(existsSync(own) ? ['', readFileSync(own, 'utf8')] : []),
    ];
    writeFileSync(path, `${lines.join('\n')}\n`, SECRET);
}
