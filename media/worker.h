/*
 * worker: one thread with its own port, UDP and TCP, in which a part of the
 * rooms live. Commands come in and events go out through queues; nothing else
 * is shared.
 */
#ifndef MEDIA_WORKER_H
#define MEDIA_WORKER_H

#include "base/queue.h"
#include "media/media.h"
#include "media/sdp/answer.h"
#include "media/sound/hold_audio.h"
#include "media/transport/address.h"
#include "media/transport/dtls.h"

#define WORKER_LISTENS_MAX   4
#define WORKER_ANNOUNCES_MAX 8 /* each by UDP and by TCP */
#define WORKER_COMMANDS_MAX  1024
#define WORKER_CACHES        512 /* senders whose pictures can be repeated */

struct worker_options {
    unsigned index;
    struct address listens[WORKER_LISTENS_MAX]; /* with this worker's port */
    size_t listen_count;
    struct address announces[WORKER_ANNOUNCES_MAX]; /* without port */
    size_t announce_count;                          /* 0: what it listens on */
    struct dtls_context *dtls;
    const struct hold_audio *hold;
    struct queue *events; /* of struct media_event; many workers push */
};

struct worker;

/* Binds the sockets; the thread runs from worker_start on. Negative errno, and
 * a line in the log says which address. */
int worker_new(const struct worker_options *options, struct worker **out);
int worker_start(struct worker *worker);

/* What the thread has had of its core since it began. */
uint64_t worker_cpu_us(const struct worker *worker);

/* False when the worker has too much to do; then nothing was taken over. */
bool worker_command(struct worker *worker, const struct media_command *command);

/* Lets the thread say goodbye to its peers and end; frees all. */
void worker_free(struct worker *worker);

#endif
