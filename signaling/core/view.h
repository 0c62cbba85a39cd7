/*
 * view: what one role may see of a visit, whole. A flat value; the table says
 * which members exist for which role, so that a codec cannot leak the rest, and
 * members that a role may not see are zero besides.
 */
#ifndef CORE_VIEW_H
#define CORE_VIEW_H

#include "signaling/core/agenda.h"
#include "signaling/core/consultation.h"

/* How far the prescription is, in words for all (the desk sees only whether a
 * document is ready). */
enum prescription_state {
    PRESCRIPTION_NONE,     /* nothing drafted, nothing announced */
    PRESCRIPTION_FOLLOWS,  /* announced at the end, or drafted */
    PRESCRIPTION_APPROVED, /* waits for the visit to be settled */
    PRESCRIPTION_RELEASED,
    PRESCRIPTION_REVOKED,
    PRESCRIPTION_DECLINED,
};
extern const char *const prescription_state_names[];
/* none follows approved released revoked declined */

/* One guest, as others and the guest themselves may see them. */
struct guest_view {
    uint32_t guest; /* the number; 0: this place is empty */
    enum guest_kind kind;
    enum guest_state state;
    char name[NAME_TEXT];
    enum agreement agreed; /* the patient's */
    int64_t waiting_since_ms;
    int64_t admitted_ms;
    bool sound_only;
    bool device_checked;
    enum line line;
    enum voice voice;
    /* the staff */
    char mobile[PHONE_TEXT];
    char mail[MAIL_TEXT];
    bool link_opened;
    bool claimed;
    uint32_t claim_failures;
};
extern const struct field guest_view_fields[];

struct view {
    /* all roles */
    enum phase phase;
    int64_t start_ms;
    uint32_t duration_min;
    int64_t opens_ms;   /* when the waiting room opens */
    uint32_t delay_min; /* rounded up to five minutes */
    enum connecting who_connects;
    enum consent consent;
    bool device_checked;
    enum device_state camera;
    enum device_state microphone;
    bool sound_only;
    enum line line;
    enum voice voice;
    bool ever_arrived;
    int64_t waiting_since_ms; /* 0: not waiting */
    int64_t summoned_ms;
    int64_t admitted_ms; /* 0: not in consultation */
    bool hung_up;
    bool by_telephone;
    bool callback_asked;
    bool other_time_asked;
    bool place_kept;
    int64_t ended_ms;
    enum ended_how ended_how;
    int64_t fee_max_minor;
    char currency[CURRENCY_TEXT];
    bool fee_fixed;
    int64_t due_minor;
    enum settlement settlement;
    enum checkout checkout;
    bool pay_otherwise;
    bool refunded;
    enum cancelled_by cancelled_by;
    uint32_t messages;

    /* who else is there; a guest sees others only while both are in */
    struct guest_view guests[GUESTS_MAX];
    uint32_t pinned; /* shown large: a guest's number, or 0 */

    /* a guest */
    enum guest_step guest_step;
    uint32_t guest; /* the own number */

    /* the patient */
    enum step step;
    bool was_put_back;
    bool was_moved;
    char locale[LOCALE_TEXT];
    char checkout_url[URL_TEXT];
    enum prescription_state prescription; /* and the doctor */
    int64_t prescription_until_ms;        /* 0: not released */
    bool receipt;                         /* there is one to fetch */
    bool minor; /* asks for the accompanying adult; and the doctor */

    /* the staff */
    struct practitioner_id practitioner;
    char family[NAME_TEXT];
    char given[NAME_TEXT];
    struct date birth;
    enum sex sex;
    char mobile[PHONE_TEXT];
    char mail[MAIL_TEXT];
    enum connecting contact_of;
    char reason[REASON_TEXT];
    bool link_opened;
    bool claimed;
    uint32_t claim_failures;
    char phone[PHONE_TEXT]; /* what the patient gave for today */
    char adult[NAME_TEXT];
    bool service_failed;
    bool surplus;
    bool disputed;
    bool document_ready;       /* something was released */
    int64_t callback_asked_ms; /* 0: not asked */

    /* the doctor alone */
    char place[SHORT_TEXT];
    bool identity_confirmed;
    char present[SHORT_TEXT];
    enum prescription_plan plan;
    uint32_t drafted_version;
    uint8_t drafted_hash[HASH_BYTES];
    uint32_t approved_version;
    uint32_t released_version;
    uint32_t revoked_version;
    bool overridden;
    bool fetched;
    bool note_saved;
};

/* Fills out with what role may see, any but a guest. agenda may be NULL (no
 * delay known). */
void view_make(const struct consultation *visit, const struct agenda *agenda,
               const struct policy *policy, enum role role, struct view *out);

/* The same for one guest, who has to be allowed (access_visit). */
void view_make_guest(const struct consultation *visit,
                     const struct agenda *agenda, const struct policy *policy,
                     uint32_t guest, struct view *out);

/* Every member with its name outside and the roles that have it, but for the
 * list of guests, whose members have a table of their own. */
extern const struct field view_fields[];

#endif
