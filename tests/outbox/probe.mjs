// Calls our C deliveries (tests/probe/outbox.c) and gives back what they say.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = `${process.env.BUILD ?? 'build'}/tests/probe/outbox`;

export function probe(args, input = '') {
    return new Promise((done, fail) => {
        const child = spawn(program, args.map(String), { cwd: root });
        let out = '';
        let errors = '';
        child.stdout.on('data', (part) => (out += part));
        child.stderr.on('data', (part) => (errors += part));
        child.on('error', fail);
        child.on('close', (status) => {
            if (status !== 0) fail(new Error(`probe ended with ${status}\n${errors}`));
            else done(JSON.parse(out));
        });
        child.stdin.on('error', () => {}); // it may end before it read all
        child.stdin.end(input);
    });
}
