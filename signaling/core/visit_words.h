/*
 * visit_words: the closed vocabularies of a visit. Each enum has a table of the
 * names that the outside reads, in order of value.
 */
#ifndef CORE_VISIT_WORDS_H
#define CORE_VISIT_WORDS_H

/* Administrative gender as the record keeps it (FHIR administrative-gender). */
enum sex { SEX_UNKNOWN, SEX_FEMALE, SEX_MALE, SEX_OTHER };
extern const char *const sex_names[]; /* unknown female male other */

/* Who sits before the screen, or whose telephone and mail it is. */
enum connecting {
    CONNECTING_PATIENT,
    CONNECTING_PARENT,
    CONNECTING_GUARDIAN,
    CONNECTING_CARER,
};
extern const char *const connecting_names[]; /* patient parent guardian carer */

enum phase {
    PHASE_NONE, /* no such visit */
    PHASE_BOOKED,
    PHASE_WAITING,
    PHASE_ADMITTED,
    PHASE_ENDED,
    PHASE_CANCELLED,
    PHASE_NO_SHOW,
    PHASE_LAPSED, /* nobody came and nobody said anything for a day */
};
extern const char *const phase_names[];
/* none booked waiting admitted ended cancelled no_show lapsed */

enum consent { CONSENT_NONE, CONSENT_GIVEN, CONSENT_REFUSED };
extern const char *const consent_names[]; /* none given refused */

enum device_state {
    DEVICE_UNTESTED,
    DEVICE_WORKS,
    DEVICE_REFUSED, /* the browser or the person said no */
    DEVICE_BUSY,    /* another program holds it */
    DEVICE_MISSING,
    DEVICE_UNSUPPORTED, /* a browser without access, such as inside an app */
};
extern const char *const device_state_names[];
/* untested works refused busy missing unsupported */

enum line {
    LINE_UNTESTED,
    LINE_GOOD,
    LINE_FAIR,  /* enough for sound and picture */
    LINE_POOR,  /* not enough */
    LINE_SOUND, /* enough for sound alone */
};
extern const char *const line_names[]; /* untested good fair poor sound */

/* The own voice as it reached the relay. */
enum voice { VOICE_UNTESTED, VOICE_HEARD, VOICE_FAINT, VOICE_SILENT };
extern const char *const voice_names[]; /* untested heard faint silent */

enum cancelled_by {
    CANCELLED_BY_CLINIC,
    CANCELLED_BY_PATIENT,
    CANCELLED_BY_PRACTITIONER,
};
extern const char *const cancelled_by_names[]; /* clinic patient practitioner */

enum telephone_cause {
    TELEPHONE_VIDEO_FAILED,
    TELEPHONE_SOUND_FAILED,
    TELEPHONE_NO_DEVICE,
    TELEPHONE_PATIENT_ASKED,
};
extern const char *const telephone_cause_names[];
/* video_failed sound_failed no_device patient_asked */

enum ended_how { ENDED_VIDEO, ENDED_TELEPHONE, ENDED_INTERRUPTED };
extern const char *const ended_how_names[]; /* video telephone interrupted */

/* What the doctor says about money at the end. */
enum due { DUE_AMOUNT, DUE_NOTHING, DUE_THIRD_PARTY };
extern const char *const due_names[]; /* amount nothing third_party */

/* Whether a prescription is still to come after the end. */
enum prescription_plan { PLAN_NONE, PLAN_FOLLOWS };
extern const char *const prescription_plan_names[]; /* none follows */

/* How the visit was settled. Everything but OPEN and DEFERRED turns the
 * payment key; DEFERRED does too, for the clinic chose to wait for its money.
 */
enum settlement {
    SETTLEMENT_OPEN, /* nothing fixed yet, or due and not paid */
    SETTLEMENT_NOTHING_DUE,
    SETTLEMENT_PAID,
    SETTLEMENT_WAIVED,
    SETTLEMENT_CASH,
    SETTLEMENT_CHEQUE,
    SETTLEMENT_TRANSFER,
    SETTLEMENT_THIRD_PARTY,
    SETTLEMENT_DEFERRED,
};
extern const char *const settlement_names[];
/* open nothing_due paid waived cash cheque transfer third_party deferred */

/* How far the provider's hosted page got. */
enum checkout {
    CHECKOUT_NONE,
    CHECKOUT_ASKED, /* the provider was asked for a page */
    CHECKOUT_READY, /* the page's address is known */
    CHECKOUT_PAID,
    CHECKOUT_FAILED,
    CHECKOUT_EXPIRED,
};
extern const char *const checkout_names[];
/* none asked ready paid failed expired */

