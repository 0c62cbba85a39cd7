/*
 * cut: knows what of a folder's files would be left if the power went now.
 * Loaded before libc (LD_PRELOAD) into whatever writes below the folder
 * POWER_LIVE; keeps beside it, in POWER_DURABLE, the same tree with each file
 * as it was when it was last synced. Names (created, renamed, removed) count as
 * durable at once. A real disk is never synced: this is where syncs end.
 *
 * With POWER_FAULT=sync:N or write:N the N-th sync or write of each process,
 * counted from when the file POWER_ARMED is there, fails: EIO, and nothing is
 * kept; or half of it, and then ENOSPC. That it did is told by POWER_ARMED-met.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* What we put in libc's place. */
int fsync(int file);
int fdatasync(int file);
void sync(void);
int syncfs(int file);
ssize_t write(int file, const void *bytes, size_t length);
ssize_t pwrite(int file, const void *bytes, size_t length, off_t at);
ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t at);
ssize_t pwritev(int file, const struct iovec *parts, int count, off_t at);
ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t at);
int open(const char *path, int flags, ...);
int open64(const char *path, int flags, ...);
int rename(const char *from, const char *to);
int unlink(const char *path);
int mkdir(const char *path, mode_t mode);
int rmdir(const char *path);

static char live[PATH_MAX];
static char durable[PATH_MAX];
static const char *armed;
static const char *fault = "";
static int countdown;

__attribute__((constructor)) static void begin(void)
{
    const char *from = getenv("POWER_LIVE");
    const char *to = getenv("POWER_DURABLE");
    const char *which = getenv("POWER_FAULT");

    if (!from || !to)
        return;
    (void)snprintf(live, sizeof(live), "%s", from);
    (void)snprintf(durable, sizeof(durable), "%s", to);
    if (!which || !getenv("POWER_ARMED"))
        return;
    /* Copies: PostgreSQL writes over its environment. */
    fault = strdup(which);
    armed = strdup(getenv("POWER_ARMED"));
    countdown = atoi(strchr(which, ':') + 1);
}

static void *next(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);

    if (!found)
        abort();
    return found;
}

/* The file's place among the durable ones. False: it is none of ours. */
static bool place_of(const char *path, char out[2 * PATH_MAX])
{
    char whole[2 * PATH_MAX];
    size_t length = strlen(live);

    if (path[0] != '/') {
        char folder[PATH_MAX];
        if (!getcwd(folder, sizeof(folder)))
            return false;
        (void)snprintf(whole, sizeof(whole), "%s/%s", folder, path);
        path = whole;
    }
    if (length == 0 || strncmp(path, live, length) != 0 || path[length] != '/')
        return false;
    int wanted =
        snprintf(out, 2 * (size_t)PATH_MAX, "%s%s", durable, path + length);
    return wanted < 2 * PATH_MAX;
}

typedef int open_fn(const char *path, int flags, ...);

static int plain_open(const char *path, int flags)
{
    open_fn *real = next("open");

    return real(path, flags | O_CLOEXEC, 0600);
}

/* ---- syncing --------------------------------------------------------------
 */

/* In place and never shorter before the end: whoever is killed in the middle of
 * it leaves some of the old and some of the new, as a disk does. */
static int copy_into(int from, const char *place)
{
    static __thread char block[65536];
    int to = plain_open(place, O_WRONLY | O_CREAT);
    off_t at = 0;
    ssize_t got;

    if (to < 0)
        return -1;
    while ((got = pread(from, block, sizeof(block), at)) > 0) {
        if (pwrite64(to, block, (size_t)got, at) != got)
            got = -1;
        if (got < 0)
            break;
        at += got;
    }
    int err = got < 0 || ftruncate(to, at) ? -1 : 0;
    close(to);
    return err;
}

/* The name of an open file, if it is one of ours and still has one. */
static bool name_of(int file, char out[PATH_MAX], char place[2 * PATH_MAX])
{
    char link[64];
    struct stat found;

    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, out, PATH_MAX - 1);
    if (length < 0 || fstat(file, &found) || !S_ISREG(found.st_mode) ||
        found.st_nlink == 0)
        return false;
    out[length] = '\0';
    return place_of(out, place);
}

