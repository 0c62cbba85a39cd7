/*
 * sandbox: what a process that parses hostile packets all day must not be able
 * to do. Closed once, after everything is loaded and bound and before the
 * first thread starts, and sealed when the last one runs; nothing opens it
 * again.
 */
#ifndef MEDIA_SANDBOX_H
#define MEDIA_SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

struct sandbox {
    bool has_user; /* become user and group, when started as root */
    uid_t user;
    gid_t group;
    const char *control; /* the one file that may be removed, at the end; NULL:
                          * none */
};

/*
 * No core files (they would hold people's sound and pictures), no other user's
 * rights, no new privileges, and from then on no file can be opened, written
 * or made: the relay reads no disk after its start and keeps no media. A kernel
 * without Landlock only costs the last part, with a warning. Negative errno.
 */
int sandbox_close(const struct sandbox *sandbox);

/*
 * After the last thread began, for all of them: only the system calls that
 * calls need. What is asked for beside them fails with EPERM: files, programs,
 * new threads, sockets and connections, executable memory, other processes. A
 * kernel without seccomp only costs this, with a warning. Negative errno.
 */
int sandbox_seal(void);

#endif
