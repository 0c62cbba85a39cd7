/* Janus's HTTP interface, as far as its echotest and videoroom need it. */
#include "tests/bench/relay/load.h"
#include "tests/client/must.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <jansson.h>
#include <string.h>
#include <sys/socket.h>

#define SDP_ROOM   8192
#define FEED       77 /* the sender's id in its room */
#define EVENTS_MAX 20

struct http {
    CURL *curl;
    const char *url;
    char body[262144];
    size_t length;
};

/* A session of Janus's and the handle in it. */
struct seat {
    json_int_t session;
    json_int_t handle;
};

static size_t keep(const char *bytes, size_t size, size_t count, void *arg)
{
    struct http *http = arg;
    size_t length = size * count;

    must(http->length + length < sizeof(http->body), "a long answer");
    memcpy(http->body + http->length, bytes, length);
    http->length += length;
    return length;
}

/* Consumes `body`; without one it is a GET. */
static json_t *call(struct http *http, const char *path, json_t *body)
{
    char url[256];
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    json_t *answer;

    snprintf(url, sizeof(url), "%s%s", http->url, path);
    http->length = 0;
    curl_easy_setopt(http->curl, CURLOPT_URL, url);
    curl_easy_setopt(http->curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(http->curl, CURLOPT_WRITEDATA, http);
    if (text)
        curl_easy_setopt(http->curl, CURLOPT_POSTFIELDS, text);
    else
        curl_easy_setopt(http->curl, CURLOPT_HTTPGET, 1L);
    must(curl_easy_perform(http->curl) == CURLE_OK, url);
    http->body[http->length] = '\0';
    answer = json_loadb(http->body, http->length, 0, NULL);
    must(answer && !json_object_get(answer, "error"), http->body);
    free(text);
    json_decref(body);
    return answer;
}

static json_int_t call_for_id(struct http *http, const char *path, json_t *body)
{
    json_t *answer = call(http, path, body);
    json_int_t id = json_integer_value(
        json_object_get(json_object_get(answer, "data"), "id"));

    json_decref(answer);
    return id;
}

static struct seat sit(struct http *http, const char *plugin)
{
    char path[64];
    struct seat seat;

    seat.session = call_for_id(
        http, "",
        json_pack("{s:s, s:s}", "janus", "create", "transaction", "c"));
    snprintf(path, sizeof(path), "/%" JSON_INTEGER_FORMAT, seat.session);
    seat.handle = call_for_id(http, path,
                              json_pack("{s:s, s:s, s:s}", "janus", "attach",
                                        "plugin", plugin, "transaction", "a"));
    return seat;
}

/* `jsep` may be NULL. Consumes both. */
static void say(struct http *http, struct seat seat, json_t *body, json_t *jsep)
{
    char path[96];
    json_t *message = json_pack("{s:s, s:s, s:o}", "janus", "message",
                                "transaction", "m", "body", body);

    if (jsep)
        json_object_set_new(message, "jsep", jsep);
    snprintf(path, sizeof(path),
             "/%" JSON_INTEGER_FORMAT "/%" JSON_INTEGER_FORMAT, seat.session,
             seat.handle);
    json_decref(call(http, path, message));
}

static json_t *jsep(const char *type, const char *sdp)
{
    return json_pack("{s:s, s:s}", "type", type, "sdp", sdp);
}

/* Waits for the event that describes Janus's end. */
static void described(struct http *http, struct seat seat, struct page *page)
{
    char path[96];

    snprintf(path, sizeof(path), "/%" JSON_INTEGER_FORMAT "?maxev=1",
             seat.session);
    for (int i = 0; i < EVENTS_MAX; i++) {
        json_t *event = call(http, path, NULL);
        const char *sdp = json_string_value(
            json_object_get(json_object_get(event, "jsep"), "sdp"));

        if (sdp)
            page_described(page, sdp);
        json_decref(event);
        if (sdp)
            return;
    }
    must(false, "Janus described nothing");
}

/* Where the page is: Janus waits for that, although the page comes first. */
static void write_candidate(const struct page *page, struct writer *out)
{
    struct sockaddr_in own;
    socklen_t length = sizeof(own);
    char host[INET_ADDRSTRLEN];

    must(getsockname(page->client.socket, (struct sockaddr *)&own, &length) ==
             0,
         "name");
    inet_ntop(AF_INET, &own.sin_addr, host, sizeof(host));
    writer_format(out,
                  "a=candidate:1 1 udp 2130706431 %s %u typ host\r\n"
                  "a=end-of-candidates\r\n",
                  host, ntohs(own.sin_port));
}

/* Sections the page has there; as DTLS client it is `active`. */
static const char *describe(const struct page *page, const char *direction,
                            bool sound, char out[SDP_ROOM])
{
    struct client_ssrcs ssrcs = page_ssrcs(page);
    bool sends = strcmp(direction, "recvonly") != 0;
    struct writer to = writer_into(out, SDP_ROOM - 1);
    struct client_section section = { .direction = direction,
                                      .setup = "active" };

    client_write_head(&to, sound ? 2 : 1);
    if (sound) {
        section.ssrc = ssrcs.microphone;
        client_write_section(&page->client, &section, &to);
        write_candidate(page, &to);
        section.mid = 1;
    }
    section.video = true;
    section.ssrc = sends ? ssrcs.camera : 0;
    section.rtx_ssrc = sends ? ssrcs.camera_rtx : 0;
    client_write_section(&page->client, &section, &to);
    write_candidate(page, &to);
    must(!to.failed, "description too long");
    out[to.length] = '\0';
    return out;
}

static void echo(struct load *load, struct http *http)
{
    char sdp[SDP_ROOM];

    for (unsigned i = 0; i < load->count; i++) {
        struct page *page = &load->pages[i];
        struct seat seat = sit(http, "janus.plugin.echotest");

        say(http, seat, json_pack("{s:b, s:b}", "audio", 1, "video", 1),
            jsep("offer", describe(page, "sendrecv", true, sdp)));
        described(http, seat, page);
        if (load_is_due(load, i))
            load_connect(load);
    }
}

static void publish(struct http *http, struct page *page)
{
    char sdp[SDP_ROOM];
    int room = 1000 + (int)page->number;
    struct seat seat = sit(http, "janus.plugin.videoroom");

    say(http, seat,
        json_pack("{s:s, s:i, s:i, s:i, s:i, s:s}", "request", "create", "room",
                  room, "publishers", 100, "bitrate", 0, "fir_freq", 0,
                  "videocodec", "vp8"),
        NULL);
    say(http, seat,
        json_pack("{s:s, s:i, s:s, s:i, s:s}", "request", "joinandconfigure",
                  "room", room, "ptype", "publisher", "id", FEED, "display",
                  "p"),
        jsep("offer", describe(page, "sendonly", false, sdp)));
    described(http, seat, page);
}

static void subscribe(struct http *http, struct page *page,
                      const struct page *publisher)
{
    char sdp[SDP_ROOM];
    struct seat seat = sit(http, "janus.plugin.videoroom");

    say(http, seat,
        json_pack("{s:s, s:i, s:s, s:[{s:i}]}", "request", "join", "room",
                  1000 + (int)publisher->number, "ptype", "subscriber",
                  "streams", "feed", FEED),
        NULL);
    described(http, seat, page);
    say(http, seat, json_pack("{s:s}", "request", "start"),
        jsep("answer", describe(page, "recvonly", false, sdp)));
}

void door_janus(struct load *load, const char *url)
{
    struct http *http = calloc(1, sizeof(*http));

    must(http != NULL, "memory");
    http->url = url;
    http->curl = curl_easy_init();
    must(http->curl != NULL, "curl");
    if (load->group < 3) {
        echo(load, http);
    } else {
        for (unsigned i = 0; i < load->count; i += load->group)
            publish(http, &load->pages[i]);
        load_connect(load);
        for (unsigned i = 0; i < load->count; i++)
            if (i % load->group != 0)
                subscribe(http, &load->pages[i],
                          &load->pages[i - i % load->group]);
    }
    load_connect(load);
    curl_easy_cleanup(http->curl);
    free(http);
}
