#include "signaling/core/release.h"
#include "signaling/core/rules.h"

static bool hashes_equal(const uint8_t a[HASH_BYTES],
                         const uint8_t b[HASH_BYTES])
{
    return memcmp(a, b, HASH_BYTES) == 0;
}

/* A prescription belongs to a consultation that took place. */
static enum refusal refuse_unless_met(const struct consultation *visit)
{
    if (visit->phase == PHASE_ADMITTED || visit->phase == PHASE_ENDED)
        return REFUSED_NOTHING;
    enum refusal refusal = refuse_unless_open(visit);
    return refusal == REFUSED_NOTHING ? REFUSED_NOT_ADMITTED : refusal;
}

static void add_document(struct decision *out, enum event_kind kind,
                         uint32_t version, const uint8_t hash[HASH_BYTES],
                         uint32_t bytes)
{
    struct event *event = decision_add(out, TARGET_VISIT, kind);

    event->document.version = version;
    event->document.bytes = bytes;
    memcpy(event->document.hash, hash, HASH_BYTES);
}

static enum refusal draft(const struct consultation *visit,
                          const struct command *command, struct decision *out)
{
    if (command->draft.bytes == 0 || command->text.length > PRESCRIPTION_MAX)
        return REFUSED_INVALID;
    if (visit->drafted_version > 0 && !visit->declined &&
        hashes_equal(visit->drafted_hash, command->draft.hash))
        return REFUSED_NOTHING; /* the very same paper */

    if (visit->approved_version > visit->released_version)
        decision_add(out, TARGET_VISIT, EVENT_APPROVAL_VOID);
    add_document(out, EVENT_PRESCRIPTION_DRAFTED, visit->drafted_version + 1,
                 command->draft.hash, command->draft.bytes);
    return REFUSED_NOTHING;
}

static enum refusal approve(const struct consultation *visit,
                            const struct command *command, struct decision *out)
{
    if (visit->drafted_version == 0 || visit->declined)
        return REFUSED_NO_PRESCRIPTION;
    if (command->approve.version != visit->drafted_version ||
        !hashes_equal(command->approve.hash, visit->drafted_hash))
        return REFUSED_STALE_VERSION;
    if (visit->approved_version == visit->drafted_version)
        return REFUSED_NOTHING;
    add_document(out, EVENT_APPROVED, visit->drafted_version,
                 visit->drafted_hash, visit->drafted_bytes);
    return REFUSED_NOTHING;
}

static enum refusal revoke(const struct consultation *visit,
                           const struct command *command, struct decision *out)
{
    if (visit->released_version <= visit->revoked_version)
        return REFUSED_NOT_RELEASED;
    if (command->why.reason[0] == '\0')
        return REFUSED_INVALID;
    struct event *event = decision_add(out, TARGET_VISIT, EVENT_REVOKED);
    event->revoked.version = visit->released_version;
    memcpy(event->revoked.reason, command->why.reason, SHORT_TEXT);
    return REFUSED_NOTHING;
}

static enum refusal override(const struct consultation *visit,
                             const struct command *command,
                             struct decision *out)
{
    if (command->why.reason[0] == '\0')
        return REFUSED_INVALID;
    if (visit->overridden)
        return REFUSED_NOTHING;
    struct event *event = decision_add(out, TARGET_VISIT, EVENT_OVERRIDDEN);
    memcpy(event->why.reason, command->why.reason, SHORT_TEXT);
    return REFUSED_NOTHING;
}

static enum refusal decline(const struct consultation *visit,
                            struct decision *out)
{
    if (visit->phase != PHASE_ENDED)
        return REFUSED_NOT_ENDED;
    if (visit->declined)
        return REFUSED_NOTHING;
    if (visit->released_version > visit->revoked_version)
        return REFUSED_ALREADY_APPROVED;
    if (visit->approved_version > visit->released_version)
        decision_add(out, TARGET_VISIT, EVENT_APPROVAL_VOID);
    decision_add(out, TARGET_VISIT, EVENT_PRESCRIPTION_DECLINED);
    return REFUSED_NOTHING;
}

static enum refusal fetch(const struct situation *at,
                          const struct command *command, struct decision *out)
{
    switch (command->fetch.document) {
    case DOCUMENT_PRESCRIPTION:
        if (!release_is_open(at->visit, at->policy, command->now_ms))
            return REFUSED_NOT_RELEASED;
        break;
    case DOCUMENT_RECEIPT:
        if (!consultation_has_receipt(at->visit))
            return REFUSED_NO_PAYMENT;
        break;
    }
    decision_add(out, TARGET_VISIT, EVENT_FETCHED)->fetched.document =
        command->fetch.document;
    return REFUSED_NOTHING;
}

enum refusal prescription_decide(const struct situation *at,
                                 const struct command *command,
                                 struct decision *out)
{
    if (command->kind == COMMAND_FETCH)
        return fetch(at, command, out);
    if (command->kind == COMMAND_REVOKE)
        return revoke(at->visit, command, out);

    enum refusal refusal = refuse_unless_met(at->visit);
    if (refusal != REFUSED_NOTHING)
        return refusal;
    if (command->kind == COMMAND_DRAFT_PRESCRIPTION)
        return draft(at->visit, command, out);
    if (command->kind == COMMAND_APPROVE)
        return approve(at->visit, command, out);
    if (command->kind == COMMAND_OVERRIDE)
        return override(at->visit, command, out);
    return decline(at->visit, out);
}

void prescription_apply(struct consultation *visit, const struct event *event)
{
    switch (event->kind) {
    case EVENT_PRESCRIPTION_DRAFTED:
        visit->drafted_version = event->document.version;
        visit->drafted_bytes = event->document.bytes;
        memcpy(visit->drafted_hash, event->document.hash, HASH_BYTES);
        visit->approved_version = 0;
        visit->declined = false;
        break;
    case EVENT_APPROVAL_VOID:
        visit->approved_version = 0;
        break;
    case EVENT_APPROVED:
        visit->approved_version = event->document.version;
        break;
    case EVENT_OVERRIDDEN:
        visit->overridden = true;
        break;
    case EVENT_RELEASED:
        visit->released_version = event->document.version;
        visit->released_ms = event->at_ms;
        memcpy(visit->released_hash, event->document.hash, HASH_BYTES);
        break;
    case EVENT_REVOKED:
        visit->revoked_version = event->revoked.version;
        break;
    case EVENT_PRESCRIPTION_DECLINED:
        visit->declined = true;
        break;
    case EVENT_FETCHED:
        if (event->fetched.document == DOCUMENT_PRESCRIPTION)
            visit->fetched = true;
        break;
    default: /* another noun's */
        break;
    }
}
