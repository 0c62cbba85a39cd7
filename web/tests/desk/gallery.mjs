/*
 * gallery: draws every state of the desk in Chromium, takes a picture of each, and
 * lets axe-core look at it (WCAG 2.2 A and AA). Any finding, any error in the
 * console and any sideways scrolling fails.
 *
 *   node tests/desk/gallery.mjs [name,language[,width]…]
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { createServer } from 'vite';

const here = import.meta.dirname;
const pictures = join(here, '..', '.gallery', 'desk');
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
        await page.waitForSelector('.dialog .notice--brick');
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

async function look(browser, address, name, language, width) {
    const context = await browser.newContext({ viewport: { width, height: sizes[width] } });
    const page = await context.newPage();
    const wrong = [];
    page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
    page.on('console', (message) => {
        const text = message.text();
        if (message.type() === 'error' && !text.includes('404')) wrong.push(`console: ${text}`);
    });
    await page.goto(`${address}#${name},${language}`);
    await page.waitForSelector('#page > *');
    await first[name]?.(page);
    await page.evaluate(() => document.fonts.ready);
    await page.evaluate(axe);
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
    await context.close();
    return wrong;
}

mkdirSync(pictures, { recursive: true });
const server = await createServer({
    root: join(here, '..', '..'),
    logLevel: 'error',
    server: { port: 0, host: '127.0.0.1' },
});
await server.listen();
const address = `${server.resolvedUrls.local[0]}tests/desk/fixture.html`;
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
    await server.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
