#include "base/secret.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void secret_random(void *out, size_t length)
{
    uint8_t *place = out;

    while (length > 0) {
        ssize_t got = getrandom(place, length, 0);
        if (got < 0) {
            if (errno == EINTR)
                continue;
            abort();
        }
        place += got;
        length -= (size_t)got;
    }
}

bool secret_equal(const void *a, const void *b, size_t length)
{
    const volatile uint8_t *left = a;
    const volatile uint8_t *right = b;
    uint8_t difference = 0;

    for (size_t i = 0; i < length; i++)
        difference |= left[i] ^ right[i];
    return difference == 0;
}

void secret_wipe(void *bytes, size_t length)
{
    if (length > 0)
        explicit_bzero(bytes, length);
}
