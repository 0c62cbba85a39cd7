/*
 * auth: what a browser's headers say of who it is and where its page came from.
 * Pure; whose session a cookie is, app/account knows.
 */
#ifndef EDGE_AUTH_H
#define EDGE_AUTH_H

#include "base/slice.h"
#include "signaling/core/actor.h"

#define COOKIE_NAME_TEXT 48
#define SET_COOKIE_TEXT  256

/* Is a page of this origin ours? Configured ones are; and, when we speak plain
 * HTTP on loopback, the very host that was asked, if it is a loopback name. */
struct auth_origins {
    const char *origin;  /* "https://tele.example.org" */
    const char *origins; /* further ones, set off by commas or spaces */
    bool plain;          /* no TLS: only loopback is served */
};
bool auth_origin_is_ours(const struct auth_origins *ours, const char *origin,
                         const char *host);

/* "localhost", "doctor.localhost", "127.0.0.1", "[::1]", with or without a
 * port. Browsers never ask a name server for the first two. */
bool auth_host_is_loopback(const char *host);

/* Does a session fit the page: a patient's at the own visit (guest 0), a
 * guest's at the own place there, staff's at the desk (visit none)? A cookie's
 * name is the browser's word, not ours. */
bool auth_session_fits(const struct actor *actor, struct consultation_id visit,
                       uint32_t guest);

/* __Host- needs Secure, which plain HTTP has not. */
void auth_desk_cookie(bool secure, char out[COOKIE_NAME_TEXT]);
void auth_visit_cookie(bool secure, struct consultation_id visit,
                       char out[COOKIE_NAME_TEXT]);
/* A guest's has a name of its own: patient and guest may share a browser. */
void auth_guest_cookie(bool secure, struct consultation_id visit,
                       uint32_t guest, char out[COOKIE_NAME_TEXT]);

/* The value of a cookie in a Cookie header; length 0: not there. */
struct slice auth_cookie(const char *header, const char *name);

/* A Set-Cookie value; max_age 0 takes the cookie away. */
void auth_set_cookie(const char *name, const char *value, bool secure,
                     int64_t max_age_s, char out[SET_COOKIE_TEXT]);

#endif
