#include "tests/client/client.h"

#include "base/secret.h"
#include "media/transport/stun.h"
#include "tests/client/must.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define OFFER_ROOM    65536
#define DTLS_MTU      1200
#define DTLS_AGAIN_US 100000

void client_identity_init(struct client_identity *identity)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    uint8_t hash[32];
    unsigned length;
    char *out = identity->fingerprint;

    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_set_pubkey(certificate, key);
    must(X509_sign(certificate, key, EVP_sha256()) > 0, "certificate");
    X509_digest(certificate, EVP_sha256(), hash, &length);
    out += sprintf(out, "sha-256 ");
    for (unsigned i = 0; i < 32; i++)
        out += sprintf(out, "%s%02X", i ? ":" : "", hash[i]);

    identity->tls = SSL_CTX_new(DTLS_client_method());
    SSL_CTX_use_certificate(identity->tls, certificate);
    SSL_CTX_use_PrivateKey(identity->tls, key);
    SSL_CTX_set_tlsext_use_srtp(identity->tls, "SRTP_AEAD_AES_128_GCM");
    X509_free(certificate);
    EVP_PKEY_free(key);
}

void client_identity_release(struct client_identity *identity)
{
    SSL_CTX_free(identity->tls);
}

void client_open(struct client *client, const struct client_identity *identity,
                 const char *own_ufrag, const struct sockaddr_in *own)
{
    *client = (struct client){ .identity = identity };
    snprintf(client->own_ufrag, sizeof(client->own_ufrag), "%s", own_ufrag);
    client->socket = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    must(client->socket >= 0, "socket");
    must(bind(client->socket, (const struct sockaddr *)own, sizeof(*own)) == 0,
         "bind");
}

void client_close(struct client *client)
{
    if (client->keyed) {
        srtp_in_release(&client->in);
        srtp_out_release(&client->out);
    }
    SSL_free(client->ssl);
    close(client->socket);
}

/* ---- offer and answer ------------------------------------------------------
 */

#define AUDIO_LINES "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 useinbandfec=1\r\n"
#define VIDEO_LINES                                                            \
    "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\n"  \
    "a=rtcp-fb:96 goog-remb\r\na=rtcp-fb:96 transport-cc\r\n"                  \
    "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
#define EXTENSION_LINES                                                        \
    "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"               \
    "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/"                 \
    "abs-send-time\r\na=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-"   \
    "transport-wide-cc-extensions-01\r\n"                                      \
    "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"

void client_write_head(struct writer *out, unsigned count)
{
    writer_text(out, "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
                     "a=group:BUNDLE");
    for (unsigned mid = 0; mid < count; mid++)
        writer_format(out, " %u", mid);
    writer_text(out, "\r\n");
}

void client_write_section(const struct client *client,
                          const struct client_section *section,
                          struct writer *out)
{
    bool video = section->video;

    writer_format(out,
                  "m=%s 9 UDP/TLS/RTP/SAVPF %s\r\nc=IN IP4 0.0.0.0\r\n"
                  "a=ice-ufrag:%s\r\na=ice-pwd:" CLIENT_PWD
                  "\r\na=fingerprint:%s\r\na=setup:%s\r\na=mid:%u\r\na=%s\r\n"
                  "a=rtcp-mux\r\na=rtcp-rsize\r\n%s" EXTENSION_LINES,
                  video ? "video" : "audio", video ? "96 97" : "111",
                  client->own_ufrag, client->identity->fingerprint,
                  section->setup, section->mid, section->direction,
                  video ? VIDEO_LINES : AUDIO_LINES);
    if (section->rtx_ssrc != 0)
        writer_format(out,
                      "a=ssrc-group:FID %u %u\r\na=ssrc:%u cname:c\r\n"
                      "a=ssrc:%u cname:c\r\n",
                      section->ssrc, section->rtx_ssrc, section->ssrc,
                      section->rtx_ssrc);
    else if (section->ssrc != 0)
        writer_format(out, "a=ssrc:%u cname:c\r\n", section->ssrc);
}

