/*
 * guest: who else is there besides patient and doctor: invited by the clinic,
 * known to the patient, admitted by the doctor. At most three, so that five
 * people talk. Kept while the visit is open.
 */
#ifndef CORE_GUEST_H
#define CORE_GUEST_H

#include "signaling/core/identity.h"

#include <stdint.h>

#define GUESTS_MAX 3

struct guest {
    enum guest_state state;
    enum guest_kind kind;
    char name[NAME_TEXT]; /* as the clinic wrote it; all present see it */
    char mobile[PHONE_TEXT];
    char mail[MAIL_TEXT];
    char locale[6]; /* LOCALE_TEXT; "": the visit's */
    enum agreement agreed;

    /* link and device, as the patient's; generations outlive the person, so
     * that no old link or page fits who gets the place next */
    uint32_t link_generation;
    uint32_t device_generation;
    bool link_opened;
    bool claimed;
    uint32_t claim_failures;
    int64_t claim_paused_until_ms;

    bool device_checked;
    bool sound_only;
    enum line line;
    enum voice voice;
    int64_t waiting_since_ms;
    int64_t admitted_ms;
};

struct guests {
    struct guest each[GUESTS_MAX]; /* number 1 is the first */
    uint32_t pinned;               /* shown large to all; 0: nobody */
};

static inline bool guest_is_there(const struct guest *guest)
{
    return guest->state != GUEST_NONE && guest->state != GUEST_WITHDRAWN;
}

#endif
