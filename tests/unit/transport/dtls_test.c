/*
 * DTLS against counterparts we did not write: OpenSSL's client in this process,
 * where every datagram can be lost, and the s_client program over UDP.
 */
#include "base/text.h"
#include "media/transport/dtls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static struct dtls_context context;

static uint64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* ---- a browser, as far as DTLS goes ---------------------------------------
 */

struct browser {
    SSL_CTX *ctx;
    SSL *ssl;
    struct dtls_fingerprint fingerprint;
    struct packets out; /* its datagrams, in order */
    struct slice incoming;
};

static int browser_write(BIO *bio, const char *bytes, int length)
{
    struct browser *browser = BIO_get_data(bio);

    packets_add(&browser->out, slice(bytes, (size_t)length));
    return length;
}

static int browser_read(BIO *bio, char *bytes, int room)
{
    struct browser *browser = BIO_get_data(bio);
    size_t length = browser->incoming.length;

    BIO_clear_retry_flags(bio);
    if (length == 0 || length > (size_t)room) {
        BIO_set_retry_read(bio);
        return -1;
    }
    memcpy(bytes, browser->incoming.data, length);
    browser->incoming = slice(NULL, 0);
    return (int)length;
}

static long browser_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *browser_bio_method(void)
{
    static BIO_METHOD *method;

    if (!method) {
        method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | 99, "browser");
        BIO_meth_set_write(method, browser_write);
        BIO_meth_set_read(method, browser_read);
        BIO_meth_set_ctrl(method, browser_control);
    }
    return method;
}

static X509 *self_signed(EVP_PKEY *key)
{
    X509 *certificate = X509_new();

    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    return certificate;
}

static int trust_anybody(X509_STORE_CTX *store, void *argument)
{
    (void)store;
    (void)argument;
    return 1;
}

static void fingerprint_of(const X509 *certificate, enum dtls_hash hash,
                           struct dtls_fingerprint *out)
{
    const EVP_MD *digest = hash == DTLS_SHA256   ? EVP_sha256()
                           : hash == DTLS_SHA384 ? EVP_sha384()
                                                 : EVP_sha512();
    unsigned int length = 0;

    *out = (struct dtls_fingerprint){ .hash = hash };
    X509_digest(certificate, digest, out->bytes, &length);
    out->length = length;
}

static void browser_init(struct browser *browser, const char *profiles,
                         enum dtls_hash hash, long mtu)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = self_signed(key);
    BIO *bio = BIO_new(browser_bio_method());

    *browser = (struct browser){ .ctx = SSL_CTX_new(DTLS_client_method()) };
    SSL_CTX_use_certificate(browser->ctx, certificate);
    SSL_CTX_use_PrivateKey(browser->ctx, key);
    SSL_CTX_set_cert_verify_callback(browser->ctx, trust_anybody, NULL);
    SSL_CTX_set_options(browser->ctx, SSL_OP_NO_QUERY_MTU);
    if (profiles)
        assert_int_equal(SSL_CTX_set_tlsext_use_srtp(browser->ctx, profiles),
                         0);
    fingerprint_of(certificate, hash, &browser->fingerprint);
    X509_free(certificate);
    EVP_PKEY_free(key);

    browser->ssl = SSL_new(browser->ctx);
    BIO_set_data(bio, browser);
    BIO_set_init(bio, 1);
    SSL_set_bio(browser->ssl, bio, bio);
    SSL_set_mtu(browser->ssl, mtu);
    SSL_set_connect_state(browser->ssl);
}

static void browser_release(struct browser *browser)
{
    SSL_free(browser->ssl);
    SSL_CTX_free(browser->ctx);
}

/* Gives it a datagram (or none) and lets it work. */
static void browser_turn(struct browser *browser, struct slice datagram)
{
    uint8_t nothing[64];

    ERR_clear_error();
    browser->incoming = datagram;
    if (!SSL_is_init_finished(browser->ssl))
        (void)SSL_do_handshake(browser->ssl);
    else
        (void)SSL_read(browser->ssl, nothing, sizeof(nothing));
    ERR_clear_error();
}

/* ---- the line between them ------------------------------------------------
 */

struct line {
    int count; /* datagrams so far, both ways */
    int lose;  /* the number of the one that is lost; -1 for none */
};

static bool arrives(struct line *line)
{
    return line->count++ != line->lose;
}

