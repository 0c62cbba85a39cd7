/*
 * queue: hands values from any thread to one that waits for them.
 * Values are copied in and out; nothing is shared. Bounded: a push into a full
 * queue is refused, and its caller decides what that means.
 */
#ifndef BASE_QUEUE_H
#define BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct queue;

/* capacity values of size bytes each. NULL when out of memory. */
struct queue *queue_new(size_t capacity, size_t size);
void queue_free(struct queue *queue);

/* A descriptor that polls readable while the queue holds anything (eventfd);
 * owned by the queue. queue_pop makes it unreadable when it empties it. */
int queue_descriptor(const struct queue *queue);

bool queue_push(struct queue *queue, const void *value);

/* False when empty. Never blocks. */
bool queue_pop(struct queue *queue, void *out);

/* Waits for a value. False once the queue was closed and is empty. */
bool queue_wait(struct queue *queue, void *out);

/* Wakes every waiter; later pushes are refused. */
void queue_close(struct queue *queue);

#endif
