/*
 * admin_commands: what the command line can do to the store. Each runs within
 * one store_ask or store_change, wherever that runs: in the server that was
 * asked over its socket, or in a program of its own.
 */
#ifndef APP_ADMIN_COMMANDS_H
#define APP_ADMIN_COMMANDS_H

#include "base/writer.h"
#include "signaling/app/link.h"
#include "signaling/store/store.h"

#include <stdio.h>

#define ADMIN_ARGUMENTS_MAX 32
#define ADMIN_OUTPUT_MAX    65536 /* bytes a command may print */

/* What the command line does with the file beside a command (admin_file.h). */
enum admin_file_use {
    ADMIN_FILE_NONE,
    ADMIN_FILE_SIGNS,  /* --to FILE --key KEY: written here, then signed */
    ADMIN_FILE_CHECKS, /* --heads FILE --heads-key KEY: if its signature holds
                        */
};

struct admin_call {
    int argc;
    const char *argv[ADMIN_ARGUMENTS_MAX]; /* the command's name first */
    const struct link_keys *keys;
    const char *public_url;
    FILE *file;        /* NULL: none was handed over */
    struct writer out; /* what to print */
};

struct admin_command {
    const char *name;
    const char *usage;
    bool changes;  /* needs store_change */
    bool password; /* --password-hash is made from standard input */
    bool alone;    /* no server may use the store meanwhile */
    /* 0, or -1 after a sentence of what is wrong was written to out. */
    int (*run)(struct reader_of_store *store, struct admin_call *call);
    enum admin_file_use file;
};

/* NULL when there is none. */
const struct admin_command *admin_command_find(const char *name);

/* All of them; ends with a NULL name. */
extern const struct admin_command admin_commands[];

#endif
