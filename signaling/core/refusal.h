/*
 * refusal: why a command was not carried out. A value of the domain, not an
 * error: nothing was written, and the person is told what to do next.
 */
#ifndef CORE_REFUSAL_H
#define CORE_REFUSAL_H

/*      name                code (outside)        what to do, in English */
#define REFUSALS(X)                                                            \
    X(NOTHING, "", "")                                                         \
    X(UNKNOWN, "unknown", "There is no such appointment.")                     \
    X(FORBIDDEN, "forbidden", "This is not yours to do.")                      \
    X(INVALID, "invalid", "Something in what was entered is not right.")       \
    X(ALREADY_EXISTS, "already_exists", "This was already booked.")            \
    X(OVERLAP, "overlap",                                                      \
      "Another appointment is at this time. Choose another time.")             \
    X(IN_THE_PAST, "in_the_past", "Choose a time that is still to come.")      \
    X(AGENDA_FULL, "agenda_full",                                              \
      "This agenda has no room for more appointments.")                        \
    X(CANCELLED, "cancelled", "This appointment was cancelled.")               \
    X(ENDED, "ended", "This consultation has ended.")                          \
    X(NOT_ENDED, "not_ended", "End the consultation first.")                   \
    X(TOO_EARLY, "too_early",                                                  \
      "The waiting room opens 30 minutes before the appointment.")             \
    X(NO_CONSENT, "no_consent", "The patient has to agree to video first.")    \
    X(NOT_WAITING, "not_waiting", "This patient is not in the waiting room.")  \
    X(NOT_ADMITTED, "not_admitted", "This patient is not in consultation.")    \
    X(ANOTHER_ADMITTED, "another_admitted",                                    \
      "Another patient is in consultation. Put them back to wait or end "      \
      "first.")                                                                \
    X(NEEDS_ADULT, "needs_adult",                                              \
      "The patient is a minor: name the adult who is present.")                \
    X(WRONG_LINK, "wrong_link", "This link was replaced by a newer one.")      \
    X(LINK_PAUSED, "link_paused",                                              \
      "Too many wrong tries. Wait a quarter of an hour.")                      \
    X(LINK_ENDED, "link_ended",                                                \
      "Too many wrong tries. Ask the clinic for a new link.")                  \
    X(ELSEWHERE, "elsewhere", "This appointment is open on another device.")   \
    X(NOT_DUE, "not_due", "There is nothing to pay.")                          \
    X(ALREADY_SETTLED, "already_settled", "This visit is already settled.")    \
    X(PAYMENT_OPEN, "payment_open", "A payment is already under way.")         \
    X(NO_PAYMENT, "no_payment", "There is no payment to act on.")              \
    X(AMOUNT_TOO_HIGH, "amount_too_high",                                      \
      "The amount is above the maximum that was announced.")                   \
    X(AMOUNT_MISMATCH, "amount_mismatch",                                      \
      "The amount paid is not the amount due.")                                \
    X(NO_PRESCRIPTION, "no_prescription", "There is no prescription yet.")     \
    X(STALE_VERSION, "stale_version",                                          \
      "The prescription was changed meanwhile. Look at it again.")             \
    X(ALREADY_APPROVED, "already_approved", "This version is approved.")       \
    X(NOT_RELEASED, "not_released", "The prescription is not released yet.")   \
    X(PATIENT_CAME, "patient_came",                                            \
      "The patient came, or our service failed: this is no no-show.")          \
    X(NOT_YET, "not_yet", "It is too early for that.")                         \
    X(NO_NUMBER, "no_number", "We have no number to call. Call the clinic.")   \
    X(GUESTS_FULL, "guests_full",                                              \
      "There is no room for another guest: withdraw an invitation first.")     \
    X(NO_GUEST, "no_guest", "There is no such guest.")                         \
    X(GUEST_NOT_WAITING, "guest_not_waiting",                                  \
      "This guest is not in the waiting room.")                                \
    X(PATIENT_NOT_TOLD, "patient_not_told",                                    \
      "Ask the patient first, and say that you did.")                          \
    X(PATIENT_DECLINED, "patient_declined",                                    \
      "The patient does not want this guest to take part.")                    \
    X(REPEATED, "repeated",                                                    \
      "This command was already used for something else.")                     \
    X(TRY_AGAIN, "try_again",                                                  \
      "This could not be saved. Nothing was changed. Try again.")

enum refusal {
#define X(name, code, say) REFUSED_##name,
    REFUSALS(X)
#undef X
        REFUSAL_KINDS
};

/* The code that programs read; "" for REFUSED_NOTHING. */
const char *refusal_code(enum refusal refusal);

/* One plain English sentence; pages translate by the code. */
const char *refusal_say(enum refusal refusal);

#endif
