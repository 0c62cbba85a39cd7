#include "media/transport/demux.h"

#include "media/transport/packets.h"

#define STUN_BYTES_MIN 20 /* RFC 8489, section 5 */
#define DTLS_BYTES_MIN 13 /* a record header; RFC 6347, section 4.1 */
#define RTP_BYTES_MIN  12 /* RFC 3550, section 5.1 */
#define RTCP_BYTES_MIN 8  /* RFC 3550, section 6.4.2 */

/* RTCP packet types 192 to 223 look like RTP with the marker bit and payload
 * types 64 to 95, which nobody may use beside RTCP (RFC 5761, section 4). */
static enum packet_kind demux_media(struct slice packet)
{
    uint8_t type = packet.data[1];

    if (type >= 192 && type <= 223)
        return packet.length >= RTCP_BYTES_MIN ? PACKET_RTCP : PACKET_JUNK;
    return packet.length >= RTP_BYTES_MIN ? PACKET_RTP : PACKET_JUNK;
}

enum packet_kind demux(struct slice packet)
{
    static const uint8_t cookie[4] = { 0x21, 0x12, 0xa4, 0x42 };

    if (packet.length < 2 || packet.length > PACKET_BYTES_MAX)
        return PACKET_JUNK;

    uint8_t first = packet.data[0];
    if (first <= 3) {
        if (packet.length < STUN_BYTES_MIN ||
            memcmp(packet.data + 4, cookie, sizeof(cookie)) != 0)
            return PACKET_JUNK;
        return PACKET_STUN;
    }
    if (first >= 20 && first <= 63)
        return packet.length >= DTLS_BYTES_MIN ? PACKET_DTLS : PACKET_JUNK;
    if (first >= 128 && first <= 191)
        return demux_media(packet);
    return PACKET_JUNK; /* ZRTP, TURN channels and what nobody assigned */
}
