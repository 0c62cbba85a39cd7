/*
 * abuse CONTROL ADDRESS PORT packets|sessions|flood COUNT: does to the real
 * relay what nobody should, while two people talk through it, and prints a line
 * of TAP for each thing that did no harm.
 */
#include "tests/abuse/stage.h"

#include "media/transport/stun.h"
#include "tests/client/must.h"

#include <openssl/rand.h>
#include <poll.h>
#include <unistd.h>

/* What a socket holds before the kernel drops, by its own reckoning: net.core.
 * rmem_max of Linux is 212,992, which it doubles. */
#define IN_FLIGHT   280000
#define PACKET_ROOM 65000

static struct stage stage;
static unsigned number;
static uint64_t noise_state = 88172645463325252u;

static void harmless(const char *what)
{
    printf("ok %u - %s\n", ++number, what);
    (void)fflush(stdout);
}

/* Fast, and the same each time (xorshift64). */
static uint64_t noise(void)
{
    noise_state ^= noise_state << 13;
    noise_state ^= noise_state >> 7;
    noise_state ^= noise_state << 17;
    return noise_state;
}

static void fill(uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i += 8) {
        uint64_t word = noise();

        memcpy(bytes + i, &word, length - i < 8 ? length - i : 8);
    }
}

/* ---- what is sent ----------------------------------------------------------
 */

static struct {
    uint8_t bytes[64][2048];
    size_t lengths[64];
} said; /* real packets of the doctor's, which the relay took */

static uint8_t unsaid[2048]; /* a real one that it never got */
static size_t unsaid_length;

static size_t forged(uint8_t *out)
{
    size_t length = 60 + noise() % (noise() % 8 ? 190 : 1200);
    uint16_t seq = (uint16_t)(stage.doctor.seq + noise() % 100);

    fill(out, length);
    memcpy(out, said.bytes[0], 12); /* its own stream's header */
    out[2] = (uint8_t)(seq >> 8);
    out[3] = (uint8_t)seq;
    return length;
}

static size_t replayed(uint8_t *out)
{
    size_t index = noise() % 64;

    memcpy(out, said.bytes[index], said.lengths[index]);
    return said.lengths[index];
}

static size_t truncated(uint8_t *out)
{
    memcpy(out, unsaid, unsaid_length);
    return noise() % unsaid_length;
}

static size_t oversized(uint8_t *out)
{
    size_t length = 1501 + noise() % (noise() % 256 ? 500 : 60000);

    memset(out, 0, length);
    memcpy(out, unsaid, unsaid_length);
    return length;
}

static size_t stolen(uint8_t *out)
{
    memcpy(out, unsaid, unsaid_length);
    return unsaid_length;
}

/* The right name, another password, and a wish to be the path. */
static size_t guessed(uint8_t *out)
{
    struct client client = stage.doctor.client;
    struct writer check = writer_into(out, 512);

    snprintf(client.pwd, sizeof(client.pwd), "guess%019llu",
             (unsigned long long)(noise() % 1000000000));
    client_write_check(&client, &check);
    return check.length;
}

static size_t unsigned_check(uint8_t *out)
{
    size_t length = guessed(out) - 32; /* without integrity and fingerprint */

    out[2] = (uint8_t)((length - 20) >> 8);
    out[3] = (uint8_t)(length - 20);
    return length;
}

static size_t junk(uint8_t *out)
{
    size_t length = noise() % (noise() % 8 ? 250 : 1500);

    fill(out, length + 1);
    return length;
}

/* A goodbye that nobody signed, and feedback that nobody sealed. */
static size_t farewell(uint8_t *out)
{
    static const uint8_t close_notify[] = { 21, 0xfe, 0xfd, 0, 0, 0, 0, 0,
                                            0,  0,    0,    0, 2, 1, 0 };

    if (noise() % 2) {
        memcpy(out, close_notify, sizeof(close_notify));
        out[10] = (uint8_t)noise();
        return sizeof(close_notify);
    }
    fill(out, 60);
    out[0] = 0x81;
    out[1] = (uint8_t)(200 + noise() % 8);
    out[2] = 0;
    out[3] = 7;
    return 60;
}