/* What the browser wrote goes to the server, and the answers back. */
static int exchange(struct browser *browser, struct dtls *server,
                    struct line *line)
{
    static struct packets up, down;
    int err = 0;

    up = browser->out;
    for (size_t i = 0; i < up.count; i++) /* re-point after the copy */
        up.list[i].data = up.bytes + (up.list[i].data - browser->out.bytes);
    packets_clear(&browser->out);
    for (size_t i = 0; i < up.count; i++) {
        packets_clear(&down);
        if (arrives(line))
            err = dtls_receive(server, up.list[i], &down);
        for (size_t k = 0; k < down.count; k++) {
            assert_true(down.list[k].length <= DTLS_MTU);
            if (arrives(line))
                browser_turn(browser, down.list[k]);
        }
        if (err)
            return err;
    }
    return err;
}

/* Fires whichever retransmission timer is due first; waits for it as an event
 * loop would. */
static void wait_and_repeat(struct browser *browser, struct dtls *server,
                            struct line *line)
{
    static struct packets down;
    struct timeval left;
    uint64_t now = now_us(), server_at = dtls_deadline(server, now);
    uint64_t browser_at = DTLS_NEVER;

    if (DTLSv1_get_timeout(browser->ssl, &left))
        browser_at =
            now + (uint64_t)left.tv_sec * 1000000 + (uint64_t)left.tv_usec;
    uint64_t first = server_at < browser_at ? server_at : browser_at;
    assert_true(first != DTLS_NEVER);
    (void)poll(NULL, 0, (int)((first - now) / 1000) + 1);

    packets_clear(&down);
    if (server_at <= browser_at)
        assert_int_equal(dtls_timeout(server, &down), 0);
    else
        (void)DTLSv1_handle_timeout(browser->ssl);
    for (size_t k = 0; k < down.count; k++)
        if (arrives(line))
            browser_turn(browser, down.list[k]);
}

static bool both_done(const struct browser *browser, const struct dtls *server)
{
    return server->state == DTLS_CONNECTED &&
           SSL_is_init_finished(browser->ssl);
}

static int shake_hands(struct browser *browser, struct dtls *server,
                       struct line *line)
{
    browser_turn(browser, slice(NULL, 0));
    for (int turn = 0; turn < 40 && !both_done(browser, server); turn++) {
        int err = exchange(browser, server, line);
        if (err)
            return err;
        if (!both_done(browser, server) && browser->out.count == 0)
            wait_and_repeat(browser, server, line);
    }
    return both_done(browser, server) ? 0 : -ETIMEDOUT;
}

static void check_same_keys(struct browser *browser, const struct dtls *server)
{
    struct srtp_keys keys;
    uint8_t material[60];

    assert_int_equal(dtls_keys(server, &keys), 0);
    size_t salt = keys.profile == SRTP_PROFILE_AES128_GCM ? 12 : 14;
    assert_int_equal(
        SSL_export_keying_material(browser->ssl, material, 2 * (16 + salt),
                                   "EXTRACTOR-dtls_srtp", 19, NULL, 0, 0),
        1);
    assert_memory_equal(keys.remote, material, 16);
    assert_memory_equal(keys.local, material + 16, 16);
    assert_memory_equal(keys.remote + 16, material + 32, salt);
    assert_memory_equal(keys.local + 16, material + 32 + salt, salt);
}

/* ---- tests ----------------------------------------------------------------
 */

static const char gcm_first[] =
    "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM";

static void agrees_on_keys(void **state)
{
    struct browser browser;
    struct dtls server;
    struct line line = { .lose = -1 };

    (void)state;
    browser_init(&browser, gcm_first, DTLS_SHA256, 1200);
    assert_int_equal(dtls_init(&server, &context, &browser.fingerprint), 0);
    assert_true(dtls_deadline(&server, now_us()) == DTLS_NEVER);
    assert_int_equal(shake_hands(&browser, &server, &line), 0);
    check_same_keys(&browser, &server);

    /* Our order of profiles wins over the browser's. */
    struct srtp_keys keys;
    dtls_keys(&server, &keys);
    assert_int_equal(keys.profile, SRTP_PROFILE_AES128_GCM);

    /* The certificate shown is the one the answer announces. */
    struct dtls_fingerprint told, shown;
    X509 *certificate = SSL_get1_peer_certificate(browser.ssl);
    fingerprint_of(certificate, DTLS_SHA256, &shown);
    X509_free(certificate);
    assert_int_equal(
        dtls_fingerprint_read(slice_of_text(context.fingerprint), &told), 0);
    assert_true(dtls_fingerprint_equal(&told, &shown));
    dtls_release(&server);
    browser_release(&browser);
}

