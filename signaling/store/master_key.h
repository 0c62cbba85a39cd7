/*
 * master_key: the 32 bytes that wrap the streams' keys, which a file or a
 * command hands over. They never lie beside the data.
 */
#ifndef STORE_MASTER_KEY_H
#define STORE_MASTER_KEY_H

#include <stddef.h>
#include <stdint.h>

/* source: a file's path, or "command:" and a command that prints them; 32 bytes
 * as they are, or 64 hexadecimal digits. On failure a negative errno and what
 * is wrong in error, as the rest of a sentence. */
int master_key_read(const char *source, uint8_t out[32], char *error,
                    size_t error_size);

#endif
