/*
 * story: a clinic of two practitioners and one visit, to tell what happens in:
 * given some commands, when one more, then these events or that refusal.
 */
#ifndef TESTS_STORY_H
#define TESTS_STORY_H

#include "signaling/core/decide.h"
#include "signaling/core/release.h"
#include "signaling/core/view.h"

#define MINUTE INT64_C(60000)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define START  INT64_C(1795348800000) /* 2026-11-22 12:00 UTC */

struct story {
    int64_t now_ms;
    struct policy policy;
    struct consultation visit;
    struct agenda agenda;    /* of practitioner 1 */
    struct agenda agenda_to; /* of practitioner 2 */
    struct decision last;
};

/* An empty clinic, an hour before START. */
void story_begin(struct story *story);

/* A command of this kind with sensible members, from the first role that may
 * give it; change what matters before telling it. */
struct command story_command(const struct story *story, enum command_kind kind);

/* The same command from somebody of this role; a guest is the first one. */
void story_as(const struct story *story, struct command *command,
              enum role role);

/* Decides, applies when not refused; the refusal. */
enum refusal story_tell(struct story *story, const struct command *command);

/* story_command and story_tell; the refusal. */
enum refusal story_say(struct story *story, enum command_kind kind);

/* The same; fails the test when refused. */
void story_do(struct story *story, enum command_kind kind);

/* Asserts that the last decision was exactly these event kinds; ends with
 * EVENT_KINDS. */
void story_happened(const struct story *story, ...);
#define HAPPENED(story, ...) story_happened(story, __VA_ARGS__, EVENT_KINDS)

/* What somebody of this role sees now. */
struct view story_see(const struct story *story, enum role role);

/* Books, claims, consents, situates, tests, arrives; START - 10 minutes. */
void story_until_waiting(struct story *story);
void story_until_admitted(struct story *story);
/* With 30 euros due and a prescription to follow. */
void story_until_ended(struct story *story);

/* Invites the first guest: link, promise, test; then the waiting room. */
void story_guest_ready(struct story *story);
void story_guest_waits(struct story *story);
/* What the first guest does. */
enum refusal story_guest(struct story *story, enum command_kind kind);

/* Drafts a version whose hash is all `mark`. */
enum refusal story_draft(struct story *story, uint8_t mark);
/* Approves the newest version. */
enum refusal story_approve(struct story *story);
/* Opens a checkout, has it ready, and has the provider say it was paid. */
enum refusal story_pay(struct story *story);

#endif