static void accepts_the_older_profile(void **state)
{
    struct browser browser;
    struct dtls server;
    struct line line = { .lose = -1 };
    struct srtp_keys keys;

    (void)state;
    browser_init(&browser, "SRTP_AES128_CM_SHA1_80", DTLS_SHA384, 1200);
    assert_int_equal(dtls_init(&server, &context, &browser.fingerprint), 0);
    assert_int_equal(shake_hands(&browser, &server, &line), 0);
    check_same_keys(&browser, &server);
    dtls_keys(&server, &keys);
    assert_int_equal(keys.profile, SRTP_PROFILE_AES128_CM_SHA1_80);
    dtls_release(&server);
    browser_release(&browser);
}

static void refuses_who_offers_no_srtp(void **state)
{
    struct browser browser;
    struct dtls server;
    struct line line = { .lose = -1 };

    (void)state;
    browser_init(&browser, NULL, DTLS_SHA256, 1200);
    assert_int_equal(dtls_init(&server, &context, &browser.fingerprint), 0);
    assert_int_equal(shake_hands(&browser, &server, &line), -EPROTO);
    assert_int_equal(server.state, DTLS_FAILED);
    dtls_release(&server);
    browser_release(&browser);
}

static void refuses_another_certificate(void **state)
{
    struct browser browser, other;
    struct dtls server;
    struct line line = { .lose = -1 };
    struct srtp_keys keys;

    (void)state;
    browser_init(&browser, gcm_first, DTLS_SHA256, 1200);
    browser_init(&other, gcm_first, DTLS_SHA256, 1200);
    assert_int_equal(dtls_init(&server, &context, &other.fingerprint), 0);
    assert_int_equal(shake_hands(&browser, &server, &line), -EACCES);
    assert_int_equal(server.state, DTLS_FAILED);
    assert_int_equal(dtls_keys(&server, &keys), -EAGAIN);
    assert_false(SSL_is_init_finished(browser.ssl));
    dtls_release(&server);
    browser_release(&browser);
    browser_release(&other);
}

/* Today's browsers say hello in two datagrams (post-quantum key shares). A list
 * of made-up protocols makes this one as long. */
static void reads_a_fragmented_hello(void **state)
{
    struct browser browser;
    struct dtls server;
    struct line line = { .lose = -1 };
    uint8_t protocols[1250];

    (void)state;
    browser_init(&browser, gcm_first, DTLS_SHA512, 1200);
    memset(protocols, 'x', sizeof(protocols));
    for (size_t i = 0; i < sizeof(protocols); i += 250)
        protocols[i] = 249;
    assert_int_equal(
        SSL_set_alpn_protos(browser.ssl, protocols, sizeof(protocols)), 0);
    assert_int_equal(dtls_init(&server, &context, &browser.fingerprint), 0);
    browser_turn(&browser, slice(NULL, 0));
    assert_int_equal(browser.out.count, 2);
    assert_int_equal(shake_hands(&browser, &server, &line), 0);
    check_same_keys(&browser, &server);
    dtls_release(&server);
    browser_release(&browser);
}

/* Each datagram of the handshake in turn is lost; it still completes, and when
 * the lost one was ours, soon. */
static void survives_each_lost_datagram(void **state)
{
    int count = 0;

    (void)state;
    for (int lose = -1; lose < count; lose++) {
        struct browser browser;
        struct dtls server;
        struct line line = { .lose = lose };

        browser_init(&browser, gcm_first, DTLS_SHA256, 1200);
        assert_int_equal(dtls_init(&server, &context, &browser.fingerprint), 0);
        assert_int_equal(shake_hands(&browser, &server, &line), 0);
        check_same_keys(&browser, &server);
        if (lose < 0)
            count = line.count;
        dtls_release(&server);
        browser_release(&browser);
    }
    assert_true(count >= 4);
}

