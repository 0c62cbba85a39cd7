#include "signaling/outbox/zone.h"

#include <errno.h>
#include <glib.h>

int zone_wall_time(const char *zone, int64_t utc_ms, struct wall_time *out)
{
    GTimeZone *rules = g_time_zone_new_identifier(zone);
    GDateTime *utc;
    GDateTime *wall;
    int err = -ERANGE;

    if (!rules)
        return -ENOENT;
    utc = g_date_time_new_from_unix_utc(utc_ms / 1000);
    wall = utc ? g_date_time_to_timezone(utc, rules) : NULL;
    if (wall) {
        *out = (struct wall_time){
            .date = { .year = (uint16_t)g_date_time_get_year(wall),
                      .month = (uint8_t)g_date_time_get_month(wall),
                      .day = (uint8_t)g_date_time_get_day_of_month(wall) },
            .weekday = (uint8_t)g_date_time_get_day_of_week(wall),
            .hour = (uint8_t)g_date_time_get_hour(wall),
            .minute = (uint8_t)g_date_time_get_minute(wall),
        };
        g_date_time_unref(wall);
        err = 0;
    }
    if (utc)
        g_date_time_unref(utc);
    g_time_zone_unref(rules);
    return err;
}
