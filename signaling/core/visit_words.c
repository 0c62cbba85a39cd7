#include "signaling/core/visit_words.h"

#include "signaling/core/actor.h"
#include "signaling/core/command.h"
#include "signaling/core/notice.h"
#include "signaling/core/view.h"

#include <stddef.h>

const char *const role_names[] = { "patient", "doctor", "secretary",
                                   "system",  "guest",  NULL };
const char *const sex_names[] = { "unknown", "female", "male", "other", NULL };
const char *const connecting_names[] = { "patient", "parent", "guardian",
                                         "carer", NULL };
const char *const phase_names[] = { "none",     "booked", "waiting",
                                    "admitted", "ended",  "cancelled",
                                    "no_show",  "lapsed", NULL };
const char *const consent_names[] = { "none", "given", "refused", NULL };
const char *const device_state_names[] = { "untested", "works",   "refused",
                                           "busy",     "missing", "unsupported",
                                           NULL };
const char *const line_names[] = { "untested", "good",  "fair",
                                   "poor",     "sound", NULL };
const char *const voice_names[] = { "untested", "heard", "faint", "silent",
                                    NULL };
const char *const cancelled_by_names[] = { "clinic", "patient", "practitioner",
                                           NULL };
const char *const telephone_cause_names[] = { "video_failed", "sound_failed",
                                              "no_device", "patient_asked",
                                              NULL };
const char *const ended_how_names[] = { "video", "telephone", "interrupted",
                                        NULL };
const char *const due_names[] = { "amount", "nothing", "third_party", NULL };
const char *const prescription_plan_names[] = { "none", "follows", NULL };
const char *const settlement_names[] = { "open",     "nothing_due", "paid",
                                         "waived",   "cash",        "cheque",
                                         "transfer", "third_party", "deferred",
                                         NULL };
const char *const checkout_names[] = { "none",   "asked",   "ready", "paid",
                                       "failed", "expired", NULL };
const char *const incident_names[] = { "relay_restarted",   "relay_unreachable",
                                       "patient_line_lost", "doctor_line_lost",
                                       "guest_line_lost",   "sound_gap",
                                       "picture_frozen",    "sound_only",
                                       "reconnected",       NULL };
const char *const incident_side_names[] = { "service", "patient", "doctor",
                                            "guest", NULL };
const char *const document_kind_names[] = { "prescription", "receipt", NULL };
const char *const step_names[] = { "consent",       "consent_refused",
                                   "place",         "check",
                                   "ready",         "waiting",
                                   "put_back",      "call",
                                   "call_left",     "telephone",
                                   "finishing",     "due",
                                   "paying",        "payment_failed",
                                   "pay_otherwise", "awaiting_doctor",
                                   "released",      "done",
                                   "revoked",       "interrupted",
                                   "cancelled",     "no_show",
                                   "lapsed",        NULL };
const char *const guest_kind_names[] = { "relative", "interpreter",
                                         "second_doctor", "other", NULL };
const char *const guest_state_names[] = {
    "none",     "invited",   "declined",  "ready", "waiting",
    "admitted", "dismissed", "withdrawn", NULL,
};
const char *const agreement_names[] = { "open", "yes", "no", "told", NULL };
const char *const guest_step_names[] = {
    "consent",   "declined",  "check",     "ready", "waiting", "call",
    "dismissed", "telephone", "cancelled", "over",  NULL,
};
const char *const payment_news_names[] = { "paid",     "failed",   "expired",
                                           "refunded", "disputed", NULL };
const char *const prescription_state_names[] = {
    "none", "follows", "approved", "released", "revoked", "declined", NULL
};
const char *const notice_kind_names[] = { "booked",
                                          "changed",
                                          "cancelled",
                                          "link",
                                          "doctor_waits",
                                          "released",
                                          "open_checkout",
                                          "expire_checkout",
                                          "refund",
                                          "guest_link",
                                          "guest_changed",
                                          "guest_cancelled",
                                          NULL };
const char *const deadline_kind_names[] = { "lapse", "checkout", NULL };
