// A folder whose power can be taken: what was synced is left, and of what was not,
// as the seed has it, nothing, all, or any blocks. See cut.c.
import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, existsSync, lstatSync, mkdirSync, mkdtempSync, openSync, readdirSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BLOCK = 4096; // what a disk writes whole

export class Disk {
    folder = mkdtempSync(join(tmpdir(), 'vestibule-power-'));
    live = join(this.folder, 'live');
    durable = join(this.folder, 'durable');
    armed = join(this.folder, 'armed'); // while it is there, faults come
    met = `${this.armed}-met`; // is there once one came

    constructor(owner) {
        this.owner = owner;
        chmodSync(this.folder, 0o755);
        mkdirSync(this.live);
        if (owner) execFileSync('chown', [owner, this.live]);
    }

    // What a program needs that writes here. below: libraries that come before.
    env(shim, below = []) {
        return { LD_PRELOAD: [...below, shim].join(' '), POWER_LIVE: this.live, POWER_DURABLE: this.durable, POWER_ARMED: this.armed };
    }

    // Everything that is there is durable: so it is before the first start, and
    // after each loss.
    settle() {
        rmSync(this.durable, { recursive: true, force: true });
        execFileSync('cp', ['-a', this.live, this.durable]);
    }

    // The power went: nobody writes any more. survives(): does this block?
    lose(survives) {
        const files = readdirSync(this.durable, { recursive: true }).map(String);
        for (const name of files) {
            const [from, to] = [join(this.live, name), join(this.durable, name)];
            if (!existsSync(from)) continue;
            const [wrote, kept] = [lstatSync(from), lstatSync(to)];
            const same = wrote.size === kept.size && wrote.mtimeMs === kept.mtimeMs;
            if (kept.isFile() && !same) this.#blend(from, to, survives);
        }
        rmSync(this.live, { recursive: true });
        execFileSync('cp', ['-a', this.durable, this.live]);
        this.settle();
    }

    #blend(from, to, survives) {
        const source = openSync(from, 'r');
        const target = openSync(to, 'r+');
        const size = lstatSync(from).size;
        const block = Buffer.alloc(BLOCK);
        for (let at = 0; at < size; at += BLOCK) {
            if (!survives()) continue;
            const length = readSync(source, block, 0, BLOCK, at);
            writeSync(target, block, 0, length, at);
        }
        closeSync(source);
        closeSync(target);
    }

    free() {
        rmSync(this.folder, { recursive: true, force: true });
    }
}
