#include "signaling/store/group.h"

#include "base/log.h"
#include "signaling/store/write.h"

#include <errno.h>
#include <stdlib.h>

static bool shares_stream(struct append *const *appends, size_t count,
                          const struct append *append)
{
    for (size_t i = 0; i < count; i++) {
        if (append_shares_stream(appends[i], append))
            return true;
    }
    return false;
}

static int compare_members(const void *a, const void *b)
{
    return append_compare(*(struct append *const *)a,
                          *(struct append *const *)b);
}

/* How many that stay behind are remembered; beyond, nobody overtakes. */
#define GROUP_PASSED_MAX 64

size_t group_take(struct list *waiting, struct append *out[GROUP_MAX])
{
    struct append *passed[GROUP_PASSED_MAX];
    size_t count = 0, passed_count = 0;

    list_each (link, after, waiting) {
        struct append *append = list_member(link, struct append, job.link);
        if (count == GROUP_MAX || passed_count == GROUP_PASSED_MAX)
            break;
        /* One that waits for a stream keeps its other streams, too: the order
         * of each stream stays the order of asking. */
        if (shares_stream(out, count, append) ||
            shares_stream(passed, passed_count, append)) {
            passed[passed_count++] = append;
            continue;
        }
        list_remove(link);
        out[count++] = append;
    }
    qsort(out, count, sizeof(struct append *), compare_members);
    return count;
}

/* ---- when a commit failed -------------------------------------------------
 */

static int write_marker(struct reader_of_store *writer)
{
    int err = connection_begin(writer, SQL_ALONE);

    if (!err)
        err = sql_run(writer->sql,
                      "UPDATE marker SET value = value + 1 WHERE number = 1",
                      SQL_NO_VALUES, NULL, NULL);
    if (!err)
        err = connection_commit(writer);
    if (err && writer->sql)
        connection_rollback(writer);
    return err;
}

/* 0 once nothing of a failed commit can come back. */
static int make_sure(struct reader_of_store *writer)
{
    int err = connection_reopen(writer);

    if (!err)
        err = write_marker(writer);
    if (!err)
        atomic_store(writer->unsure, false);
    log_warning("store_commit_failed sure_now=%d", !err);
    return err;
}

/* 0: certainly nothing of the transaction is stored. */
static int after_failed_commit(struct reader_of_store *writer, int why)
{
    /* A full disk or a busy file stops SQLite before the last page, the one
     * that makes a commit of the others; PostgreSQL said that it undid it. */
    bool harmless =
        why == -ENOSPC || why == -EBUSY || why == -EAGAIN || why == -ECANCELED;

    connection_rollback(writer);
    atomic_store(writer->unsure, !harmless);
    int err = make_sure(writer);
    if (harmless)
        return 0;
    /* A server may have done it before its answer was lost. It can be looked up
     * from now on, but nobody here knows. */
    return writer->driver->shared ? -EIO : err;
}

static int begin(struct reader_of_store *writer, enum sql_access access)
{
    if (atomic_load(writer->unsure)) {
        int err = make_sure(writer);
        if (err)
            return err;
    }
    return connection_begin(writer, access);
}

/* After -EIO and the like a connection is not trusted any more. */
static void give_up(struct reader_of_store *writer, int why)
{
    if (!writer->sql)
        return;
    connection_rollback(writer);
    if (why == -EIO || why == -ENOMEM)
        connection_close(writer);
}

/* ---- appends --------------------------------------------------------------
 */

/* Not 0 when the whole transaction is lost. */
static int write_member(struct reader_of_store *writer, struct append *append)
{
    if (append->failed)
        return 0;

    int err = sql_savepoint(writer->sql);
    if (err)
        return err;
    err = append_write(writer, append);
    if (!err && append->answer.result == APPEND_COMMITTED)
        return sql_savepoint_keep(writer->sql);

    if (err == -EAGAIN) {
        append->answer = (struct append_answer){ APPEND_CONFLICT, 0, 0 };
    } else if (err) {
        log_error("append_failed err=%d", err);
        append->answer = (struct append_answer){ APPEND_NOT_STORED, 0, 0 };
    }
    keyring_undone(&writer->keys);
    int lost = sql_savepoint_undo(writer->sql);
    return err == -EIO || err == -ENOSPC ? err : lost;
}

