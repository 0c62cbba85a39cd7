/*
 * event: what happened, as one value that holds facts only. Long texts (chat,
 * notes, prescription lines, PDF bytes) are sealed rows beside it.
 * State is apply folded over events.
 */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include "signaling/core/command.h"

/* Kinds are stored by name; a kind is never renamed, only added to. */
#define EVENTS(X)                                                              \
    /* consultation stream */                                                  \
    X(BOOKED, "booked")                                                        \
    X(RESCHEDULED, "rescheduled")                                              \
    X(REASSIGNED, "reassigned")                                                \
    X(CANCELLED, "cancelled")                                                  \
    X(IDENTITY_CORRECTED, "identity_corrected")                                \
    X(LINK_ISSUED, "link_issued")                                              \
    X(LINK_OPENED, "link_opened")                                              \
    X(CLAIMED, "claimed")                                                      \
    X(CLAIM_FAILED, "claim_failed")                                            \
    X(PROVED, "proved")                                                        \
    X(CONSENT_GIVEN, "consent_given")                                          \
    X(CONSENT_REFUSED, "consent_refused")                                      \
    X(SITUATED, "situated")                                                    \
    X(DEVICE_CHECKED, "device_checked")                                        \
    X(ARRIVED, "arrived")                                                      \
    X(LEFT, "left")                                                            \
    X(PLACE_KEPT, "place_kept")                                                \
    X(CALLBACK_ASKED, "callback_asked")                                        \
    X(CALLBACK_DONE, "callback_done")                                          \
    X(OTHER_TIME_ASKED, "other_time_asked")                                    \
    X(SUMMONED, "summoned")                                                    \
    X(CALLED_IN, "called_in")                                                  \
    X(PUT_BACK, "put_back")                                                    \
    X(IDENTITY_CONFIRMED, "identity_confirmed")                                \
    X(CONTINUED_BY_TELEPHONE, "continued_by_telephone")                        \
    X(MESSAGE_SENT, "message_sent")                                            \
    X(NOTE_SAVED, "note_saved")                                                \
    X(PRESCRIPTION_DRAFTED, "prescription_drafted")                            \
    X(APPROVAL_VOID, "approval_void")                                          \
    X(APPROVED, "approved")                                                    \
    X(OVERRIDDEN, "overridden")                                                \
    X(RELEASED, "released")                                                    \
    X(REVOKED, "revoked")                                                      \
    X(PRESCRIPTION_DECLINED, "prescription_declined")                          \
    X(FETCHED, "fetched")                                                      \
    X(ENDED, "ended")                                                          \
    X(NO_SHOW, "no_show")                                                      \
    X(LAPSED, "lapsed")                                                        \
    X(FEE_FIXED, "fee_fixed")                                                  \
    X(NOTHING_DUE, "nothing_due")                                              \
    X(PAYMENT_OPENED, "payment_opened")                                        \
    X(PAYMENT_READY, "payment_ready")                                          \
    X(PAID, "paid")                                                            \
    X(PAYMENT_FAILED, "payment_failed")                                        \
    X(PAYMENT_EXPIRED, "payment_expired")                                      \
    X(PAY_OTHERWISE_ASKED, "pay_otherwise_asked")                              \
    X(SETTLED, "settled")                                                      \
    X(WAIVED, "waived")                                                        \
    X(REFUND_ASKED, "refund_asked")                                            \
    X(REFUNDED, "refunded")                                                    \
    X(DISPUTED, "disputed")                                                    \
    X(INCIDENT, "incident")                                                    \
    X(GUEST_INVITED, "guest_invited")                                          \
    X(GUEST_LINK_ISSUED, "guest_link_issued")                                  \
    X(GUEST_LINK_OPENED, "guest_link_opened")                                  \
    X(GUEST_CLAIMED, "guest_claimed")                                          \
    X(GUEST_CLAIM_FAILED, "guest_claim_failed")                                \
    X(GUEST_PROMISED, "guest_promised")                                        \
    X(GUEST_DECLINED, "guest_declined")                                        \
    X(GUEST_CHECKED, "guest_checked")                                          \
    X(GUEST_ARRIVED, "guest_arrived")                                          \
    X(GUEST_LEFT, "guest_left")                                                \
    X(GUEST_ANSWERED, "guest_answered")                                        \
    X(GUEST_ADMITTED, "guest_admitted")                                        \
    X(GUEST_DISMISSED, "guest_dismissed")                                      \
    X(GUEST_PINNED, "guest_pinned")                                            \
    X(GUEST_WITHDRAWN, "guest_withdrawn")                                      \
    /* agenda stream */                                                        \
    X(SLOT_TAKEN, "slot_taken")                                                \
    X(SLOT_FREED, "slot_freed")                                                \
    X(ADMITTED, "admitted")                                                    \
    X(ADMISSION_OVER, "admission_over")                                        \
    X(DELAY_TOLD, "delay_told")

