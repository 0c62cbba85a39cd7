// Real Chromium (playwright-core) and real Firefox (puppeteer-core over WebDriver
// BiDi) with fake camera and microphone, behind one small interface:
//   launch(name) -> browser;  browser.page(url) -> page;  page.evaluate(fn, arg)
import { createServer } from 'node:http'
import { chromium } from 'playwright-core'
import puppeteer from 'puppeteer-core'

const chromiumFlags = [
    '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update',
    '--disable-sync', '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    '--autoplay-policy=no-user-gesture-required',
]

/** What Firefox's fake microphone sounds like, in Hz. Without a sound card its
 * AudioContext stands still, so it cannot make tones of its own. */
export const FIREFOX_TONE = 784

const firefoxPrefs = {
    'media.navigator.audio.fake_frequency': FIREFOX_TONE,
    'media.navigator.streams.fake': true,
    'media.navigator.permission.disabled': true,
    'media.peerconnection.ice.obfuscate_host_addresses': false,
    'media.autoplay.default': 0,
    'network.captive-portal-service.enabled': false,
    'network.connectivity-service.enabled': false,
    'app.update.enabled': false,
    'browser.safebrowsing.update.enabled': false,
    'datareporting.policy.dataSubmissionEnabled': false,
    'services.settings.server': 'http://127.0.0.1:1/',
    'media.gmp-manager.url': 'http://127.0.0.1:1/',
    'media.gmp-provider.enabled': false,
    'dom.push.serverURL': '',
}

async function launchChromium() {
    const browser = await chromium.launch({
        executablePath: '/usr/bin/chromium',
        headless: true,
        chromiumSandbox: false,
        args: chromiumFlags,
    })
    return {
        async page(url) {
            const context = await browser.newContext()
            const page = await context.newPage()
            await page.goto(url)
            return page
        },
        close: () => browser.close(),
    }
}

async function launchFirefox() {
    const browser = await puppeteer.launch({
        browser: 'firefox',
        executablePath: '/usr/bin/firefox-esr',
        headless: true,
        extraPrefsFirefox: firefoxPrefs,
    })
    return {
        async page(url) {
            const page = await browser.newPage()
            await page.goto(url)
            return page
        },
        close: () => browser.close(),
    }
}

export function launch(name) {
    return name === 'firefox' ? launchFirefox() : launchChromium()
}

/** An empty page on localhost, where browsers give out cameras. */
export async function serveBlankPage() {
    const server = createServer((request, response) => {
        response.setHeader('content-type', 'text/html')
        response.end('<!doctype html><title>relay test</title>')
    })
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
    return {
        url: `http://localhost:${server.address().port}/`,
        close: () => new Promise(resolve => server.close(resolve)),
    }
}
