#include "signaling/core/rules.h"

static bool hash_is_empty(const uint8_t hash[HASH_BYTES])
{
    static const uint8_t zeros[HASH_BYTES];

    return memcmp(hash, zeros, HASH_BYTES) == 0;
}

static enum refusal consent(const struct consultation *visit,
                            const struct command *command, struct decision *out)
{
    enum consent wanted =
        command->consent.accepted ? CONSENT_GIVEN : CONSENT_REFUSED;

    if (command->consent.version[0] == '\0' ||
        hash_is_empty(command->consent.hash))
        return REFUSED_INVALID;
    if (visit->phase == PHASE_ADMITTED)
        return REFUSED_NOT_ENDED;
    if (visit->consent == wanted &&
        memcmp(visit->consent_hash, command->consent.hash, HASH_BYTES) == 0)
        return REFUSED_NOTHING;

    struct event *event = decision_add(
        out, TARGET_VISIT,
        wanted == CONSENT_GIVEN ? EVENT_CONSENT_GIVEN : EVENT_CONSENT_REFUSED);
    memcpy(event->consent.version, command->consent.version, VERSION_TEXT);
    memcpy(event->consent.hash, command->consent.hash, HASH_BYTES);
    return REFUSED_NOTHING;
}

static enum refusal situate(const struct consultation *visit,
                            const struct command *command, struct decision *out)
{
    if (visit->consent != CONSENT_GIVEN)
        return REFUSED_NO_CONSENT;
    if (command->situate.place[0] == '\0' ||
        !identity_phone_is_valid(command->situate.phone))
        return REFUSED_INVALID;

    struct event *event = decision_add(out, TARGET_VISIT, EVENT_SITUATED);
    memcpy(event->situated.place, command->situate.place, SHORT_TEXT);
    memcpy(event->situated.phone, command->situate.phone, PHONE_TEXT);
    memcpy(event->situated.adult, command->situate.adult, NAME_TEXT);
    return REFUSED_NOTHING;
}

static enum refusal check_device(const struct consultation *visit,
                                 const struct command *command,
                                 struct decision *out)
{
    if (visit->consent != CONSENT_GIVEN)
        return REFUSED_NO_CONSENT;

    struct event *event = decision_add(out, TARGET_VISIT, EVENT_DEVICE_CHECKED);
    event->checked.camera = command->check.camera;
    event->checked.microphone = command->check.microphone;
    event->checked.speaker_heard = command->check.speaker_heard;
    event->checked.sound_only = command->check.sound_only;
    event->checked.line = command->check.line;
    event->checked.voice = command->check.voice;
    return REFUSED_NOTHING;
}

enum refusal preparation_decide(const struct situation *at,
                                const struct command *command,
                                struct decision *out)
{
    enum refusal refusal = refuse_unless_open(at->visit);

    if (refusal != REFUSED_NOTHING)
        return refusal;
    if (command->kind == COMMAND_CONSENT)
        return consent(at->visit, command, out);
    if (command->kind == COMMAND_SITUATE)
        return situate(at->visit, command, out);
    return check_device(at->visit, command, out);
}

void preparation_apply(struct consultation *visit, const struct event *event)
{
    switch (event->kind) {
    case EVENT_CONSENT_GIVEN:
    case EVENT_CONSENT_REFUSED:
        visit->consent = event->kind == EVENT_CONSENT_GIVEN ? CONSENT_GIVEN
                                                            : CONSENT_REFUSED;
        memcpy(visit->consent_version, event->consent.version, VERSION_TEXT);
        memcpy(visit->consent_hash, event->consent.hash, HASH_BYTES);
        if (visit->consent == CONSENT_REFUSED)
            visit->phase = PHASE_BOOKED; /* who refuses does not wait */
        break;
    case EVENT_SITUATED:
        visit->situated = true;
        memcpy(visit->place, event->situated.place, SHORT_TEXT);
        memcpy(visit->phone, event->situated.phone, PHONE_TEXT);
        if (event->situated.adult[0] != '\0')
            memcpy(visit->adult, event->situated.adult, NAME_TEXT);
        break;
    case EVENT_DEVICE_CHECKED:
        visit->device_checked = true;
        visit->camera = event->checked.camera;
        visit->microphone = event->checked.microphone;
        visit->sound_only = event->checked.sound_only;
        visit->line = event->checked.line;
        visit->voice = event->checked.voice;
        break;
    default: /* another noun's */
        break;
    }
}
