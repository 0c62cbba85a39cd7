/*
 * bad_disk: a disk for SQLite that fails when told to, and that knows what
 * would be left of its files if the power went now: what was synced, and of
 * what was written since, any part.
 */
#ifndef TESTS_STORE_BAD_DISK_H
#define TESTS_STORE_BAD_DISK_H

#include <assert.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum badness {
    DISK_GOOD,
    DISK_WRITE_FAILS, /* the n-th write: half of it, then an I/O error */
    DISK_SYNC_FAILS,  /* the n-th sync; what it should have kept is lost */
    DISK_SYNC_WARNS,  /* the n-th sync fails, but may have kept everything */
    DISK_SYNCS_FAIL,  /* from the n-th sync on, until it is mended */
    DISK_FULL,        /* from the n-th write on, until it is mended */
    DISK_FULL_ONCE,   /* the n-th write: half of it, then no space */
    DISK_STAYS_LONG,  /* the n-th truncation fails */
    DISK_LIES,        /* no sync does anything */
};

struct pending {
    struct pending *next;
    bool truncates;
    sqlite3_int64 offset;
    size_t length;
    unsigned char bytes[];
};

struct blob {
    unsigned char *bytes;
    size_t length;
    size_t capacity;
};

struct image {
    char name[128]; /* "": free */
    struct blob durable;
    struct pending *first;
    struct pending **end;
};

#define IMAGES 8

static struct {
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    pthread_mutex_t mutex;
    char folder[64]; /* whose files are watched */
    enum badness badness;
    unsigned countdown;
    bool fired;
    struct image images[IMAGES];
} bad_disk = { .mutex = PTHREAD_MUTEX_INITIALIZER };

struct bad_file {
    sqlite3_file base;
    struct image *image; /* NULL: not watched */
    sqlite3_file *real;
};

/* ---- images
 * ------------------------------------------------------------------ */

static void image_forget_pending(struct image *image)
{
    while (image->first) {
        struct pending *next = image->first->next;
        free(image->first);
        image->first = next;
    }
    image->end = &image->first;
}

static void image_free(struct image *image)
{
    image_forget_pending(image);
    free(image->durable.bytes);
    *image = (struct image){ .name = "" };
}

static struct image *image_of(const char *path)
{
    struct image *vacant = NULL;

    if (!path || bad_disk.folder[0] == '\0' ||
        strncmp(path, bad_disk.folder, strlen(bad_disk.folder)) != 0)
        return NULL;
    for (size_t i = 0; i < IMAGES; i++) {
        if (strcmp(bad_disk.images[i].name, path) == 0)
            return &bad_disk.images[i];
        if (bad_disk.images[i].name[0] == '\0')
            vacant = &bad_disk.images[i];
    }
    assert(vacant);
    snprintf(vacant->name, sizeof(vacant->name), "%s", path);
    vacant->end = &vacant->first;
    return vacant;
}

static void image_note(struct image *image, bool truncates,
                       sqlite3_int64 offset, const void *bytes, size_t length)
{
    struct pending *pending = calloc(1, sizeof(*pending) + length);

    assert(pending);
    pending->truncates = truncates;
    pending->offset = offset;
    pending->length = length;
    if (length > 0)
        memcpy(pending->bytes, bytes, length);
    *image->end = pending;
    image->end = &pending->next;
}

static void grow(struct blob *blob, size_t length)
{
    if (length > blob->capacity) {
        blob->capacity = length * 2;
        blob->bytes = realloc(blob->bytes, blob->capacity);
        assert(blob->bytes);
    }
    if (length > blob->length) {
        memset(blob->bytes + blob->length, 0, length - blob->length);
        blob->length = length;
    }
}

static void apply(struct blob *blob, const struct pending *pending,
                  size_t taken)
{
    if (pending->truncates) {
        if ((size_t)pending->offset < blob->length)
            blob->length = (size_t)pending->offset;
        return;
    }
    grow(blob, (size_t)pending->offset + taken);
    if (taken > 0)
        memcpy(blob->bytes + pending->offset, pending->bytes, taken);
}

static void image_sync(struct image *image)
{
    for (struct pending *p = image->first; p; p = p->next)
        apply(&image->durable, p, p->length);
    image_forget_pending(image);
}

/* Writes what would be left into another folder; seed chooses which of the
 * unsynced writes made it, in whole or in half. */
