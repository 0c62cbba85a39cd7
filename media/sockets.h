/*
 * sockets: the UDP sockets of a worker, and the conversions between the
 * kernel's addresses and ours.
 */
#ifndef MEDIA_SOCKETS_H
#define MEDIA_SOCKETS_H

#include "media/egress.h"

#define SOCKETS_RECEIVE_BUFFER (4 * 1024 * 1024) /* bytes asked for */
#define SOCKETS_BATCH          64                /* datagrams of one recvmmsg */
#define SOCKETS_PACKET_MAX     2048 /* what is longer is cut, and then junk */

/* "ADDRESS:PORT" or "[ADDRESS]:PORT". False when malformed or port is 0. */
bool sockets_parse(const char *text, struct address *out);

/* An address without port. */
bool sockets_parse_host(const char *text, struct address *out);

/* A bound, non-blocking UDP socket that tells the local address of what it
 * receives. Negative errno. Warns when the kernel gave less buffer than asked.
 */
int sockets_open(const struct address *listen);

/* All addresses of the machine that a page could reach, non-loopback ones
 * first; family ADDRESS_NONE: of both. Returns how many. */
size_t sockets_own_addresses(enum address_family family, struct address *out,
                             size_t max);

bool sockets_is_wildcard(const struct address *address);

/* The kernel's addresses as ours, ADDRESS_NONE for other families; and ours as
 * the kernel's: out has room for a sockaddr_storage, its length is returned. */
struct address sockets_address(const struct sockaddr *from);
socklen_t sockets_name(const struct address *address, void *out);

/* Fills name and control of a message to `to`; control has EGRESS_CONTROL
 * bytes. The kernel cuts it into packets of `segment` bytes; 0: it is one. */
void sockets_fill(struct msghdr *message, const struct endpoint *to,
                  uint16_t segment);

/* ---- receiving ------------------------------------------------------------
 */

struct arrivals;

struct arrivals *arrivals_new(void);
void arrivals_free(struct arrivals *arrivals);

/* Receives what is there, at most SOCKETS_BATCH; 0 when nothing is. */
size_t arrivals_receive(struct arrivals *arrivals, int socket, uint16_t port);

/* The index-th datagram: its bytes, which may be decrypted in place, and where
 * it came from. False for one that is to be ignored. */
bool arrivals_at(struct arrivals *arrivals, size_t index, uint8_t **bytes,
                 size_t *length, struct endpoint *from);

#endif
