#include "signaling/core/command.h"

#include <string.h>

struct row {
    const char *verb;
    enum command_scope scope;
    unsigned roles;
};

static const struct row rows[COMMAND_KINDS] = {
#define X(kind, verb, scope, roles) [COMMAND_##kind] = { verb, scope, roles },
    COMMANDS(X)
#undef X
};

const char *command_verb(enum command_kind kind)
{
    return rows[kind].verb;
}

enum command_scope command_scope(enum command_kind kind)
{
    return rows[kind].scope;
}

unsigned command_roles(enum command_kind kind)
{
    return rows[kind].roles;
}

enum command_kind command_of_verb(const char *verb)
{
    for (int kind = 0; kind < COMMAND_KINDS; kind++)
        if (strcmp(rows[kind].verb, verb) == 0)
            return (enum command_kind)kind;
    return COMMAND_KINDS;
}

#define MEMBER(label, kind, member) FIELD(struct command, label, kind, member)
#define OPTIONAL(label, kind, member)                                          \
    FIELD(struct command, label, kind, member, .optional = true)
#define WORD(label, member, words)                                             \
    FIELD(struct command, label, FIELD_ENUM, member, .names = words)
#define OPTIONAL_WORD(label, member, words)                                    \
    FIELD(struct command, label, FIELD_ENUM, member, .names = words,           \
          .optional = true)
#define LONG_TEXT(label, cap)                                                  \
    {                                                                          \
        .name = label, .type = FIELD_SLICE,                                    \
        .offset = offsetof(struct command, text), .size = cap                  \
    }
#define IDENTITY_MEMBERS(path)                                                 \
    MEMBER("family", FIELD_TEXT, path.family),                                 \
        MEMBER("given", FIELD_TEXT, path.given),                               \
        MEMBER("birth", FIELD_DATE, path.birth),                               \
        WORD("sex", path.sex, sex_names),                                      \
        OPTIONAL("mobile", FIELD_TEXT, path.mobile),                           \
        OPTIONAL("mail", FIELD_TEXT, path.mail)

static const struct field none[] = { FIELDS_END };

static const struct field book[] = {
    IDENTITY_MEMBERS(book.identity),
    WORD("who_connects", book.who_connects, connecting_names),
    WORD("contact_of", book.contact_of, connecting_names),
    MEMBER("reason", FIELD_TEXT, book.reason),
    OPTIONAL("locale", FIELD_TEXT, book.locale),
    MEMBER("start_ms", FIELD_I64, book.start_ms),
    MEMBER("duration_min", FIELD_U32, book.duration_min),
    OPTIONAL("fee_max_minor", FIELD_I64, book.fee_max_minor),
    OPTIONAL("currency", FIELD_TEXT, book.currency),
    OPTIONAL("nothing_due", FIELD_BOOL, book.nothing_due),
    FIELDS_END,
};

static const struct field reschedule[] = {
    MEMBER("start_ms", FIELD_I64, move.start_ms),
    MEMBER("duration_min", FIELD_U32, move.duration_min),
    FIELDS_END,
};

static const struct field reassign[] = {
    MEMBER("practitioner", FIELD_ID, practitioner),
    MEMBER("start_ms", FIELD_I64, move.start_ms),
    MEMBER("duration_min", FIELD_U32, move.duration_min),
    FIELDS_END,
};

static const struct field cancel[] = {
    WORD("by", cancel.by, cancelled_by_names),
    FIELDS_END,
};

static const struct field correct[] = {
    IDENTITY_MEMBERS(correct.identity),
    FIELDS_END,
};

static const struct field claim[] = {
    MEMBER("birth", FIELD_DATE, claim.birth),
    OPTIONAL("link_generation", FIELD_U32, claim.link_generation),
    FIELDS_END,
};

static const struct field consent[] = {
    MEMBER("accepted", FIELD_BOOL, consent.accepted),
    MEMBER("version", FIELD_TEXT, consent.version),
    MEMBER("hash", FIELD_HASH, consent.hash),
    FIELDS_END,
};