char *client_offer(const struct client *client,
                   const struct client_ssrcs *ssrcs)
{
    char *text = malloc(OFFER_ROOM);
    struct writer out = writer_into(text, OFFER_ROOM - 1);

    must(text != NULL, "memory");
    client_write_head(&out, 13);
    for (unsigned mid = 0; mid < 13; mid++) {
        struct client_section section = {
            .mid = mid,
            .video =
                mid == 1 || mid == 2 || (mid > 4 && mid % 2 == 1) || mid == 12,
            .direction = mid < 3 ? "sendonly" : "recvonly",
            .setup = "actpass",
        };

        if (mid == 0)
            section.ssrc = ssrcs->microphone;
        if (mid == 1) {
            section.ssrc = ssrcs->camera;
            section.rtx_ssrc = ssrcs->camera_rtx;
        }
        client_write_section(client, &section, &out);
    }
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

void client_answered(struct client *client, const char *sdp)
{
    value(sdp, "a=ice-ufrag:", client->ufrag, sizeof(client->ufrag));
    value(sdp, "a=ice-pwd:", client->pwd, sizeof(client->pwd));
}

/* ---- the way ---------------------------------------------------------------
 */

void client_write_check(const struct client *client, struct writer *out)
{
    uint8_t transaction[STUN_TRANSACTION_BYTES];
    char user[300];
    struct stun_content check = {
        .class = STUN_REQUEST,
        .method = STUN_BINDING,
        .transaction = transaction,
        .priority = 1,
        .tie_breaker = 5,
        .controlling = true,
        .use_candidate = true,
    };

    secret_random(transaction, sizeof(transaction));
    snprintf(user, sizeof(user), "%s:%s", client->ufrag, client->own_ufrag);
    check.username = slice_of_text(user);
    must(stun_write(&check, slice_of_text(client->pwd), out) == 0, "stun");
}

bool client_write_reply(struct slice request, const struct sockaddr_in *from,
                        struct writer *out)
{
    struct stun_message message;
    uint8_t host[4];

    if (stun_read(request, &message) != 0 || message.class != STUN_REQUEST)
        return false;
    memcpy(host, &from->sin_addr, sizeof(host));
    struct address mapped = address_ipv4(host, ntohs(from->sin_port));
    struct stun_content reply = {
        .class = STUN_SUCCESS,
        .method = STUN_BINDING,
        .transaction = message.transaction,
        .mapped = &mapped,
    };
    return stun_write(&reply, slice_of_text(CLIENT_PWD), out) == 0;
}

/* A server that was not ready yet shall not cost a second. */
static unsigned again_us(SSL *ssl, unsigned before_us)
{
    (void)ssl;
    return before_us == 0 ? DTLS_AGAIN_US : before_us * 2;
}

void client_shake(struct client *client, const struct sockaddr_in *to)
{
    struct sockaddr_in name = *to;
    BIO *in = BIO_new(BIO_s_mem());
    BIO *out = BIO_new_dgram(client->socket, BIO_NOCLOSE);

    must(connect(client->socket, (struct sockaddr *)&name, sizeof(name)) == 0,
         "connect");
    BIO_ctrl(out, BIO_CTRL_DGRAM_SET_CONNECTED, 0, &name);
    BIO_set_mem_eof_return(in, -1);
    client->ssl = SSL_new(client->identity->tls);
    SSL_set_options(client->ssl, SSL_OP_NO_QUERY_MTU);
    SSL_set_mtu(client->ssl, DTLS_MTU);
    DTLS_set_timer_cb(client->ssl, again_us);
    SSL_set_bio(client->ssl, in, out);
    SSL_set_connect_state(client->ssl);
    client->to = name;
}

void client_take_keys(struct client *client, const struct srtp_keys *keys)
{
    must(srtp_in_init(&client->in, keys) == 0, "srtp");
    must(srtp_out_init(&client->out, keys) == 0, "srtp");
    client->keyed = true;
}

/* RFC 5764, section 4.2: two keys of 16 bytes, then two salts of 12. */
static void take_agreed_keys(struct client *client)
{
    uint8_t material[56];
    struct srtp_keys keys = { .profile = SRTP_PROFILE_AES128_GCM };

    must(SSL_export_keying_material(client->ssl, material, sizeof(material),
                                    "EXTRACTOR-dtls_srtp", 19, NULL, 0, 0) == 1,
         "keys");
    memcpy(keys.local, material, 16);
    memcpy(keys.local + 16, material + 32, 12);
    memcpy(keys.remote, material + 16, 16);
    memcpy(keys.remote + 16, material + 44, 12);
    client_take_keys(client, &keys);
}

static void answer(const struct client *client, struct slice request)
{
    uint8_t bytes[256];
    struct writer out = writer_into(bytes, sizeof(bytes));

    if (client_write_reply(request, &client->to, &out))
        (void)send(client->socket, bytes, out.length, 0);
}

bool client_shaken(struct client *client)
{
    uint8_t bytes[2048];
    ssize_t got;

    if (client->keyed)
        return true;
    (void)DTLSv1_handle_timeout(client->ssl);
    (void)SSL_do_handshake(client->ssl);
    while (!SSL_is_init_finished(client->ssl) &&
           (got = recv(client->socket, bytes, sizeof(bytes), 0)) > 0) {
        if (bytes[0] < 20) { /* RFC 7983: STUN */
            answer(client, slice(bytes, (size_t)got));
            continue;
        }
        must(BIO_write(SSL_get_rbio(client->ssl), bytes, (int)got) == got,
             "memory");
        (void)SSL_do_handshake(client->ssl);
    }
    if (!SSL_is_init_finished(client->ssl))
        return false;
    take_agreed_keys(client);
    return true;
}
