/*
 * voices: a process beside the test in which people's sound comes and goes
 * (werift: ICE, DTLS and SRTP that we did not write). It knows nobody: each
 * voice is a number. What it is told and what it tells are messages of
 * voice.mjs; the moments it tells are its own clock's, so that a test that is
 * busy measures nothing wrong, and what it stood still itself (new keys, a machine
 * that does much else) is no silence: nobody spoke then.
 */
import { MediaStreamTrack, RTCDtlsTransport, RTCPeerConnection, useOPUS, useSdesMid, useVP8 } from 'werift';

/* Microphone, camera, screen, the house, the other person (docs/relay-control.md). */
const SECTIONS = [
    ['audio', 'sendonly'],
    ['video', 'sendonly'],
    ['video', 'sendonly'],
    ['audio', 'recvonly'],
    ['audio', 'recvonly'],
];
const HOUSE = 3;
const PERSON = 4;
const FRAME_MS = 20;
const SAMPLES = 960;
const GAP_MS = 250; /* shorter ones are a machine's that does much else */
const SILENCE_MS = 1000;
const STANDS_MS = 60; /* it turns every ten */
const voices = new Map();
const newest = new Map(); /* generation of the line that is wanted */

/* How long this process stood still since its start, in ms. */
let stood = 0;
let turnedAt = Date.now();
function turn() {
    const now = Date.now();
    if (now - turnedAt > STANDS_MS) stood += now - turnedAt;
    turnedAt = now;
    return now;
}

const told = (kind, key, more) => process.send?.({ kind, key, ...more });

/* Of its own for each line, as browsers have it: the relay knows by the
 * fingerprint whether a line goes on or begins. werift would share one. */
async function newKeys() {
    RTCDtlsTransport.localCertificate = RTCDtlsTransport.localCertificatePromise = undefined;
    const { certPem, privateKey, signatureHash } = await RTCDtlsTransport.SetupCertificate();
    return { certPem, keyPem: privateKey, signatureHash };
}

class Line {
    heardAt = 0; /* when the last packet came; 0: none yet */
    stoodBefore = 0; /* `stood` at that time */
    silent = true; /* until something came */
    seq = 0;
    stamp = 0;

    constructor(key, generation, keys) {
        Object.assign(this, { key, generation });
        this.pc = new RTCPeerConnection({
            bundlePolicy: 'max-bundle',
            iceUseIpv6: false,
            dtls: { keys },
            iceAdditionalHostAddresses: ['127.0.0.1'],
            codecs: { audio: [useOPUS()], video: [useVP8()] },
            headerExtensions: { audio: [useSdesMid()], video: [useSdesMid()] },
        });
        for (const [kind, direction] of SECTIONS) this.pc.addTransceiver(kind, { direction });
    }

    async offer() {
        await this.pc.setLocalDescription(await this.pc.createOffer());
        return this.pc.localDescription.sdp;
    }

    async take(answer) {
        await this.pc.setRemoteDescription({ type: 'answer', sdp: answer });
        const transceivers = this.pc.getTransceivers();
        transceivers[PERSON].receiver.track.onReceiveRtp.subscribe(() => this.#heard());
        transceivers[HOUSE].receiver.track.onReceiveRtp.subscribe(() => undefined);
        this.track = new MediaStreamTrack({ kind: 'audio' });
        await transceivers[0].sender.replaceTrack(this.track);
    }

    #heard() {
        const now = turn();
        const gap = this.gap(now);
        if (this.silent || gap > GAP_MS) told('flows', this.key, { at: now, since: this.heardAt && now - gap });
        this.heardAt = now;
        this.stoodBefore = stood;
        this.silent = false;
    }

    gap(now) {
        return now - this.heardAt - (stood - this.stoodBefore);
    }

    /* One frame of sound, which the relay passes on as it is. */
    speak() {
        const packet = Buffer.alloc(12 + 24);
        packet.writeUInt8(0x80, 0);
        packet.writeUInt8(96, 1);
        packet.writeUInt16BE((this.seq = (this.seq + 1) & 0xffff), 2);
        packet.writeUInt32BE((this.stamp = (this.stamp + SAMPLES) >>> 0), 4);
        packet.writeUInt32BE(this.key + 1, 8);
        this.track.writeRtp(packet);
    }

    look(now) {
        if (this.silent || this.heardAt === 0 || this.gap(now) < SILENCE_MS) return;
        this.silent = true;
        told('silent', this.key);
    }
}

const verbs = {
    async open({ key, generation }) {
        newest.set(key, generation);
        const keys = await newKeys();
        if (newest.get(key) !== generation) return;
        const old = voices.get(key);
        const line = Object.assign(new Line(key, generation, keys), { heardAt: old?.heardAt ?? 0, stoodBefore: old?.stoodBefore ?? 0 });
        voices.set(key, line);
        void old?.pc.close();
        told('offer', key, { generation, sdp: await line.offer() });
    },
    async take({ key, generation, answer, talk }) {
        const line = voices.get(key);
        if (line?.generation !== generation) return;
        line.talks = talk; /* what is told while it is taken counts more */
        await line.take(answer);
    },
    talk({ key, on }) {
        const line = voices.get(key);
        if (!line) return;
        line.talks = on;
        line.silent ||= on; /* its first packet is told, though sound may flow already */
    },
    last({ key }) {
        told('last', key, { last: voices.get(key)?.heardAt ?? 0 });
    },
    async close({ key }) {
        const line = voices.get(key);
        newest.delete(key);
        voices.delete(key);
        await line?.pc.close();
    },
};

/* As many frames as are due: a late turn catches up. */
let due = Date.now();
setInterval(() => {
    const now = turn();
    if (now - due > 500) due = now;
    for (; due <= now; due += FRAME_MS) for (const line of voices.values()) if (line.talks && line.track) line.speak();
    for (const line of voices.values()) line.look(now);
}, FRAME_MS / 2);

process.on('message', ({ do: verb, ...members }) => {
    Promise.resolve(verbs[verb](members)).catch((error) => told('failed', members.key, { why: error.message }));
});
process.on('disconnect', () => process.exit(0));
