#include "signaling/store/master_key.h"

#include "base/secret.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define COMMAND "command:"

static int key_of(const uint8_t *bytes, size_t length, uint8_t out[32])
{
    if (length == 32)
        memcpy(out, bytes, 32);
    else if (length == 64 || (length == 65 && bytes[64] == '\n'))
        return text_hex_read(slice(bytes, 64), out, 32);
    return length == 32 ? 0 : -EBADMSG;
}

int master_key_read(const char *source, uint8_t out[32], char *error,
                    size_t error_size)
{
    uint8_t bytes[128]; /* more than is right, to see what is too long */
    bool command = strncmp(source, COMMAND, strlen(COMMAND)) == 0;
    FILE *file =
        command ? popen(source + strlen(COMMAND), "re") : fopen(source, "re");

    if (!file) {
        int err = -errno;
        snprintf(error, error_size, "cannot be read: %s", strerror(-err));
        return err;
    }
    size_t length = fread(bytes, 1, sizeof(bytes), file);
    bool failed = ferror(file);
    int status = command ? pclose(file) : fclose(file);
    int err = failed || (command && status) ? -EIO : key_of(bytes, length, out);
    secret_wipe(bytes, sizeof(bytes));
    if (err)
        snprintf(error, error_size,
                 "has to give 32 bytes, or 64 hexadecimal digits");
    return err;
}
