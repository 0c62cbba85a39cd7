/*
 * admin_options: the --name VALUE pairs of a command, by a table of what it
 * takes; and the lines that commands print.
 */
#ifndef APP_ADMIN_OPTIONS_H
#define APP_ADMIN_OPTIONS_H

#include "signaling/app/admin_commands.h"

enum option_type { OPTION_TEXT, OPTION_ID, OPTION_SWITCH };

/* One --name value of a command, and where it goes. */
struct option {
    const char *name;
    enum option_type type;
    void *out;
    size_t size;
    bool optional;
};

#define TEXT(label, member)                                                    \
    {                                                                          \
        label, OPTION_TEXT, member, sizeof(member), false                      \
    }
#define OPTIONAL_TEXT(label, member)                                           \
    {                                                                          \
        label, OPTION_TEXT, member, sizeof(member), true                       \
    }
#define ID(label, member)                                                      \
    {                                                                          \
        label, OPTION_ID, (member).bytes, ID_BYTES, false                      \
    }

/* The table ends with a NULL name. -1 after a sentence of what is wrong. */
int options_take(struct admin_call *call, const struct option *options);

/* "COMMAND: --WHICH WHAT." Always -1. */
int admin_complain(struct admin_call *call, const char *what,
                   const char *which);

/* "WORD ID", without an end of line. */
void admin_print_id(struct admin_call *call, const char *word,
                    const uint8_t id[ID_BYTES]);

#endif
