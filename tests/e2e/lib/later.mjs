// A clock that a test moves on: the clinic's programs started with `env` read the
// hour later by what forward(ms) said in all. Browsers keep their own.
import { execFileSync } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export async function makeClock() {
    const folder = await mkdtemp(join(tmpdir(), 'vestibule-later-'));
    const [library, path] = [join(folder, 'later.so'), join(folder, 'ahead')];
    const source = join(import.meta.dirname, 'later.c');
    execFileSync('cc', ['-O1', '-shared', '-fPIC', '-o', library, source, '-ldl']);
    const file = await open(path, 'w+');
    let ahead = 0n;
    const keep = async () => {
        const bytes = Buffer.alloc(8);
        bytes.writeBigInt64LE(ahead);
        await file.write(bytes, 0, 8, 0);
    };
    await keep();
    return {
        env: { LD_PRELOAD: library, LATER_FILE: path },
        forward(ms) {
            ahead += BigInt(ms);
            return keep();
        },
        async end() {
            await file.close();
            await rm(folder, { recursive: true, force: true });
        },
    };
}
