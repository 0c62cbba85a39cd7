/*
 * command: what somebody wants done, as one value. Texts are copied in; long
 * texts are slices that the caller keeps until the answer.
 * The edge builds commands from the tables below; nothing else parses them.
 */
#ifndef CORE_COMMAND_H
#define CORE_COMMAND_H

#include "base/slice.h"
#include "signaling/core/actor.h"
#include "signaling/core/identity.h"
#include "signaling/core/incident.h"
#include "signaling/core/money.h"

#define REASON_TEXT      48   /* a practitioner's neutral reason, from a list */
#define SHORT_TEXT       200  /* why something was done; where somebody is */
#define LOCALE_TEXT      6    /* "fr", "en" */
#define CHECKOUT_TEXT    80   /* the provider's name for a checkout */
#define URL_TEXT         1024 /* a hosted payment page with its fragment */
#define VERSION_TEXT     16   /* of a consent text */
#define HASH_BYTES       32   /* SHA-256 */
#define MESSAGE_MAX      2000 /* bytes of one chat message */
#define NOTE_MAX         20000 /* bytes of a private note */
#define PRESCRIPTION_MAX 20000 /* bytes of a prescription's lines as JSON */

/* Which streams a command reads and may write. */
enum command_scope {
    SCOPE_VISIT,         /* the visit alone */
    SCOPE_VISIT_AGENDA,  /* the visit and its practitioner's agenda */
    SCOPE_VISIT_AGENDAS, /* and the agenda of with.practitioner besides */
    SCOPE_AGENDA,        /* an agenda alone; `of` is the practitioner */
};

/* Commands only the house itself gives (no verb at the browser protocol) have
 * no role bit but ROLE_SYSTEM, or come through HTTP as noted.
 *        kind                  verb                    scope            roles
 */
