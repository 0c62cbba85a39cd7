#include "signaling/edge/api.h"

#include "base/text.h"
#include "signaling/app/clock.h"

#include <stdlib.h>

/* What a patient types: a link's token or a letter's code, and a day of birth
 * in three fields. */
struct way_in {
    char token[LINK_TOKEN_TEXT];
    char code[24];
    char contact[MAIL_TEXT];
    uint32_t year;
    uint32_t month;
    uint32_t day;
};

#define MEMBER(label, kind) FIELD(struct way_in, #label, kind, label)
#define DAY_OF_BIRTH                                                           \
    MEMBER(year, FIELD_U32), MEMBER(month, FIELD_U32), MEMBER(day, FIELD_U32)

static const struct field look_fields[] = { MEMBER(token, FIELD_TEXT),
                                            FIELDS_END };
static const struct field claim_fields[] = { MEMBER(token, FIELD_TEXT),
                                             DAY_OF_BIRTH, FIELDS_END };
static const struct field guest_fields[] = { MEMBER(token, FIELD_TEXT),
                                             MEMBER(code, FIELD_TEXT),
                                             FIELDS_END };
static const struct field join_fields[] = { MEMBER(code, FIELD_TEXT),
                                            DAY_OF_BIRTH, FIELDS_END };
static const struct field resend_fields[] = { MEMBER(contact, FIELD_TEXT),
                                              DAY_OF_BIRTH, FIELDS_END };
static const struct field prove_fields[] = { DAY_OF_BIRTH, FIELDS_END };

/* Three numbers that are no day at all are a wrong day: year 0. */
static struct date birth_of(const struct way_in *way)
{
    struct date none = { 0 };
    struct date date = { (uint16_t)way->year, (uint8_t)way->month,
                         (uint8_t)way->day };

    if (way->year > 2200 || way->month > 12 || way->day > 31)
        return none;
    return date_is_real(date) ? date : none;
}

static bool take_try(struct request *request)
{
    struct address from = address_group(request->client);

    if (limit_take(&request->edge->claims,
                   slice(from.bytes, sizeof(from.bytes)), clock_now_ms()))
        return true;
    http_answer_problem(request, 429, "too_many",
                        "Too many tries. Wait a minute.");
    return false;
}

/* False, and answered, when the three fields are no day. */
static bool birth_read(struct request *request, const struct way_in *way,
                       struct date *out)
{
    *out = birth_of(way);
    if (out->year)
        return true;
    http_answer_problem(request, 400, "invalid",
                        "There is no such day. Enter day, month and year.");
    return false;
}

/* ---- looking at a link ----------------------------------------------------
 */

struct look_answer {
    struct request *request;
    struct consultation_id visit;
    uint32_t guest;
    json_t *body;
};

static void put(json_t *object, const char *name, json_t *value)
{
    if (!value || json_object_set_new(object, name, value))
        abort();
}

/* What a guest may know before the code: who invites, whom they see and when;
 * nothing of the patient or of money. */
static void look_put_guest(json_t *body, const struct link_look *look)
{
    const struct consultation *visit = look->visit;
    const struct guest *guest = look->guest;
    const char *locale = guest->locale[0] ? guest->locale : visit->locale;
    json_t *who = json_object();

    put(who, "name", json_string(look->practitioner->name));
    put(body, "practitioner", who);
    put(body, "guest", json_integer(look->number));
    put(body, "start_ms", json_integer(visit->start_ms));
    put(body, "duration_min", json_integer(visit->duration_min));
    put(body, "locale", json_string(locale[0] ? locale : look->clinic->locale));
    put(body, "time_zone", json_string(look->clinic->time_zone));
    put(body, "claimed", json_boolean(guest->claimed));
}

