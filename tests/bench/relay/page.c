#include "tests/bench/relay/page.h"

#include "base/secret.h"
#include "media/rtp/rtcp.h"
#include "media/rtp/rtp.h"
#include "media/transport/stun.h"
#include "tests/bench/relay/must.h"

#include <errno.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHECK_US  2500000 /* consent, as Chromium's */
#define RETRY_US  50000
#define REPORT_US 1000000
#define PWD       "0123456789012345678901"

static SSL_CTX *identity;
static char fingerprint[128];

void page_identity(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    uint8_t hash[32];
    unsigned length;
    char *out = fingerprint;

    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    X509_digest(certificate, EVP_sha256(), hash, &length);
    out += sprintf(out, "sha-256 ");
    for (unsigned i = 0; i < 32; i++)
        out += sprintf(out, "%s%02X", i ? ":" : "", hash[i]);
    identity = SSL_CTX_new(DTLS_client_method());
    SSL_CTX_use_certificate(identity, certificate);
    SSL_CTX_use_PrivateKey(identity, key);
    SSL_CTX_set_tlsext_use_srtp(identity, "SRTP_AEAD_AES_128_GCM");
    X509_free(certificate);
    EVP_PKEY_free(key);
}

void page_open(struct page *page, unsigned number, uint16_t port)
{
    struct sockaddr_in name = { .sin_family = AF_INET,
                                .sin_port = htons(port) };
    int room = 8 * 1024 * 1024, one = 1;

    *page = (struct page){ .number = number };
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    page->socket = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    must(page->socket >= 0, "socket");
    must(bind(page->socket, (struct sockaddr *)&name, sizeof(name)) == 0,
         "bind");
    (void)setsockopt(page->socket, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
    (void)setsockopt(page->socket, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    must(setsockopt(page->socket, IPPROTO_UDP, UDP_GRO, &one, sizeof(one)) == 0,
         "UDP_GRO");
    secret_random(page->seq, sizeof(page->seq));
    page->seq[0] &= 0x7fff;
    page->seq[1] &= 0x7fff;
}

void page_close(struct page *page)
{
    srtp_in_release(&page->in);
    srtp_out_release(&page->out);
    SSL_free(page->ssl);
    close(page->socket);
}

/* ---- the offer -------------------------------------------------------------
 */

#define AUDIO_LINES "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 useinbandfec=1\r\n"
#define VIDEO_LINES                                                            \
    "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\n"  \
    "a=rtcp-fb:96 goog-remb\r\na=rtcp-fb:96 transport-cc\r\n"                  \
    "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"

static uint32_t ssrc_of(const struct page *page, bool video)
{
    return (video ? 200000 : 100000) + page->number;
}

static void section(const struct page *page, struct writer *out, unsigned mid,
                    bool video, bool sends)
{
    writer_format(
        out,
        "m=%s 9 UDP/TLS/RTP/SAVPF %s\r\nc=IN IP4 0.0.0.0\r\n"
        "a=ice-ufrag:page\r\na=ice-pwd:" PWD "\r\na=fingerprint:%s\r\n"
        "a=setup:actpass\r\na=mid:%u\r\na=%s\r\na=rtcp-mux\r\n"
        "a=rtcp-rsize\r\n%s"
        "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
        "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/"
        "abs-send-time\r\na=extmap:3 http://www.ietf.org/id/draft-holmer-"
        "rmcat-transport-wide-cc-extensions-01\r\n"
        "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n",
        video ? "video" : "audio", video ? "96 97" : "111", fingerprint, mid,
        sends ? "sendonly" : "recvonly", video ? VIDEO_LINES : AUDIO_LINES);
    if (sends && mid < 2)
        writer_format(out, "a=ssrc:%u cname:c\r\n", ssrc_of(page, video));
}

char *page_offer(const struct page *page)
{
    size_t room = 65536;
    char *text = malloc(room);
    struct writer out = writer_into(text, room - 1);

    must(text != NULL, "memory");
    writer_text(&out, "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
                      "a=group:BUNDLE 0 1 2 3 4 5 6 7 8 9 10 11 12\r\n");
    section(page, &out, 0, false, true);
    section(page, &out, 1, true, true);
    section(page, &out, 2, true, true);
    section(page, &out, 3, false, false);
    for (unsigned i = 4; i < 12; i++)
        section(page, &out, i, i % 2 == 1, false);
    section(page, &out, 12, true, false);
    must(!out.failed, "offer too long");
    text[out.length] = '\0';
    return text;
}

static void value(const char *from, const char *key, char *out, size_t room)
{
    const char *at = strstr(from, key);

    must(at != NULL, "the answer lacks a line");
    at += strlen(key);
    snprintf(out, room, "%.*s", (int)strcspn(at, " \r\n"), at);
}

/* The sixth word of the first candidate (RFC 8839, section 5.1). */
static uint16_t candidate_port(const char *sdp)
{
    const char *at = strstr(sdp, "a=candidate:");

    for (int word = 0; at && word < 5; word++) {
        at = strchr(at, ' ');
        at = at ? at + 1 : NULL;
    }
    must(at != NULL, "the answer has no candidate");
    return (uint16_t)strtoul(at, NULL, 10);
}

void page_answered(struct page *page, const char *sdp)
{
    value(sdp, "a=ice-ufrag:", page->ufrag, sizeof(page->ufrag));
    value(sdp, "a=ice-pwd:", page->pwd, sizeof(page->pwd));
    page->to = (struct sockaddr_in){ .sin_family = AF_INET,
                                     .sin_port = htons(candidate_port(sdp)) };
    page->to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(connect(page->socket, (struct sockaddr *)&page->to,
                 sizeof(page->to)) == 0,
         "connect");
}

/* ---- the way ---------------------------------------------------------------
 */

static void check(struct page *page, uint64_t now_us)
{
    uint8_t bytes[512], transaction[STUN_TRANSACTION_BYTES];
    char user[160];
    struct writer out = writer_into(bytes, sizeof(bytes));
    struct stun_content content = {
        .class = STUN_REQUEST,
        .method = STUN_BINDING,
        .transaction = transaction,
        .priority = 1,
        .tie_breaker = 5,
        .controlling = true,
        .use_candidate = true,
    };

    secret_random(transaction, sizeof(transaction));
    snprintf(user, sizeof(user), "%s:page", page->ufrag);
    content.username = slice_of_text(user);
    must(stun_write(&content, slice_of_text(page->pwd), &out) == 0, "stun");
    (void)send(page->socket, bytes, out.length, 0);
    page->checked_us = now_us;
}

static void take_keys(struct page *page)
{
    uint8_t material[56]; /* two keys of 16, two salts of 12 (RFC 7714) */
    struct srtp_keys keys = { .profile = SRTP_PROFILE_AES128_GCM };

    must(SSL_export_keying_material(page->ssl, material, sizeof(material),
                                    "EXTRACTOR-dtls_srtp", 19, NULL, 0, 0) == 1,
         "keys");
    memcpy(keys.local, material, 16);
    memcpy(keys.local + 16, material + 32, 12);
    memcpy(keys.remote, material + 16, 16);
    memcpy(keys.remote + 16, material + 44, 12);
    must(srtp_in_init(&page->in, &keys) == 0, "srtp");
    must(srtp_out_init(&page->out, &keys) == 0, "srtp");
    page->keyed = true;
}

static void shake(struct page *page)
{
    BIO *bio = BIO_new_dgram(page->socket, BIO_NOCLOSE);

    BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, &page->to);
    page->ssl = SSL_new(identity);
    SSL_set_options(page->ssl, SSL_OP_NO_QUERY_MTU);
    SSL_set_mtu(page->ssl, 1200);
    SSL_set_bio(page->ssl, bio, bio);
}

bool page_connects(struct page *page, uint64_t now_us)
{
    if (page->keyed)
        return true;
    if (!page->ssl) {
        uint8_t reply[512];

        if (now_us - page->checked_us >= RETRY_US)
            check(page, now_us);
        if (recv(page->socket, reply, sizeof(reply), 0) < 20 || reply[0] != 1)
            return false;
        shake(page);
    }
    (void)DTLSv1_handle_timeout(page->ssl);
    if (SSL_connect(page->ssl) != 1)
        return false;
    take_keys(page);
    return true;
}

static void report(struct page *page, uint64_t now_us)
{
    uint8_t plain[256], bytes[256];
    struct writer in = writer_into(plain, sizeof(plain));
    struct writer out = writer_into(bytes, sizeof(bytes));
    uint32_t own = ssrc_of(page, true);

    rtcp_write_receiver_report(&in, own, NULL, 0);
    rtcp_write_remb(&in, own, 20000000, &own, 1);
    must(srtp_out_rtcp(&page->out, writer_done(&in), &out) == 0, "rtcp");
    (void)send(page->socket, bytes, out.length, 0);
    page->reported_us = now_us;
}

void page_tick(struct page *page, uint64_t now_us)
{
    if (page->ufrag[0] == '\0')
        return; /* the bare loop speaks neither */
    if (now_us - page->checked_us >= CHECK_US)
        check(page, now_us);
    if (now_us - page->reported_us >= REPORT_US)
        report(page, now_us);
}

/* ---- media -----------------------------------------------------------------
 */

static void write_packet(struct page *page, bool video, bool first, bool last,
                         size_t length, struct writer *out)
{
    uint8_t extension[] = { 0x10, 0x9e, 0x22, 1, 2, 3, 0x31, 0, 0, 0, 0, 0 };
    uint16_t seq = page->seq[video]++;

    extension[7] = (uint8_t)(page->transport_seq >> 8);
    extension[8] = (uint8_t)page->transport_seq;
    page->transport_seq += 1;
    rtp_write_header(
        &(struct rtp_packet){
            .marker = video && last,
            .payload_type = video ? 96 : 111,
            .seq = seq,
            .timestamp = video ? (uint32_t)(seq / 8) * 3000 : seq * 960u,
            .ssrc = ssrc_of(page, video),
            .extension_profile = RTP_EXTENSION_ONEBYTE,
            .extension = slice(extension, sizeof(extension)),
        },
        out);
    if (video) { /* RFC 7741: a whole picture begins with each burst */
        writer_u8(out, first ? 0x10 : 0x00);
        writer_u8(out, first ? 0x00 : 0xff);
    }
    while (out->length < length)
        writer_u8(out, (uint8_t)out->length);
}

void page_send(struct page *page, bool video, unsigned count, size_t length)
{
    uint8_t plain[1500], bytes[PAGE_BURST_MAX * 1600];
    struct writer out = writer_into(bytes, sizeof(bytes));
    union {
        struct cmsghdr head;
        uint8_t bytes[CMSG_SPACE(sizeof(uint16_t))];
    } control = { .head = { .cmsg_len = CMSG_LEN(sizeof(uint16_t)),
                            .cmsg_level = IPPROTO_UDP,
                            .cmsg_type = UDP_SEGMENT } };
    struct iovec vector = { .iov_base = bytes };
    struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
    uint16_t segment;

    must(count > 0 && count <= PAGE_BURST_MAX, "burst");
    for (unsigned i = 0; i < count; i++) {
        struct writer in = writer_into(plain, sizeof(plain));

        write_packet(page, video, i == 0, i + 1 == count, length, &in);
        must(srtp_out_rtp(&page->out, writer_done(&in), &out) == 0, "protect");
    }
    vector.iov_len = out.length;
    segment = (uint16_t)(out.length / count);
    if (count > 1) {
        memcpy(CMSG_DATA(&control.head), &segment, sizeof(segment));
        message.msg_control = &control;
        message.msg_controllen = sizeof(control);
    }
    if (sendmsg(page->socket, &message, 0) > 0)
        page->sent += count;
}

static size_t segment_of(struct msghdr *message, size_t length)
{
    for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control;
         control = CMSG_NXTHDR(message, control)) {
        int size;

        if (control->cmsg_level != IPPROTO_UDP || control->cmsg_type != UDP_GRO)
            continue;
        memcpy(&size, CMSG_DATA(control), sizeof(size));
        return (size_t)size;
    }
    return length;
}