/* ---- sending it ------------------------------------------------------------
 */

static size_t held_by_kernel(size_t length)
{
    if (length <= 256)
        return 768;
    return length <= 2048 ? 2304 : IN_FLIGHT;
}

static void drain(int fd)
{
    uint8_t bytes[2048];

    while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
        must(bytes[0] < 2, "a stranger was sent something");
}

/* `own`: from the doctor's address, as somebody would who can forge it. */
static void attack(const char *what, size_t (*packet)(uint8_t *out), bool own,
                   size_t count)
{
    static uint8_t bytes[PACKET_ROOM];
    int stranger = stage_stranger(&stage);
    int fd = own ? stage.doctor.client.socket : stranger;
    size_t doctor = stage.doctor.heard, patient = stage.patient.heard;
    uint64_t lived = 0;
    size_t in_flight = 0;

    unsaid_length = stage_speech(&stage.doctor, 100, unsaid);
    for (size_t sent = 0; sent < count; sent++) {
        size_t length = packet(bytes);

        (void)send(fd, bytes, length, 0);
        in_flight += held_by_kernel(length);
        if (in_flight < IN_FLIGHT)
            continue;
        in_flight = 0;
        stage_sync(&stage, &stage.doctor);
        stage_listen(&stage, &stage.patient);
        drain(stranger);
        /* The patient's page lives on meanwhile, as any does. */
        if (stage_now_us() - lived > 1000000) {
            stage_sync(&stage, &stage.patient);
            lived = stage_now_us();
        }
    }
    stage_sync(&stage, &stage.doctor);
    stage_sync(&stage, &stage.patient);
    must(stage.doctor.heard == doctor && stage.patient.heard == patient,
         "something was forwarded");
    must(stage.farewells == 0, "somebody was disconnected");
    stage_talk(&stage, 5);
    must(stage.doctor.unsealed == 0 && stage.patient.unsealed == 0,
         "something came that does not decrypt");
    drain(stranger);
    close(stranger);
    harmless(what);
}

static void remember_speech(void)
{
    for (size_t i = 0; i < 64; i++) {
        said.lengths[i] = stage_speech(&stage.doctor, 100, said.bytes[i]);
        (void)send(stage.doctor.client.socket, said.bytes[i], said.lengths[i],
                   0);
    }
    stage_sync(&stage, &stage.doctor);
    stage_sync(&stage, &stage.patient);
}

static void two_people_talk(void)
{
    stage_join(&stage, &stage.doctor, "doctor");
    stage_join(&stage, &stage.patient, "patient");
    must(stage_connect(&stage, &stage.doctor, &stage.identity), "doctor");
    must(stage_connect(&stage, &stage.patient, &stage.identity), "patient");
    stage_pair(&stage, &stage.doctor, &stage.patient);
    stage_talk(&stage, 20);
    harmless("two people talk");
}

static void abuse_packets(size_t count)
{
    two_people_talk();
    remember_speech();
    attack("forged media", forged, true, count);
    attack("replayed media", replayed, true, count);
    attack("truncated media", truncated, true, count);
    attack("oversized packets", oversized, true, count);
    attack("forged goodbyes and reports", farewell, true, count);
    attack("real media from an address that passed no check", stolen, false,
           count);
    attack("checks with a guessed password", guessed, false, count);
    attack("checks without a signature", unsigned_check, false, count);
    attack("noise from a known address", junk, true, count);
    attack("noise from a stranger", junk, false, count);
}

/* ---- sessions --------------------------------------------------------------
 */

/* A ClientHello as a stranger's own handshake begins with. */
static size_t client_hello(uint8_t out[2048])
{
    SSL *ssl = SSL_new(stage.identity.tls);
    BIO *written = BIO_new(BIO_s_mem());
    int length;

    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), written);
    SSL_set_options(ssl, SSL_OP_NO_QUERY_MTU);
    SSL_set_mtu(ssl, 1200);
    SSL_set_connect_state(ssl);
    (void)SSL_do_handshake(ssl);
    length = BIO_read(written, out, 2048);
    SSL_free(ssl);
    must(length > 100, "a ClientHello");
    return (size_t)length;
}

