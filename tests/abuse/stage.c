#include "tests/abuse/stage.h"

#include "media/rtp/rtp.h"
#include "tests/client/must.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <poll.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_US 10000000

uint64_t stage_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void stage_open(struct stage *stage, const char *control, const char *address,
                unsigned port)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };

    stage->relay.sin_family = AF_INET;
    stage->relay.sin_port = htons((uint16_t)port);
    must(inet_pton(AF_INET, address, &stage->relay.sin_addr) == 1, address);
    stage->control = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(name.sun_path, sizeof(name.sun_path), "%s", control);
    must(connect(stage->control, (struct sockaddr *)&name, sizeof(name)) == 0,
         control);
    client_identity_init(&stage->identity);
}

/* ---- the control socket ----------------------------------------------------
 */

/* The next line as JSON; NULL when none came within `ms`. */
static json_t *next_line(struct stage *stage, int ms)
{
    struct pollfd readable = { .fd = stage->control, .events = POLLIN };
    char *end;
    json_t *line;

    while (!(end = memchr(stage->line, '\n', stage->held))) {
        ssize_t n;

        if (poll(&readable, 1, ms) <= 0)
            return NULL;
        n = read(stage->control, stage->line + stage->held,
                 sizeof(stage->line) - stage->held);
        must(n > 0, "the relay closed its control socket");
        stage->held += (size_t)n;
    }
    line = json_loadb(stage->line, (size_t)(end - stage->line), 0, NULL);
    must(line != NULL, "control line");
    stage->held -= (size_t)(end + 1 - stage->line);
    memmove(stage->line, end + 1, stage->held);
    return line;
}

static void take_event(struct stage *stage, const json_t *line)
{
    const char *event = json_string_value(json_object_get(line, "event"));

    if (event && (strcmp(event, "lost") == 0 || strcmp(event, "gone") == 0))
        stage->farewells += 1;
}

static json_t *ask(struct stage *stage, json_t *request)
{
    char *text;

    json_object_set_new(request, "id", json_integer(++stage->requests));
    text = json_dumps(request, JSON_COMPACT);
    must(dprintf(stage->control, "%s\n", text) > 0, "control");
    free(text);
    json_decref(request);
    for (;;) {
        json_t *line = next_line(stage, 10000);

        must(line != NULL, "the relay does not answer");
        if (json_integer_value(json_object_get(line, "re")) ==
            stage->requests) {
            must(!json_object_get(line, "refused"), "refused");
            return line;
        }
        take_event(stage, line);
        json_decref(line);
    }
}

void stage_join(struct stage *stage, struct person *person, const char *name)
{
    const struct sockaddr_in own = { .sin_family = AF_INET,
                                     .sin_addr = stage->relay.sin_addr };
    static uint32_t people;
    struct client_ssrcs ssrcs = { .microphone = 1000 + ++people };
    char *offer;
    json_t *answer;

    *person = (struct person){ .ssrc = ssrcs.microphone, .seq = 100 };
    ssrcs.camera = ssrcs.microphone + 0x10000;
    ssrcs.camera_rtx = ssrcs.microphone + 0x20000;
    snprintf(person->name, sizeof(person->name), "%s", name);
    client_open(&person->client, &stage->identity, "page", &own);
    offer = client_offer(&person->client, &ssrcs);
    answer = ask(stage, json_pack("{s:s, s:s, s:s, s:s}", "do", "join", "place",
                                  "stage", "peer", name, "offer", offer));
    client_answered(&person->client,
                    json_string_value(json_object_get(answer, "answer")));
    json_decref(answer);
    free(offer);
}

void stage_leave(struct stage *stage, struct person *person)
{
    json_decref(ask(
        stage, json_pack("{s:s, s:s}", "do", "leave", "peer", person->name)));
    client_close(&person->client);
}

void stage_pair(struct stage *stage, struct person *a, struct person *b)
{
    static int rooms;
    char room[32];

    snprintf(room, sizeof(room), "room-%d", ++rooms);
    json_decref(
        ask(stage,
            json_pack("{s:s, s:s, s:s, s:i, s:i, s:[{s:s, s:s, s:i}, "
                      "{s:s, s:s, s:i}]}",
                      "do", "route", "place", "stage", "room", room, "order",
                      rooms, "seq", 1, "routes", "from", a->name, "to", b->name,
                      "slot", 1, "from", b->name, "to", a->name, "slot", 1)));
}

