#include "signaling/app/look.h"

#include <assert.h>
#include <stdlib.h>

struct look {
    struct list link; /* of those that are open */
    struct looks *looks;
    struct stream *visit;
    struct stream *agenda;
    struct turn turn;
    state_fn *done;
    void *arg;
};

void looks_init(struct looks *looks, struct world *world)
{
    *looks = (struct looks){ .world = world };
    list_init(&looks->open);
}

void looks_release(struct looks *looks)
{
    list_each (link, after, &looks->open)
        free(list_member(link, struct look, link));
}

static void look_end(struct look *look, const struct consultation *visit,
                     const struct agenda *agenda)
{
    look->done(look->arg, visit, agenda);
    if (look->visit)
        stream_unpin(look->visit);
    if (look->agenda)
        stream_unpin(look->agenda);
    list_remove(&look->link);
    free(look);
}

static void look_agenda(struct turn *turn, int status)
{
    struct look *look = turn->arg;

    look_end(look, look->visit ? look->visit->visit : NULL,
             status ? NULL : look->agenda->agenda);
}

static void look_visit(struct turn *turn, int status)
{
    struct look *look = turn->arg;

    if (status || look->visit->visit->seq == 0) {
        look->looks->absent = status ? REFUSED_TRY_AGAIN : REFUSED_UNKNOWN;
        look_end(look, NULL, NULL);
        return;
    }
    look->agenda =
        world_agenda(look->looks->world, look->visit->visit->practitioner);
    look->turn.ready = look_agenda;
    stream_load(look->agenda, &look->turn);
}

static struct look *look_new(struct looks *looks, state_fn *done, void *arg)
{
    struct look *look = calloc(1, sizeof(*look));

    assert(look);
    list_append(&looks->open, &look->link);
    look->looks = looks;
    look->done = done;
    look->arg = arg;
    look->turn.arg = look;
    return look;
}

void look_at_visit(struct looks *looks, struct consultation_id visit,
                   state_fn *done, void *arg)
{
    struct look *look = look_new(looks, done, arg);

    look->visit = world_visit(looks->world, visit);
    look->turn.ready = look_visit;
    stream_load(look->visit, &look->turn);
}

void look_at_agenda(struct looks *looks, struct practitioner_id practitioner,
                    state_fn *done, void *arg)
{
    struct look *look = look_new(looks, done, arg);

    look->agenda = world_agenda(looks->world, practitioner);
    look->turn.ready = look_agenda;
    stream_load(look->agenda, &look->turn);
}
