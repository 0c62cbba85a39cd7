/*
 * secret: random bytes, comparing and wiping without telling anyone.
 * Any thread.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes from the kernel's generator (getrandom(2)); ends the process when the
 * kernel has none, for nothing we do afterwards would be safe. */
void secret_random(void *out, size_t length);

/* Takes the same time wherever the bytes differ. */
bool secret_equal(const void *a, const void *b, size_t length);

void secret_wipe(void *bytes, size_t length);

#endif
