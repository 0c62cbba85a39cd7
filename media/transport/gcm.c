#include "media/transport/gcm.h"

#include "base/secret.h"
#include "media/transport/replay.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define KEY_BYTES         AEAD_KEY_BYTES
#define RTCP_HEADER_BYTES 8 /* in the clear: flags, kind, length, SSRC */
#define RTCP_CLEAR_BYTES  (RTCP_HEADER_BYTES + GCM_INDEX_BYTES)
#define STREAMS_STEP      8
#define RTP_INDEX_MAX     UINT64_C(0xffffffffffff) /* RFC 3711, section 9.2 */
#define RTCP_INDEX_MAX    0x7fffffffu
#define RTCP_E_FLAG       0x80000000u

struct gcm_stream {
    uint32_t ssrc;
    uint32_t rtcp_index; /* of the last SRTCP packet sealed; the first has 1 */
    struct replay rtp;
    struct replay rtcp;
};

/* ---- numbers ---------------------------------------------------------------
 */

static uint32_t number_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
           (uint32_t)bytes[2] << 8 | bytes[3];
}

static void number_put(uint8_t *bytes, uint32_t number)
{
    bytes[0] = (uint8_t)(number >> 24);
    bytes[1] = (uint8_t)(number >> 16);
    bytes[2] = (uint8_t)(number >> 8);
    bytes[3] = (uint8_t)number;
}

/* 00 00 | SSRC | rollover | number, over the salt (RFC 7714, section 8.1); for
 * SRTCP the index stands in the last four bytes (section 9.1). */
static void nonce(const uint8_t *salt, uint32_t ssrc, uint64_t index,
                  uint8_t out[GCM_SALT_BYTES])
{
    uint64_t head, head_salt;
    uint32_t tail, tail_salt;

    memcpy(&head_salt, salt, sizeof(head_salt));
    memcpy(&tail_salt, salt + sizeof(head_salt), sizeof(tail_salt));
    head = htobe64((uint64_t)ssrc << 16 | (index >> 32 & 0xffff)) ^ head_salt;
    tail = htobe32((uint32_t)index) ^ tail_salt;
    memcpy(out, &head, sizeof(head));
    memcpy(out + sizeof(head), &tail, sizeof(tail));
}

/* ---- keys ------------------------------------------------------------------
 */

enum label { /* RFC 3711, section 4.3.2 */
             LABEL_RTP_KEY = 0,
             LABEL_RTP_SALT = 2,
             LABEL_RTCP_KEY = 3,
             LABEL_RTCP_SALT = 5,
};

/* The first block of the AES-CM generator (RFC 3711, section 4.3.3). The 96 bit
 * salt is padded to 112 on the right (RFC 7714, section 11). */
static bool derive(EVP_CIPHER_CTX *prf, const uint8_t *salt, enum label label,
                   uint8_t out[KEY_BYTES])
{
    uint8_t block[KEY_BYTES] = { 0 };
    int length;

    memcpy(block, salt, GCM_SALT_BYTES);
    block[7] ^= (uint8_t)label;
    return EVP_EncryptUpdate(prf, out, &length, block, sizeof(block)) == 1;
}

static int derive_all(struct gcm *gcm, EVP_CIPHER_CTX *prf,
                      enum gcm_direction direction, const uint8_t *salt)
{
    enum aead_direction way = direction == GCM_SEAL ? AEAD_SEAL : AEAD_OPEN;
    uint8_t rtp[KEY_BYTES], rtcp[KEY_BYTES], block[KEY_BYTES];
    int err = -ENOMEM;

    if (!derive(prf, salt, LABEL_RTP_SALT, block))
        return err;
    memcpy(gcm->rtp_salt, block, GCM_SALT_BYTES);
    if (derive(prf, salt, LABEL_RTCP_SALT, block) &&
        derive(prf, salt, LABEL_RTP_KEY, rtp) &&
        derive(prf, salt, LABEL_RTCP_KEY, rtcp)) {
        memcpy(gcm->rtcp_salt, block, GCM_SALT_BYTES);
        err = aead_init(&gcm->rtp, way, rtp);
        if (!err)
            err = aead_init(&gcm->rtcp, way, rtcp);
    }
    secret_wipe(rtp, sizeof(rtp));
    secret_wipe(rtcp, sizeof(rtcp));
    secret_wipe(block, sizeof(block));
    return err;
}