static void look_put_visit(json_t *body, const struct link_look *look)
{
    const struct consultation *visit = look->visit;
    json_t *who = json_object();

    put(who, "name", json_string(look->practitioner->name));
    put(body, "practitioner", who);
    put(body, "start_ms", json_integer(visit->start_ms));
    put(body, "duration_min", json_integer(visit->duration_min));
    put(body, "fee_max_minor", json_integer(visit->fee_max_minor));
    put(body, "currency", json_string(visit->currency));
    put(body, "nothing_due",
        json_boolean(visit->settlement == SETTLEMENT_NOTHING_DUE));
    put(body, "who_connects",
        json_string(connecting_names[visit->who_connects]));
    put(body, "locale",
        json_string(visit->locale[0] ? visit->locale : look->clinic->locale));
    put(body, "time_zone", json_string(look->clinic->time_zone));
    put(body, "claimed", json_boolean(visit->device_generation > 0));
}

static json_t *look_body(const struct link_look *look)
{
    json_t *body = json_object();

    if (!body)
        abort();
    put(body, "state", json_string(link_state_names[look->state]));
    if (look->clinic) {
        json_t *clinic = json_object();
        put(clinic, "name", json_string(look->clinic->name));
        put(clinic, "phone", json_string(look->clinic->phone));
        put(body, "clinic", clinic);
    }
    if (look->visit && look->number == 0) /* the patient's own affair */
        put(body, "callback_asked", json_boolean(look->visit->callback_asked));
    if (look->state == LINK_OK && look->visit && look->clinic &&
        look->practitioner) {
        if (look->guest)
            look_put_guest(body, look);
        else
            look_put_visit(body, look);
    }
    return body;
}

static void on_look_session(void *arg, int status,
                            const struct session *session)
{
    struct look_answer *answer = arg;
    struct request *request = answer->request;
    bool mine = session && auth_session_fits(&session->actor, answer->visit,
                                             answer->guest);

    http_resume(request);
    if (status) {
        json_decref(answer->body);
        free(answer);
        api_answer_refusal(request, REFUSED_TRY_AGAIN);
        return;
    }
    put(answer->body, "mine", json_boolean(mine));
    if (mine)
        put(answer->body, "consultation", wire_id(answer->visit.bytes));
    http_answer_json(request, 200, answer->body);
    free(answer);
}

static void on_look(void *arg, const struct link_look *look)
{
    struct request *request = arg;
    json_t *body = look_body(look);

    if (look->state != LINK_OK || !look->visit) {
        http_resume(request);
        http_answer_json(request, 200, body);
        return;
    }
    struct look_answer *answer = calloc(1, sizeof(*answer));
    if (!answer)
        abort();
    answer->request = request;
    answer->visit = look->visit->id;
    answer->guest = look->number;
    answer->body = body;
    struct slice cookie =
        look->number > 0
            ? api_guest_cookie(request, look->visit->id, look->number)
            : api_visit_cookie(request, look->visit->id);
    if (cookie.length == 0)
        on_look_session(answer, 0, NULL);
    else
        account_session(request->edge->app->account, cookie, on_look_session,
                        answer);
}

void api_link(struct request *request, const struct api_parts *parts)
{
    struct way_in way = { .token = "" };

    (void)parts;
    if (!take_try(request) || !api_read(request, look_fields, &way))
        return;
    http_wait(request);
    account_look(request->edge->app->account, slice_of_text(way.token), on_look,
                 request);
}

/* ---- claiming -------------------------------------------------------------
 */

static void wrong_birth(struct request *request, const struct claim *claim)
{
    json_t *problem = wire_problem(403, "wrong_birth_date",
                                   "This is not the patient's birth date.");

    put(problem, "tries_left", json_integer(claim->tries_left));
    http_answer_json(request, 403, problem);
}

static void on_claim(void *arg, const struct claim *claim)
{
    struct request *request = arg;

    http_resume(request);
    if (claim->refusal) {
        api_answer_refusal(request, claim->refusal);
    } else if (claim->wrong_birth || !claim->cookie) {
        wrong_birth(request, claim);
    } else {
        json_t *body = json_object();
        put(body, "consultation", wire_id(claim->consultation.bytes));
        api_set_visit_cookie(request, claim->consultation, claim->cookie);
        http_answer_json(request, 200, body);
    }
}

void api_claim(struct request *request, const struct api_parts *parts)
{
    struct way_in way = { .token = "" };
    struct date birth;

    (void)parts;
    if (!take_try(request) || !api_read(request, claim_fields, &way) ||
        !birth_read(request, &way, &birth))
        return;
    http_wait(request);
    account_claim(request->edge->app->account, api_command_id(request),
                  slice_of_text(way.token), birth, on_claim, request);
}

