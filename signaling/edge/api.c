#include "signaling/edge/api.h"

#include "base/secret.h"
#include "base/text.h"

#include <ctype.h>
#include <openssl/sha.h>
#include <stdlib.h>

static api_fn health, readiness, socket_path, page_visit, page_join, page_desk,
    page_check;

struct api_route {
    enum method method;
    const char *pattern;
    const char *name; /* in the log */
    bool elsewhere;   /* may be posted by pages that are not ours */
    api_fn *handle;
};

static const struct api_route routes[] = {
    { METHOD_GET, "/v/*", "visit", false, page_visit },
    { METHOD_GET, "/visit/@", "visit", false, page_visit },
    { METHOD_GET, "/join", "join", false, page_join },
    { METHOD_GET, "/desk", "desk", false, page_desk },
    { METHOD_GET, "/check", "check", false, page_check },
    { METHOD_GET, "/ws/*", "socket", false, socket_path },
    { METHOD_POST, "/api/session", "sign_in", false, api_sign_in },
    { METHOD_DELETE, "/api/session", "sign_out", false, api_sign_out },
    { METHOD_POST, "/api/link", "link", false, api_link },
    { METHOD_POST, "/api/link/claim", "claim", false, api_claim },
    { METHOD_POST, "/api/link/callback", "callback", false, api_callback },
    { METHOD_POST, "/api/link/guest", "claim_guest", false, api_claim_guest },
    { METHOD_POST, "/api/join", "join_code", false, api_join },
    { METHOD_POST, "/api/join/resend", "resend", false, api_resend },
    { METHOD_POST, "/api/visit/@/prove", "prove", false, api_prove },
    { METHOD_DELETE, "/api/visit/@/session", "leave", false, api_leave_device },
    { METHOD_GET, "/api/visit/@/prescription.pdf", "prescription", false,
      api_prescription },
    { METHOD_GET, "/api/visit/@/receipt.pdf", "receipt", false, api_receipt },
    { METHOD_GET, "/api/visit/@/draft/#.pdf", "draft", false, api_draft },
    { METHOD_GET, "/api/visit/@/letter.pdf", "letter", false, api_letter },
    { METHOD_GET, "/api/visit/@/guest/#.pdf", "invitation", false,
      api_invitation },
    { METHOD_POST, "/api/payment/webhook", "webhook", true, api_webhook },
    { METHOD_GET, "/healthz", "healthz", false, health },
    { METHOD_GET, "/readyz", "readyz", false, readiness },
    { METHOD_GET, "/metrics", "metrics", false, api_metrics },
};

/* ---- paths ----------------------------------------------------------------
 */

static bool number_take(const char **path, uint32_t *out)
{
    uint64_t number = 0;
    const char *at = *path;

    if (!isdigit((unsigned char)*at))
        return false;
    for (; isdigit((unsigned char)*at); at++) {
        number = number * 10 + (uint64_t)(*at - '0');
        if (number > UINT32_MAX)
            return false;
    }
    *path = at;
    *out = (uint32_t)number;
    return true;
}

bool api_match(const char *pattern, const char *path, struct api_parts *out)
{
    struct api_parts parts = { .number = 0 };

    for (; *pattern; pattern++) {
        if (*pattern == '*' && !pattern[1]) {
            *out = parts;
            return *path != '\0';
        }
        if (*pattern == '@') {
            size_t length = strcspn(path, "/");
            if (text_base64url_read(slice(path, length), parts.visit.bytes,
                                    ID_BYTES))
                return false;
            path += length;
        } else if (*pattern == '#') {
            if (!number_take(&path, &parts.number))
                return false;
        } else if (*path++ != *pattern) {
            return false;
        }
    }
    if (*path)
        return false;
    *out = parts;
    return true;
}

/* ---- handling -------------------------------------------------------------
 */

static bool is_read(enum method method)
{
    return method == METHOD_GET || method == METHOD_HEAD;
}