int gcm_init(struct gcm *gcm, enum gcm_direction direction,
             const uint8_t master[GCM_MASTER_BYTES], size_t stream_max)
{
    EVP_CIPHER_CTX *prf = EVP_CIPHER_CTX_new();
    int err = -ENOMEM;

    *gcm = (struct gcm){ .stream_max = stream_max };
    if (prf &&
        EVP_EncryptInit_ex(prf, EVP_aes_128_ecb(), NULL, master, NULL) == 1 &&
        EVP_CIPHER_CTX_set_padding(prf, 0) == 1)
        err = derive_all(gcm, prf, direction, master + KEY_BYTES);
    EVP_CIPHER_CTX_free(prf);
    if (err)
        gcm_release(gcm);
    return err;
}

void gcm_release(struct gcm *gcm)
{
    aead_release(&gcm->rtp);
    aead_release(&gcm->rtcp);
    free(gcm->streams);
    secret_wipe(gcm, sizeof(*gcm));
}

/* ---- streams ---------------------------------------------------------------
 */

static struct gcm_stream *stream_known(struct gcm *gcm, uint32_t ssrc)
{
    for (size_t i = 0; i < gcm->stream_count; i++)
        if ((i < GCM_SSRCS ? gcm->ssrcs[i] : gcm->streams[i].ssrc) == ssrc)
            return &gcm->streams[i];
    return NULL;
}

/* Room for one more stream, which counts only once it is kept. */
static int stream_room(struct gcm *gcm)
{
    struct gcm_stream *streams;

    if (gcm->stream_count >= gcm->stream_max)
        return -ENOSPC;
    if (gcm->stream_count < gcm->stream_room)
        return 0;
    streams = realloc(gcm->streams, (gcm->stream_room + STREAMS_STEP) *
                                        sizeof(*gcm->streams));
    if (!streams)
        return -ENOMEM;
    gcm->streams = streams;
    gcm->stream_room += STREAMS_STEP;
    return 0;
}

/* A stream that a forged packet names must leave no trace: what is new is put
 * behind the others, and only stream_keep lets it stay. */
static int stream_find(struct gcm *gcm, uint32_t ssrc, struct gcm_stream **out)
{
    struct gcm_stream *stream = stream_known(gcm, ssrc);

    if (!stream) {
        int err = stream_room(gcm);

        if (err)
            return err;
        assert(gcm->streams);
        stream = &gcm->streams[gcm->stream_count];
        *stream = (struct gcm_stream){ .ssrc = ssrc };
    }
    *out = stream;
    return 0;
}

static void stream_keep(struct gcm *gcm, const struct gcm_stream *stream)
{
    size_t at = (size_t)(stream - gcm->streams);

    if (at < gcm->stream_count)
        return;
    if (at < GCM_SSRCS)
        gcm->ssrcs[at] = stream->ssrc;
    gcm->stream_count += 1;
}

/* ---- RTP -------------------------------------------------------------------
 */

/* The stream, and which of its packets this is. */
static int rtp_find(struct gcm *gcm, const uint8_t *header,
                    struct gcm_stream **stream, uint64_t *index)
{
    int err = stream_find(gcm, number_at(header + 8), stream);

    if (err)
        return err;
    *index =
        replay_index(&(*stream)->rtp, (uint16_t)(header[2] << 8 | header[3]));
    if (*index > RTP_INDEX_MAX)
        return -ENOSPC;
    return replay_check(&(*stream)->rtp, *index);
}