static void wrong_code(struct request *request, const struct claim *claim)
{
    json_t *problem = wire_problem(403, "wrong_code",
                                   "This is not the code of your invitation.");

    put(problem, "tries_left", json_integer(claim->tries_left));
    http_answer_json(request, 403, problem);
}

static void on_claim_guest(void *arg, const struct claim *claim)
{
    struct request *request = arg;

    http_resume(request);
    if (claim->refusal) {
        api_answer_refusal(request, claim->refusal);
    } else if (claim->wrong_birth || !claim->cookie) {
        wrong_code(request, claim);
    } else {
        json_t *body = json_object();
        put(body, "consultation", wire_id(claim->consultation.bytes));
        put(body, "guest", json_integer(claim->guest));
        api_set_guest_cookie(request, claim->consultation, claim->guest,
                             claim->cookie);
        http_answer_json(request, 200, body);
    }
}

void api_claim_guest(struct request *request, const struct api_parts *parts)
{
    struct way_in way = { .code = "" };

    (void)parts;
    if (!take_try(request) || !api_read(request, guest_fields, &way))
        return;
    http_wait(request);
    account_claim_guest(request->edge->app->account, api_command_id(request),
                        slice_of_text(way.token), slice_of_text(way.code),
                        on_claim_guest, request);
}

void api_join(struct request *request, const struct api_parts *parts)
{
    struct way_in way = { .code = "" };
    struct date birth;

    (void)parts;
    if (!take_try(request) || !api_read(request, join_fields, &way) ||
        !birth_read(request, &way, &birth))
        return;
    http_wait(request);
    account_join(request->edge->app->account, api_command_id(request),
                 slice_of_text(way.code), birth, on_claim, request);
}

static void on_resent(void *arg, int status)
{
    struct request *request = arg;

    (void)status; /* tells nothing */
    http_resume(request);
    http_answer_empty(request, 204);
}

void api_resend(struct request *request, const struct api_parts *parts)
{
    struct way_in way = { .contact = "" };
    struct date birth;

    (void)parts;
    if (!take_try(request) || !api_read(request, resend_fields, &way) ||
        !birth_read(request, &way, &birth))
        return;
    http_wait(request);
    account_resend(request->edge->app->account, way.contact, birth, on_resent,
                   request);
}

/* ---- call me back ---------------------------------------------------------
 */

static void on_callback(void *arg, enum refusal refusal)
{
    struct request *request = arg;

    http_resume(request);
    if (refusal)
        api_answer_refusal(request, refusal);
    else
        http_answer_empty(request, 204);
}

void api_callback(struct request *request, const struct api_parts *parts)
{
    struct way_in way = { .token = "" };

    (void)parts;
    if (!take_try(request) || !api_read(request, look_fields, &way))
        return;
    http_wait(request);
    account_callback(request->edge->app->account, api_command_id(request),
                     slice_of_text(way.token), on_callback, request);
}

/* ---- proving --------------------------------------------------------------
 */

static void on_proved(void *arg, enum refusal refusal)
{
    struct request *request = arg;

    http_resume(request);
    if (refusal == REFUSED_FORBIDDEN)
        http_answer_problem(request, 403, "wrong_birth_date",
                            "This is not the patient's birth date.");
    else if (refusal)
        api_answer_refusal(request, refusal);
    else
        http_answer_empty(request, 204);
}

void api_prove(struct request *request, const struct api_parts *parts)
{
    struct way_in way = { .code = "" };
    struct slice cookie = api_visit_cookie(request, parts->visit);
    struct date birth;

    if (!take_try(request) || !api_read(request, prove_fields, &way) ||
        !birth_read(request, &way, &birth))
        return;
    if (cookie.length == 0) {
        http_answer_problem(request, 401, "signed_out",
                            "Open your link first.");
        return;
    }
    http_wait(request);
    account_prove(request->edge->app->account, cookie, api_command_id(request),
                  birth, on_proved, request);
}
