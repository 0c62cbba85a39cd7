/*
 * field: describes one member of a command, an event or a view, so that codecs
 * (JSON at the edge, records in the store) are loops over tables and the core
 * stays free of JSON. Names are what the outside reads.
 */
#ifndef CORE_FIELD_H
#define CORE_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_type {
    FIELD_TEXT,  /* char[size], terminated, clean UTF-8 */
    FIELD_SLICE, /* struct slice: long text, lines allowed, size is its cap */
    FIELD_BOOL,  /* bool */
    FIELD_U32,   /* uint32_t */
    FIELD_I64,   /* int64_t: money in minor units, times in UTC milliseconds */
    FIELD_ENUM,  /* int-sized enum; outside it is a name out of `names` */
    FIELD_ID,    /* uint8_t[16]; outside base64url */
    FIELD_HASH,  /* uint8_t[32]; outside 64 hexadecimal digits */
    FIELD_DATE,  /* struct date; outside "1950-03-02" */
};

/* A calendar day without time zone; all zero: none. */
struct date {
    uint16_t year;
    uint8_t month; /* 1 to 12 */
    uint8_t day;   /* 1 to 31 */
};

/* A day that exists, 1900 to 2200. */
bool date_is_real(struct date date);

/* Whole years between birth and the UTC day of now; negative: not yet born. */
int date_age(struct date birth, int64_t now_ms);

struct field {
    const char *name;
    enum field_type type;
    size_t offset;
    size_t size;
    const char *const *names; /* FIELD_ENUM: in order of value, NULL ends */
    bool optional;            /* commands only: may be left out (zero) */
    unsigned roles; /* views only: bits of enum role that may see it */
};

/* A member of a struct as a row of a table; what is special about it follows.
 */
#define FIELD(of, label, kind, member, ...)                                    \
    {                                                                          \
        .name = label, .type = kind, .offset = offsetof(of, member),           \
        .size = sizeof(((of *)0)->member), __VA_ARGS__                         \
    }

/* The row that ends each table. */
#define FIELDS_END                                                             \
    {                                                                          \
        .name = NULL                                                           \
    }

/* The value of a name, or -1. */
int field_enum_value(const char *const *names, const char *name);

#endif
