#include "signaling/edge/api.h"

#include "signaling/app/clock.h"

#include <errno.h>
#include <stdlib.h>

/* A document that was asked for, while its session and bytes are looked up. */
struct document_ask {
    struct request *request;
    struct consultation_id visit;
    enum document_request what;
    uint32_t version;
};

/* What each is saved under: no name, no reason. */
static const char *const file_names[] = {
    [REQUEST_PRESCRIPTION] = "ordonnance.pdf", [REQUEST_RECEIPT] = "recu.pdf",
    [REQUEST_DRAFT] = "ordonnance-apercu.pdf", [REQUEST_LETTER] = "lettre.pdf",
    [REQUEST_INVITATION] = "invitation.pdf",
};

static void on_bytes(void *arg, enum refusal refusal, struct slice bytes)
{
    struct document_ask *ask = arg;
    struct request *request = ask->request;
    const char *name = file_names[ask->what];

    free(ask);
    http_resume(request);
    if (refusal)
        api_answer_refusal(request, refusal);
    else
        http_answer_pdf(request, bytes, name);
}

static bool is_patients(enum document_request what)
{
    return what == REQUEST_PRESCRIPTION || what == REQUEST_RECEIPT;
}

static void on_session(void *arg, int status, const struct session *session)
{
    struct document_ask *ask = arg;
    struct request *request = ask->request;
    struct app *app = request->edge->app;

    if (session && (!is_patients(ask->what) ||
                    clock_now_ms() - session->proved_ms <= PROVED_FOR_MS)) {
        document_fetch(app->document, &session->actor, ask->visit, ask->what,
                       ask->version, on_bytes, ask);
        return;
    }
    free(ask);
    http_resume(request);
    if (status)
        api_answer_refusal(request, REFUSED_TRY_AGAIN);
    else if (session)
        http_answer_problem(request, 401, "prove_again",
                            "Enter the patient's birth date again.");
    else
        http_answer_problem(request, 401, "signed_out", "Sign in first.");
}

static void fetch(struct request *request, const struct api_parts *parts,
                  enum document_request what)
{
    struct document_ask *ask = calloc(1, sizeof(*ask));
    struct slice cookie = is_patients(what)
                              ? api_visit_cookie(request, parts->visit)
                              : api_desk_cookie(request);

    if (!ask)
        abort();
    *ask = (struct document_ask){ request, parts->visit, what, parts->number };
    http_wait(request);
    if (cookie.length == 0)
        on_session(ask, 0, NULL);
    else
        account_session(request->edge->app->account, cookie, on_session, ask);
}

void api_prescription(struct request *request, const struct api_parts *parts)
{
    fetch(request, parts, REQUEST_PRESCRIPTION);
}

void api_receipt(struct request *request, const struct api_parts *parts)
{
    fetch(request, parts, REQUEST_RECEIPT);
}

void api_draft(struct request *request, const struct api_parts *parts)
{
    fetch(request, parts, REQUEST_DRAFT);
}

void api_letter(struct request *request, const struct api_parts *parts)
{
    fetch(request, parts, REQUEST_LETTER);
}

void api_invitation(struct request *request, const struct api_parts *parts)
{
    fetch(request, parts, REQUEST_INVITATION);
}

static void on_webhook(void *arg, int status)
{
    struct request *request = arg;

    http_resume(request);
    if (status == 0)
        http_answer_empty(request, 204);
    else if (status == -EPERM)
        http_answer_problem(request, 400, "bad_signature",
                            "The signature does not fit.");
    else if (status == -EBADMSG)
        http_answer_problem(request, 400, "invalid",
                            "The event is not readable.");
    else
        http_answer_problem(request, 503, "try_again", "Send it again.");
}

void api_webhook(struct request *request, const struct api_parts *parts)
{
    struct app *app = request->edge->app;

    (void)parts;
    if (!app->payments) {
        http_answer_problem(request, 404, "unknown", "There is nothing here.");
        return;
    }
    http_wait(request);
    payments_webhook(app->payments, slice(request->body, request->body_length),
                     request->signature, on_webhook, request);
}