int gcm_seal_rtp(struct gcm *gcm, struct slice header, struct slice payload,
                 uint8_t *out)
{
    uint8_t iv[GCM_SALT_BYTES];
    struct gcm_stream *stream;
    uint64_t index;
    int err = rtp_find(gcm, header.data, &stream, &index);

    if (err)
        return err;
    /* Marked first: whatever happens now, this index is used up. */
    replay_mark(&stream->rtp, index);
    stream_keep(gcm, stream);
    nonce(gcm->rtp_salt, stream->ssrc, index, iv);
    if (out != header.data)
        memcpy(out, header.data, header.length);
    return aead_seal(&gcm->rtp, iv, header, payload, out + header.length);
}

int gcm_open_rtp(struct gcm *gcm, uint8_t *packet, size_t header_length,
                 size_t length)
{
    uint8_t iv[GCM_SALT_BYTES];
    struct gcm_stream *stream;
    uint64_t index;
    int err = rtp_find(gcm, packet, &stream, &index);

    if (err)
        return err;
    nonce(gcm->rtp_salt, stream->ssrc, index, iv);
    err = aead_open(&gcm->rtp, iv, slice(packet, header_length),
                    packet + header_length,
                    length - header_length - GCM_TAG_BYTES);
    if (err)
        return err;
    replay_mark(&stream->rtp, index);
    stream_keep(gcm, stream);
    return 0;
}

/* ---- RTCP ------------------------------------------------------------------
 */

/* What is authenticated but stays readable: the header, and the index that
 * lies behind the tag (RFC 7714, section 9.2). */
static void rtcp_clear(const uint8_t *header, const uint8_t *index,
                       uint8_t out[RTCP_CLEAR_BYTES])
{
    memcpy(out, header, RTCP_HEADER_BYTES);
    memcpy(out + RTCP_HEADER_BYTES, index, GCM_INDEX_BYTES);
}

int gcm_seal_rtcp(struct gcm *gcm, struct slice plain, uint8_t *out)
{
    size_t text = plain.length - RTCP_HEADER_BYTES;
    uint8_t *trailer = out + plain.length + GCM_TAG_BYTES;
    uint8_t clear[RTCP_CLEAR_BYTES], iv[GCM_SALT_BYTES];
    struct gcm_stream *stream;
    int err = stream_find(gcm, number_at(plain.data + 4), &stream);

    if (err)
        return err;
    if (stream->rtcp_index == RTCP_INDEX_MAX)
        return -ENOSPC;
    stream->rtcp_index += 1;
    stream_keep(gcm, stream);
    nonce(gcm->rtcp_salt, stream->ssrc, stream->rtcp_index, iv);
    number_put(trailer, RTCP_E_FLAG | stream->rtcp_index);
    if (out != plain.data)
        memcpy(out, plain.data, RTCP_HEADER_BYTES);
    rtcp_clear(plain.data, trailer, clear);
    return aead_seal(&gcm->rtcp, iv, slice(clear, sizeof(clear)),
                     slice(plain.data + RTCP_HEADER_BYTES, text),
                     out + RTCP_HEADER_BYTES);
}

int gcm_open_rtcp(struct gcm *gcm, uint8_t *packet, size_t length)
{
    size_t sealed = length - GCM_INDEX_BYTES;
    uint32_t word = number_at(packet + sealed);
    uint32_t index = word & RTCP_INDEX_MAX;
    uint8_t clear[RTCP_CLEAR_BYTES], iv[GCM_SALT_BYTES];
    struct gcm_stream *stream;
    int err;

    /* Reports in the clear are not what was agreed on. */
    if (!(word & RTCP_E_FLAG))
        return -EACCES;
    err = stream_find(gcm, number_at(packet + 4), &stream);
    if (!err)
        err = replay_check(&stream->rtcp, index);
    if (err)
        return err;
    nonce(gcm->rtcp_salt, stream->ssrc, index, iv);
    rtcp_clear(packet, packet + sealed, clear);
    err = aead_open(&gcm->rtcp, iv, slice(clear, sizeof(clear)),
                    packet + RTCP_HEADER_BYTES,
                    sealed - RTCP_HEADER_BYTES - GCM_TAG_BYTES);
    if (err)
        return err;
    replay_mark(&stream->rtcp, index);
    stream_keep(gcm, stream);
    return 0;
}
