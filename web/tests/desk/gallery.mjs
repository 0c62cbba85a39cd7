/*
 * gallery: draws every state of the desk in Chromium, takes a picture of each, and
 * lets axe-core look at it (WCAG 2.2 A and AA). Any finding, any error in the
 * console and any sideways scrolling fails.
 *
 *   node tests/desk/gallery.mjs [name,language[,width]…]
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { extname, join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { build } from 'vite';

const here = import.meta.dirname;
const pictures = join(here, '.gallery', 'pictures');
const site = join(here, '.gallery', 'site');
/* What the server sends with the desk, so that a breach shows here. */
const policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; " +
    "media-src 'self' blob:; font-src 'self'; connect-src 'self'; frame-src 'self'; " +
    "base-uri 'none'; frame-ancestors 'none'; object-src 'none'; " +
    "require-trusted-types-for 'script'";
const types = {
    '.html': 'text/html; charset=utf-8',
    '.js': 'text/javascript',
    '.css': 'text/css',
    '.svg': 'image/svg+xml',
    '.woff2': 'font/woff2',
};
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const sizes = { 1280: 800, 1024: 768, 820: 1180 };
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/* What has to be pressed before a state shows itself. */
const first = {
    'signin-wrong': async (page) => {
        await page.fill('#signin-login', 'demo');
        await page.fill('#signin-password', 'wrong');
        await page.click('button[type=submit]');
        await page.waitForSelector('[role=alert]');
    },
    'signin-too-many': (page) => first['signin-wrong'](page),
    'signin-unreachable': (page) => first['signin-wrong'](page),
    'secretary-book': async (page) => {
        await page.click('.dialog button[type=submit]');
        await page.waitForSelector('.nhsuk-error-summary');
    },
    'secretary-overlap': async (page) => {
        await fillBooking(page);
        await page.click('.dialog button[type=submit]');
        await page.waitForSelector('.dialog #book-time-error');
    },
};

async function fillBooking(page) {
    await page.fill('#book-family', 'Exemple');
    await page.fill('#book-given', 'Jeanne');
    await page.fill('#book-birth-day', '27');
    await page.fill('#book-birth-month', '3');
    await page.fill('#book-birth-year', '1954');
    await page.check('#book-sex');
    await page.fill('#book-mobile', '06 39 98 12 00');
    await page.selectOption('#book-practitioner', { index: 1 });
    await page.selectOption('#book-reason', { index: 1 });
    await page.fill('#book-time', '16:00');
    await page.fill('#book-fee', '30');
}

/* Buttons and fields that a finger could miss; links within a sentence may be small. */
function smallTargets() {
    return [...document.querySelectorAll('button, summary, input, select, textarea')]
        .filter((element) => {
            const box = (element.closest('label') ?? element).getBoundingClientRect();
            return box.height > 0 && box.height < 43.5;
        })
        .map((element) => element.outerHTML.slice(0, 80));
}

/* One page a width; every state is loaded anew in it. */
const open = new Map();

async function pageOf(browser, width) {
    if (!open.has(width)) {
        const viewport = { width, height: sizes[width] };
        const context = await browser.newContext({ viewport });
        const page = await context.newPage();
        await page.addInitScript({ content: axe });
        open.set(width, page);
    }
    return open.get(width);
}

async function look(browser, address, name, language, width) {
    const page = await pageOf(browser, width);
    page.removeAllListeners();
    const wrong = [];
    page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
    page.on('console', (message) => {
        const text = message.text();
        if (message.type() === 'error' && !text.includes('404')) wrong.push(`console: ${text}`);
    });
    await page.goto(`${address}?${name}#${name},${language}`);
    await page.waitForSelector('#page > *');
    await first[name]?.(page);
    await page.evaluate(() => document.fonts.ready);
    const found = await page.evaluate(
        (only) =>
            globalThis.axe.run(document, {
                runOnly: only,
                iframes: false,
                resultTypes: ['violations'],
            }),
        tags,
    );
    for (const each of found.violations) {
        const where = each.nodes.map((node) => node.target.join(' ')).slice(0, 4);
        wrong.push(`${each.id}: ${each.help} [${where.join(' | ')}]`);
    }
    for (const target of await page.evaluate(smallTargets)) {
        wrong.push(`target below 44 px: ${target}`);
    }
    const sideways = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    if (sideways > 0) wrong.push(`scrolls sideways by ${sideways} px`);
    /* pictures come a moment after their streams */
    await page.waitForFunction(() =>
        [...document.querySelectorAll('video')].every(
            (each) => !each.srcObject?.active || each.readyState > 1,
        ),
    );
    await page.screenshot({ path: join(pictures, `${name}-${language}-${width}.png`) });
    return wrong;
}

mkdirSync(pictures, { recursive: true });
await build({
    configFile: false,
    root: here,
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    publicDir: resolve(here, '../../public'),
    build: {
        outDir: site,
        emptyOutDir: true,
        assetsInlineLimit: 0,
        rolldownOptions: { input: join(here, 'fixture.html') },
    },
});
const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname;
    try {
        const bytes = readFileSync(join(site, path));
        response.writeHead(200, {
            'content-type': types[extname(path)] ?? 'application/octet-stream',
            'content-security-policy': policy,
        });
        response.end(bytes);
    } catch {
        /* the draft's PDF: only that it may be shown in a frame is of interest */
        response.writeHead(404, { 'content-type': 'text/plain' }).end();
    }
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const address = `http://localhost:${server.address().port}/fixture.html`;
const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    chromiumSandbox: false,
    args: [
        '--autoplay-policy=no-user-gesture-required',
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
    ],
});
let passed = 0;
let failed = 0;
try {
    const probe = await browser.newPage();
    await probe.goto(`${address}#none`);
    await probe.waitForFunction(() => globalThis.pageNames);
    const names = await probe.evaluate(() => globalThis.pageNames);
    await probe.close();
    const asked = process.argv.slice(2).map((text) => text.split(','));
    const some = (pattern) => names.filter((name) => pattern.test(name));
    const all = [
        ...names.map((name) => [name, 'fr', 1280]),
        ...some(/^secretary|call|papers|waiting|draft/).map((name) => [name, 'fr', 1024]),
        ...some(/day|doctor-call$|doctor-waiting|to-write/).map((name) => [name, 'fr', 820]),
        ...some(/day|alerts|book|call-papers|end|waiting|signed-out/).map((name) => [
            name,
            'en',
            1280,
        ]),
    ];
    for (const [name, language = 'fr', width = 1280] of asked.length > 0 ? asked : all) {
        const wrong = await look(browser, address, name, language, Number(width));
        if (wrong.length === 0) passed++;
        else failed++;
        for (const each of wrong) console.log(`not ok ${name} ${language} ${width}: ${each}`);
    }
} finally {
    await browser.close();
    server.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
