/*
 * phone: telephone numbers as people write them. Numbers are kept as + and
 * digits (ITU-T E.164); people read them in pairs. Any thread.
 */
#ifndef BASE_PHONE_H
#define BASE_PHONE_H

#include <stddef.h>

#define PHONE_SAID 32 /* bytes, terminator included */

/* "+33536490001" becomes "05 36 49 00 01"; a number of another country, or one
 * that is already written in another way, stays as it is. */
void phone_national(const char *phone, char out[PHONE_SAID]);

/* "+33 5 36 49 00 01", for whoever calls from abroad. */
void phone_international(const char *phone, char out[PHONE_SAID]);

#endif
