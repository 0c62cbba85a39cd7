#include "base/queue.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    size_t capacity;
    size_t size;
    size_t head;
    size_t count;
    int event;
    bool closed;
    unsigned char values[];
};

struct queue *queue_new(size_t capacity, size_t size)
{
    struct queue *queue = calloc(1, sizeof(*queue) + capacity * size);

    if (!queue)
        return NULL;
    queue->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (queue->event < 0) {
        free(queue);
        return NULL;
    }
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->filled, NULL);
    queue->capacity = capacity;
    queue->size = size;
    return queue;
}

void queue_free(struct queue *queue)
{
    if (!queue)
        return;
    close(queue->event);
    pthread_cond_destroy(&queue->filled);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}

int queue_descriptor(const struct queue *queue)
{
    return queue->event;
}

bool queue_push(struct queue *queue, const void *value)
{
    bool pushed = false;

    pthread_mutex_lock(&queue->lock);
    if (!queue->closed && queue->count < queue->capacity) {
        size_t tail = (queue->head + queue->count) % queue->capacity;
        memcpy(queue->values + tail * queue->size, value, queue->size);
        queue->count += 1;
        if (queue->count == 1) {
            uint64_t one = 1;
            ssize_t written = write(queue->event, &one, sizeof(one));
            (void)written; /* an eventfd that is already set stays set */
        }
        pthread_cond_signal(&queue->filled);
        pushed = true;
    }
    pthread_mutex_unlock(&queue->lock);
    return pushed;
}

static void take(struct queue *queue, void *out)
{
    memcpy(out, queue->values + queue->head * queue->size, queue->size);
    queue->head = (queue->head + 1) % queue->capacity;
    queue->count -= 1;
    if (queue->count == 0) {
        uint64_t drained;
        ssize_t got = read(queue->event, &drained, sizeof(drained));
        (void)got; /* already drained is what we want */
    }
}

bool queue_pop(struct queue *queue, void *out)
{
    bool popped = false;

    pthread_mutex_lock(&queue->lock);
    if (queue->count > 0) {
        take(queue, out);
        popped = true;
    }
    pthread_mutex_unlock(&queue->lock);
    return popped;
}

bool queue_wait(struct queue *queue, void *out)
{
    bool popped = false;

    pthread_mutex_lock(&queue->lock);
    while (queue->count == 0 && !queue->closed)
        pthread_cond_wait(&queue->filled, &queue->lock);
    if (queue->count > 0) {
        take(queue, out);
        popped = true;
    }
    pthread_mutex_unlock(&queue->lock);
    return popped;
}

void queue_close(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_cond_broadcast(&queue->filled);
    pthread_mutex_unlock(&queue->lock);
}
