#include "signaling/core/agenda.h"

#include <assert.h>

void agenda_init(struct agenda *agenda, struct practitioner_id practitioner)
{
    *agenda = (struct agenda){ .practitioner = practitioner };
}

bool agenda_overlaps(const struct agenda *agenda, int64_t start_ms,
                     int64_t end_ms, struct consultation_id except)
{
    for (uint32_t i = 0; i < agenda->count; i++) {
        const struct agenda_slot *slot = &agenda->slots[i];
        if (consultation_id_equal(slot->consultation, except))
            continue;
        if (slot->start_ms < end_ms && start_ms < slot->end_ms)
            return true;
    }
    return false;
}

static void remove_slot(struct agenda *agenda, struct consultation_id visit)
{
    for (uint32_t i = 0; i < agenda->count; i++) {
        struct agenda_slot *slot = &agenda->slots[i];
        if (!consultation_id_equal(slot->consultation, visit))
            continue;
        agenda->count -= 1;
        memmove(slot, slot + 1, (agenda->count - i) * sizeof(*slot));
        return;
    }
}

static void forget_past(struct agenda *agenda, int64_t now_ms)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < agenda->count; i++)
        if (agenda->slots[i].end_ms + AGENDA_KEEP_MS > now_ms)
            agenda->slots[kept++] = agenda->slots[i];
    agenda->count = kept;
}

static void insert_slot(struct agenda *agenda, const struct agenda_slot *slot)
{
    assert(agenda->count < AGENDA_SLOTS_MAX); /* decide refused it before */

    uint32_t i = agenda->count;
    while (i > 0 && agenda->slots[i - 1].start_ms > slot->start_ms) {
        agenda->slots[i] = agenda->slots[i - 1];
        i -= 1;
    }
    agenda->slots[i] = *slot;
    agenda->count += 1;
}

static void take_slot(struct agenda *agenda, const struct event *event)
{
    struct agenda_slot slot = {
        .consultation = event->slot.consultation,
        .start_ms = event->slot.start_ms,
        .end_ms = event->slot.end_ms,
    };

    remove_slot(agenda, slot.consultation);
    forget_past(agenda, event->at_ms);
    insert_slot(agenda, &slot);
}

void agenda_apply(struct agenda *agenda, const struct event *event)
{
    if (event->kind == EVENT_SLOT_TAKEN)
        take_slot(agenda, event);
    if (event->kind == EVENT_SLOT_FREED)
        remove_slot(agenda, event->slot.consultation);
    if (event->kind == EVENT_ADMITTED)
        agenda->admitted = event->slot.consultation;
    if (event->kind == EVENT_ADMISSION_OVER)
        agenda->admitted = (struct consultation_id){ { 0 } };
    if (event->kind == EVENT_DELAY_TOLD) {
        agenda->delay_min = event->delay.minutes;
        agenda->delay_told_ms = event->at_ms;
    }
    agenda->seq += 1;
    agenda->last_ms = event->at_ms;
}
