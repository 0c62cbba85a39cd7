#include "signaling/core/field.h"

#include <string.h>

#define DAY_MS INT64_C(86400000)

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

bool date_is_real(struct date date)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30,
                                    31, 31, 30, 31, 30, 31 };

    if (date.year < 1900 || date.year > 2200)
        return false;
    if (date.month < 1 || date.month > 12 || date.day < 1)
        return false;
    int last = days[date.month - 1];
    if (date.month == 2 && is_leap(date.year))
        last = 29;
    return date.day <= last;
}

/* The calendar day of a count of days since 1970-01-01: years begin in March,
 * so that the leap day is the last of its year. */
static struct date date_of_days(int64_t days)
{
    int64_t shifted = days + 719468; /* since 0000-03-01 */
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
                           day_of_era / 146096) /
                          365;
    int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    int64_t month = month_from_march + (month_from_march < 10 ? 3 : -9);

    return (struct date){
        .year = (uint16_t)(year_of_era + era * 400 + (month <= 2 ? 1 : 0)),
        .month = (uint8_t)month,
        .day = (uint8_t)(day_of_year - (153 * month_from_march + 2) / 5 + 1),
    };
}

int date_age(struct date birth, int64_t now_ms)
{
    int64_t days = now_ms / DAY_MS - (now_ms % DAY_MS < 0 ? 1 : 0);
    struct date today = date_of_days(days);
    int age = today.year - birth.year;

    if (today.month < birth.month ||
        (today.month == birth.month && today.day < birth.day))
        age -= 1;
    return age;
}

int field_enum_value(const char *const *names, const char *name)
{
    for (int value = 0; names[value]; value++)
        if (strcmp(names[value], name) == 0)
            return value;
    return -1;
}
