#include "signaling/app/admin_file.h"

#include "signaling/app/signed_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int complain(const char *path, const char *what)
{
    fprintf(stderr, "vestibule: %s: %s.\n", path, what);
    return -1;
}

/* Where "--name VALUE" stands in the call; 0 when it does not. */
static int place_of(const struct admin_call *call, const char *name)
{
    for (int i = 1; i + 1 < call->argc; i += 2)
        if (strcmp(call->argv[i], name) == 0)
            return i;
    return 0;
}

/* The file's name stays in the call: whoever runs it must know of a file. */
static const char *see(const struct admin_call *call, const char *name)
{
    int i = place_of(call, name);

    return i > 0 ? call->argv[i + 1] : NULL;
}

static const char *take(struct admin_call *call, const char *name)
{
    int i = place_of(call, name);

    if (i == 0)
        return NULL;
    const char *value = call->argv[i + 1];
    call->argc -= 2;
    memmove(&call->argv[i], &call->argv[i + 2],
            (size_t)(call->argc - i) * sizeof(call->argv[0]));
    return value;
}

static int open_new(struct admin_file *file)
{
    int length = snprintf(file->unfinished, sizeof(file->unfinished),
                          "%s.unfinished", file->path);

    if (length < 0 || (size_t)length >= sizeof(file->unfinished))
        return complain(file->path, strerror(ENAMETOOLONG));
    file->descriptor =
        open(file->unfinished, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return file->descriptor < 0 ? complain(file->unfinished, strerror(errno))
                                : 0;
}

static int open_signed(struct admin_file *file)
{
    const char *error;

    file->descriptor = open(file->path, O_RDONLY | O_CLOEXEC);
    if (file->descriptor < 0)
        return complain(file->path, strerror(errno));
    if (!signed_file_check(file->descriptor, file->key, &error))
        return 0;
    close(file->descriptor);
    file->descriptor = -1;
    return complain(file->path, error);
}

int admin_file_open(struct admin_file *file,
                    const struct admin_command *command,
                    struct admin_call *call)
{
    bool writes = command->file == ADMIN_FILE_SIGNS;

    *file = (struct admin_file){ .use = command->file, .descriptor = -1 };
    if (file->use == ADMIN_FILE_NONE)
        return 0;
    file->path = see(call, writes ? "--to" : "--heads");
    file->key = take(call, writes ? "--key" : "--heads-key");
    if (!writes && !file->path && !file->key) {
        file->use = ADMIN_FILE_NONE; /* it does without */
        return 0;
    }
    if (!file->path || !file->key)
        return complain(command->name, command->usage);
    return writes ? open_new(file) : open_signed(file);
}

/* Whole and signed, or not there. */
static int finish_new(struct admin_file *file)
{
    const char *error = "the file cannot be written";

    if (signed_file_sign(file->descriptor, file->key, &error) ||
        fsync(file->descriptor) || rename(file->unfinished, file->path))
        return complain(file->path, error);
    return 0;
}

int admin_file_finish(struct admin_file *file, int status)
{
    if (file->descriptor < 0)
        return status;
    if (file->use == ADMIN_FILE_SIGNS) {
        if (status == 0 && finish_new(file))
            status = 1;
        if (status != 0)
            (void)unlink(file->unfinished);
    }
    close(file->descriptor);
    return status;
}

FILE *admin_file_stream(enum admin_file_use use, int descriptor)
{
    FILE *stream = fdopen(descriptor, use == ADMIN_FILE_SIGNS ? "w" : "r");

    if (!stream)
        close(descriptor);
    return stream;
}