#define COMMANDS(X)                                                            \
    X(BOOK, "book", SCOPE_VISIT_AGENDA, ROLE_BIT(ROLE_SECRETARY))              \
    X(RESCHEDULE, "reschedule", SCOPE_VISIT_AGENDA, ROLE_BIT(ROLE_SECRETARY))  \
    X(REASSIGN, "reassign", SCOPE_VISIT_AGENDAS, ROLE_BIT(ROLE_SECRETARY))     \
    X(CANCEL, "cancel", SCOPE_VISIT_AGENDA, ROLES_STAFF)                       \
    X(CORRECT_IDENTITY, "correct_identity", SCOPE_VISIT,                       \
      ROLE_BIT(ROLE_SECRETARY))                                                \
    X(REISSUE_LINK, "reissue_link", SCOPE_VISIT, ROLE_BIT(ROLE_SECRETARY))     \
    X(OPEN_LINK, "open_link", SCOPE_VISIT, ROLE_BIT(ROLE_SYSTEM))              \
    X(CLAIM, "claim", SCOPE_VISIT, ROLE_BIT(ROLE_SYSTEM))                      \
    X(PROVE, "prove", SCOPE_VISIT, ROLE_BIT(ROLE_SYSTEM))                      \
    X(CONSENT, "consent", SCOPE_VISIT, ROLES_INVITED)                          \
    X(SITUATE, "situate", SCOPE_VISIT, ROLE_BIT(ROLE_PATIENT))                 \
    X(CHECK_DEVICE, "check_device", SCOPE_VISIT, ROLES_INVITED)                \
    X(ARRIVE, "arrive", SCOPE_VISIT, ROLES_INVITED)                            \
    X(LEAVE, "leave", SCOPE_VISIT, ROLES_INVITED)                              \
    X(KEEP_PLACE, "keep_place", SCOPE_VISIT, ROLE_BIT(ROLE_PATIENT))           \
    X(ASK_CALLBACK, "ask_callback", SCOPE_VISIT,                               \
      ROLE_BIT(ROLE_PATIENT) | ROLE_BIT(ROLE_SYSTEM))                          \
    X(CALLBACK_DONE, "callback_done", SCOPE_VISIT, ROLES_STAFF)                \
    X(ASK_OTHER_TIME, "ask_other_time", SCOPE_VISIT, ROLE_BIT(ROLE_PATIENT))   \
    X(TELL_DELAY, "tell_delay", SCOPE_AGENDA, ROLES_STAFF)                     \
    X(SUMMON, "summon", SCOPE_VISIT, ROLES_STAFF)                              \
    X(ADMIT, "admit", SCOPE_VISIT_AGENDA, ROLE_BIT(ROLE_DOCTOR))               \
    X(PUT_BACK, "put_back", SCOPE_VISIT_AGENDA, ROLE_BIT(ROLE_DOCTOR))         \
    X(CONFIRM_IDENTITY, "confirm_identity", SCOPE_VISIT,                       \
      ROLE_BIT(ROLE_DOCTOR))                                                   \
    X(CONTINUE_BY_TELEPHONE, "continue_by_telephone", SCOPE_VISIT_AGENDA,      \
      ROLE_BIT(ROLE_DOCTOR))                                                   \
    X(SEND_MESSAGE, "send_message", SCOPE_VISIT, ROLES_TALKING)                \
    X(SAVE_NOTE, "save_note", SCOPE_VISIT, ROLE_BIT(ROLE_DOCTOR))              \
    X(DRAFT_PRESCRIPTION, "draft_prescription", SCOPE_VISIT,                   \
      ROLE_BIT(ROLE_DOCTOR))                                                   \
    X(APPROVE, "approve", SCOPE_VISIT, ROLE_BIT(ROLE_DOCTOR))                  \
    X(REVOKE, "revoke", SCOPE_VISIT, ROLE_BIT(ROLE_DOCTOR))                    \
    X(OVERRIDE, "override", SCOPE_VISIT, ROLE_BIT(ROLE_DOCTOR))                \
    X(END, "end", SCOPE_VISIT_AGENDA, ROLE_BIT(ROLE_DOCTOR))                   \
    X(CLOSE_WITHOUT_PRESCRIPTION, "close_without_prescription", SCOPE_VISIT,   \
      ROLE_BIT(ROLE_DOCTOR))                                                   \
    X(NO_SHOW, "no_show", SCOPE_VISIT_AGENDA, ROLE_BIT(ROLE_DOCTOR))           \
    X(OPEN_PAYMENT, "open_payment", SCOPE_VISIT, ROLE_BIT(ROLE_PATIENT))       \
    X(PAY_OTHERWISE, "pay_otherwise", SCOPE_VISIT, ROLE_BIT(ROLE_PATIENT))     \
    X(PAYMENT_READY, "payment_ready", SCOPE_VISIT, ROLE_BIT(ROLE_SYSTEM))      \
    X(PAYMENT_NEWS, "payment_news", SCOPE_VISIT, ROLE_BIT(ROLE_SYSTEM))        \
    X(SETTLE, "settle", SCOPE_VISIT, ROLE_BIT(ROLE_SECRETARY))                 \
    X(WAIVE, "waive", SCOPE_VISIT, ROLE_BIT(ROLE_SECRETARY))                   \
    X(REFUND, "refund", SCOPE_VISIT, ROLE_BIT(ROLE_SECRETARY))                 \
    X(FETCH, "fetch", SCOPE_VISIT, ROLE_BIT(ROLE_PATIENT))                     \
    X(REPORT_INCIDENT, "report_incident", SCOPE_VISIT, ROLE_BIT(ROLE_SYSTEM))  \
    X(LAPSE, "lapse", SCOPE_VISIT_AGENDA, ROLE_BIT(ROLE_SYSTEM))               \
    X(INVITE_GUEST, "invite_guest", SCOPE_VISIT, ROLES_STAFF)                  \
    X(REISSUE_GUEST_LINK, "reissue_guest_link", SCOPE_VISIT, ROLES_STAFF)      \
    X(WITHDRAW_GUEST, "withdraw_guest", SCOPE_VISIT, ROLES_STAFF)              \
    X(OPEN_GUEST_LINK, "open_guest_link", SCOPE_VISIT, ROLE_BIT(ROLE_SYSTEM))  \
    X(CLAIM_GUEST, "claim_guest", SCOPE_VISIT, ROLE_BIT(ROLE_SYSTEM))          \
    X(ANSWER_GUEST, "answer_guest", SCOPE_VISIT, ROLE_BIT(ROLE_PATIENT))       \
    X(ADMIT_GUEST, "admit_guest", SCOPE_VISIT, ROLE_BIT(ROLE_DOCTOR))          \
    X(DISMISS_GUEST, "dismiss_guest", SCOPE_VISIT, ROLE_BIT(ROLE_DOCTOR))      \
    X(PIN_GUEST, "pin_guest", SCOPE_VISIT, ROLE_BIT(ROLE_DOCTOR))