static void repeats_its_flight_soon_then_slower_then_gives_up(void **state)
{
    struct browser browser;
    struct dtls server;
    static struct packets down;
    struct slice hello;

    (void)state;
    browser_init(&browser, gcm_first, DTLS_SHA256, 1200);
    assert_int_equal(dtls_init(&server, &context, &browser.fingerprint), 0);
    browser_turn(&browser, slice(NULL, 0));
    hello = browser.out.list[0];
    packets_clear(&down);
    assert_int_equal(dtls_receive(&server, hello, &down), 0);
    assert_true(down.count > 0);

    uint64_t expected = DTLS_FIRST_RETRANSMIT_US;
    for (int i = 0; i < 3; i++) {
        uint64_t now = now_us();
        uint64_t due = dtls_deadline(&server, now);
        assert_true(due <= now + expected && due > now + expected / 2);
        /* Too early: nothing happens. */
        packets_clear(&down);
        assert_int_equal(dtls_timeout(&server, &down), 0);
        assert_int_equal(down.count, 0);
        (void)poll(NULL, 0, (int)((due - now) / 1000) + 1);
        assert_int_equal(dtls_timeout(&server, &down), 0);
        assert_true(down.count > 0);
        expected *= 2;
    }
    dtls_release(&server);
    browser_release(&browser);
}

static void ignores_junk_while_shaking(void **state)
{
    struct browser browser;
    struct dtls server;
    struct line line = { .lose = -1 };
    static struct packets down;
    uint8_t junk[64];

    (void)state;
    browser_init(&browser, gcm_first, DTLS_SHA256, 1200);
    assert_int_equal(dtls_init(&server, &context, &browser.fingerprint), 0);
    for (unsigned int type = 20; type < 64; type++) {
        memset(junk, (int)type, sizeof(junk));
        packets_clear(&down);
        assert_int_equal(
            dtls_receive(&server, slice(junk, sizeof(junk)), &down), 0);
    }
    assert_int_equal(shake_hands(&browser, &server, &line), 0);
    dtls_release(&server);
    browser_release(&browser);
}

static void connect_pair(struct browser *browser, struct dtls *server)
{
    struct line line = { .lose = -1 };

    browser_init(browser, gcm_first, DTLS_SHA256, 1200);
    assert_int_equal(dtls_init(server, &context, &browser->fingerprint), 0);
    assert_int_equal(shake_hands(browser, server, &line), 0);
    packets_clear(&browser->out);
}

static void hears_goodbye(void **state)
{
    (void)state;
    for (int forgotten = 0; forgotten < 2; forgotten++) {
        struct browser browser;
        struct dtls server;
        static struct packets down;
        uint8_t forged[256];

        connect_pair(&browser, &server);
        if (forgotten) {
            dtls_forget_session(&server);
            assert_null(server.ssl);
        }
        (void)SSL_shutdown(browser.ssl);
        assert_int_equal(browser.out.count, 1);
        struct slice goodbye = browser.out.list[0];

        /* A forged one changes nothing. */
        memcpy(forged, goodbye.data, goodbye.length);
        forged[goodbye.length - 1] ^= 1;
        packets_clear(&down);
        assert_int_equal(
            dtls_receive(&server, slice(forged, goodbye.length), &down), 0);
        assert_int_equal(server.state, DTLS_CONNECTED);

        assert_int_equal(dtls_receive(&server, goodbye, &down), 0);
        assert_int_equal(server.state, DTLS_CLOSED);
        dtls_release(&server);
        browser_release(&browser);
    }
}

static void says_goodbye(void **state)
{
    struct browser browser;
    struct dtls server;
    static struct packets down;

    (void)state;
    connect_pair(&browser, &server);
    packets_clear(&down);
    dtls_close(&server, &down);
    assert_int_equal(server.state, DTLS_CLOSED);
    assert_int_equal(down.count, 1);
    browser_turn(&browser, down.list[0]);
    assert_true(SSL_get_shutdown(browser.ssl) & SSL_RECEIVED_SHUTDOWN);
    dtls_release(&server);
    browser_release(&browser);
}

/* The client's last flight comes again because ours was lost: it is answered
 * while the session is there, and ignored once it is gone. */