static void take(struct page *page, uint8_t *bytes, size_t length)
{
    size_t plain;

    if (length < 12 || bytes[0] >> 6 != 2)
        return;
    if (bytes[1] >= 192 && bytes[1] < 224) {
        page->rtcp += 1;
        return;
    }
    page->got += 1;
    if (page->got % 16 != 1)
        return;
    must(srtp_in_rtp(&page->in, bytes, length, &plain) == 0,
         "a packet came that is not authentic");
    page->opened += 1;
}

void page_receive(struct page *page)
{
    static uint8_t bytes[65536];

    for (;;) {
        uint8_t control[CMSG_SPACE(sizeof(int))];
        struct iovec vector = { .iov_base = bytes, .iov_len = sizeof(bytes) };
        struct msghdr message = { .msg_iov = &vector,
                                  .msg_iovlen = 1,
                                  .msg_control = control,
                                  .msg_controllen = sizeof(control) };
        ssize_t got = recvmsg(page->socket, &message, MSG_DONTWAIT);
        size_t segment;

        if (got <= 0)
            return;
        segment = segment_of(&message, (size_t)got);
        for (size_t at = 0; at < (size_t)got; at += segment)
            take(page, bytes + at,
                 segment < (size_t)got - at ? segment : (size_t)got - at);
    }
}
