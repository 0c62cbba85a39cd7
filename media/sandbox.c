#include "media/sandbox.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Everything that the first version of Landlock (Linux 5.13) can forbid. */
#define FILE_RIGHTS                                                            \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |              \
     LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |              \
     LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |          \
     LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |              \
     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |              \
     LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |            \
     LANDLOCK_ACCESS_FS_MAKE_SYM)

/* glibc 2.36 has no wrappers. */
static int ruleset_new(void)
{
    const struct landlock_ruleset_attr rules = { .handled_access_fs =
                                                     FILE_RIGHTS };

    return (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);
}

/* The leak check at the end of a sanitized build looks at its own threads. */
#ifdef __SANITIZE_ADDRESS__
#define LOOKED_AT_BY_SANITIZER true
#else
#define LOOKED_AT_BY_SANITIZER false
#endif

/* The directory of the control socket, in which the socket may be removed. */
static int directory_of(const char *path)
{
    char directory[PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 1;

    if (length >= sizeof(directory))
        return -1;
    if (slash) {
        memcpy(directory, length ? path : "/", length ? length : 1);
        directory[length ? length : 1] = '\0';
    }
    return open(directory, O_PATH | O_CLOEXEC);
}

/* Takes the descriptor over; without one nothing is allowed. */
static void allow(int rules, int directory, uint64_t rights)
{
    const struct landlock_path_beneath_attr rule = {
        .allowed_access = rights,
        .parent_fd = directory,
    };

    if (directory < 0)
        return;
    (void)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH,
                  &rule, 0);
    close(directory);
}

static int close_files(const char *control)
{
    int rules = ruleset_new();
    int err = 0;

    if (rules < 0)
        return -errno;
    if (control)
        allow(rules, directory_of(control), LANDLOCK_ACCESS_FS_REMOVE_FILE);
    if (LOOKED_AT_BY_SANITIZER)
        allow(rules, directory_of("/proc/"),
              LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR);
    if (syscall(SYS_landlock_restrict_self, rules, 0) != 0)
        err = -errno;
    close(rules);
    return err;
}

int sandbox_close(const struct sandbox *sandbox)
{
    const struct rlimit none = { 0, 0 };
    int err;

    if (setrlimit(RLIMIT_CORE, &none) != 0 ||
        prctl(PR_SET_DUMPABLE, LOOKED_AT_BY_SANITIZER, 0, 0, 0) != 0)
        return -errno;
    if (sandbox->has_user && geteuid() == 0 &&
        (setgroups(0, NULL) != 0 || setgid(sandbox->group) != 0 ||
         setuid(sandbox->user) != 0))
        return -errno;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -errno;
    err = close_files(sandbox->control);
    if (err)
        log_warning("files stay open to us errno=%d kernel=no_landlock", -err);
    return 0;
}