static void bad_disk_cut(const char *into, unsigned seed)
{
    pthread_mutex_lock(&bad_disk.mutex);
    for (size_t i = 0; i < IMAGES; i++) {
        const struct image *image = &bad_disk.images[i];
        struct blob left = { NULL, 0, 0 };
        char path[200];

        if (image->name[0] == '\0')
            continue;
        grow(&left, image->durable.length + 1);
        left.length = image->durable.length;
        if (left.length > 0)
            memcpy(left.bytes, image->durable.bytes, left.length);
        for (const struct pending *p = image->first; p; p = p->next) {
            unsigned choice = seed == 0 ? 0 : (unsigned)rand_r(&seed) % 4;
            if (choice < 2) /* all of them when the seed is 0 */
                apply(&left, p, p->length);
            else if (choice == 2)
                apply(&left, p, p->length / 2);
        }
        snprintf(path, sizeof(path), "%s%s", into, strrchr(image->name, '/'));
        FILE *file = fopen(path, "wb");
        assert(file);
        size_t written = fwrite(left.bytes, 1, left.length, file);
        assert(written == left.length);
        (void)written;
        fclose(file);
        free(left.bytes);
    }
    pthread_mutex_unlock(&bad_disk.mutex);
}

/* ---- failing
 * ----------------------------------------------------------------- */

enum disk_call { CALL_NONE, CALL_WRITE, CALL_SYNC, CALL_TRUNCATE };

static const struct {
    enum disk_call call;
    bool lasts;
} faults[] = {
    [DISK_GOOD] = { CALL_NONE, false },
    [DISK_LIES] = { CALL_NONE, false },
    [DISK_WRITE_FAILS] = { CALL_WRITE, false },
    [DISK_FULL_ONCE] = { CALL_WRITE, false },
    [DISK_FULL] = { CALL_WRITE, true },
    [DISK_SYNC_FAILS] = { CALL_SYNC, false },
    [DISK_SYNC_WARNS] = { CALL_SYNC, false },
    [DISK_SYNCS_FAIL] = { CALL_SYNC, true },
    [DISK_STAYS_LONG] = { CALL_TRUNCATE, false },
};

static bool fires(enum disk_call call)
{
    bool lasts = faults[bad_disk.badness].lasts;

    if (faults[bad_disk.badness].call != call)
        return false;
    if (bad_disk.countdown > 1) {
        bad_disk.countdown -= 1;
        return false;
    }
    bad_disk.fired = true;
    if (!lasts)
        bad_disk.badness = DISK_GOOD;
    return true;
}

static void bad_disk_becomes(enum badness badness, unsigned n)
{
    pthread_mutex_lock(&bad_disk.mutex);
    bad_disk.badness = badness;
    bad_disk.countdown = n;
    bad_disk.fired = false;
    pthread_mutex_unlock(&bad_disk.mutex);
}

/* ---- the file's methods
 * ------------------------------------------------------- */

#define REAL(file) (((struct bad_file *)(file))->real)
#define PASS(name, parameters, arguments)                                      \
    static int bad_##name parameters                                           \
    {                                                                          \
        return REAL(file)->pMethods->x##name arguments;                        \
    }

PASS(Read, (sqlite3_file * file, void *out, int n, sqlite3_int64 at),
     (REAL(file), out, n, at))
PASS(FileSize, (sqlite3_file * file, sqlite3_int64 *out), (REAL(file), out))
PASS(Lock, (sqlite3_file * file, int level), (REAL(file), level))
PASS(Unlock, (sqlite3_file * file, int level), (REAL(file), level))
PASS(CheckReservedLock, (sqlite3_file * file, int *out), (REAL(file), out))
PASS(FileControl, (sqlite3_file * file, int op, void *arg),
     (REAL(file), op, arg))
PASS(SectorSize, (sqlite3_file * file), (REAL(file)))
PASS(DeviceCharacteristics, (sqlite3_file * file), (REAL(file)))
PASS(ShmMap,
     (sqlite3_file * file, int page, int size, int extend, void volatile **out),
     (REAL(file), page, size, extend, out))
PASS(ShmLock, (sqlite3_file * file, int offset, int n, int flags),
     (REAL(file), offset, n, flags))
PASS(ShmUnmap, (sqlite3_file * file, int remove), (REAL(file), remove))

static void bad_ShmBarrier(sqlite3_file *file)
{
    REAL(file)->pMethods->xShmBarrier(REAL(file));
}

static int bad_Close(sqlite3_file *file)
{
    return REAL(file)->pMethods->xClose(REAL(file));
}