static void abuse_sessions(size_t count)
{
    uint8_t hello[2048];
    size_t length = client_hello(hello), connected = 0;
    int stranger = stage_stranger(&stage);
    struct client_identity another;
    char what[80];

    for (size_t i = 0; i < count; i++) {
        char name[32];

        snprintf(name, sizeof(name), "race-%zu", i);
        stage_join(&stage, &stage.doctor, name);
        for (int early = 0; early < 5; early++)
            (void)send(stranger, hello, length, 0);
        connected +=
            stage_connect(&stage, &stage.doctor, &stage.identity) ? 1 : 0;
        stage_leave(&stage, &stage.doctor);
        drain(stranger);
    }
    must(connected == count, "a stranger's ClientHello won");
    snprintf(what, sizeof(what),
             "%zu of %zu sessions connect despite a stranger's ClientHello",
             connected, count);
    harmless(what);

    client_identity_init(&another);
    for (int i = 0; i < 2; i++) {
        char name[32];

        snprintf(name, sizeof(name), "impostor-%d", i);
        stage_join(&stage, &stage.patient, name);
        must(!stage_connect(&stage, &stage.patient, &another),
             "another certificate was taken");
        stage_leave(&stage, &stage.patient);
    }
    client_identity_release(&another);
    close(stranger);
    harmless("another certificate than the offer's is refused");
}

/* ---- one sender at fifty times its rate ------------------------------------
 */

#define CAMERA_BYTES 1100
#define CAMERA_PPS   100

struct pace {
    struct person *from;
    unsigned pps;
    size_t bytes;
    size_t sent;
};

static void keep_pace(struct pace *pace, uint64_t us)
{
    uint8_t bytes[2048];

    while (pace->sent < us * pace->pps / 1000000) {
        size_t length = stage_speech(pace->from, pace->bytes, bytes);

        (void)send(pace->from->client.socket, bytes, length, 0);
        pace->sent += 1;
    }
}

static double lost_of(const struct pace *pace, size_t heard)
{
    return pace->sent ? 1.0 - (double)heard / (double)pace->sent : 0;
}

static void abuse_flood(size_t seconds)
{
    static struct person loud, beside;
    struct pace call = { &stage.doctor, CAMERA_PPS, CAMERA_BYTES, 0 };
    struct pace flood = { &loud, 50 * CAMERA_PPS, CAMERA_BYTES, 0 };
    uint64_t begin, now;
    size_t before;
    char what[120];

    two_people_talk();
    stage_join(&stage, &loud, "loud");
    stage_join(&stage, &beside, "beside");
    must(stage_connect(&stage, &loud, &stage.identity), "loud");
    must(stage_connect(&stage, &beside, &stage.identity), "beside");
    stage_pair(&stage, &loud, &beside);
    before = stage.patient.heard;
    begin = stage_now_us();
    while ((now = stage_now_us() - begin) < seconds * 1000000) {
        keep_pace(&call, now);
        keep_pace(&flood, now);
        stage_listen(&stage, &stage.patient);
        stage_listen(&stage, &beside);
        (void)usleep(500);
    }
    stage_sync(&stage, &stage.doctor);
    stage_sync(&stage, &stage.patient);
    snprintf(what, sizeof(what),
             "one sends %zu packets, another %zu and loses %.2f percent",
             flood.sent, call.sent,
             100 * lost_of(&call, stage.patient.heard - before));
    must(lost_of(&call, stage.patient.heard - before) <= 0.005, what);
    must(beside.heard > flood.sent / 2, "the flood did not flow");
    must(stage.farewells == 0, "somebody was disconnected");
    harmless(what);
}

int main(int argc, char **argv)
{
    size_t count;

    if (argc != 6)
        return 2;
    count = strtoul(argv[5], NULL, 10);
    must(srtp_start() == 0, "srtp");
    stage_open(&stage, argv[1], argv[2], (unsigned)strtoul(argv[3], NULL, 10));
    if (strcmp(argv[4], "packets") == 0)
        abuse_packets(count);
    else if (strcmp(argv[4], "sessions") == 0)
        abuse_sessions(count);
    else
        abuse_flood(count);
    printf("1..%u\n", number);
    return 0;
}
