// Debian's browsers with a fake camera and microphone.
import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';

const CHROMIUM_FLAGS = [
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--autoplay-policy=no-user-gesture-required',
];

// fake: 'accept' answers the permission question with yes, 'deny' with no; with
// 'none' it is yes, but there is no camera and no microphone. fps: of the camera.
export function launchChromium({ fake = 'accept', fps, flags = [], env } = {}) {
    const ui = [
        fake === 'deny' ? '--use-fake-ui-for-media-stream=deny' : '--use-fake-ui-for-media-stream',
    ];
    if (fake !== 'none')
        ui.push(`--use-fake-device-for-media-stream${fps ? `=fps=${fps}` : ''}`);
    return chromium.launch({
        executablePath: '/usr/bin/chromium',
        headless: true,
        chromiumSandbox: false,
        args: [...CHROMIUM_FLAGS, ...ui, ...flags],
        ...(env ? { env } : {}),
    });
}

// WebDriver BiDi; no driver program is needed. profile: a folder to live in.
export function launchFirefox(prefs = {}, profile = undefined) {
    return puppeteer.launch({
        browser: 'firefox',
        executablePath: '/usr/bin/firefox-esr',
        headless: true,
        acceptInsecureCerts: true,
        ...(profile && { userDataDir: profile }),
        extraPrefsFirefox: {
            'media.navigator.streams.fake': true,
            'media.navigator.permission.disabled': true,
            'media.peerconnection.ice.obfuscate_host_addresses': false,
            'media.autoplay.default': 0,
            'network.captive-portal-service.enabled': false,
            'network.connectivity-service.enabled': false,
            'browser.safebrowsing.update.enabled': false,
            'app.update.enabled': false,
            'datareporting.policy.dataSubmissionEnabled': false,
            'services.settings.server': 'http://127.0.0.1:1/',
            'media.gmp-manager.url': 'http://127.0.0.1:1/',
            'media.gmp-provider.enabled': false,
            'dom.push.serverURL': '',
            ...prefs,
        },
    });
}

// Runs before any script of the page: keeps every RTCPeerConnection, so that a
// test can ask what really arrived and left. Adds nothing to the page itself.
export const watchConnections = () => {
    const Original = window.RTCPeerConnection;
    window.testConnections = [];
    window.RTCPeerConnection = class extends Original {
        constructor(...given) {
            super(...given);
            window.testConnections.push(this);
        }
    };
};

// What flowed over the page's newest connection so far.
export const mediaFlow = async () => {
    const flow = {
        state: 'none',
        framesDecoded: 0,
        soundEnergy: 0,
        packetsReceived: 0,
        packetsSent: 0,
    };
    const connection = window.testConnections.at(-1);
    if (!connection) return flow;
    flow.state = connection.connectionState;
    for (const report of (await connection.getStats()).values()) {
        if (report.type === 'inbound-rtp') {
            flow.framesDecoded += report.framesDecoded ?? 0;
            flow.soundEnergy += report.totalAudioEnergy ?? 0;
            flow.packetsReceived += report.packetsReceived ?? 0;
        }
        if (report.type === 'outbound-rtp') flow.packetsSent += report.packetsSent ?? 0;
    }
    return flow;
};

// Asks until the answer is right; says what it was last otherwise.
export async function until(what, ask, right, withinMs = 30_000) {
    const end = Date.now() + withinMs;
    let last;
    for (;;) {
        try {
            last = await ask();
            if (right(last)) return last;
        } catch (error) {
            last = error;
        }
        if (Date.now() > end)
            throw new Error(`${what}: still ${last instanceof Error ? last.stack : JSON.stringify(last)}`);
        await new Promise((done) => setTimeout(done, 100));
    }
}
