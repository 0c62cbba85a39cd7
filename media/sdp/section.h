/*
 * section: one media section of an offer while it is read. Between offer.c and
 * section.c; nobody else includes it.
 */
#ifndef MEDIA_SDP_SECTION_H
#define MEDIA_SDP_SECTION_H

#include "media/sdp/offer.h"

enum section_setup {
    SETUP_MISSING,
    SETUP_GOOD, /* actpass or active: the page can be the DTLS client */
    SETUP_OTHER,
};

/* What may stand above the first section and inside one (RFC 8866, 5.13). */
struct section_shared {
    enum sdp_direction direction;
    enum section_setup setup;
    bool weak_fingerprint; /* there was one, but only of a broken hash */
    char fingerprint[OFFER_HASH_MAX + 1];
    char ice_ufrag[OFFER_ICE_MAX + 1];
    char ice_pwd[OFFER_ICE_MAX + 1];
};

/* One section while it is read. */
struct section_draft {
    struct slice lines; /* after its m= line */
    struct slice formats;
    struct section_shared shared;
    bool dtls_srtp;
    bool rtcp_mux;
    bool sdes;
};

/* One attribute (without "a=") that may stand on either level; what is neither
 * is skipped. False when it is malformed. */
bool section_read_shared(struct slice attribute, struct section_shared *out);

/*
 * A block that begins with its m= line. draft->shared holds what was said above
 * the sections; what the block says itself wins. False when malformed.
 */
bool section_read(struct slice block, struct section_draft *draft,
                  struct offer_section *out);

#endif
