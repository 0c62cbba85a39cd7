// What every screen has to stand, wherever a test comes by it.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/* axe finds nothing, and nothing stands out to the right. The page's context has
 * bypassCSP: axe looks into frames through scripts of its own. PICTURES=FOLDER
 * keeps what the screen looked like. */
export async function isAccessible(page, state) {
    /* things that fade in are judged when they have */
    await page.evaluate(() =>
        Promise.allSettled(document.getAnimations().map((each) => each.finished)),
    );
    if (process.env.PICTURES) {
        await mkdir(process.env.PICTURES, { recursive: true });
        const path = `${process.env.PICTURES}/${state.replaceAll(/\W+/g, '-')}.png`;
        await page.screenshot({ path });
    }
    const { violations } = await new AxeBuilder({ page })
        .withTags(TAGS)
        .options({ iframes: false })
        .analyze();
    const found = violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.target.join(' ')}: ${node.failureSummary}`),
    );
    assert.deepEqual(found, [], state);
    const beyond = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.ok(beyond <= 0, `${state}: ${beyond} pixels too wide`);
}

/* Nothing that the keyboard comes to lies beneath the help line (WCAG 2.4.11). */
export async function focusIsSeen(page, state) {
    await page.evaluate(() => {
        document.activeElement?.blur();
        window.scrollTo(0, 0);
    });
    for (let presses = 0; presses < 40; presses++) {
        await page.keyboard.press('Tab');
        const said = await page.evaluate(() => {
            const help = document.querySelector('.help');
            const at = document.activeElement;
            if (!at || at === document.body || help?.contains(at)) return 'end';
            const box = at.getBoundingClientRect();
            const top = help?.getBoundingClientRect().top ?? innerHeight;
            const under = getComputedStyle(help).position === 'sticky' && box.bottom > top + 1;
            return under ? at.outerHTML.slice(0, 120) : '';
        });
        if (said === 'end') return;
        assert.equal(said, '', `${state}: beneath the help line`);
    }
}
