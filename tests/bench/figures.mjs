/*
 * figures: what the benches do with theirs. keep() merges them into bench.json of
 * the build folder; a program's parts run one after the other, those that its
 * arguments name or all.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
const began = Date.now()

export const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
export const round = value => Number(value.toPrecision(3))

export function say(text) {
    const at = Math.round((Date.now() - began) / 1000)
    console.log(`${String(at).padStart(4)} s  ${text}`)
}

/* {name: {value, unit, against}} */
export function keep(figures) {
    const build = resolve(root, process.env.BUILD ?? 'build')
    const path = join(build, 'bench.json')
    const before = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
    mkdirSync(build, { recursive: true })
    writeFileSync(path, `${JSON.stringify({ ...before, ...figures }, null, 2)}\n`)
}

const sayLoad = () =>
    say(`load of the machine: ${loadavg().map(load => load.toFixed(1)).join(', ')}`)

/* Functions by name; stop ends what they started, whatever happened. */
export async function runParts(parts, stop) {
    const wanted = process.argv.slice(2)
    sayLoad()
    try {
        for (const [name, part] of Object.entries(parts))
            if (wanted.length === 0 || wanted.includes(name)) await part()
    } finally {
        await stop()
    }
    sayLoad()
}
