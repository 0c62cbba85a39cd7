/*
 * admin_file: the file that a command of the command line writes or reads.
 * Whoever types the command opens it, signs or checks it with a key of their
 * own, and hands it to the server open: the server needs neither the right to
 * the place nor the key.
 */
#ifndef APP_ADMIN_FILE_H
#define APP_ADMIN_FILE_H

#include "signaling/app/admin_commands.h"

struct admin_file {
    enum admin_file_use use;
    int descriptor; /* -1: none */
    const char *path;
    const char *key;
    char unfinished[4096]; /* where it is written before it is whole */
};

/* Takes the option that names the key out of the call. 0 also when the
 * command has no file; -1 after a sentence on standard error. */
int admin_file_open(struct admin_file *file,
                    const struct admin_command *command,
                    struct admin_call *call);

/* After the command ended with this exit status; the one to exit with. */
int admin_file_finish(struct admin_file *file, int status);

/* The descriptor as what commands take; closes it when that fails (NULL). */
FILE *admin_file_stream(enum admin_file_use use, int descriptor);

#endif
