// Draws how the relay's cost grows with its sessions, from build/bench.json:
//   node tests/bench/relay/curve.mjs docs/pictures/relay-cost.svg
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const { relay_curve: { value: points } } = JSON.parse(
    readFileSync(join(root, process.env.BUILD ?? 'build', 'bench.json'), 'utf8'))
const size = { width: 340, height: 220, left: 52, top: 34, gap: 60 }

const panels = [
    { title: 'CPU time of a video packet at full load, µs', lines: [
        { name: 'relay', key: 'ns', scale: 1e-3, colour: '#0b6e4f' },
        { name: 'bare loop', key: 'limit_ns', scale: 1e-3, colour: '#888' },
    ] },
    { title: 'Sound, 50 packets/s a session, % of a core', lines: [
        { name: 'relay', key: 'audio_core', scale: 1, colour: '#0b6e4f' },
        { name: 'Janus', key: 'janus_audio_core', scale: 1, colour: '#b3471b' },
    ] },
]

const [first, last] = [points[0].sessions, points.at(-1).sessions]
const x = sessions => size.width * Math.log(sessions / first) / Math.log(last / first)
const nice = value => [1, 2, 5, 10].map(step => step * 10 ** Math.floor(Math.log10(value)))
    .find(step => step >= value)

function line({ name, key, scale, colour }, top) {
    const there = points.filter(point => point[key] !== undefined)
        .map(point => [x(point.sessions), size.height * (1 - point[key] * scale / top), point[key] * scale])
    const path = there.map(([a, b]) => `${a.toFixed(1)},${b.toFixed(1)}`).join(' ')
    const dots = there.map(([a, b, value]) => `<circle cx="${a.toFixed(1)}" cy="${b.toFixed(1)}" r="3"/>`
        + `<text x="${(a + 6).toFixed(1)}" y="${(b - 6).toFixed(1)}" stroke="none">${value.toPrecision(2)}</text>`)
    const [endX, endY] = there.at(-1)
    return `<g fill="${colour}" stroke="${colour}"><polyline fill="none" stroke-width="2" points="${path}"/>`
        + `${dots.join('')}<text x="${endX.toFixed(1)}" y="${(endY + 18).toFixed(1)}" text-anchor="end" stroke="none">${name}</text></g>`
}

function panel({ title, lines }, index) {
    const top = nice(1.15 * Math.max(...lines.flatMap(({ key, scale }) =>
        points.map(point => (point[key] ?? 0) * scale))))
    const ticks = [0, 0.5, 1].map(share => `<text x="-8" y="${size.height * (1 - share) + 4}" text-anchor="end">${top * share}</text>`)
    const feet = points.map(({ sessions }) => `<text x="${x(sessions).toFixed(1)}" y="${size.height + 18}" text-anchor="middle">${sessions}</text>`)
    return `<g transform="translate(${size.left + index * (size.width + size.left + size.gap)},${size.top})">
<text y="-14" font-weight="bold">${title}</text>
<path d="M0 0V${size.height}H${size.width}" fill="none" stroke="#444"/>
${ticks.join('')}${feet.join('')}<text x="${size.width / 2}" y="${size.height + 36}" text-anchor="middle">sessions</text>
${lines.map(one => line(one, top)).join('\n')}
</g>`
}

const width = 2 * (size.width + size.left + size.gap)
writeFileSync(process.argv[2], `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${size.height + 84}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
${panels.map(panel).join('\n')}
</svg>
`)
