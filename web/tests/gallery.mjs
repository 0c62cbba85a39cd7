/*
 * Renders every screen of the patient in Chromium from its fixture, runs axe-core
 * (WCAG 2.2 AA) on each, checks that nothing is wider than the window, and with
 * --pictures=FOLDER keeps a picture of each. Ends with 1 when anything is found.
 *
 *   node tests/gallery.mjs [--pictures=FOLDER] [--only=NAME,…] [--locale=fr,en]
 */
import { createServer } from 'node:http';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { build } from 'vite';

const here = import.meta.dirname;
const out = join(here, '.gallery');
const options = Object.fromEntries(
    process.argv.slice(2).map((word) => word.replace(/^--/, '').split('=')),
);
const axeSource = readFileSync(
    createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
    'utf8',
);
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const sizes = {
    phone: { width: 360, height: 740 },
    desktop: { width: 1280, height: 800 },
    /* 1280 by 1024 at 400 % zoom */
    zoomed: { width: 320, height: 256 },
};
/* What the server sends with every page, so that a breach shows here. */
const policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; " +
    "media-src 'self' blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; " +
    "frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'";
const types = {
    '.html': 'text/html; charset=utf-8',
    '.js': 'text/javascript',
    '.css': 'text/css',
    '.svg': 'image/svg+xml',
    '.woff2': 'font/woff2',
};

await build({
    configFile: false,
    root: join(here, 'gallery'),
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    publicDir: resolve(here, '../public'),
    build: { outDir: out, emptyOutDir: true, assetsInlineLimit: 0 },
});

const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname;
    if (path === '/api/link') {
        const clinic = { name: 'Clinique des Tilleuls', phone: '0536491200' };
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ state: 'unknown', clinic }));
        return;
    }
    const file = join(out, path === '/' ? 'index.html' : path);
    try {
        const bytes = readFileSync(file);
        response.writeHead(200, {
            'content-type': types[extname(file)] ?? 'application/octet-stream',
            'content-security-policy': policy,
        });
        response.end(bytes);
    } catch {
        response.writeHead(404).end();
    }
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const origin = `http://localhost:${server.address().port}`;

const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    chromiumSandbox: false,
    args: [
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
        '--autoplay-policy=no-user-gesture-required',
    ],
});

let findings = 0;
let screens = 0;

function found(name, size, what) {
    findings++;
    console.log(`${name} (${size}): ${what}`);
}

async function look(page, name, size, locale) {
    await page.goto(`${origin}/?${name}.${locale}.${size}#${name}.${locale}`);
    await page.waitForSelector(`body[data-ready="${name}"]`);
    await page.evaluate(() => document.fonts.ready);
    if (name === 'call_chat') await page.getByRole('button', { name: /^Messages/ }).click();
    if (name === 'released_prove')
        await page
            .getByRole('button', { name: /^(Voir|See)/ })
            .first()
            .click();
    await page.waitForTimeout(name.startsWith('call') ? 250 : 0);
    screens++;
    if (options.pictures) {
        mkdirSync(options.pictures, { recursive: true });
        await page.screenshot({
            path: join(options.pictures, `${name}.${locale}.${size}.png`),
            fullPage: true,
        });
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) found(name, size, `${wide} px wider than the window`);
    const small = await page.evaluate(smallTargets);
    for (const target of small) found(name, size, `target below 44 px: ${target}`);
    const report = await page.evaluate(
        (tags) => globalThis.axe.run(document, { runOnly: { type: 'tag', values: tags } }),
        rules,
    );
    for (const violation of report.violations) {
        const where = violation.nodes.map((node) => node.target.join(' ')).join(' | ');
        found(name, size, `${violation.id}: ${violation.help} [${where}]`);
    }
}

/* Buttons, links and fields that a finger could miss. */
function smallTargets() {
    return [...document.querySelectorAll('button, a, input, select, textarea')]
        .filter((element) => !element.closest('.visually-hidden'))
        .filter((element) => {
            const box = (element.closest('label') ?? element).getBoundingClientRect();
            return box.height > 0 && box.height < 44 && !element.closest('.nhsuk-error-summary');
        })
        .map((element) => element.outerHTML.slice(0, 80));
}

/* A judge that finds nothing anywhere is no judge. */
async function judgeIsAwake(page) {
    const report = await page.evaluate(async (tags) => {
        const picture = document.body.appendChild(document.createElement('img'));
        picture.src = '/mark.svg';
        const answer = await globalThis.axe.run(picture, {
            runOnly: { type: 'tag', values: tags },
        });
        picture.remove();
        return answer.violations.map((violation) => violation.id);
    }, rules);
    if (!report.includes('image-alt'))
        found('judge', '', 'axe did not find a picture without words');
}

for (const [size, viewport] of Object.entries(sizes)) {
    const context = await browser.newContext({ viewport, deviceScaleFactor: 1, bypassCSP: false });
    const page = await context.newPage();
    await page.addInitScript({ content: axeSource });
    page.on('console', (message) => {
        if (message.type() === 'error' || /Content Security Policy/.test(message.text())) {
            found(page.url(), size, message.text());
        }
    });
    page.on('pageerror', (error) => found(page.url(), size, error.message));
    await page.goto(`${origin}/#trouble.fr`);
    await page.waitForSelector('body[data-ready]');
    await judgeIsAwake(page);
    const all = await page.evaluate(() => globalThis.galleryNames);
    const only = options.only?.split(',');
    for (const name of only ?? all) {
        for (const locale of (options.locale ?? 'fr,en').split(',')) {
            if (size !== 'phone' && locale === 'en' && !only) continue;
            await look(page, name, size, locale);
        }
    }
    await context.close();
}
await browser.close();
server.close();
console.log(`${screens} screens, ${findings} findings`);
process.exitCode = findings > 0 ? 1 : 0;
