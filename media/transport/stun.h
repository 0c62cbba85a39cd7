/*
 * stun: reads and writes the STUN messages that ICE uses (RFC 8489; ICE's own
 * attributes RFC 8445, section 16.1). No state, no I/O. Slices of a message
 * that was read point into the packet.
 */
#ifndef MEDIA_TRANSPORT_STUN_H
#define MEDIA_TRANSPORT_STUN_H

#include "base/writer.h"
#include "media/transport/address.h"

#define STUN_HEADER_BYTES      20
#define STUN_TRANSACTION_BYTES 12
#define STUN_USERNAME_MAX      513 /* bytes; RFC 8489, section 14.3 */

enum stun_class {
    STUN_REQUEST = 0,
    STUN_INDICATION = 1,
    STUN_SUCCESS = 2,
    STUN_ERROR = 3,
};

enum {
    STUN_BINDING = 1, /* the only method ICE uses */
};

/* Error codes we send or look for (RFC 8489, section 14.8; RFC 8445). */
enum {
    STUN_BAD_REQUEST = 400,
    STUN_UNAUTHENTICATED = 401,
    STUN_UNKNOWN_ATTRIBUTE = 420,
    STUN_ROLE_CONFLICT = 487,
};

struct stun_message {
    enum stun_class class;
    uint16_t method;
    uint8_t transaction[STUN_TRANSACTION_BYTES];

    struct slice username; /* data is NULL when absent */
    struct slice software;
    struct address mapped; /* from XOR-MAPPED-ADDRESS; ADDRESS_NONE if absent */
    uint32_t priority;     /* valid with has_priority */
    uint64_t tie_breaker;  /* valid with controlling or controlled */
    uint16_t error_code;   /* 0 when absent */
    uint16_t unknown;      /* first required attribute we do not know, or 0 */
    bool has_priority;
    bool use_candidate;
    bool controlling;
    bool controlled;
    bool has_fingerprint; /* and it was right: a wrong one fails the read */

    /* Where MESSAGE-INTEGRITY begins in the packet; 0 when absent. What comes
     * after it, but for the fingerprint, was ignored. */
    size_t integrity_at;
    struct slice packet;
};

/*
 * Reads one whole packet. -EBADMSG when it is no STUN message, is cut short,
 * carries bytes after its end, or its FINGERPRINT is wrong. Integrity is not
 * checked here.
 */
int stun_read(struct slice packet, struct stun_message *out);

/* MESSAGE-INTEGRITY (HMAC-SHA1, short-term: the key is the password) is there
 * and right. */
bool stun_integrity_ok(const struct stun_message *message, struct slice key);

/*
 * The USERNAME of a packet without reading the rest; empty when there is none.
 * Unchecked: good for finding out whom to ask, not for believing it.
 */
struct slice stun_peek_username(struct slice packet);

/* What to write; zero and NULL fields are left out. */
struct stun_content {
    enum stun_class class;
    uint16_t method;
    const uint8_t *transaction; /* STUN_TRANSACTION_BYTES */
    struct slice software;
    struct slice username;
    const struct address *mapped; /* XOR-MAPPED-ADDRESS */
    uint32_t priority;
    uint64_t tie_breaker; /* with controlling or controlled */
    bool controlling;
    bool controlled;
    bool use_candidate;
    uint16_t error_code;
    const char *error_reason; /* ASCII */
    uint16_t unknown;         /* UNKNOWN-ATTRIBUTES with this one */
    uint8_t padding;          /* the byte attributes are padded with; 0 */
};

/*
 * Appends one message; with MESSAGE-INTEGRITY when key is not empty, always
 * with FINGERPRINT. out must be empty (offsets count from its start).
 * -ENOBUFS when it does not fit.
 */
int stun_write(const struct stun_content *content, struct slice key,
               struct writer *out);

#endif
