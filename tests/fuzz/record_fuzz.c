/* An event's record. The first byte is its kind. The rest is read as JSON, and
 * as the members of an event of that kind: either way, what is written reads
 * back equal. */
#include "signaling/app/record.h"
#include "tests/fuzz/fields.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void round_trip(const struct event *event)
{
    const struct field *fields = event_fields(event->kind);
    struct event again;

    char *text = record_write(event);
    int err = record_read(slice_of_text(text), event->kind, &again);
    assert(!err && again.kind == event->kind);
    assert(fields_same(fields, event, &again));
    char *twice = record_write(&again);
    assert(strcmp(text, twice) == 0);
    free(twice);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    enum event_kind kind = data[0] % EVENT_KINDS;
    const struct field *fields = event_fields(kind);
    struct reader in = reader_of(slice(data + 1, size - 1));
    struct event made = { .kind = kind };
    struct event read;

    assert(event_of_name(event_name(kind)) == kind);
    if (record_read(in.rest, kind, &read) == 0) {
        fields_check(fields, &read, false);
        round_trip(&read);
    }
    fields_fill(fields, &in, &made, true);
    round_trip(&made);
    return 0;
}