static void answer_written(struct append **members, size_t count,
                           enum append_result result)
{
    for (size_t i = 0; i < count; i++) {
        if (members[i]->answer.result == APPEND_COMMITTED)
            members[i]->answer = (struct append_answer){ result, 0, 0 };
    }
}

static int compare_touched(const void *a, const void *b)
{
    return append_compare_streams(&(*(struct touched *const *)a)->stream,
                                  &(*(struct touched *const *)b)->stream);
}

/* Takes the rows that writers of several nodes fight for in one order, so that
 * no two groups wait for each other. What they say is known once it settles. */
static int lock_heads(struct reader_of_store *writer, struct append **members,
                      size_t count)
{
    struct touched *all[GROUP_MAX * APPEND_STREAMS_MAX];
    size_t found = 0;
    int err = 0;

    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < members[i]->stream_count; k++)
            all[found++] = &members[i]->streams[k];
    qsort(all, found, sizeof(all[0]), compare_touched);
    for (size_t i = 0; i < found && !err; i++)
        err = append_lock_head(writer, all[i]);
    return err;
}

/* Where each answer is a round trip: begins and asks for all, then writes all,
 * in two. 0 when every member that may be written is. Anything else, rare as it
 * is, is undone, and each member is then written for itself. */
static int write_together(struct reader_of_store *writer,
                          struct append **members, size_t count)
{
    int err = begin(writer, SQL_GROUP);

    if (!err)
        err = lock_heads(writer, members, count);
    if (err)
        return err;
    for (size_t i = 0; i < count && !err; i++)
        err = members[i]->failed ? -ENOMEM : append_ask(writer, members[i]);
    int settled = sql_settle(writer->sql);
    if (err || settled)
        return err ? err : settled;
    for (size_t i = 0; i < count && !err; i++)
        err = append_queue(writer, members[i]);
    settled = sql_settle(writer->sql);
    for (size_t i = 0; i < count && !err && !settled; i++)
        if (!append_is_written(members[i]))
            err = -EAGAIN;
    return err ? err : settled;
}

/* Not 0 when the whole transaction is lost. */
static int write_members(struct reader_of_store *writer,
                         struct append **members, size_t count)
{
    bool shared = writer->driver->shared;

    int err = shared ? write_together(writer, members, count) : -EAGAIN;

    /* Nobody is there to ask again. */
    if (err == 0 || (shared && !writer->sql))
        return err;
    if (shared)
        connection_rollback(writer);
    err = begin(writer, SQL_WRITES);
    if (!err && shared)
        err = lock_heads(writer, members, count);
    for (size_t i = 0; i < count; i++)
        members[i]->answer = (struct append_answer){ APPEND_NOT_STORED, 0, 0 };
    for (size_t i = 0; i < count && !err; i++)
        err = write_member(writer, members[i]);
    return err;
}

void group_write(struct reader_of_store *writer, struct append **members,
                 size_t count)
{
    for (size_t i = 0; i < count; i++)
        members[i]->answer = (struct append_answer){ APPEND_NOT_STORED, 0, 0 };

    int err = write_members(writer, members, count);
    if (err) {
        answer_written(members, count, APPEND_NOT_STORED);
        give_up(writer, err);
        return;
    }
    err = connection_commit(writer);
    if (err) {
        bool sure = after_failed_commit(writer, err) == 0;
        answer_written(members, count,
                       sure ? APPEND_NOT_STORED : APPEND_UNKNOWN);
    }
}

int group_change(struct reader_of_store *writer, store_change_fn *run,
                 void *arg)
{
    int err = begin(writer, SQL_WRITES);
    if (err) {
        give_up(writer, err);
        return err;
    }

    int status = run(writer, arg);
    if (status < 0) {
        give_up(writer, status);
        return status;
    }
    err = connection_commit(writer);
    if (err)
        (void)after_failed_commit(writer, err);
    return err ? err : status;
}