enum command_kind {
#define X(kind, verb, scope, roles) COMMAND_##kind,
    COMMANDS(X)
#undef X
        COMMAND_KINDS
};

/* What the provider says of a checkout, after we fetched it. */
enum payment_news {
    NEWS_PAID,
    NEWS_FAILED,
    NEWS_EXPIRED,
    NEWS_REFUNDED,
    NEWS_DISPUTED,
};
extern const char *const payment_news_names[];
/* paid failed expired refunded disputed */

struct command {
    enum command_kind kind;
    struct command_id id;
    struct actor actor;
    int64_t now_ms; /* UTC; set by the engine */

    /* SCOPE_AGENDA: none. BOOK: derived from the command id by the engine. */
    struct consultation_id consultation;
    /* BOOK, REASSIGN: where to; SCOPE_AGENDA: whose. */
    struct practitioner_id practitioner;

    /* Long text of SEND_MESSAGE, SAVE_NOTE, and the lines (JSON) of
     * DRAFT_PRESCRIPTION; the core looks only at its length. */
    struct slice text;

    union {
        struct {
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
        } book;
        struct {
            int64_t start_ms;
            uint32_t duration_min;
        } move; /* RESCHEDULE, REASSIGN */
        struct {
            enum cancelled_by by;
        } cancel;
        struct {
            struct identity identity;
        } correct;
        struct {
            struct date birth;
            uint32_t link_generation; /* CLAIM: which link was shown */
        } claim;                      /* CLAIM, PROVE */
        struct {
            bool accepted;
            char version[VERSION_TEXT];
            uint8_t hash[HASH_BYTES]; /* of the text that was shown */
        } consent;
        struct {
            char place[SHORT_TEXT]; /* where the patient is now */
            char phone[PHONE_TEXT]; /* to call if the line breaks */
            char adult[NAME_TEXT];  /* who is with a minor */
        } situate;
        struct {
            enum device_state camera;
            enum device_state microphone;
            bool speaker_heard;
            bool sound_only;
            enum line line;
            enum voice voice;
        } check;
        struct {
            uint32_t minutes; /* 0: on time again; else up to 240 */
        } delay;
        struct {
            char adult[NAME_TEXT];
        } admit;
        struct {
            char present[SHORT_TEXT]; /* who is there, in the doctor's words */
        } confirm;
        struct {
            enum telephone_cause cause;
        } telephone;
        struct {
            uint8_t hash[HASH_BYTES]; /* of the PDF */
            uint32_t bytes;           /* its size */
        } draft;
        struct {
            uint32_t version;
            uint8_t hash[HASH_BYTES];
        } approve;
        struct {
            char reason[SHORT_TEXT];
        } why; /* REVOKE, OVERRIDE, WAIVE */
        struct {
            enum ended_how how;
            enum due due;
            int64_t amount_minor;
            enum prescription_plan prescription;
        } end;
        struct {
            char checkout[CHECKOUT_TEXT];
            char url[URL_TEXT];
        } payment_ready;
        struct {
            enum payment_news news;
            char checkout[CHECKOUT_TEXT];
            struct money amount;
        } payment_news;
        struct {
            enum settlement how; /* CASH to DEFERRED */
        } settle;
        struct {
            enum document_kind document;
        } fetch;
        struct {
            char name[NAME_TEXT];
            enum guest_kind kind;
            char mobile[PHONE_TEXT];
            char mail[MAIL_TEXT];
            char locale[LOCALE_TEXT];
        } invite;
        struct {
            uint32_t number;          /* which; PIN_GUEST: 0 is nobody */
            uint32_t link_generation; /* CLAIM_GUEST: which link was shown */
            bool fits;                /* CLAIM_GUEST: the code typed */
            bool agreed;              /* ANSWER_GUEST */
            bool told;                /* ADMIT_GUEST: the patient was asked */
        } guest;
        struct incident_report incident;
    };
};

const char *command_verb(enum command_kind kind);
enum command_scope command_scope(enum command_kind kind);
unsigned command_roles(enum command_kind kind);

/* COMMAND_KINDS when there is no such verb. */
enum command_kind command_of_verb(const char *verb);

/* The members of `with` in the browser protocol; offsets are into struct
 * command. Never NULL; may be an empty table. */
const struct field *command_fields(enum command_kind kind);

#endif