static int bad_Write(sqlite3_file *file, const void *bytes, int length,
                     sqlite3_int64 at)
{
    struct image *image = ((struct bad_file *)file)->image;
    int code = SQLITE_OK;

    pthread_mutex_lock(&bad_disk.mutex);
    enum badness badness = bad_disk.badness; /* firing may end it */
    if (image && fires(CALL_WRITE)) {
        bool full = badness == DISK_FULL || badness == DISK_FULL_ONCE;
        code = full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
        length /= 2;
    }
    int real = REAL(file)->pMethods->xWrite(REAL(file), bytes, length, at);
    if (image)
        image_note(image, false, at, bytes, (size_t)length);
    pthread_mutex_unlock(&bad_disk.mutex);
    return code == SQLITE_OK ? real : code;
}

static int bad_Truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct image *image = ((struct bad_file *)file)->image;

    pthread_mutex_lock(&bad_disk.mutex);
    bool fails = image && fires(CALL_TRUNCATE);
    int code = fails ? SQLITE_IOERR_TRUNCATE
                     : REAL(file)->pMethods->xTruncate(REAL(file), size);
    if (image && !fails)
        image_note(image, true, size, NULL, 0);
    pthread_mutex_unlock(&bad_disk.mutex);
    return code;
}

/* The real disk is never synced: the images say what is durable. */
static int bad_Sync(sqlite3_file *file, int flags)
{
    struct image *image = ((struct bad_file *)file)->image;
    int code = SQLITE_OK;

    (void)flags;
    pthread_mutex_lock(&bad_disk.mutex);
    bool warns = bad_disk.badness == DISK_SYNC_WARNS;
    if (image && fires(CALL_SYNC)) {
        /* As Linux does it: the pages are marked clean all the same, and the
         * next sync succeeds without them. */
        if (!warns)
            image_forget_pending(image);
        code = SQLITE_IOERR_FSYNC;
    } else if (image && bad_disk.badness != DISK_LIES) {
        image_sync(image);
    }
    pthread_mutex_unlock(&bad_disk.mutex);
    return code;
}

static const sqlite3_io_methods bad_methods = {
    .iVersion = 2,
    .xClose = bad_Close,
    .xRead = bad_Read,
    .xWrite = bad_Write,
    .xTruncate = bad_Truncate,
    .xSync = bad_Sync,
    .xFileSize = bad_FileSize,
    .xLock = bad_Lock,
    .xUnlock = bad_Unlock,
    .xCheckReservedLock = bad_CheckReservedLock,
    .xFileControl = bad_FileControl,
    .xSectorSize = bad_SectorSize,
    .xDeviceCharacteristics = bad_DeviceCharacteristics,
    .xShmMap = bad_ShmMap,
    .xShmLock = bad_ShmLock,
    .xShmBarrier = bad_ShmBarrier,
    .xShmUnmap = bad_ShmUnmap,
};

/* ---- the disk's methods
 * --------------------------------------------------------- */

static int bad_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file,
                    int flags, int *out_flags)
{
    struct bad_file *self = (struct bad_file *)file;

    (void)vfs;
    self->base.pMethods = NULL;
    self->real = (sqlite3_file *)(self + 1);
    int code =
        bad_disk.real->xOpen(bad_disk.real, name, self->real, flags, out_flags);
    if (!self->real->pMethods)
        return code;
    pthread_mutex_lock(&bad_disk.mutex);
    self->image = image_of(name);
    pthread_mutex_unlock(&bad_disk.mutex);
    self->base.pMethods = &bad_methods;
    return code;
}

static int bad_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    (void)vfs;
    (void)sync_folder;
    pthread_mutex_lock(&bad_disk.mutex);
    struct image *image = image_of(name);
    if (image)
        image_free(image);
    int code = bad_disk.real->xDelete(bad_disk.real, name, 0);
    pthread_mutex_unlock(&bad_disk.mutex);
    return code;
}

/* From now on SQLite uses this disk. */
static void bad_disk_install(void)
{
    bad_disk.real = sqlite3_vfs_find(NULL);
    bad_disk.vfs = *bad_disk.real;
    bad_disk.vfs.zName = "bad_disk";
    bad_disk.vfs.szOsFile =
        (int)sizeof(struct bad_file) + bad_disk.real->szOsFile;
    bad_disk.vfs.xOpen = bad_open;
    bad_disk.vfs.xDelete = bad_delete;
    sqlite3_vfs_register(&bad_disk.vfs, 1);
}

static void bad_disk_watch(const char *folder)
{
    for (size_t i = 0; i < IMAGES; i++)
        image_free(&bad_disk.images[i]);
    snprintf(bad_disk.folder, sizeof(bad_disk.folder), "%s", folder);
    bad_disk_becomes(DISK_GOOD, 0);
}

#endif
