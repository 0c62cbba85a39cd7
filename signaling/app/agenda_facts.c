#include "signaling/app/agenda_facts.h"

#include "base/reader.h"
#include "base/writer.h"

#include <assert.h>

struct slice agenda_facts_write(const struct agenda *agenda,
                                uint8_t out[AGENDA_FACTS_MAX])
{
    struct writer writer = writer_into(out, AGENDA_FACTS_MAX);

    writer_u64(&writer, agenda->seq);
    writer_u64(&writer, (uint64_t)agenda->last_ms);
    writer_bytes(&writer, slice(agenda->admitted.bytes, ID_BYTES));
    writer_u32(&writer, agenda->delay_min);
    writer_u64(&writer, (uint64_t)agenda->delay_told_ms);
    writer_u32(&writer, agenda->count);
    for (uint32_t i = 0; i < agenda->count; i++) {
        const struct agenda_slot *slot = &agenda->slots[i];
        writer_bytes(&writer, slice(slot->consultation.bytes, ID_BYTES));
        writer_u64(&writer, (uint64_t)slot->start_ms);
        writer_u64(&writer, (uint64_t)slot->end_ms);
    }
    assert(!writer.failed);
    return writer_done(&writer);
}

static struct consultation_id read_visit(struct reader *reader)
{
    struct slice bytes = reader_bytes(reader, ID_BYTES);
    struct consultation_id visit = { { 0 } };

    if (!reader->failed)
        memcpy(visit.bytes, bytes.data, ID_BYTES);
    return visit;
}

bool agenda_facts_read(struct slice bytes, struct agenda *out)
{
    struct reader reader = reader_of(bytes);

    out->seq = reader_u64(&reader);
    out->last_ms = (int64_t)reader_u64(&reader);
    out->admitted = read_visit(&reader);
    out->delay_min = reader_u32(&reader);
    out->delay_told_ms = (int64_t)reader_u64(&reader);
    out->count = reader_u32(&reader);
    if (out->count > AGENDA_SLOTS_MAX)
        return false;
    for (uint32_t i = 0; i < out->count; i++) {
        out->slots[i].consultation = read_visit(&reader);
        out->slots[i].start_ms = (int64_t)reader_u64(&reader);
        out->slots[i].end_ms = (int64_t)reader_u64(&reader);
    }
    return !reader.failed && reader.rest.length == 0;
}
