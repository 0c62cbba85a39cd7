// A clock that a test moves, for vestibule alone: its program is started through
// libfaketime, which reads the offset from a file as it goes.
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const SHIM = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';
const build = resolve(import.meta.dirname, '../../..', process.env.BUILD ?? 'build');

export function movableClock() {
    const folder = mkdtempSync(join(tmpdir(), 'vestibule-clock-'));
    const offset = join(folder, 'offset');
    const program = join(folder, 'vestibule');
    const env = [
        `LD_PRELOAD=${SHIM}`,
        `FAKETIME_TIMESTAMP_FILE=${offset}`,
        'FAKETIME_CACHE_DURATION=1',
        'FAKETIME_DONT_FAKE_MONOTONIC=1',
    ].join(' ');
    writeFileSync(offset, '+0\n');
    writeFileSync(program, `#!/bin/sh\nexec env ${env} '${join(build, 'vestibule')}' "$@"\n`);
    chmodSync(program, 0o755);
    symlinkSync(join(build, 'vestibule-relay'), join(folder, 'vestibule-relay'));
    return {
        /* for startClinic */
        env: { BUILD: folder },
        /* seconds from the real time on; takes a second to be seen */
        move: (seconds) => writeFileSync(offset, `+${seconds}\n`),
        release: () => rmSync(folder, { recursive: true, force: true }),
    };
}