/* Is it this process's turn to fail? */
static bool fails(const char *call, int file)
{
    char path[PATH_MAX], place[2 * PATH_MAX];

    if (strncmp(fault, call, strlen(call)) != 0 || access(armed, F_OK) != 0 ||
        !name_of(file, path, place))
        return false;
    if (__atomic_sub_fetch(&countdown, 1, __ATOMIC_SEQ_CST) != 0)
        return false;
    (void)snprintf(path, sizeof(path), "%s-met", armed);
    int met = plain_open(path, O_WRONLY | O_CREAT);
    if (met >= 0)
        close(met);
    return true;
}

static int keep(int file)
{
    char path[PATH_MAX], place[2 * PATH_MAX];

    if (fails("sync", file)) {
        errno = EIO;
        return -1;
    }
    if (!name_of(file, path, place))
        return 0;
    int from = plain_open(path, O_RDONLY);
    if (from < 0)
        return -1;
    int err = copy_into(from, place);
    close(from);
    return err;
}

int fsync(int file)
{
    return keep(file);
}

int fdatasync(int file)
{
    return keep(file);
}

/* Nobody we watch promises anything upon these. */
void sync(void)
{
}

int syncfs(int file)
{
    (void)file;
    return 0;
}

/* ---- writing --------------------------------------------------------------
 */

static ssize_t no_space(void)
{
    errno = ENOSPC;
    return -1;
}

ssize_t write(int file, const void *bytes, size_t length)
{
    ssize_t (*real)(int, const void *, size_t) = next("write");

    if (!fails("write", file))
        return real(file, bytes, length);
    (void)!real(file, bytes, length / 2);
    return no_space();
}

/* SQLite calls those with 64 in their names, PostgreSQL the others. */
typedef ssize_t pwrite_fn(int file, const void *bytes, size_t length,
                          off64_t at);

static ssize_t write_at(const char *name, int file, const void *bytes,
                        size_t length, off64_t at)
{
    pwrite_fn *real = next(name);

    if (!fails("write", file))
        return real(file, bytes, length, at);
    (void)!real(file, bytes, length / 2, at);
    return no_space();
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t at)
{
    return write_at("pwrite", file, bytes, length, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t at)
{
    return write_at("pwrite64", file, bytes, length, at);
}

typedef ssize_t pwritev_fn(int file, const struct iovec *parts, int count,
                           off64_t at);

static ssize_t write_parts(const char *name, int file,
                           const struct iovec *parts, int count, off64_t at)
{
    pwritev_fn *real = next(name);

    if (!fails("write", file))
        return real(file, parts, count, at);
    (void)!real(file, parts, count / 2, at);
    return no_space();
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t at)
{
    return write_parts("pwritev", file, parts, count, at);
}

ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t at)
{
    return write_parts("pwritev64", file, parts, count, at);
}

/* ---- names ----------------------------------------------------------------
 */

static int open_and_note(const char *name, const char *path, int flags,
                         va_list arguments)
{
    open_fn *real = next(name);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
    char place[2 * PATH_MAX];
    int file = real(path, flags, mode);

    if (file >= 0 && (flags & O_CREAT) && place_of(path, place)) {
        int empty = plain_open(place, O_WRONLY | O_CREAT);
        if (empty >= 0)
            close(empty);
    }
    return file;
}

int open(const char *path, int flags, ...)
{
    va_list arguments;

    va_start(arguments, flags);
    int file = open_and_note("open", path, flags, arguments);
    va_end(arguments);
    return file;
}

int open64(const char *path, int flags, ...)
{
    va_list arguments;

    va_start(arguments, flags);
    int file = open_and_note("open64", path, flags, arguments);
    va_end(arguments);
    return file;
}

int rename(const char *from, const char *to)
{
    int (*real)(const char *, const char *) = next("rename");
    char old[2 * PATH_MAX], new[2 * PATH_MAX];
    int err = real(from, to);

    if (!err && place_of(from, old) && place_of(to, new))
        (void)real(old, new);
    return err;
}

typedef int name_fn(const char *path);

static int remove_both(const char *name, const char *path)
{
    name_fn *real = next(name);
    char place[2 * PATH_MAX];
    bool ours = place_of(path, place);
    int err = real(path);

    if (!err && ours)
        (void)real(place);
    return err;
}

int unlink(const char *path)
{
    return remove_both("unlink", path);
}

int rmdir(const char *path)
{
    return remove_both("rmdir", path);
}

int mkdir(const char *path, mode_t mode)
{
    int (*real)(const char *, mode_t) = next("mkdir");
    char place[2 * PATH_MAX];
    int err = real(path, mode);

    if (!err && place_of(path, place))
        (void)real(place, mode);
    return err;
}
