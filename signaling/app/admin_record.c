#include "signaling/app/admin_record.h"

#include "base/secret.h"
#include "signaling/app/admin_options.h"
#include "signaling/app/clock.h"
#include "signaling/app/reconciliation.h"
#include "signaling/store/chore.h"
#include "signaling/store/heads.h"
#include "signaling/store/master_key.h"
#include "signaling/store/rewrap.h"
#include "signaling/store/verify.h"

/* ---- was it changed? ------------------------------------------------------
 */

#define DIFFERENCES_SHOWN 100
#define FILE_NAME         4096 /* bytes, as Linux has it */

struct differences {
    struct admin_call *call;
    uint64_t count;
};

static void print_difference(void *arg,
                             const struct heads_difference *difference)
{
    struct differences *all = arg;

    all->count += 1;
    if (all->count > DIFFERENCES_SHOWN)
        return;
    admin_print_id(all->call, "bad stream", difference->stream.bytes);
    writer_format(&all->call->out, " kept=%llu now=%llu fault=%s\n",
                  (unsigned long long)difference->kept,
                  (unsigned long long)difference->now,
                  heads_fault_names[difference->fault]);
}

/* Against the heads that were kept elsewhere. 0, or -1 and why. */
static int verify_heads(struct reader_of_store *store, struct admin_call *call)
{
    struct differences all = { .call = call };
    uint64_t heads;
    int err = heads_compare(store, call->file, print_difference, &all, &heads);

    if (err) {
        writer_format(&call->out,
                      "verify: the heads cannot be compared (%s).\n",
                      strerror(-err));
        return -1;
    }
    writer_format(&call->out, "heads=%llu different=%llu\n",
                  (unsigned long long)heads, (unsigned long long)all.count);
    return all.count == 0 ? 0 : -1;
}

int admin_verify(struct reader_of_store *store, struct admin_call *call)
{
    struct verify_report report = { 0 };
    char heads[FILE_NAME] = "";
    const struct option options[] = {
        OPTIONAL_TEXT("heads", heads),
        { .name = NULL },
    };

    if (options_take(call, options))
        return -1;
    if (heads[0] && !call->file)
        return admin_complain(call, "was not handed over", "heads");
    int err = store_verify(store, &report);
    if (err) {
        writer_format(&call->out, "verify: the log cannot be read (%s).\n",
                      strerror(-err));
        return -1;
    }
    if (report.fault == VERIFY_FINE) {
        writer_format(&call->out, "fine streams=%llu events=%llu erased=%llu\n",
                      (unsigned long long)report.streams,
                      (unsigned long long)report.events,
                      (unsigned long long)report.erased);
    } else {
        admin_print_id(call, "bad stream", report.stream.bytes);
        writer_format(&call->out, " seq=%llu fault=%s\n",
                      (unsigned long long)report.seq,
                      verify_fault_names[report.fault]);
    }
    bool agrees = !call->file || verify_heads(store, call) == 0;
    return report.fault == VERIFY_FINE && agrees ? 0 : -1;
}

int admin_heads(struct reader_of_store *store, struct admin_call *call)
{
    char to[FILE_NAME];
    const struct option options[] = {
        TEXT("to", to),
        { .name = NULL },
    };
    uint64_t count;

    if (options_take(call, options))
        return -1;
    if (!call->file)
        return admin_complain(call, "was not handed over", "to");
    int err = heads_write(store, clock_now_ms(), call->file, &count);
    if (err) {
        writer_format(&call->out, "heads: they cannot be written (%s).\n",
                      strerror(-err));
        return -1;
    }
    writer_format(&call->out, "heads=%llu\n", (unsigned long long)count);
    return 0;
}

/* ---- another master key ---------------------------------------------------
 */

int admin_rewrap(struct reader_of_store *store, struct admin_call *call)
{
    char to[FILE_NAME], what[200];
    uint8_t master_key[32];
    uint64_t count;
    const struct option options[] = {
        TEXT("to", to),
        { .name = NULL },
    };

    if (options_take(call, options))
        return -1;
    if (master_key_read(to, master_key, what, sizeof(what)))
        return admin_complain(call, what, "to");
    int err = store_rewrap(store, master_key, &count);
    secret_wipe(master_key, sizeof(master_key));
    if (err)
        return err;
    writer_format(&call->out,
                  "keys=%llu; from now on only the new master key opens them\n",
                  (unsigned long long)count);
    return 0;
}

/* ---- is all of it known? --------------------------------------------------
 */

int admin_reconcile(struct reader_of_store *store, struct admin_call *call)
{
    const struct option options[] = { { .name = NULL } };

    if (options_take(call, options))
        return -1;
    int err = chore_put(store, RECONCILE_HOURLY, 0);
    if (!err)
        err = chore_put(store, RECONCILE_DAILY, 0);
    if (err)
        return err;
    writer_text(&call->out, "due: a server does it within seconds\n");
    return 0;
}
