// A counterpart is a program that joins the relay as a person does and is
// steered by JSON lines on its standard input, each answered by one line:
//   {"do":"open"}                    {"offer":"<SDP>"}
//   {"do":"take","answer":"<SDP>"}   {}
//   {"do":"restart"}                 {"offer":"<SDP>"} with new ICE credentials,
//                                    whose answer is taken as the first one was;
//                                    only of those that can (program.mjs)
//   {"do":"send","tone":587}         {}   a tone and a moving picture, from now on
//   {"do":"counters"}                {"sent":…,"received":[…]} as a page counts them
// It ends with its standard input.
import { createInterface } from 'node:readline'

/** The page's layout (docs/relay-control.md), without the sections at the end
 * that two people do not need. */
export const sections = [
    ['audio', 'sendonly'], ['video', 'sendonly'], ['video', 'sendonly'],
    ['audio', 'recvonly'],
    ['audio', 'recvonly'], ['video', 'recvonly'],
    ['audio', 'recvonly'], ['video', 'recvonly'],
]

/** One verb after the other; what one throws is its answer. */
export async function serve(verbs) {
    for await (const line of createInterface({ input: process.stdin })) {
        const { do: verb, ...fields } = JSON.parse(line)
        let answer

        try {
            answer = await verbs[verb](fields) ?? {}
        } catch (error) {
            answer = { failed: error.stack }
        }
        process.stdout.write(`${JSON.stringify(answer)}\n`)
    }
    process.exit(0)
}

/** Which section of an SDP text announces each SSRC. */
export function sectionsOfSources(sdp) {
    const found = new Map()

    sdp.split(/^m=/m).slice(1).forEach((block, index) => {
        for (const [, ssrc] of block.matchAll(/^a=ssrc:(\d+) /mg))
            found.set(Number(ssrc), index)
    })
    return found
}
