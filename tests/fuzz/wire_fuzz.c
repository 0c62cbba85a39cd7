/* A page's frames and bodies: whatever comes, it is refused with a sentence or
 * gives a command that writes back to the same members. */
#include "signaling/edge/wire.h"
#include "tests/fuzz/fields.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was taken in comes out the same, and is taken in again. */
static void round_trip(const struct command *command)
{
    const struct field *fields = command_fields(command->kind);
    struct command again = { .kind = command->kind };
    struct wire_complaint why;
    json_t *with = wire_members(fields, command);

    fields_check(fields, command, true);
    int err = wire_members_read(with, fields, &again, &why);
    /* An id or a hash of zeros is none, and is left out. */
    assert(!err || strstr(why.say, " is missing."));
    assert(err || fields_same(fields, command, &again));
    json_t *twice = wire_members(fields, &again);
    assert(err || json_equal(with, twice));
    json_decref(twice);
    json_decref(with);
}

static void requests(const struct wire_frame *frame)
{
    struct wire_complaint why;
    char words[512];
    const char *sdp;
    char *lines;

    if (!wire_presence_read(frame->with, words, sizeof(words), &why)) {
        json_t *said = json_loads(words, 0, NULL);
        assert(json_is_object(said));
        json_decref(said);
    }
    if (!wire_sdp_read(frame->with, &sdp, &why))
        assert(sdp);
    if (!wire_lines_take(frame->with, &lines, &why)) {
        assert(!lines || strlen(lines) <= PRESCRIPTION_MAX);
        free(lines);
    } else {
        assert(why.say[0]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_complaint why = { .say = "" };
    struct wire_frame frame;
    struct command command;

    if (wire_frame_read(slice(data, size), &frame, &why)) {
        assert(why.say[0]);
        return 0;
    }
    enum command_kind kind = command_of_verb(frame.verb);
    if (kind != COMMAND_KINDS &&
        !wire_command_read(&frame, kind, &command, &why))
        round_trip(&command);
    requests(&frame);
    wire_frame_release(&frame);
    return 0;
}
