#include "signaling/bus/frame.h"

#include "base/map.h"
#include "base/reader.h"

void frame_write(struct writer *out, const struct frame *frame)
{
    writer_u8(out, (uint8_t)frame->kind);
    switch (frame->kind) {
    case FRAME_MOVED:
        writer_u64(out, frame->seq);
        writer_bytes(out, frame->key);
        break;
    case FRAME_LEASE:
        writer_u32(out, frame->holds_ms);
        writer_u8(out, (uint8_t)frame->key.length);
        writer_u8(out, (uint8_t)frame->member.length);
        writer_bytes(out, frame->key);
        writer_bytes(out, frame->member);
        writer_bytes(out, frame->value);
        break;
    case FRAME_TAKEN:
        writer_u32(out, frame->rate);
        writer_u32(out, frame->burst);
        writer_bytes(out, frame->key);
        break;
    case FRAME_GREET:
        break;
    }
}

static void read_lease(struct reader *in, struct frame *out)
{
    out->holds_ms = reader_u32(in);
    size_t key = reader_u8(in), member = reader_u8(in);
    out->key = reader_bytes(in, key);
    out->member = reader_bytes(in, member);
    out->value = reader_bytes(in, in->rest.length);
}

bool frame_read(struct slice bytes, struct frame *out)
{
    struct reader in = reader_of(bytes);

    *out = (struct frame){ .kind = (enum frame_kind)reader_u8(&in) };
    switch (out->kind) {
    case FRAME_MOVED:
        out->seq = reader_u64(&in);
        out->key = reader_bytes(&in, in.rest.length);
        break;
    case FRAME_LEASE:
        read_lease(&in, out);
        break;
    case FRAME_TAKEN:
        out->rate = reader_u32(&in);
        out->burst = reader_u32(&in);
        out->key = reader_bytes(&in, in.rest.length);
        break;
    case FRAME_GREET:
        return !in.failed && in.rest.length == 0;
    default:
        return false;
    }
    return !in.failed && out->key.length > 0 && out->key.length <= MAP_KEY_MAX;
}