/* ---- packets ---------------------------------------------------------------
 */

static void send_check(struct stage *stage, struct person *person)
{
    uint8_t bytes[512];
    struct writer out = writer_into(bytes, sizeof(bytes));

    client_write_check(&person->client, &out);
    (void)sendto(person->client.socket, bytes, out.length, 0,
                 (struct sockaddr *)&stage->relay, sizeof(stage->relay));
}

bool stage_connect(struct stage *stage, struct person *person,
                   const struct client_identity *certificate)
{
    uint64_t end = stage_now_us() + 3000000;

    send_check(stage, person);
    person->client.identity = certificate;
    client_shake(&person->client, &stage->relay);
    while (!client_shaken(&person->client)) {
        struct pollfd readable = { .fd = person->client.socket,
                                   .events = POLLIN };

        if (stage_now_us() > end)
            return false;
        (void)poll(&readable, 1, 20);
    }
    return true;
}

static void take(struct person *person, uint8_t *bytes, size_t length)
{
    if (length < 12)
        return;
    if (bytes[0] < 2) {
        person->checks += bytes[0] == 1 && bytes[1] == 1;
        return;
    }
    if (bytes[0] < 128 || !person->client.keyed)
        return;
    if (bytes[1] >= 192 && bytes[1] < 224) {
        person->unsealed +=
            srtp_in_rtcp(&person->client.in, bytes, length, &length) != 0;
        return;
    }
    if (srtp_in_rtp(&person->client.in, bytes, length, &length) == 0)
        person->heard += 1;
    else
        person->unsealed += 1;
}

void stage_listen(struct stage *stage, struct person *person)
{
    uint8_t bytes[2048];
    json_t *line;
    ssize_t n;

    while ((n = recv(person->client.socket, bytes, sizeof(bytes),
                     MSG_DONTWAIT)) > 0)
        take(person, bytes, (size_t)n);
    while ((line = next_line(stage, 0)) != NULL) {
        take_event(stage, line);
        json_decref(line);
    }
}

size_t stage_speech(struct person *person, size_t bytes, uint8_t out[2048])
{
    static const uint8_t words[2048];
    uint8_t plain[2048];
    struct writer in = writer_into(plain, sizeof(plain));
    struct writer sealed = writer_into(out, 2048);
    const struct rtp_packet packet = {
        .payload_type = CLIENT_OPUS,
        .seq = person->seq++,
        .timestamp = person->seq * 960u,
        .ssrc = person->ssrc,
    };

    rtp_write_header(&packet, &in);
    writer_bytes(&in, slice(words, bytes));
    must(srtp_out_rtp(&person->client.out, writer_done(&in), &sealed) == 0,
         "seal");
    return sealed.length;
}

static void say(struct person *from)
{
    uint8_t bytes[2048];
    size_t length = stage_speech(from, 100, bytes);

    must(send(from->client.socket, bytes, length, 0) > 0, "send");
}

static void wait_for(struct stage *stage, struct person *person,
                     const size_t *count, size_t wanted, const char *what)
{
    uint64_t end = stage_now_us() + PATIENCE_US;

    while (*count < wanted) {
        struct pollfd readable = { .fd = person->client.socket,
                                   .events = POLLIN };

        must(stage_now_us() < end, what);
        (void)poll(&readable, 1, 20);
        stage_listen(stage, person);
    }
}

void stage_talk(struct stage *stage, size_t packets)
{
    struct person *a = &stage->doctor, *b = &stage->patient;
    size_t a_heard = a->heard, b_heard = b->heard;

    for (size_t i = 0; i < packets; i++) {
        say(a);
        say(b);
        wait_for(stage, a, &a->heard, a_heard + i + 1, "the doctor is deaf");
        wait_for(stage, b, &b->heard, b_heard + i + 1, "the patient is deaf");
    }
    stage_sync(stage, a);
    stage_sync(stage, b);
    must(a->heard == a_heard + packets && b->heard == b_heard + packets,
         "somebody heard what was not said");
}

void stage_sync(struct stage *stage, struct person *person)
{
    size_t checks = person->checks;

    send_check(stage, person);
    wait_for(stage, person, &person->checks, checks + 1,
             "the relay does not answer a check");
}

int stage_stranger(const struct stage *stage)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    must(fd >= 0, "socket");
    must(connect(fd, (const struct sockaddr *)&stage->relay,
                 sizeof(stage->relay)) == 0,
         "connect");
    return fd;
}
