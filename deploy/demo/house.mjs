// What `make run` and `make cluster` have in common: the clinic's surroundings,
// the visits, what is printed, and the end of everything that was started.
import { join, resolve } from 'node:path';
import { admin, birth, bookVisits, logins, password } from './clinic.mjs';
import { Desk } from './desk.mjs';
import { Processes } from './processes.mjs';

export const root = resolve(import.meta.dirname, '../..');
const build = resolve(root, process.env.BUILD || 'build');
export const program = join(build, 'vestibule');
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

// Opens the house, until Ctrl-C.
export function run(open) {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(0));
    process.stdout.on('error', () => stop(0)); // whoever read us is gone
    open().catch((error) => {
        if (!stopping) fatal(error.message);
    });
}

export function openProcesses(settings) {
    processes = new Processes({
        cwd: root,
        file: settings.run,
        logs: join(settings.data, 'log'),
        fatal,
    });
    return processes;
}

export const startRelay = (name, { control, port, more = [] }) =>
    processes.start(
        name,
        join(build, 'vestibule-relay'),
        ['--control', control, '--listen', `0.0.0.0:${port}`, ...more],
        { ready: (line) => line.includes('relay serves') },
    );

export const startVestibule = (name, config) =>
    processes.start(name, program, ['--config', config], {
        ready: (line) => line.includes('serving '),
    });

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

// Where money and messages go.
export async function startSurroundings(settings) {
    await startSandbox(settings);
    await startMailbox(settings);
}

async function links(settings) {
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

// Books, and prints who opens what.
export async function announce(settings, places) {
    const patients = await links(settings);
    say('');
    say(`The demo clinic is open. Its data is in ${places.join(' and ')}; Ctrl-C ends it.`);
    if (settings.tls) say('Browsers warn once about the certificate, which signed itself.');
    say('');
    say(`password ${password}`);
    say(`birth ${birth}`);
    say(`secretary ${settings.desk.secretary} ${logins.secretary}`);
    for (const login of logins.doctors) say(`doctor ${settings.desk.doctor} ${login}`);
    for (const url of patients) say(`patient ${url}`);
    say(`mailbox ${settings.mailbox}`);
}
