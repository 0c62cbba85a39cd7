/*
 * prometheus: the real one, with the configuration and the alerts that ship, but
 * for the addresses and for how often it asks.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './cluster.mjs';

export const deployed = (name) => fileURLToPath(new URL(`../../deploy/${name}`, import.meta.url));

export class Prometheus {
    /* The configuration, for nodes at these ports. */
    static configure(ports) {
        const prometheus = new Prometheus();
        prometheus.folder = mkdtempSync(join(tmpdir(), 'vestibule-prometheus-'));
        prometheus.config = join(prometheus.folder, 'prometheus.yml');
        const config = readFileSync(deployed('prometheus.yml'), 'utf8')
            .replace('/etc/prometheus/vestibule-alerts.yml', deployed('alerts.yml'))
            .replace(/targets: .*/, `targets: [${ports.map((port) => `'127.0.0.1:${port}'`)}]`)
            .replaceAll('_interval: 15s', '_interval: 1s');
        writeFileSync(prometheus.config, config);
        return prometheus;
    }

    async start() {
        this.port = await freePort();
        const data = join(this.folder, 'data');
        this.child = spawn('prometheus', [`--config.file=${this.config}`, `--storage.tsdb.path=${data}`, `--web.listen-address=127.0.0.1:${this.port}`], { stdio: ['ignore', 'ignore', 'pipe'] });
        const { child } = this;
        process.once('exit', () => child.kill('SIGKILL'));
        let said = '';
        child.stderr.setEncoding('utf8');
        await new Promise((resolve, reject) => {
            child.stderr.on('data', (text) => {
                said += text;
                if (/Server is ready/.test(said)) resolve();
            });
            child.once('exit', () => reject(new Error(`prometheus ended: ${said}`)));
        });
        return this;
    }

    async #ask(path) {
        const answer = await (await fetch(`http://127.0.0.1:${this.port}/api/v1/${path}`)).json();
        if (answer.status !== 'success') throw new Error(`${path}: ${JSON.stringify(answer)}`);
        return answer.data;
    }

    /* The values of an expression now. */
    async query(expression) {
        const { result } = await this.#ask(`query?query=${encodeURIComponent(expression)}`);
        return result.map((each) => Number(each.value[1]));
    }

    /* Every rule, with its health and its alerts. */
    async rules() {
        return (await this.#ask('rules')).groups.flatMap((group) => group.rules);
    }

    async stop() {
        if (this.child) {
            const gone = new Promise((resolve) => this.child.once('exit', resolve));
            this.child.kill('SIGTERM');
            await gone;
        }
        rmSync(this.folder, { recursive: true, force: true });
    }
}
