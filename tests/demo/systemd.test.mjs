// The units that ship: how exposed systemd itself finds them, and that what they
// start exists and takes these words.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const unit = name => join(root, 'deploy/systemd', `${name}.service`)
const skip = spawnSync('systemd-analyze', ['--version']).error ? 'no systemd-analyze' : false

for (const name of ['vestibule-relay', 'vestibule'])
    test(`${name}.service is exposed by 2.0 at most`, { skip }, () => {
        const { stdout, stderr, status } = spawnSync('systemd-analyze',
            ['security', '--offline=yes', '--no-pager', '--threshold=20', unit(name)],
            { encoding: 'utf8' })
        const level = Number(/exposure level for .*: ([\d.]+)/.exec(stdout)?.[1])

        assert.ok(level <= 2, `${level}\n${stdout}${stderr}`)
        assert.equal(status, 0, stderr)
    })

test('a unit without its walls would be found out', { skip }, () => {
    const { status } = spawnSync('systemd-analyze', ['security', '--offline=yes',
        '--no-pager', '--threshold=20', '/lib/systemd/system/systemd-logind.service'])
    assert.notEqual(status, 0)
})

test('the relay starts with the words of its unit', async t => {
    const folder = mkdtempSync(join(tmpdir(), 'vestibule-unit-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const [, line] = /^ExecStart=(.*)$/m.exec(readFileSync(unit('vestibule-relay'), 'utf8'))
    const [program, ...words] = line.split(' ').filter(word => word !== '$RELAY_OPTIONS')
    assert.equal(program, '/usr/bin/vestibule-relay')
    const port = 20000 + Math.floor(Math.random() * 20000)
    const relay = spawn(join(root, process.env.BUILD ?? 'build', 'vestibule-relay'), [
        ...words.map(word => word.replace('/run/vestibule', folder)),
        '--listen', `127.0.0.1:${port}`,
    ], { stdio: ['ignore', 'ignore', 'pipe'] })
    t.after(() => relay.kill('SIGKILL'))
    const ended = once(relay, 'exit')
    let said = ''
    relay.stderr.setEncoding('utf8').on('data', text => {
        said += text
        if (/relay serves/.test(said))
            relay.kill('SIGTERM')
    })
    assert.deepEqual((await ended)[0], 0, said)
    assert.doesNotMatch(said, /stay open|level=(warning|error) (?!receive buffer)/)
})