static void file_or_nothing(struct request *request)
{
    const struct page *page =
        is_read(request->method)
            ? pages_find(&request->edge->pages, request->path)
            : NULL;

    request->route = "file";
    if (page)
        http_answer_page(request, page, false);
    else
        http_answer_problem(request, 404, "unknown", "There is nothing here.");
}

void api_handle(struct request *request)
{
    struct api_parts parts;
    bool path_known = false;

    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        const struct api_route *route = &routes[i];
        if (!api_match(route->pattern, request->path, &parts))
            continue;
        path_known = true;
        request->route = route->name;
        if (route->method != request->method &&
            !(route->method == METHOD_GET && is_read(request->method)))
            continue;
        if (!is_read(request->method) && !route->elsewhere &&
            !auth_origin_is_ours(&request->edge->origins, request->origin,
                                 request->host)) {
            http_answer_problem(request, 403, "foreign_origin",
                                "This page does not belong to this server.");
            return;
        }
        route->handle(request, &parts);
        return;
    }
    if (path_known)
        http_answer_problem(request, 405, "bad_request",
                            "This cannot be done here.");
    else
        file_or_nothing(request);
}

/* ---- shared ---------------------------------------------------------------
 */

bool api_read(struct request *request, const struct field *fields, void *out)
{
    struct wire_complaint why;
    json_t *body = NULL;

    int err =
        wire_body_read(slice(request->body, request->body_length), &body, &why);
    if (!err)
        err = wire_members_read(body, fields, out, &why);
    json_decref(body);
    if (err)
        http_answer_problem(request, 400, "invalid", why.say);
    return !err;
}

struct command_id api_command_id(const struct request *request)
{
    uint8_t hash[SHA256_DIGEST_LENGTH];
    struct command_id id;
    const char *key = request->idempotency;

    if (!key[0]) {
        secret_random(id.bytes, sizeof(id.bytes));
    } else if (text_base64url_read(slice_of_text(key), id.bytes, ID_BYTES)) {
        /* Any text may be a key; ours are 128 bits. */
        SHA256((const unsigned char *)key, strlen(key), hash);
        memcpy(id.bytes, hash, sizeof(id.bytes));
    }
    return id;
}

static unsigned status_of(enum refusal refusal)
{
    switch ((int)refusal) {
    case REFUSED_UNKNOWN:
    case REFUSED_NO_PRESCRIPTION:
    case REFUSED_NO_GUEST:
        return 404;
    case REFUSED_INVALID:
        return 400;
    case REFUSED_FORBIDDEN:
    case REFUSED_NOT_RELEASED:
    case REFUSED_ELSEWHERE:
        return 403;
    case REFUSED_LINK_PAUSED:
        return 429;
    case REFUSED_LINK_ENDED:
    case REFUSED_WRONG_LINK:
    case REFUSED_CANCELLED:
        return 410;
    case REFUSED_TRY_AGAIN:
        return 503;
    default:
        return 409;
    }
}

void api_answer_refusal(struct request *request, enum refusal refusal)
{
    http_answer_problem(request, status_of(refusal), refusal_code(refusal),
                        refusal_say(refusal));
}

struct slice api_desk_cookie(const struct request *request)
{
    char name[COOKIE_NAME_TEXT];

    auth_desk_cookie(request->edge->secure, name);
    return auth_cookie(request->cookie, name);
}

struct slice api_visit_cookie(const struct request *request,
                              struct consultation_id visit)
{
    char name[COOKIE_NAME_TEXT];

    auth_visit_cookie(request->edge->secure, visit, name);
    return auth_cookie(request->cookie, name);
}

struct slice api_guest_cookie(const struct request *request,
                              struct consultation_id visit, uint32_t guest)
{
    char name[COOKIE_NAME_TEXT];

    auth_guest_cookie(request->edge->secure, visit, guest, name);
    return auth_cookie(request->cookie, name);
}

static void set_cookie(struct request *request, const char *name,
                       const char *value, int64_t age_ms)
{
    char line[SET_COOKIE_TEXT];

    auth_set_cookie(name, value ? value : "", request->edge->secure,
                    value ? age_ms / 1000 : 0, line);
    http_add_header(request, "set-cookie", line);
}

