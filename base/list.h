/*
 * list: a doubly linked list whose links live inside its members.
 * The list owns nothing; a member is in at most one list per link.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next;
    struct list *previous;
};

#define list_member(link, type, field)                                         \
    ((type *)(void *)((char *)(link)-offsetof(type, field)))

/* Safe when the body removes `link` itself. */
#define list_each(link, after, head)                                           \
    for (struct list *link = (head)->next, *after = link->next;                \
         link != (head); link = after, after = link->next)

static inline void list_init(struct list *head)
{
    head->next = head;
    head->previous = head;
}

static inline bool list_is_empty(const struct list *head)
{
    return head->next == head;
}

static inline void list_append(struct list *head, struct list *link)
{
    link->next = head;
    link->previous = head->previous;
    head->previous->next = link;
    head->previous = link;
}

/* Also right for a link that is in no list, once it was initialised. */
static inline void list_remove(struct list *link)
{
    link->previous->next = link->next;
    link->next->previous = link->previous;
    list_init(link);
}

static inline struct list *list_first(const struct list *head)
{
    return list_is_empty(head) ? NULL : head->next;
}

#endif
