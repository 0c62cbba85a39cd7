#include "media/rate/picture.h"

/* A picture this wide is not what speech suffers from. */
#define BLAMED_BPS 300000
/* Sent times the limit: a line that shrank so much holds a queue by now, and
 * speech waits in it. */
#define OVERFULL 1.6

static bool is_bad(const struct picture_line *line)
{
    return line->limit_bps < PICTURE_NEEDS_BPS ||
           (line->speech_suffers && line->limit_bps < BLAMED_BPS);
}

static bool is_overfull(const struct picture_line *line)
{
    return line->full_bps < BLAMED_BPS &&
           (double)line->sent_bps > OVERFULL * (double)line->full_bps;
}

static bool change(struct picture *picture, bool off, uint64_t now_us)
{
    picture->off = off;
    picture->changed_us = now_us;
    picture->bad_since_us = 0;
    return true;
}

bool picture_update(struct picture *picture, const struct picture_line *line,
                    uint64_t now_us)
{
    uint64_t since = now_us - picture->changed_us;

    if (picture->off) {
        if (since < PICTURE_OFF_US || line->speech_suffers ||
            line->limit_bps < PICTURE_BACK_BPS)
            return false;
        return change(picture, false, now_us);
    }
    if (is_overfull(line) && since >= PICTURE_OFF_US)
        return change(picture, true, now_us);
    if (!is_bad(line)) {
        picture->bad_since_us = 0;
        return false;
    }
    if (picture->bad_since_us == 0)
        picture->bad_since_us = now_us;
    if (now_us - picture->bad_since_us < PICTURE_BAD_US)
        return false;
    return change(picture, true, now_us);
}
