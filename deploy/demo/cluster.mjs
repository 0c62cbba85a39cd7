// `make cluster`: the same demo clinic on several nodes, all on this machine: two of
// vestibule, two relays, PostgreSQL, Redis, and HAProxy with the configuration of
// deploy/proxy before them. Nodes and relays speak mutual TLS.
//
//   PORT (8443), HOST (an address that phones reach), DATA (data/cluster), BUILD
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { makeAuthority } from './authority.mjs';
import { makeClinic } from './clinic.mjs';
import * as house from './house.mjs';
import { Postgres } from './postgres.mjs';
import { configOf, makeSettings, writeConfig } from './settings.mjs';

const NODES = ['one', 'two'];
const WORKERS = 2; // of each relay
const OPEN_MS = 10000; // for HAProxy, which does not say when it listens
const PORTS = { relay: 4, node: 10, control: 12 }; // from PORT on

// The configuration that ships, with this machine's names and places.
function proxyConfig({ data, listen, tls, port }) {
    const shipped = readFileSync(join(house.root, 'deploy/proxy/haproxy-nodes.cfg'), 'utf8');
    const secure = tls ? ` ssl crt ${join(data, 'keys/site.pem')} alpn http/1.1` : '';
    if (tls) {
        const site = readFileSync(tls.cert, 'utf8') + readFileSync(tls.key, 'utf8');
        writeFileSync(join(data, 'keys/site.pem'), site, { mode: 0o600 });
    }
    const path = join(data, 'haproxy.cfg');
    const binds = listen.map((address) => `    bind ${address}${secure}`).join('\n');
    const config = shipped
        .replace(/^ *bind .*$/m, binds)
        .replace(/maxconn \d+/, 'maxconn 1000')
        .replaceAll('10.0.0.11:8080', `127.0.0.1:${port + PORTS.node}`)
        .replaceAll('10.0.0.12:8080', `127.0.0.1:${port + PORTS.node + 1}`);
    writeFileSync(path, config, { mode: 0o600 });
    return path;
}

async function opened(port) {
    for (const end = Date.now() + OPEN_MS; ; ) {
        const socket = connect(port, '127.0.0.1');
        const error = await new Promise((done) => socket.once('connect', done).once('error', done));
        socket.destroy();
        if (!error) return;
        if (Date.now() > end) throw error;
        await new Promise((done) => setTimeout(done, 50));
    }
}

async function startRedis(processes, socket) {
    await processes.start(
        'redis',
        'redis-server',
        ['--port', '0', '--unixsocket', socket, '--save', '', '--appendonly', 'no'],
        { ready: (line) => /ready to accept/i.test(line) },
    );
}

// Returns how nodes reach them.
async function startRelays({ data, port }) {
    const keys = makeAuthority(join(data, 'keys'), NODES);
    const lines = NODES.map((_, at) => `tls:127.0.0.1:${port + PORTS.control + at}`);
    for (const [at, control] of lines.entries()) {
        const { key, certificate } = keys[NODES[at]];
        const trust = ['--certificate', certificate, '--key', key, '--authority', keys.authority];
        await house.startRelay(`relay-${NODES[at]}`, {
            control,
            port: port + PORTS.relay + at * WORKERS,
            more: ['--name', NODES[at], '--workers', String(WORKERS), ...trust],
        });
    }
    return {
        relay: lines.join(', '),
        relay_certificate: keys.node.certificate,
        relay_key: keys.node.key,
        relay_authority: keys.authority,
    };
}

// What each node has of its own, and what all share.
function nodeConfig(settings, at, shared) {
    return {
        ...configOf(settings),
        ...shared,
        listen: `127.0.0.1:${settings.port + PORTS.node + at}`,
        tls_certificate: undefined,
        tls_key: undefined,
        trusted_proxies: '127.0.0.1',
    };
}

house.run(async () => {
    const env = { ...process.env, DATA: process.env.DATA || 'data/cluster' };
    const settings = await makeSettings(house.root, env);
    const processes = house.openProcesses(settings);

    const postgres = new Postgres(settings.data);
    await postgres.start(processes);
    await postgres.makeDatabase('vestibule');
    const redis = join(settings.data, 'redis.sock');
    await startRedis(processes, redis);
    const relays = await startRelays(settings);
    await house.startSurroundings(settings);

    const shared = {
        database: postgres.url('vestibule'),
        redis: `unix://${redis}`,
        ...relays,
    };
    const configs = NODES.map((name, at) => {
        const path = join(settings.data, `vestibule-${name}.conf`);
        writeConfig(path, house.root, nodeConfig(settings, at, shared));
        return path;
    });
    settings.config = configs[0]; // the command line is any node's
    await makeClinic(house.program, settings);
    for (const [at, config] of configs.entries()) await house.startVestibule(`vestibule-${NODES[at]}`, config);
    await processes.start('haproxy', 'haproxy', ['-db', '-f', proxyConfig(settings)]);
    await opened(settings.port);
    await house.announce(settings, [settings.data, postgres.folder]);
});
