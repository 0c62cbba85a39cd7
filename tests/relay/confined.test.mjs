// What an attacker inside the relay could do: nothing but what a call needs. Each
// thread of the real, released relay is made to ask the kernel for it, while two
// browsers talk through it. Run inside tests/in-netns.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { arch } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Control, freePort, Relay } from './relay.mjs'
import { Scene } from './scene.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const tool = join(root, process.env.BUILD ?? 'build', 'tests/inject')
const skip = arch() === 'x64' ? false : 'inject is for x86-64'
const EPERM = -1, ENOENT = -2, EACCES = -13
let scene, secret

before(async () => {
    scene = await Scene.start({ workers: 2, released: true, tls: true }, 'chromium')
    secret = join(scene.relay.folder, 'secret')
    writeFileSync(secret, 'nobody reads this')
}, { timeout: 60_000 })

after(async () => {
    if (secret)
        rmSync(secret, { force: true })
    assert.equal(await scene?.stop(), 0, scene?.relay.log.slice(-40).join('\n'))
    assert.equal(existsSync(scene.relay.path), false, 'the control socket is gone')
})

/** [name, thread, result] of everything tried. */
async function inject(pid, ...words) {
    const { stdout } = await promisify(execFile)(tool, [String(pid), secret, ...words])
    return stdout.trim().split('\n').map(line => {
        const [name, thread, result] = line.split(' ')
        return { name, thread, result: Number(result) }
    })
}

describe('the relay', { skip, timeout: 120_000 }, () => {
    test('the tool gets through where nothing is closed', async t => {
        const open = spawn('sleep', ['60'])
        t.after(() => open.kill())
        await once(open, 'spawn')
        for (const name of ['open', 'socket_inet', 'memfd_create']) {
            const [{ result }] = await inject(open.pid, name)
            assert.ok(result >= 0, `${name}: ${result}`)
        }
    })

    test('is refused every file, program and connection, and the call goes on', async t => {
        const visit = await scene.meet(t, 'chromium', 'chromium')
        await visit.talk()

        const pid = scene.relay.child.pid
        const tries = await inject(pid)
        const threads = new Set(tries.map(each => each.thread))
        assert.equal(threads.size, 3, 'main and two workers')
        assert.ok(tries.length >= 3 * 50)
        for (const { name, thread, result } of tries) {
            // Only the control socket's folder lets go of something: see below.
            const right = name === 'unlink' ? [0, ENOENT] : [EPERM]
            assert.ok(right.includes(result), `${name} in ${thread}: ${result}`)
        }
        for (const person of visit.people)
            await person.seesMore(1, 40)
        assert.equal(scene.relay.child.exitCode, null)
    })

    test('may remove nothing outside the folder of its control socket', async () => {
        const elsewhere = join(root, 'build', `secret-${process.pid}`)
        writeFileSync(elsewhere, 'stays')
        secret = elsewhere
        const results = (await inject(scene.relay.child.pid, 'unlink'))
            .map(each => each.result)
        assert.ok(results.every(result => result === EACCES), `${results}`)
        assert.equal(readFileSync(elsewhere, 'utf8'), 'stays')
    })

    test('serves newcomers as before, and shakes hands by TLS', async t => {
        const visit = await scene.meet(t, 'chromium', 'chromium')
        await visit.talk()
        await assert.rejects(Control.connectTls(scene.relay, { cert: undefined, key: undefined }))
        const control = await Control.connectTls(scene.relay)
        assert.equal((await control.do('ping')).peers, 2)
        control.close()
    })

    test('may remove nothing at all when it has no socket', async t => {
        const relay = await Relay.start({
            at: '127.0.0.1', port: await freePort(), released: true, tls: 'only',
        })
        t.after(() => relay.stop())
        for (const { name, result } of await inject(relay.child.pid))
            assert.equal(result, name === 'unlink' ? EACCES : EPERM, name)
        const control = await Control.connectTls(relay)
        await control.do('ping')
        control.close()
    })

    test('has no capability, no new privileges and a filter in every thread', () => {
        const status = readFileSync(`/proc/${scene.relay.child.pid}/status`, 'utf8')
        assert.match(status, /^NoNewPrivs:\t1$/m)
        assert.match(status, /^Seccomp:\t2$/m)
    })
})
