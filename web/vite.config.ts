/*
 * The build: one page per door of the house, hashed assets, and a .gz beside
 * each file that shrinks, which the server hands out as it is. Nothing is
 * inlined: the pages live under a content security policy without exceptions.
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const shrinks = /\.(html|js|css|svg|json|txt)$/;

function filesBelow(folder: string): string[] {
    return readdirSync(folder).flatMap((name) => {
        const path = join(folder, name);
        return statSync(path).isDirectory() ? filesBelow(path) : [path];
    });
}

function gzipBeside(): Plugin {
    let out = '';
    return {
        name: 'gzip-beside',
        apply: 'build',
        configResolved(config) {
            out = resolve(config.root, config.build.outDir);
        },
        closeBundle() {
            if (!existsSync(out)) return;
            for (const path of filesBelow(out).filter((name) => shrinks.test(name))) {
                writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
            }
        },
    };
}

const pages = ['visit', 'join', 'check', 'desk'];

export default defineConfig({
    root: import.meta.dirname,
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
        target: ['chrome100', 'firefox102', 'safari15.4'],
        outDir: 'dist',
        emptyOutDir: true,
        assetsInlineLimit: 0,
        cssCodeSplit: true,
        rolldownOptions: {
            input: Object.fromEntries(
                pages
                    .map((page) => [page, resolve(import.meta.dirname, `${page}.html`)])
                    .filter(([, path]) => existsSync(path as string)),
            ) as Record<string, string>,
        },
    },
    plugins: [gzipBeside()],
});