void api_set_desk_cookie(struct request *request, const char *value)
{
    char name[COOKIE_NAME_TEXT];

    auth_desk_cookie(request->edge->secure, name);
    set_cookie(request, name, value, SESSION_STAFF_MS);
}

void api_set_visit_cookie(struct request *request, struct consultation_id visit,
                          const char *value)
{
    char name[COOKIE_NAME_TEXT];

    auth_visit_cookie(request->edge->secure, visit, name);
    set_cookie(request, name, value, SESSION_PATIENT_MS);
}

void api_set_guest_cookie(struct request *request, struct consultation_id visit,
                          uint32_t guest, const char *value)
{
    char name[COOKIE_NAME_TEXT];

    auth_guest_cookie(request->edge->secure, visit, guest, name);
    set_cookie(request, name, value, SESSION_PATIENT_MS);
}

/* ---- pages and health -----------------------------------------------------
 */

static void page_answer(struct request *request, const char *path,
                        bool is_private)
{
    const struct page *page = pages_find(&request->edge->pages, path);

    if (page)
        http_answer_page(request, page, is_private);
    else
        http_answer_problem(request, 503, "no_pages",
                            "The pages are not installed on this server.");
}

static void page_visit(struct request *request, const struct api_parts *parts)
{
    (void)parts; /* the page posts its token: reading never consumes it */
    page_answer(request, "/visit.html", true);
}

static void page_join(struct request *request, const struct api_parts *parts)
{
    (void)parts;
    page_answer(request, "/join.html", false);
}

static void page_desk(struct request *request, const struct api_parts *parts)
{
    (void)parts;
    page_answer(request, "/desk.html", false);
}

static void page_check(struct request *request, const struct api_parts *parts)
{
    (void)parts;
    page_answer(request, "/check.html", false);
}

static void health(struct request *request, const struct api_parts *parts)
{
    (void)parts;
    http_answer_json(request, 200, wire_flag("turning", true));
}

static void readiness(struct request *request, const struct api_parts *parts)
{
    (void)parts;
    struct app_readiness is = app_readiness(request->edge->app);

    if (request->edge->draining)
        is.because = "draining";
    if (is.because) {
        http_answer_problem(request, 503, is.because,
                            "Give me no new work at the moment.");
        return;
    }
    json_t *answer = wire_flag("ready", true);
    if (is.slower)
        json_object_set_new(answer, "slower", json_string(is.slower));
    http_answer_json(request, 200, answer);
}

/* A browser does not tell its page why an upgrade failed; a plain request to
 * the same path does. */
static void on_socket_session(void *arg, int status,
                              const struct session *session)
{
    struct request *request = arg;
    struct api_parts of = { .number = 0 };

    http_resume(request);
    if (status) {
        api_answer_refusal(request, REFUSED_TRY_AGAIN);
        return;
    }
    (void)(api_match("/ws/visit/@", request->path, &of) ||
           api_match("/ws/guest/@/#", request->path, &of));
    if (session && auth_session_fits(&session->actor, of.visit, of.number))
        http_answer_problem(request, 426, "upgrade", "This is a WebSocket.");
    else
        http_answer_problem(request, 401, "signed_out", "Sign in first.");
}

static void socket_path(struct request *request, const struct api_parts *parts)
{
    struct api_parts of;
    struct slice cookie = { NULL, 0 };

    (void)parts;
    if (strcmp(request->path, "/ws/desk") == 0)
        cookie = api_desk_cookie(request);
    else if (api_match("/ws/visit/@", request->path, &of))
        cookie = api_visit_cookie(request, of.visit);
    else if (api_match("/ws/guest/@/#", request->path, &of))
        cookie = api_guest_cookie(request, of.visit, of.number);
    http_wait(request);
    if (cookie.length == 0)
        on_socket_session(request, 0, NULL);
    else
        account_session(request->edge->app->account, cookie, on_socket_session,
                        request);
}
