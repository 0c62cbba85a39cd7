// What nobody should do to a relay, done to the real one (sanitized where it was
// built) while two people talk: tests/abuse. `make check` does each a million
// times, and a thousand sessions; `make test` fewer. Run inside tests/in-netns.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { address, Relay } from './relay.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = join(root, process.env.BUILD ?? 'build', 'tests/abuse')
const packets = Number(process.env.ABUSE ?? 4_000)
const sessions = Math.max(40, packets / 1_000)
const LINES_A_SECOND = 12 // ten that outsiders can cause, and what tells of more

/** Runs one kind of abuse; how many lines the relay wrote meanwhile. */
async function abuse(t, kind, count) {
    const relay = await Relay.start()
    t.after(() => relay.child.kill('SIGKILL'))
    const before = relay.log.length
    const begin = Date.now()
    const child = spawn(program, [relay.path, address, String(relay.port), kind, String(count)],
        { stdio: ['ignore', 'pipe', 'pipe'] })
    t.after(() => child.kill('SIGKILL'))
    let said = ''
    for (const stream of [child.stdout, child.stderr])
        stream.on('data', text => (said += text))
    const [code] = await once(child, 'close')
    const lines = relay.log.length - before
    assert.equal(code, 0, `${said}\n${relay.log.slice(-20).join('\n')}`)
    assert.equal(await relay.stop(), 0, relay.log.slice(-40).join('\n'))
    for (const line of said.matchAll(/^ok \d+ - (.*)$/gm))
        t.diagnostic(line[1])
    return { said, lines, seconds: (Date.now() - begin) / 1000 }
}

describe('abuse', { timeout: 3_600_000 }, () => {
    test(`${packets} packets of each kind do no harm and fill no log`, async t => {
        const { said, lines, seconds } = await abuse(t, 'packets', packets)
        assert.equal(said.match(/^ok /gm).length, 11)
        assert.ok(lines < 20 + LINES_A_SECOND * seconds, `${lines} lines in ${seconds} s`)
    })

    test(`all of ${sessions} sessions connect despite a stranger's ClientHello`, async t => {
        const { said, lines } = await abuse(t, 'sessions', sessions)
        assert.equal(said.match(/^ok /gm).length, 2)
        assert.ok(lines < 10 * (sessions + 5), `${lines} lines`)
    })

    test('one sender at fifty times its rate costs the others nothing', async t => {
        await abuse(t, 'flood', 4)
    })
})
