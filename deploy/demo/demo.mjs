// `make run`: the demo clinic on this machine. Starts the relay, the payment
// sandbox, the mailbox and vestibule; makes the clinic when the data is new; books
// visits; prints who opens what; and on Ctrl-C ends everything it started.
//
//   PORT (8443), HOST (an address that phones reach), DATA (data), BUILD (build)
import { join, resolve } from 'node:path';
import { admin, birth, bookVisits, logins, makeClinic, password } from './clinic.mjs';
import { Desk } from './desk.mjs';
import { Processes } from './processes.mjs';
import { makeSettings } from './settings.mjs';

const root = resolve(import.meta.dirname, '../..');
const build = resolve(root, process.env.BUILD || 'build');
const say = (line) => process.stdout.write(`${line}\n`);

let processes;
let stopping = false;

async function stop(status) {
    if (stopping) return;
    stopping = true;
    await processes?.stop();
    process.exit(status);
}
function fatal(sentence) {
    process.stderr.write(`demo: ${sentence}\n`);
    stop(1);
}

const startRelay = ({ relay, port }) =>
    processes.start(
        'relay',
        join(build, 'vestibule-relay'),
        ['--control', relay, '--listen', `0.0.0.0:${port + 4}`],
        { ready: (line) => line.includes('relay serves') },
    );

const startSandbox = (settings) =>
    processes.start('sandbox', process.execPath, ['deploy/demo/sandbox.mjs'], {
        env: {
            SANDBOX_PORT: String(settings.port + 1),
            SANDBOX_HOSTS: settings.hosts.join(','),
            SANDBOX_ORIGIN: settings.payment,
            SANDBOX_KEY: settings.paymentKey,
            SANDBOX_WEBHOOK_URL: `${settings.api}/api/payment/webhook`,
            SANDBOX_WEBHOOK_SECRET: settings.webhookSecret,
            SANDBOX_DATA: settings.ledger,
            ...(settings.tls && { SANDBOX_WEBHOOK_CA: settings.tls.cert }),
        },
        ready: (line) => line.startsWith('sandbox ready'),
    });

const startMailbox = (settings) =>
    processes.start('mailbox', process.execPath, ['deploy/demo/mailbox.mjs'], {
        env: {
            MAILBOX_PORT: String(settings.port + 2),
            MAILBOX_SMTP_PORT: String(settings.port + 3),
            MAILBOX_HOSTS: settings.hosts.join(','),
            MAILBOX_SMS_KEY: settings.smsKey,
        },
        ready: (line) => line.startsWith('mailbox ready'),
    });

const startVestibule = ({ config }) =>
    processes.start('vestibule', join(build, 'vestibule'), ['--config', config], {
        ready: (line) => line.includes('serving '),
    });

async function links(settings, program) {
    const desk = new Desk(settings);
    await desk.signIn(logins.secretary, password);
    await desk.connect();
    const visits = await bookVisits(desk);
    desk.close();
    const found = [];
    for (const visit of visits) {
        const said = await admin(program, settings, ['link', { consultation: visit }]);
        found.push(said.split(/\s+/).find((word) => word.startsWith('http')));
    }
    return found;
}

async function main() {
    const settings = await makeSettings(root, process.env);
    const program = join(build, 'vestibule');
    processes = new Processes({
        cwd: root,
        file: settings.run,
        logs: join(settings.data, 'log'),
        fatal,
    });
    await startRelay(settings);
    await startSandbox(settings);
    await startMailbox(settings);
    await makeClinic(program, settings);
    await startVestibule(settings);
    const patients = await links(settings, program);

    say('');
    say(`The demo clinic is open. Its data is in ${settings.data}; Ctrl-C ends it.`);
    if (settings.tls) say('Browsers warn once about the certificate, which signed itself.');
    say('');
    say(`password ${password}`);
    say(`birth ${birth}`);
    say(`secretary ${settings.desk.secretary} ${logins.secretary}`);
    for (const login of logins.doctors) say(`doctor ${settings.desk.doctor} ${login}`);
    for (const url of patients) say(`patient ${url}`);
    say(`mailbox ${settings.mailbox}`);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(0));
process.stdout.on('error', () => stop(0)); // whoever read us is gone
main().catch((error) => {
    if (!stopping) fatal(error.message);
});
