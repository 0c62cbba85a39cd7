#include "media/rtp/vp8.h"

#include "base/reader.h"

#define HAS_MORE 0x80 /* first byte: X */
#define STARTS   0x10 /* S */
#define PARTS    0x07

#define HAS_PICTURE 0x80 /* second byte: I */
#define HAS_BASE    0x40 /* L */
#define HAS_LAYER   0x20 /* T */
#define HAS_KEY     0x10 /* K */

#define LONG_PICTURE 0x80 /* M */
#define KEY_BITS     5    /* beside TID and Y */

static uint16_t mask_of(unsigned bits)
{
    return (uint16_t)((1u << bits) - 1);
}

static struct vp8_field read_picture(struct reader *in, uint8_t at)
{
    uint8_t first = reader_u8(in);

    if (!(first & LONG_PICTURE))
        return (struct vp8_field){ at, 7, first };
    return (struct vp8_field){
        at, 15, (uint16_t)((first & ~LONG_PICTURE) << 8 | reader_u8(in))
    };
}

static void read_numbers(struct reader *in, struct vp8_field *numbers)
{
    uint8_t has = reader_u8(in);
    uint8_t at = 2;

    if (has & HAS_PICTURE) {
        numbers[VP8_PICTURE] = read_picture(in, at);
        at = (uint8_t)(at + (numbers[VP8_PICTURE].bits > 7 ? 2 : 1));
    }
    if (has & HAS_BASE)
        numbers[VP8_BASE] = (struct vp8_field){ at++, 8, reader_u8(in) };
    if (has & (HAS_LAYER | HAS_KEY)) {
        uint8_t both = reader_u8(in);

        if (has & HAS_KEY)
            numbers[VP8_KEY] =
                (struct vp8_field){ at, KEY_BITS, both & mask_of(KEY_BITS) };
    }
}

struct vp8_descriptor vp8_read(struct slice payload)
{
    struct reader in = reader_of(payload);
    struct vp8_descriptor out = { .whole = false };
    uint8_t first = reader_u8(&in);
    uint8_t frame;

    if (first & HAS_MORE)
        read_numbers(&in, out.numbers);
    if (in.failed)
        return (struct vp8_descriptor){ .whole = false };
    /* Section 4.3: the inverse key frame flag leads the first partition. */
    frame = reader_u8(&in);
    out.whole = !in.failed && (first & (STARTS | PARTS)) == STARTS &&
                (frame & 0x01) == 0;
    return out;
}

void vp8_map_switch(struct vp8_map *map)
{
    for (size_t i = 0; i < VP8_NUMBERS; i++)
        map->counts[i].attached = false;
}

/* Goes on with the next number; a stream's first source keeps its own. */
static void attach(struct vp8_count *count, uint16_t value)
{
    count->attached = true;
    count->shift = count->begun ? (uint16_t)(count->last + 1 - value) : 0;
}

/* Wider numbers than the sender's wrap as the sender's do. */
static uint16_t number_of(const struct vp8_count *count,
                          const struct vp8_field *field)
{
    return (uint16_t)(field->value + count->shift) & mask_of(field->bits);
}

void vp8_map_pass(struct vp8_map *map, const struct vp8_descriptor *packet,
                  bool newest)
{
    for (size_t i = 0; i < VP8_NUMBERS; i++) {
        const struct vp8_field *field = &packet->numbers[i];
        struct vp8_count *count = &map->counts[i];

        if (field->bits == 0)
            continue;
        if (!count->attached)
            attach(count, field->value);
        if (newest || !count->begun)
            count->last = number_of(count, field);
        count->begun = true;
    }
}

static void write_field(const struct vp8_field *field, uint16_t value,
                        uint8_t *at)
{
    if (field->bits > 8) {
        at[0] = (uint8_t)(LONG_PICTURE | value >> 8);
        at[1] = (uint8_t)value;
        return;
    }
    *at = (uint8_t)((*at & ~mask_of(field->bits)) | value);
}

void vp8_map_write(const struct vp8_map *map,
                   const struct vp8_descriptor *packet, uint8_t *payload)
{
    for (size_t i = 0; i < VP8_NUMBERS; i++) {
        const struct vp8_field *field = &packet->numbers[i];

        if (field->bits > 0 && map->counts[i].attached)
            write_field(field, number_of(&map->counts[i], field),
                        payload + field->at);
    }
}
