#include "signaling/store/append.h"

#include "base/secret.h"
#include "base/text.h"

#include <assert.h>
#include <stdlib.h>

struct append *append_new(struct command_id command, const uint8_t actor[16],
                          const uint8_t content[32])
{
    struct append *append = calloc(1, sizeof(*append));

    if (!append)
        abort();
    append->command = command;
    memcpy(append->actor, actor, sizeof(append->actor));
    memcpy(append->content, content, sizeof(append->content));
    append->end = &append->first;
    list_init(&append->job.link);
    return append;
}

void append_free(struct append *append)
{
    if (!append)
        return;
    for (struct part *part = append->first, *next; part; part = next) {
        next = part->next;
        secret_wipe(part->bytes, part->length);
        free(part);
    }
    free(append);
}

/* NULL when out of memory, which the append remembers. */
static struct part *add(struct append *append, enum part_kind kind,
                        struct slice bytes)
{
    struct part *part = calloc(1, sizeof(*part) + bytes.length);

    if (!part) {
        append->failed = true;
        return NULL;
    }
    part->kind = kind;
    part->length = bytes.length;
    if (bytes.length > 0)
        memcpy(part->bytes, bytes.data, bytes.length);
    *append->end = part;
    append->end = &part->next;
    return part;
}

static bool same_stream(const struct stream_id *a, const struct stream_id *b)
{
    return a->kind == b->kind && memcmp(a->bytes, b->bytes, ID_BYTES) == 0;
}

struct touched *append_touched(struct append *append, struct stream_id stream)
{
    for (size_t i = 0; i < append->stream_count; i++) {
        if (same_stream(&append->streams[i].stream, &stream))
            return &append->streams[i];
    }
    return NULL;
}

static void touch(struct append *append, struct stream_id stream, uint64_t seq)
{
    struct touched *touched = append_touched(append, stream);

    if (touched) {
        assert(seq == touched->last + 1);
        touched->last = seq;
        return;
    }
    assert(append->stream_count < APPEND_STREAMS_MAX && seq > 0);
    append->streams[append->stream_count++] = (struct touched){
        .append = append, .stream = stream, .first = seq, .last = seq
    };
}

void append_event(struct append *append, struct stream_id stream, uint64_t seq,
                  const char *kind, int64_t at_ms, enum role role,
                  struct staff_id staff, struct slice record)
{
    struct part *part = add(append, PART_EVENT, record);

    touch(append, stream, seq);
    if (!part)
        return;
    part->event.stream = stream;
    part->event.seq = seq;
    part->event.at_ms = at_ms;
    part->event.role = role;
    part->event.staff = staff;
    bool fits = text_copy(part->event.kind, sizeof(part->event.kind),
                          slice_of_text(kind));
    assert(fits);
    (void)fits;
}

void append_appointment(struct append *append,
                        const struct appointment *appointment)
{
    struct part *part = add(append, PART_APPOINTMENT, slice(NULL, 0));

    if (part)
        part->appointment = *appointment;
}

void append_finders(struct append *append, struct consultation_id visit,
                    enum finder kind, const uint8_t (*hashes)[32], size_t count)
{
    struct part *part = add(append, PART_FINDERS, slice(hashes, count * 32));

    if (!part)
        return;
    part->finders.visit = visit;
    part->finders.kind = kind;
}

void append_text(struct append *append, struct consultation_id visit,
                 enum text_kind kind, uint32_t number, int64_t at_ms,
                 enum role role, struct slice text)
{
    struct part *part = add(append, PART_TEXT, text);

    if (!part)
        return;
    part->text.visit = visit;
    part->text.kind = kind;
    part->text.number = number;
    part->text.at_ms = at_ms;
    part->text.role = role;
}

void append_document(struct append *append, struct consultation_id visit,
                     enum document_kind kind, uint32_t version,
                     struct slice bytes)
{
    struct part *part = add(append, PART_DOCUMENT, bytes);

    if (!part)
        return;
    part->document.visit = visit;
    part->document.kind = kind;
    part->document.version = version;
}

void append_outbox(struct append *append, struct consultation_id visit,
                   enum notice_kind kind, uint64_t seq, const char *channel,
                   struct slice detail, int64_t at_ms)
{
    struct part *part = add(append, PART_OUTBOX, detail);

    if (!part)
        return;
    part->outbox.visit = visit;
    part->outbox.kind = kind;
    part->outbox.seq = seq;
    part->outbox.part = append->outbox_count++;
    part->outbox.at_ms = at_ms;
    bool fits = text_copy(part->outbox.channel, sizeof(part->outbox.channel),
                          slice_of_text(channel));
    assert(fits);
    (void)fits;
}

void append_deadlines(struct append *append, struct consultation_id visit,
                      uint64_t seq, const struct deadline *deadlines,
                      size_t count)
{
    struct part *part = add(append, PART_DEADLINES, slice(NULL, 0));

    assert(count <= DEADLINES_MAX);
    if (!part)
        return;
    part->deadlines.visit = visit;
    part->deadlines.seq = seq;
    part->deadlines.count = count;
    for (size_t i = 0; i < count; i++)
        part->deadlines.deadlines[i] = deadlines[i];
}

void append_folded(struct append *append, struct stream_id stream,
                   uint32_t form, struct slice facts)
{
    struct part *part = add(append, PART_FOLDED, facts);

    assert(!append_touched(append, stream));
    if (!part)
        return;
    part->folded.stream = stream;
    part->folded.form = form;
}

bool append_shares_stream(const struct append *a, const struct append *b)
{
    for (size_t i = 0; i < a->stream_count; i++) {
        for (size_t k = 0; k < b->stream_count; k++) {
            if (same_stream(&a->streams[i].stream, &b->streams[k].stream))
                return true;
        }
    }
    return false;
}

int append_compare_streams(const struct stream_id *a, const struct stream_id *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return memcmp(a->bytes, b->bytes, ID_BYTES);
}

static const struct stream_id *lowest(const struct append *append)
{
    static const struct stream_id none;
    const struct stream_id *found = &append->streams[0].stream;

    if (append->stream_count == 0)
        return &none;
    for (size_t i = 1; i < append->stream_count; i++) {
        if (append_compare_streams(&append->streams[i].stream, found) < 0)
            found = &append->streams[i].stream;
    }
    return found;
}

int append_compare(const struct append *a, const struct append *b)
{
    return append_compare_streams(lowest(a), lowest(b));
}
