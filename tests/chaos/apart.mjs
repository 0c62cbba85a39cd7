/*
 * apart: a second host, which is a network namespace: what is started in it
 * reaches the rest of the house over one cable, and that can be cut, as a whole
 * or towards one part. A cut loses packets, as a broken switch does: nobody is
 * told. Runs inside tests/in-netns.
 */
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, chmodSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Certificates } from '../relay/certificates.mjs';

export const HERE = '10.77.8.1';
export const THERE = '10.77.8.2';
export const ports = { PostgreSQL: 5432, Redis: 6379, relays: [7000, 7001] };

const ip = (...words) => execFileSync('ip', words);
const spaceOf = (pid) => readlinkSync(`/proc/${pid}/ns/net`);

export class Apart {
    static async start(folder) {
        if (!process.env.VESTIBULE_TEST_ADDRESS) throw new Error('a second host needs tests/in-netns');
        const apart = Object.assign(new Apart(), { folder });
        apart.holder = spawn('unshare', ['--net', 'sleep', 'infinity'], { stdio: 'ignore' });
        process.once('exit', () => apart.end());
        while (spaceOf(apart.holder.pid) === spaceOf('self')) await new Promise((resolve) => setTimeout(resolve, 20));
        ip('link', 'add', 'cable0', 'type', 'veth', 'peer', 'name', 'cable1', 'netns', String(apart.holder.pid));
        ip('addr', 'add', `${HERE}/24`, 'dev', 'cable0');
        ip('link', 'set', 'cable0', 'up');
        apart.run('ip', 'link', 'set', 'lo', 'up');
        apart.run('ip', 'addr', 'add', `${THERE}/24`, 'dev', 'cable1');
        apart.run('ip', 'link', 'set', 'cable1', 'up');
        apart.certificates = new Certificates(folder).authority('authority').sign('relay', 'serverAuth').sign('node', 'clientAuth');
        return apart;
    }

    run(...words) {
        execFileSync('nsenter', [`--net=/proc/${this.holder.pid}/ns/net`, '--', ...words]);
    }

    /* A program that runs there. */
    program(path, name) {
        const file = join(this.folder, name);
        writeFileSync(file, `#!/bin/sh\nexec nsenter --net=/proc/${this.holder.pid}/ns/net -- '${path}' "$@"\n`);
        chmodSync(file, 0o755);
        return file;
    }

    /* What comes over the cable for this port goes to loopback there, where a node
     * serves without TLS. */
    open(port) {
        this.run('sh', '-c', 'echo 1 >/proc/sys/net/ipv4/conf/cable1/route_localnet');
        this.run('nft', `add table ip door; add chain ip door in { type nat hook prerouting priority -100; }; add rule ip door in iifname cable1 tcp dport ${port} dnat to 127.0.0.1`);
    }

    /* A node that runs there and reaches everything over the cable; its
     * configuration stays the house's. */
    settings(database, port) {
        return [
            `listen=127.0.0.1:${port}`,
            `database=postgresql://${HERE}:${ports.PostgreSQL}/${database}?user=postgres`,
            `redis=redis://${HERE}:${ports.Redis}`,
            `relay=${ports.relays.map((each) => `tls:${HERE}:${each}`).join(', ')}`,
            ...Object.entries({ certificate: 'node', key: 'node', authority: 'authority' }).map(([what, name]) => `relay_${what}=${this.certificates.path(name, what === 'key' ? 'key' : 'pem')}`),
            `trusted_proxies=${HERE}`,
        ];
    }

    /* What a relay is told besides, so that it can be steered from there. */
    control(number) {
        const { certificates } = this;
        return ['--control', `tls:${HERE}:${ports.relays[number]}`, '--certificate', certificates.path('relay'), '--key', certificates.path('relay', 'key'), '--authority', certificates.path('authority')];
    }

    /* Lets PostgreSQL believe whoever comes from there. */
    static admit(data) {
        appendFileSync(join(data, 'pg_hba.conf'), `host all all ${THERE}/32 trust\n`);
    }

    /* towards: ports; none: nothing passes. */
    cut(towards) {
        const only = towards ? (side) => `tcp ${side} { ${towards.join(', ')} }` : () => '';
        this.run(
            'nft',
            `add table inet cut; add chain inet cut in { type filter hook input priority 0; }; add rule inet cut in iifname cable1 ${only('sport')} drop; ` +
                `add chain inet cut out { type filter hook output priority 0; }; add rule inet cut out oifname cable1 ${only('dport')} drop`,
        );
    }

    mend() {
        this.run('nft', 'delete table inet cut');
    }

    end() {
        this.holder.kill('SIGKILL');
    }
}