static void answers_a_repeated_last_flight(void **state)
{
    struct browser browser;
    struct dtls server;
    static struct packets down;
    uint8_t flight[2048];
    size_t length = 0;

    (void)state;
    browser_init(&browser, gcm_first, DTLS_SHA256, 1200);
    assert_int_equal(dtls_init(&server, &context, &browser.fingerprint), 0);
    browser_turn(&browser, slice(NULL, 0));
    packets_clear(&down);
    assert_int_equal(dtls_receive(&server, browser.out.list[0], &down), 0);
    packets_clear(&browser.out);
    for (size_t i = 0; i < down.count; i++)
        browser_turn(&browser, down.list[i]);
    assert_int_equal(browser.out.count, 1);
    length = browser.out.list[0].length;
    memcpy(flight, browser.out.list[0].data, length);

    packets_clear(&down);
    assert_int_equal(dtls_receive(&server, slice(flight, length), &down), 0);
    assert_int_equal(server.state, DTLS_CONNECTED);
    assert_true(down.count > 0); /* lost */

    packets_clear(&down);
    packets_clear(&browser.out);
    (void)poll(NULL, 0, 1100); /* its timer: one second, OpenSSL's clock */
    (void)DTLSv1_handle_timeout(browser.ssl);
    assert_true(browser.out.count > 0);
    for (size_t i = 0; i < browser.out.count; i++)
        assert_int_equal(dtls_receive(&server, browser.out.list[i], &down), 0);
    assert_true(down.count > 0);
    for (size_t i = 0; i < down.count; i++)
        browser_turn(&browser, down.list[i]);
    assert_true(SSL_is_init_finished(browser.ssl));

    dtls_forget_session(&server);
    packets_clear(&down);
    assert_int_equal(dtls_receive(&server, slice(flight, length), &down), 0);
    assert_int_equal(down.count, 0);
    assert_int_equal(server.state, DTLS_CONNECTED);
    assert_true(dtls_deadline(&server, now_us()) == DTLS_NEVER);
    dtls_release(&server);
    browser_release(&browser);
}

static void reads_fingerprints(void **state)
{
    static const char good[] =
        "SHA-256 A0:C6:CC:91:F6:5D:C2:44:81:b8:FC:84:6B:63:1B:08:99:84:AA:27:"
        "F7:AF:D1:0C:37:4F:FC:72:CC:C3:BB:F9";
    struct dtls_fingerprint read;
    size_t length = sizeof(good) - 1;

    (void)state;
    assert_int_equal(dtls_fingerprint_read(slice(good, length), &read), 0);
    assert_int_equal(read.hash, DTLS_SHA256);
    assert_int_equal(read.bytes[0], 0xa0);
    assert_int_equal(read.bytes[31], 0xf9);
    for (size_t cut = 0; cut < length; cut++)
        assert_true(dtls_fingerprint_read(slice(good, cut), &read) < 0);
    assert_int_equal(dtls_fingerprint_read(slice_of_text("sha-1 A0:C6"), &read),
                     -ENOTSUP);
    assert_false(dtls_fingerprint_equal(&(struct dtls_fingerprint){ 0 },
                                        &(struct dtls_fingerprint){ 0 }));
}

/* ---- the s_client program --------------------------------------------------
 */

static char key_path[] = "/tmp/vestibule-dtls-key-XXXXXX";
static char certificate_path[] = "/tmp/vestibule-dtls-cert-XXXXXX";

static void write_identity(struct dtls_fingerprint *out)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = self_signed(key);
    FILE *file = fdopen(mkstemp(key_path), "w");

    PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    (void)fclose(file);
    file = fdopen(mkstemp(certificate_path), "w");
    PEM_write_X509(file, certificate);
    (void)fclose(file);
    fingerprint_of(certificate, DTLS_SHA256, out);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static pid_t run_s_client(uint16_t port, int *out, int *in)
{
    int from[2], to[2];
    char where[32];

    assert_int_equal(pipe(from), 0);
    assert_int_equal(pipe(to), 0);
    snprintf(where, sizeof(where), "127.0.0.1:%u", port);
    pid_t child = fork();
    if (child == 0) {
        dup2(from[1], 1);
        dup2(from[1], 2);
        dup2(to[0], 0);
        close(from[0]);
        close(to[1]);
        execlp("openssl", "openssl", "s_client", "-dtls1_2", "-connect", where,
               "-use_srtp", "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM",
               "-keymatexport", "EXTRACTOR-dtls_srtp", "-keymatexportlen", "56",
               "-cert", certificate_path, "-key", key_path, (char *)NULL);
        _exit(127);
    }
    close(from[1]);
    close(to[0]);
    *out = from[0];
    *in = to[1];
    return child;
}

