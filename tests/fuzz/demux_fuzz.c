/* The front door: demux, then whatever the packet claims to be; SRTP and SRTCP
 * with a session of both profiles. */
#include "media/transport/demux.h"
#include "media/transport/packets.h"
#include "media/transport/srtp.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct srtp_in sessions[2];

static void start(void)
{
    static bool started;
    struct srtp_keys keys = { .profile = SRTP_PROFILE_AES128_GCM };

    if (started)
        return;
    started = true;
    if (srtp_start() || srtp_in_init(&sessions[0], &keys))
        abort();
    keys.profile = SRTP_PROFILE_AES128_CM_SHA1_80;
    if (srtp_in_init(&sessions[1], &keys))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum packet_kind kind = demux(slice(data, size));

    start();
    assert(kind == PACKET_JUNK || size <= PACKET_BYTES_MAX);
    if (kind != PACKET_RTP && kind != PACKET_RTCP)
        return 0;
    for (int i = 0; i < 2; i++) {
        uint8_t *packet = malloc(size); /* exact, so that ASan sees the end */
        size_t length = 0;
        int err;

        memcpy(packet, data, size);
        err = kind == PACKET_RTP
                  ? srtp_in_rtp(&sessions[i], packet, size, &length)
                  : srtp_in_rtcp(&sessions[i], packet, size, &length);
        assert(err || length <= size);
        free(packet);
    }
    return 0;
}
