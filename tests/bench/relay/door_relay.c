/* The relay's control socket (docs/relay-control.md). */
#include "tests/bench/relay/load.h"
#include "tests/client/must.h"

#include <jansson.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

struct control {
    FILE *file;
    json_int_t requests;
};

static void control_open(struct control *control, const char *path)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
    must(connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0, path);
    control->file = fdopen(fd, "r+");
    must(control->file != NULL, "control");
    setvbuf(control->file, NULL, _IONBF, 0);
}

/* Sends a request, skips events, returns the answer. Consumes `request`. */
static json_t *ask(struct control *control, json_t *request)
{
    static char line[262144];
    char *text;

    control->requests += 1;
    json_object_set_new(request, "id", json_integer(control->requests));
    text = json_dumps(request, JSON_COMPACT);
    must(dprintf(fileno(control->file), "%s\n", text) > 0, "control");
    free(text);
    json_decref(request);
    while (fgets(line, sizeof(line), control->file)) {
        json_t *answer = json_loads(line, 0, NULL);

        if (json_integer_value(json_object_get(answer, "re")) ==
            control->requests) {
            must(!json_object_get(answer, "refused"), line);
            return answer;
        }
        json_decref(answer);
    }
    must(false, "the relay closed its control socket");
    return NULL;
}

static json_t *numbered(const char *what, unsigned number)
{
    return json_sprintf("%s%u", what, number);
}

/* A group is a place, so that many of them spread over the workers. */
static void join(struct load *load, struct control *control, struct page *page)
{
    struct client_ssrcs ssrcs = page_ssrcs(page);
    char *offer = client_offer(&page->client, &ssrcs);
    json_t *answer =
        ask(control,
            json_pack("{s:s, s:o, s:o, s:s}", "do", "join", "place",
                      numbered("bench", page->number / load->group), "peer",
                      numbered("page", page->number), "offer", offer));

    page_described(page, json_string_value(json_object_get(answer, "answer")));
    json_decref(answer);
    free(offer);
}

static void route(struct load *load, struct control *control, unsigned first)
{
    json_t *routes = json_array();

    for (unsigned i = 1; i < load->group; i++) {
        json_array_append_new(routes, json_pack("{s:o, s:o, s:i}", "from",
                                                numbered("page", first), "to",
                                                numbered("page", first + i),
                                                "slot", 1));
        if (load->group > 2)
            continue;
        json_array_append_new(routes,
                              json_pack("{s:o, s:o, s:i}", "from",
                                        numbered("page", first + i), "to",
                                        numbered("page", first), "slot", 1));
    }
    json_decref(
        ask(control, json_pack("{s:s, s:o, s:o, s:i, s:i, s:o}", "do", "route",
                               "place", numbered("bench", first / load->group),
                               "room", numbered("room", first), "order", 1,
                               "seq", 1, "routes", routes)));
}

void door_relay(struct load *load, const char *control_path)
{
    /* The connection stays open: the relay has somebody to tell. */
    static struct control control;

    control_open(&control, control_path);
    for (unsigned i = 0; i < load->count; i++) {
        join(load, &control, &load->pages[i]);
        if (i % load->group == load->group - 1)
            route(load, &control, i + 1 - load->group);
        if (load_is_due(load, i))
            load_connect(load);
    }
    load_connect(load);
}
