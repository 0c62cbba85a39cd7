/*
 * ids: names of things, 128 random bits each, one C type per noun so that a
 * swapped argument does not compile. Outside they are base64url, 22 characters.
 */
#ifndef CORE_IDS_H
#define CORE_IDS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define ID_BYTES 16
#define ID_TEXT  23 /* base64url with its terminator */

#define ID_OF(noun)                                                            \
    struct noun##_id {                                                         \
        uint8_t bytes[ID_BYTES];                                               \
    };                                                                         \
    static inline bool noun##_id_equal(struct noun##_id a, struct noun##_id b) \
    {                                                                          \
        return memcmp(a.bytes, b.bytes, ID_BYTES) == 0;                        \
    }                                                                          \
    static inline bool noun##_id_is_none(struct noun##_id id)                  \
    {                                                                          \
        struct noun##_id none = { { 0 } };                                     \
        return noun##_id_equal(id, none);                                      \
    }

ID_OF(clinic)
ID_OF(practitioner)
ID_OF(staff)        /* who signed in: a doctor or a secretary */
ID_OF(consultation) /* one visit, from booking to the last document */
ID_OF(command)      /* made when the button is pressed */

#endif
