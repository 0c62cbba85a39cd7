#include "base/phone.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define FRANCE_DIGITS 9 /* after +33; ARCEP's numbering plan */

static bool is_french(const char *phone)
{
    return strncmp(phone, "+33", 3) == 0 &&
           strspn(phone + 3, "0123456789") == FRANCE_DIGITS &&
           phone[3 + FRANCE_DIGITS] == '\0';
}

static void say(const char *phone, const char *before, char out[PHONE_SAID])
{
    const char *d = phone + 3;

    if (is_french(phone))
        (void)snprintf(out, PHONE_SAID, "%s%c %.2s %.2s %.2s %.2s", before,
                       d[0], d + 1, d + 3, d + 5, d + 7);
    else
        (void)snprintf(out, PHONE_SAID, "%s", phone);
}

void phone_national(const char *phone, char out[PHONE_SAID])
{
    say(phone, "0", out);
}

void phone_international(const char *phone, char out[PHONE_SAID])
{
    say(phone, "+33 ", out);
}
