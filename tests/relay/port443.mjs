// The real HAProxy and coturn with the configurations of deploy/proxy, in which
// only names and places are changed to the test's.
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const proxy = fileURLToPath(new URL('../../deploy/proxy/', import.meta.url))
export const HOUSE = 'tele.example.org'
export const TURN = `turn.${HOUSE}`

const shell = (command, cwd) => execFileSync('sh', ['-ec', command], { cwd, stdio: 'pipe' })

/** An authority of our own, and a certificate of it for both names. */
export function certify(folder) {
    shell(`openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
        -subj '/CN=Vestibule test authority' -keyout ca.key -out ca.pem \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=${HOUSE}' \
        -keyout key.pem -out request.pem
    printf 'subjectAltName=DNS:${HOUSE},DNS:${TURN}\\nextendedKeyUsage=serverAuth\\n' >extensions
    openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
        -extfile extensions -out cert.pem
    cat cert.pem key.pem >site.pem
    chmod 0644 key.pem site.pem`, folder)
}

const line = (text, key, value) => {
    const pattern = new RegExp(`^${key}=.*$`, 'm')
    if (!pattern.test(text))
        throw new Error(`turnserver.conf has no ${key}`)
    return text.replace(pattern, `${key}=${value}`)
}

export async function listens(port, child) {
    for (let tries = 0; tries < 300; tries++) {
        const socket = connect(port, '127.0.0.1')
        const open = await new Promise(resolve => {
            socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
        })
        socket.destroy()
        if (open)
            return
        if (child.exitCode !== null)
            break
        await new Promise(resolve => setTimeout(resolve, 100))
    }
    throw new Error(`nobody listens on ${port}:\n${child.said}`)
}

export function start(command, args, cwd) {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    child.said = ''
    child.ended = once(child, 'exit')
    for (const stream of [child.stdout, child.stderr])
        stream.on('data', text => (child.said += text))
    process.once('exit', () => child.kill('SIGKILL'))
    return child
}

/** Both servers, for a vestibule at 127.0.0.1:`house` and relays at `address`. */
export async function openPort443({ address, house = 8080, relayIps = [address] }) {
    const folder = mkdtempSync(join(tmpdir(), 'vestibule-443-'))
    const secret = randomBytes(24).toString('base64url')
    certify(folder)
    execFileSync('chmod', ['0755', folder])

    let turn = readFileSync(join(proxy, 'turnserver.conf'), 'utf8')
    turn = line(turn, 'cert', join(folder, 'cert.pem'))
    turn = line(turn, 'pkey', join(folder, 'key.pem'))
    turn = line(turn, 'static-auth-secret', secret)
    turn = line(turn, 'allowed-peer-ip', address)
    turn = line(turn, 'relay-ip', relayIps.join('\nrelay-ip='))
    writeFileSync(join(folder, 'turnserver.conf'),
        `${turn}pidfile=${join(folder, 'turn.pid')}\n`)
    writeFileSync(join(folder, 'turn.secret'), secret)

    const config = readFileSync(join(proxy, 'haproxy.cfg'), 'utf8')
        .replaceAll('/etc/vestibule/tls/site.pem', join(folder, 'site.pem'))
        .replaceAll('abns@vestibule-inside', `abns@vestibule-${randomBytes(6).toString('hex')}`)
        .replaceAll('192.0.2.10', address)
        .replaceAll('127.0.0.1:8080', `127.0.0.1:${house}`)
    writeFileSync(join(folder, 'haproxy.cfg'), config)

    const coturn = start('turnserver', ['-c', join(folder, 'turnserver.conf')], folder)
    const haproxy = start('haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], folder)
    try {
        await Promise.all([listens(5349, coturn), listens(443, haproxy)])
    } catch (error) {
        coturn.kill('SIGKILL')
        haproxy.kill('SIGKILL')
        throw error
    }
    return {
        folder,
        secret,
        secretFile: join(folder, 'turn.secret'),
        ca: readFileSync(join(folder, 'ca.pem')),
        caFile: join(folder, 'ca.pem'),
        said: () => `${coturn.said}\n${haproxy.said}`,
        haproxySaid: () => haproxy.said,
        async stop() {
            for (const child of [coturn, haproxy]) {
                child.kill('SIGTERM')
                const timer = setTimeout(() => child.kill('SIGKILL'), 3_000)
                await child.ended
                clearTimeout(timer)
            }
            rmSync(folder, { recursive: true, force: true })
        },
    }
}

/** Both programs come with deploy/packages/test.txt. */
export function missing() {
    try {
        shell('command -v haproxy && command -v turnserver', '/')
        return false
    } catch {
        return 'haproxy or coturn is not installed'
    }
}