static const struct field situate[] = {
    MEMBER("place", FIELD_TEXT, situate.place),
    OPTIONAL("phone", FIELD_TEXT, situate.phone),
    OPTIONAL("adult", FIELD_TEXT, situate.adult),
    FIELDS_END,
};

static const struct field check[] = {
    WORD("camera", check.camera, device_state_names),
    WORD("microphone", check.microphone, device_state_names),
    OPTIONAL("speaker_heard", FIELD_BOOL, check.speaker_heard),
    OPTIONAL("sound_only", FIELD_BOOL, check.sound_only),
    OPTIONAL_WORD("line", check.line, line_names),
    OPTIONAL_WORD("voice", check.voice, voice_names),
    FIELDS_END,
};

static const struct field delay[] = {
    MEMBER("minutes", FIELD_U32, delay.minutes),
    FIELDS_END,
};

static const struct field admit[] = {
    OPTIONAL("adult", FIELD_TEXT, admit.adult),
    FIELDS_END,
};

static const struct field confirm[] = {
    MEMBER("present", FIELD_TEXT, confirm.present),
    FIELDS_END,
};

static const struct field telephone[] = {
    WORD("cause", telephone.cause, telephone_cause_names),
    FIELDS_END,
};

static const struct field message[] = {
    LONG_TEXT("text", MESSAGE_MAX),
    FIELDS_END,
};

static const struct field note[] = {
    LONG_TEXT("text", NOTE_MAX),
    FIELDS_END,
};

static const struct field draft[] = {
    MEMBER("hash", FIELD_HASH, draft.hash),
    MEMBER("bytes", FIELD_U32, draft.bytes),
    LONG_TEXT("text", PRESCRIPTION_MAX),
    FIELDS_END,
};

static const struct field approve[] = {
    MEMBER("version", FIELD_U32, approve.version),
    MEMBER("hash", FIELD_HASH, approve.hash),
    FIELDS_END,
};

static const struct field why[] = {
    MEMBER("reason", FIELD_TEXT, why.reason),
    FIELDS_END,
};

static const struct field end[] = {
    WORD("how", end.how, ended_how_names),
    WORD("due", end.due, due_names),
    OPTIONAL("amount_minor", FIELD_I64, end.amount_minor),
    WORD("prescription", end.prescription, prescription_plan_names),
    FIELDS_END,
};

static const struct field payment_ready[] = {
    MEMBER("checkout", FIELD_TEXT, payment_ready.checkout),
    MEMBER("url", FIELD_TEXT, payment_ready.url),
    FIELDS_END,
};

static const struct field payment_news[] = {
    WORD("news", payment_news.news, payment_news_names),
    MEMBER("checkout", FIELD_TEXT, payment_news.checkout),
    MEMBER("amount_minor", FIELD_I64, payment_news.amount.minor),
    MEMBER("currency", FIELD_TEXT, payment_news.amount.currency),
    FIELDS_END,
};

static const struct field settle[] = {
    WORD("how", settle.how, settlement_names),
    FIELDS_END,
};

static const struct field fetch[] = {
    WORD("document", fetch.document, document_kind_names),
    FIELDS_END,
};

static const struct field incident[] = {
    WORD("incident", incident.incident, incident_names),
    WORD("side", incident.side, incident_side_names),
    OPTIONAL("start_ms", FIELD_I64, incident.start_ms),
    OPTIONAL("end_ms", FIELD_I64, incident.end_ms),
    FIELDS_END,
};

static const struct field invite[] = {
    MEMBER("name", FIELD_TEXT, invite.name),
    WORD("kind", invite.kind, guest_kind_names),
    OPTIONAL("mobile", FIELD_TEXT, invite.mobile),
    OPTIONAL("mail", FIELD_TEXT, invite.mail),
    OPTIONAL("locale", FIELD_TEXT, invite.locale),
    FIELDS_END,
};

