// Networks that let no UDP through: the same port by TCP. Run inside
// tests/in-netns.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { Scene } from './scene.mjs'

let scene

before(async () => {
    scene = await Scene.start({ workers: 1 }, 'chromium', 'firefox')
    nft('add table inet line',
        'add chain inet line out { type filter hook output priority 0 ; }')
}, { timeout: 60_000 })

after(async () => {
    assert.equal(await scene?.stop(), 0, scene?.relay.log.slice(-40).join('\n'))
})

function nft(...commands) {
    execFileSync('nft', ['-f', '-'], { input: commands.join('\n') + '\n' })
}

/** As a hospital's firewall does it; the network is this test's own. */
function blockUdp() {
    nft(`add rule inet line out udp dport ${scene.relay.port} drop`,
        `add rule inet line out udp sport ${scene.relay.port} drop`)
}

function letThrough() {
    nft('flush chain inet line out')
}

/** By which protocol the page's chosen pair goes. */
async function protocol(person) {
    return person.page.evaluate(async () => {
        const reports = [...(await window.pc.getStats()).values()]
        const transport = reports.find(report => report.type === 'transport')
        const pair = reports.find(report => report.type === 'candidate-pair' &&
            (transport?.selectedCandidatePairId
                ? report.id === transport.selectedCandidatePairId : report.selected))
        return reports.find(report => report.id === pair?.localCandidateId)?.protocol
    })
}

describe('without UDP', { timeout: 240_000 }, () => {
    test('the answer names TCP behind UDP', async t => {
        const visit = await scene.meet(t, 'chromium')
        const sdp = await visit.people[0].page.evaluate(
            () => window.pc.remoteDescription.sdp)
        const lines = sdp.match(/^a=candidate:.*$/gm)
            .map(line => line.trim().split(' '))
        const priorities = kind => lines.filter(words => words[2] === kind)
            .map(words => Number(words[3]))

        assert.ok(priorities('tcp').length > 0)
        assert.ok(Math.max(...priorities('tcp')) < Math.min(...priorities('udp')))
        assert.match(sdp, new RegExp(` ${scene.relay.port} typ host tcptype passive`))
    })

    for (const [first, second] of [['chromium', 'chromium'], ['chromium', 'firefox']]) {
        test(`${first} with ${second} hear and see each other`, async t => {
            t.after(letThrough)
            blockUdp()
            const visit = await scene.meet(t, first, second)
            await visit.talk()
            for (const person of visit.people) {
                await person.seesMore(1, 60)
                assert.equal(await protocol(person), 'tcp')
            }
        })
    }

    test('a call goes on by TCP when UDP is blocked, and comes back', async t => {
        t.after(letThrough)
        const visit = await scene.meet(t, 'chromium', 'chromium')
        await visit.talk()
        assert.equal(await protocol(visit.people[0]), 'udp')

        blockUdp()
        for (const person of visit.people)
            await person.restart()
        for (const person of visit.people) {
            await person.seesMore(1, 40, 30_000)
            assert.equal(await protocol(person), 'tcp')
        }
        letThrough()
        for (const person of visit.people)
            await person.restart()
        for (const person of visit.people) {
            await person.seesMore(1, 40)
            assert.equal(await protocol(person), 'udp')
        }
    })

    test('a page by TCP and one by UDP', async t => {
        const visit = await scene.meet(t, 'chromium', 'firefox')
        const [first, second] = visit.people

        first.change = answer => answer.replace(/^a=candidate:\S+ 1 udp .*\r\n/gm, '')
        await first.page.reload()
        await first.join()
        await visit.talk()
        assert.equal(await protocol(first), 'tcp')
        assert.equal(await protocol(second), 'udp')
    })
})
