// A page whose way to the relay leads over a line that can be made bad
// (tests/impair), and what the visit's file says of it.
import { Impair } from '../../impair/impair.mjs';

const address = process.env.VESTIBULE_TEST_ADDRESS;

/* Runs before the page's scripts. */
function leadThrough({ host, port }) {
    const take = RTCPeerConnection.prototype.setRemoteDescription;
    RTCPeerConnection.prototype.setRemoteDescription = function (answer) {
        const sdp = answer.sdp
            .replaceAll(/^a=candidate:\S+ 1 tcp .*\r\n/gm, '')
            .replaceAll(/^(a=candidate:\S+ 1 udp \d+ )\S+ \d+/gm, `$1${host} ${port}`);
        return take.call(this, { type: answer.type, sdp });
    };
}

/* Before the page is opened; close it after. */
export async function putBehindLine(page, relayPort) {
    const line = await Impair.start({ address, target: { address, port: relayPort } });
    await page.addInitScript(leadThrough, { host: address, port: line.port });
    return line;
}

/* Returns a function that tells the incidents of the visit as the doctor's page,
 * not yet opened, hears them from the visit's log. */
export function hearIncidents(doctor) {
    let newest = [];
    doctor.on('websocket', (socket) =>
        socket.on('framereceived', ({ payload }) => {
            newest = JSON.parse(String(payload)).incidents ?? newest;
        }),
    );
    return () => newest;
}