enum event_kind {
#define X(kind, name) EVENT_##kind,
    EVENTS(X)
#undef X
        EVENT_KINDS
};

struct event {
    enum event_kind kind;
    int64_t at_ms; /* UTC; never before the stream's previous event */
    enum role role;
    struct staff_id staff; /* who, when it was staff */
    union {
        struct {
            struct clinic_id clinic;
            struct practitioner_id practitioner;
            struct identity identity;
            enum connecting who_connects;
            enum connecting contact_of;
            char reason[REASON_TEXT];
            char locale[LOCALE_TEXT];
            int64_t start_ms;
            uint32_t duration_min;
            int64_t fee_max_minor;
            char currency[CURRENCY_TEXT];
            bool nothing_due;
        } booked;
        struct {
            struct practitioner_id practitioner; /* REASSIGNED: the new one */
            int64_t start_ms;
            uint32_t duration_min;
        } moved; /* RESCHEDULED, REASSIGNED */
        struct {
            enum cancelled_by by;
        } cancelled;
        struct {
            struct identity identity;
        } corrected;
        struct {
            uint32_t generation;
        } link; /* LINK_ISSUED; CLAIMED: the device's */
        struct {
            char version[VERSION_TEXT];
            uint8_t hash[HASH_BYTES];
        } consent;
        struct {
            char place[SHORT_TEXT];
            char phone[PHONE_TEXT];
            char adult[NAME_TEXT];
        } situated;
        struct {
            enum device_state camera;
            enum device_state microphone;
            bool speaker_heard;
            bool sound_only;
            enum line line;
            enum voice voice;
        } checked;
        struct {
            char adult[NAME_TEXT];
        } called_in;
        struct {
            char present[SHORT_TEXT];
        } confirmed;
        struct {
            enum telephone_cause cause;
        } telephone;
        struct {
            uint32_t number;  /* 1, 2, 3 … in this visit */
            bool from_clinic; /* the secretary's, to the patient alone */
        } message;
        struct {
            uint32_t version;
            uint8_t hash[HASH_BYTES];
            uint32_t bytes;
        } document; /* DRAFTED, APPROVED, RELEASED; REVOKED: version */
        struct {
            char reason[SHORT_TEXT];
        } why; /* OVERRIDDEN, WAIVED */
        struct {
            uint32_t version;
            char reason[SHORT_TEXT];
        } revoked;
        struct {
            enum document_kind document;
        } fetched;
        struct {
            enum ended_how how;
            enum prescription_plan prescription;
        } ended;
        struct {
            int64_t minor;
        } fee;
        struct {
            uint32_t attempt;
            struct money amount;
        } opened;
        struct {
            char checkout[CHECKOUT_TEXT];
            char url[URL_TEXT];
        } ready;
        struct {
            char checkout[CHECKOUT_TEXT];
            struct money amount;
            bool surplus; /* paid although already settled: give it back */
        } paid; /* PAID, PAYMENT_FAILED, PAYMENT_EXPIRED, REFUNDED, DISPUTED */
        struct {
            enum settlement how;
        } settled;
        struct incident_report incident;
        struct {
            uint32_t number;
            char name[NAME_TEXT];
            enum guest_kind kind;
            char mobile[PHONE_TEXT];
            char mail[MAIL_TEXT];
            char locale[LOCALE_TEXT];
        } invited;
        struct {
            uint32_t number;     /* PINNED: 0 is nobody */
            uint32_t generation; /* LINK_ISSUED, CLAIMED */
            bool agreed;         /* ANSWERED */
            bool told;           /* ADMITTED: the doctor asked the patient */
            enum device_state camera; /* CHECKED */
            enum device_state microphone;
            bool sound_only;
            enum line line;
            enum voice voice;
            char version[VERSION_TEXT]; /* PROMISED, DECLINED */
            uint8_t hash[HASH_BYTES];
        } guest;
        struct {
            struct consultation_id consultation;
            int64_t start_ms;
            int64_t end_ms;
        } slot; /* SLOT_TAKEN (moves it if it is there), SLOT_FREED, ADMITTED,
                 * ADMISSION_OVER */
        struct {
            uint32_t minutes;
        } delay;
    };
};

const char *event_name(enum event_kind kind);

/* EVENT_KINDS when there is no such kind. */
enum event_kind event_of_name(const char *name);

/* The members of its record; offsets are into struct event. */
const struct field *event_fields(enum event_kind kind);

#endif
