#include "signaling/edge/api.h"

#include "base/secret.h"
#include "base/text.h"
#include "signaling/app/clock.h"

struct sign_in_body {
    char login[64];
    char password[256];
};

#define MEMBER(label) FIELD(struct sign_in_body, #label, FIELD_TEXT, label)

static const struct field sign_in_fields[] = {
    MEMBER(login),
    MEMBER(password),
    { .name = NULL },
};

static void too_many(struct request *request)
{
    http_answer_problem(request, 429, "too_many",
                        "Too many tries. Wait a minute.");
}

static void on_sign_in(void *arg, const struct sign_in *answer)
{
    struct request *request = arg;

    http_resume(request);
    switch (answer->result) {
    case SIGN_IN_OK:
        api_set_desk_cookie(request, answer->cookie);
        http_answer_empty(request, 204);
        break;
    case SIGN_IN_WRONG:
        http_answer_problem(request, 401, "wrong_password",
                            "The name or the password is not right.");
        break;
    case SIGN_IN_TOO_MANY:
        too_many(request);
        break;
    case SIGN_IN_BUSY:
        http_answer_problem(request, 503, "try_again",
                            "Many people are signing in. Try again.");
        break;
    }
}

void api_sign_in(struct request *request, const struct api_parts *parts)
{
    struct sign_in_body body = { .login = "" };
    struct address from = address_group(request->client);
    char where[sizeof(from.bytes) * 2 + 1];

    (void)parts;
    if (!limit_take(&request->edge->sign_ins,
                    slice(from.bytes, sizeof(from.bytes)), clock_now_ms())) {
        too_many(request);
        return;
    }
    if (!api_read(request, sign_in_fields, &body))
        return;
    text_hex(slice(from.bytes, sizeof(from.bytes)), where);
    http_wait(request);
    account_sign_in(request->edge->app->account, body.login, body.password,
                    where, on_sign_in, request);
    secret_wipe(&body, sizeof(body));
}

static void on_signed_out(void *arg, int status)
{
    struct request *request = arg;

    http_resume(request);
    if (status < 0) {
        http_answer_problem(request, 503, "try_again", "Try again.");
        return;
    }
    http_answer_empty(request, 204);
}

void api_sign_out(struct request *request, const struct api_parts *parts)
{
    struct slice cookie = api_desk_cookie(request);

    (void)parts;
    api_set_desk_cookie(request, NULL);
    http_wait(request);
    if (cookie.length == 0)
        on_signed_out(request, 0);
    else
        account_sign_out(request->edge->app->account, cookie, on_signed_out,
                         request);
}

void api_leave_device(struct request *request, const struct api_parts *parts)
{
    struct slice cookie = api_visit_cookie(request, parts->visit);

    api_set_visit_cookie(request, parts->visit, NULL);
    http_wait(request);
    if (cookie.length == 0)
        on_signed_out(request, 0);
    else
        account_sign_out(request->edge->app->account, cookie, on_signed_out,
                         request);
}