enum incident {
    INCIDENT_RELAY_RESTARTED,
    INCIDENT_RELAY_UNREACHABLE,
    INCIDENT_PATIENT_LINE_LOST,
    INCIDENT_DOCTOR_LINE_LOST,
    INCIDENT_GUEST_LINE_LOST,
    INCIDENT_SOUND_GAP,      /* more than a second without sound */
    INCIDENT_PICTURE_FROZEN, /* the same of a picture that should move */
    INCIDENT_SOUND_ONLY,     /* the line carried no picture */
    INCIDENT_RECONNECTED,    /* the page was loaded or connected anew */
};
extern const char *const incident_names[];
/* relay_restarted relay_unreachable patient_line_lost doctor_line_lost
 * guest_line_lost sound_gap picture_frozen sound_only reconnected */

/* Whose line or device an incident was about. */
enum incident_side { SIDE_SERVICE, SIDE_PATIENT, SIDE_DOCTOR, SIDE_GUEST };
extern const char
    *const incident_side_names[]; /* service patient doctor guest */

enum document_kind { DOCUMENT_PRESCRIPTION, DOCUMENT_RECEIPT };
extern const char *const document_kind_names[]; /* prescription receipt */

/* The one screen that a patient's page shows. Time (too early, a quarter past)
 * is compared by the page with the times in the view. */
enum step {
    STEP_CONSENT,
    STEP_CONSENT_REFUSED,
    STEP_PLACE,
    STEP_CHECK,
    STEP_READY, /* all done; the waiting room is next, once it is open */
    STEP_WAITING,
    STEP_PUT_BACK, /* waiting again after having been called in */
    STEP_CALL,
    STEP_CALL_LEFT, /* hung up; may come back */
    STEP_TELEPHONE,
    STEP_FINISHING, /* ended; the doctor is still writing */
    STEP_DUE,
    STEP_PAYING,
    STEP_PAYMENT_FAILED,
    STEP_PAY_OTHERWISE,
    STEP_AWAITING_DOCTOR, /* settled; the doctor has not approved yet */
    STEP_RELEASED,
    STEP_DONE, /* settled, no prescription */
    STEP_REVOKED,
    STEP_INTERRUPTED,
    STEP_CANCELLED,
    STEP_NO_SHOW,
    STEP_LAPSED,
};
extern const char *const step_names[]; /* lower case of the above */

/* ---- guests: who else is there ----------------------------------------- */

enum guest_kind {
    GUEST_RELATIVE,
    GUEST_INTERPRETER,
    GUEST_SECOND_DOCTOR,
    GUEST_OTHER,
};
extern const char *const guest_kind_names[];
/* relative interpreter second_doctor other */

enum guest_state {
    GUEST_NONE,      /* a free place */
    GUEST_INVITED,   /* has a link; did not promise yet what is asked */
    GUEST_DECLINED,  /* does not want to take part */
    GUEST_READY,     /* promised; not in the waiting room, or left */
    GUEST_WAITING,   /* in the waiting room */
    GUEST_ADMITTED,  /* sees and hears, is seen and heard */
    GUEST_DISMISSED, /* asked to step out; may be admitted again */
    GUEST_WITHDRAWN, /* the invitation is void; the place is free */
};
extern const char *const guest_state_names[];
/* none invited declined ready waiting admitted dismissed withdrawn */

/* What the patient says of a guest's presence, before anybody is admitted. */
enum agreement {
    AGREEMENT_OPEN, /* not asked, or no answer yet */
    AGREEMENT_YES,
    AGREEMENT_NO,
    AGREEMENT_TOLD, /* the doctor asked them, and says so */
};
extern const char *const agreement_names[]; /* open yes no told */

/* The one screen that a guest's page shows. */
enum guest_step {
    GUEST_STEP_CONSENT,
    GUEST_STEP_DECLINED,
    GUEST_STEP_CHECK,
    GUEST_STEP_READY,
    GUEST_STEP_WAITING,
    GUEST_STEP_CALL,
    GUEST_STEP_DISMISSED,
    GUEST_STEP_TELEPHONE,
    GUEST_STEP_CANCELLED,
    GUEST_STEP_OVER,
};
extern const char *const guest_step_names[];
/* consent declined check ready waiting call dismissed telephone cancelled
 * over */

#endif