static const struct field guest[] = {
    MEMBER("guest", FIELD_U32, guest.number),
    FIELDS_END,
};

static const struct field claim_guest[] = {
    MEMBER("guest", FIELD_U32, guest.number),
    MEMBER("link_generation", FIELD_U32, guest.link_generation),
    MEMBER("fits", FIELD_BOOL, guest.fits),
    FIELDS_END,
};

static const struct field answer_guest[] = {
    MEMBER("guest", FIELD_U32, guest.number),
    MEMBER("agreed", FIELD_BOOL, guest.agreed),
    FIELDS_END,
};

static const struct field admit_guest[] = {
    MEMBER("guest", FIELD_U32, guest.number),
    OPTIONAL("told", FIELD_BOOL, guest.told),
    FIELDS_END,
};

const struct field *command_fields(enum command_kind kind)
{
    switch (kind) {
    case COMMAND_BOOK:
        return book;
    case COMMAND_RESCHEDULE:
        return reschedule;
    case COMMAND_REASSIGN:
        return reassign;
    case COMMAND_CANCEL:
        return cancel;
    case COMMAND_CORRECT_IDENTITY:
        return correct;
    case COMMAND_CLAIM:
    case COMMAND_PROVE:
        return claim;
    case COMMAND_CONSENT:
        return consent;
    case COMMAND_SITUATE:
        return situate;
    case COMMAND_CHECK_DEVICE:
        return check;
    case COMMAND_TELL_DELAY:
        return delay;
    case COMMAND_ADMIT:
        return admit;
    case COMMAND_CONFIRM_IDENTITY:
        return confirm;
    case COMMAND_CONTINUE_BY_TELEPHONE:
        return telephone;
    case COMMAND_SEND_MESSAGE:
        return message;
    case COMMAND_SAVE_NOTE:
        return note;
    case COMMAND_DRAFT_PRESCRIPTION:
        return draft;
    case COMMAND_APPROVE:
        return approve;
    case COMMAND_REVOKE:
    case COMMAND_OVERRIDE:
    case COMMAND_WAIVE:
        return why;
    case COMMAND_END:
        return end;
    case COMMAND_PAYMENT_READY:
        return payment_ready;
    case COMMAND_PAYMENT_NEWS:
        return payment_news;
    case COMMAND_SETTLE:
        return settle;
    case COMMAND_FETCH:
        return fetch;
    case COMMAND_REPORT_INCIDENT:
        return incident;
    case COMMAND_INVITE_GUEST:
        return invite;
    case COMMAND_REISSUE_GUEST_LINK:
    case COMMAND_WITHDRAW_GUEST:
    case COMMAND_OPEN_GUEST_LINK:
    case COMMAND_DISMISS_GUEST:
    case COMMAND_PIN_GUEST:
        return guest;
    case COMMAND_CLAIM_GUEST:
        return claim_guest;
    case COMMAND_ANSWER_GUEST:
        return answer_guest;
    case COMMAND_ADMIT_GUEST:
        return admit_guest;
    case COMMAND_REISSUE_LINK:
    case COMMAND_OPEN_LINK:
    case COMMAND_ARRIVE:
    case COMMAND_LEAVE:
    case COMMAND_KEEP_PLACE:
    case COMMAND_ASK_CALLBACK:
    case COMMAND_CALLBACK_DONE:
    case COMMAND_ASK_OTHER_TIME:
    case COMMAND_SUMMON:
    case COMMAND_PUT_BACK:
    case COMMAND_CLOSE_WITHOUT_PRESCRIPTION:
    case COMMAND_NO_SHOW:
    case COMMAND_OPEN_PAYMENT:
    case COMMAND_PAY_OTHERWISE:
    case COMMAND_REFUND:
    case COMMAND_LAPSE:
    case COMMAND_KINDS:
        return none;
    }
    return none;
}
