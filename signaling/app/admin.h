/*
 * admin: the command line of `vestibule`; admin_usage() lists it. A running
 * server holds the database's lock, so the command goes to its admin socket;
 * with no server it opens the file itself.
 */
#ifndef APP_ADMIN_H
#define APP_ADMIN_H

#include "signaling/app/app.h"

struct admin;

/* Listens for commands of its own user and root (SO_PEERCRED). Texts are
 * copied. */
int admin_new(struct app *app, const char *path, const char *public_url,
              struct admin **out);
void admin_free(struct admin *admin);

/* Is this a command of the command line? */
bool admin_knows(const char *name);

/* vestibule NAME --option VALUE …; arguments start with NAME. Returns the exit
 * status; prints to standard output and error. A password comes from
 * standard input. */
int admin_main(int argc, char **argv, struct app_options *options);

/* The usage, one line a command. */
const char *admin_usage(void);

#endif
