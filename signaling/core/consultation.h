/*
 * consultation: the facts of one visit, apply folded over its stream.
 * A plain value of at most 2.5 KiB; no pointers. Texts live in sealed rows.
 */
#ifndef CORE_CONSULTATION_H
#define CORE_CONSULTATION_H

#include "signaling/core/event.h"
#include "signaling/core/guest.h"

#define CLAIMS_BEFORE_PAUSE 5  /* wrong birth dates; design: links */
#define CLAIMS_BEFORE_END   15 /* then the link is dead until re-issued */
#define CLAIM_PAUSE_MS      (15 * 60 * 1000)
/* Nobody came and nobody said anything: closed after the slot's end. */
#define LAPSE_AFTER_MS (INT64_C(24) * 60 * 60 * 1000)
#define ADULT_AGE      18

/* What the clinic decided; passed in with every question. */
struct policy {
    int64_t opens_before_ms; /* the waiting room, before the start */
    int64_t released_for_ms; /* how long the patient may fetch it */
    bool payment_key;        /* release waits for the visit to be settled */
};

struct consultation {
    struct consultation_id id;
    uint64_t seq; /* of the last event applied; 0: no such visit */
    int64_t last_ms;
    enum phase phase;

    struct clinic_id clinic;
    struct practitioner_id practitioner;
    struct identity identity;
    enum connecting who_connects;
    enum connecting contact_of;
    char reason[REASON_TEXT];
    char locale[LOCALE_TEXT];
    int64_t start_ms;
    uint32_t duration_min;
    bool was_moved; /* since the patient last opened the link */
    enum cancelled_by cancelled_by;

    /* link and device */
    uint32_t link_generation;
    uint32_t device_generation; /* 0: nobody claimed it yet */
    bool claimed;               /* a device holds it by the newest link */
    uint32_t claim_failures;    /* since this link was issued */
    int64_t claim_paused_until_ms;
    bool link_opened;

    /* preparation */
    enum consent consent;
    char consent_version[VERSION_TEXT];
    uint8_t consent_hash[HASH_BYTES];
    bool situated;
    char place[SHORT_TEXT];
    char phone[PHONE_TEXT];
    char adult[NAME_TEXT];
    bool device_checked;
    enum device_state camera;
    enum device_state microphone;
    bool sound_only;
    enum line line;
    enum voice voice;

    /* waiting and talking */
    bool ever_arrived;
    bool was_put_back;
    bool place_kept;
    bool callback_asked;
    bool other_time_asked;
    int64_t waiting_since_ms;  /* first arrival: the place in line */
    int64_t callback_asked_ms; /* 0: not asked */
    int64_t summoned_ms;
    int64_t admitted_ms;
    bool hung_up; /* admitted, but the patient left the call */
    bool identity_confirmed;
    char present[SHORT_TEXT];
    bool by_telephone;
    enum telephone_cause telephone_cause;
    int64_t telephone_ms;
    uint32_t messages;
    bool note_saved;
    bool service_failed;
    struct incidents incidents;
    int64_t ended_ms;
    enum ended_how ended_how;

    /* money */
    int64_t fee_max_minor;
    char currency[CURRENCY_TEXT];
    bool fee_fixed;
    int64_t due_minor; /* once fee_fixed */
    enum settlement settlement;
    enum checkout checkout_state;
    uint32_t checkout_attempt;
    int64_t checkout_ms;
    char checkout[CHECKOUT_TEXT];
    union {
        /* Nothing is paid before the end and nobody is a guest after it: the
         * two share their place. consultation_guest tells which it is. */
        char checkout_url[URL_TEXT];
        struct guests guests;
    };
    bool pay_otherwise;
    int64_t paid_minor;
    bool surplus; /* something was paid that is to be given back */
    char surplus_checkout[CHECKOUT_TEXT];
    bool refund_asked;
    bool refunded;
    bool disputed;

    /* prescription */
    enum prescription_plan plan; /* what the doctor said at the end */
    bool declined;               /* no prescription after all */
    uint32_t drafted_version;    /* 0: none */
    uint8_t drafted_hash[HASH_BYTES];
    uint32_t drafted_bytes;
    uint32_t approved_version; /* 0: none; else equals drafted_version */
    bool overridden;           /* the medical override: replaces payment */
    uint32_t released_version; /* the newest released; 0: none */
    uint8_t released_hash[HASH_BYTES];
    int64_t released_ms;
    uint32_t revoked_version; /* released versions up to it are closed */
    bool fetched;
};

/* Nobody booked it yet. */
void consultation_init(struct consultation *visit, struct consultation_id id);

/* Obeys; cannot fail. The event's place in the stream is seq + 1. */
void consultation_apply(struct consultation *visit, const struct event *event);

static inline int64_t consultation_end_ms(const struct consultation *visit)
{
    return visit->start_ms + (int64_t)visit->duration_min * 60000;
}

/* Still to come or going on: not ended, cancelled, lapsed or a no-show. */
bool consultation_is_open(const struct consultation *visit);

/* The doctor said that a prescription follows, or began one, and the newest is
 * neither with the patient nor given up. */
bool consultation_is_unfinished(const struct consultation *visit);

/* Belongs on its doctor's list whatever the day: somebody waits or is in, or
 * there is something to finish. */
bool consultation_needs_doctor(const struct consultation *visit);

/* Belongs on the clinic's list of whom to call back whatever the day: asked,
 * and neither called nor talked to since. */
bool consultation_needs_call(const struct consultation *visit);

bool consultation_is_minor(const struct consultation *visit);

/* The guest of this number who is there or invited, or NULL; always NULL once
 * the visit is not open any more. */
const struct guest *consultation_guest(const struct consultation *visit,
                                       uint32_t number);

/* Money changed hands, so there is a receipt to fetch. */
bool consultation_has_receipt(const struct consultation *visit);

/* The payment key: paid, nothing due, waived, third party, at the desk, or the
 * clinic switched the key off. */
bool consultation_is_settled(const struct consultation *visit,
                             const struct policy *policy);

#endif