/* Turns until s_client has printed its keying material. */
static void serve_until_printed(int sock, int from_client, struct dtls *server,
                                char *text, size_t size)
{
    static struct packets down;
    uint64_t end = now_us() + 10000000;
    size_t length = 0;
    uint8_t bytes[PACKET_BYTES_MAX];
    struct sockaddr_in who;

    text[0] = '\0';
    /* The material's line is complete when the next one has begun. */
    while (!strstr(text, "Keying material: ") ||
           !strchr(strstr(text, "Keying material: "), '\n')) {
        struct pollfd polled[] = { { .fd = sock, .events = POLLIN },
                                   { .fd = from_client, .events = POLLIN } };
        assert_true(now_us() < end);
        assert_true(poll(polled, 2, 1000) >= 0);
        if (polled[1].revents) {
            ssize_t got = read(from_client, text + length, size - length - 1);
            if (got <= 0)
                break;
            length += (size_t)got;
            text[length] = '\0';
        }
        if (!polled[0].revents)
            continue;
        socklen_t who_length = sizeof(who);
        ssize_t got = recvfrom(sock, bytes, sizeof(bytes), 0,
                               (struct sockaddr *)&who, &who_length);
        assert_true(got > 0);
        packets_clear(&down);
        assert_int_equal(dtls_receive(server, slice(bytes, (size_t)got), &down),
                         0);
        for (size_t i = 0; i < down.count; i++)
            (void)sendto(sock, down.list[i].data, down.list[i].length, 0,
                         (struct sockaddr *)&who, who_length);
    }
}

static void agrees_with_s_client(void **state)
{
    struct dtls_fingerprint fingerprint;
    struct dtls server;
    struct sockaddr_in here = { .sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof(here);
    int sock = socket(AF_INET, SOCK_DGRAM, 0);
    int from, to;
    static char text[65536];
    char hex[113];
    uint8_t ours[56];
    struct srtp_keys keys;

    (void)state;
    assert_int_equal(bind(sock, (struct sockaddr *)&here, length), 0);
    getsockname(sock, (struct sockaddr *)&here, &length);
    write_identity(&fingerprint);
    assert_int_equal(dtls_init(&server, &context, &fingerprint), 0);
    pid_t child = run_s_client(ntohs(here.sin_port), &from, &to);
    serve_until_printed(sock, from, &server, text, sizeof(text));

    assert_int_equal(server.state, DTLS_CONNECTED);
    assert_non_null(strstr(text, "profile=SRTP_AEAD_AES_128_GCM"));
    assert_int_equal(dtls_keys(&server, &keys), 0);
    memcpy(ours, keys.remote, 16);
    memcpy(ours + 16, keys.local, 16);
    memcpy(ours + 32, keys.remote + 16, 12);
    memcpy(ours + 44, keys.local + 16, 12);
    text_hex(slice(ours, sizeof(ours)), hex);
    for (char *c = hex; *c; c++)
        if (*c >= 'a')
            *c = (char)(*c - 'a' + 'A');
    assert_non_null(strstr(text, hex));

    kill(child, SIGTERM);
    waitpid(child, NULL, 0);
    close(from);
    close(to);
    close(sock);
    unlink(key_path);
    unlink(certificate_path);
    dtls_release(&server);
}

static int start(void **state)
{
    (void)state;
    return dtls_context_init(&context);
}

static int stop(void **state)
{
    (void)state;
    dtls_context_release(&context);
    BIO_meth_free(browser_bio_method());
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_on_keys),
        cmocka_unit_test(accepts_the_older_profile),
        cmocka_unit_test(refuses_who_offers_no_srtp),
        cmocka_unit_test(refuses_another_certificate),
        cmocka_unit_test(reads_a_fragmented_hello),
        cmocka_unit_test(survives_each_lost_datagram),
        cmocka_unit_test(repeats_its_flight_soon_then_slower_then_gives_up),
        cmocka_unit_test(ignores_junk_while_shaking),
        cmocka_unit_test(hears_goodbye),
        cmocka_unit_test(says_goodbye),
        cmocka_unit_test(answers_a_repeated_last_flight),
        cmocka_unit_test(reads_fingerprints),
        cmocka_unit_test(agrees_with_s_client),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
