#include "media/sockets.h"

#include "base/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define AGE_MOST_US 1000000

/* ---- text -----------------------------------------------------------------
 */

bool sockets_parse_host(const char *text, struct address *out)
{
    uint8_t bytes[16];

    if (inet_pton(AF_INET, text, bytes) == 1)
        *out = address_ipv4(bytes, 0);
    else if (inet_pton(AF_INET6, text, bytes) == 1)
        *out = address_ipv6(bytes, 0);
    else
        return false;
    return true;
}

static bool parse_port(const char *text, uint16_t *out)
{
    unsigned long port = 0;
    size_t digits = strspn(text, "0123456789");

    if (digits == 0 || digits > 5 || text[digits] != '\0')
        return false;
    port = strtoul(text, NULL, 10);
    if (port == 0 || port > 65535)
        return false;
    *out = (uint16_t)port;
    return true;
}

bool sockets_parse(const char *text, struct address *out)
{
    char host[INET6_ADDRSTRLEN];
    const char *colon = strrchr(text, ':');
    struct address address;
    size_t length;
    uint16_t port;

    if (!colon || !parse_port(colon + 1, &port))
        return false;
    length = (size_t)(colon - text);
    if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
        text += 1;
        length -= 2;
    } else if (memchr(text, ':', length)) {
        return false;
    }
    if (length >= sizeof(host))
        return false;
    memcpy(host, text, length);
    host[length] = '\0';
    if (!sockets_parse_host(host, &address))
        return false;
    address.port = port;
    *out = address;
    return true;
}

/* ---- the kernel's addresses ------------------------------------------------
 */

struct address sockets_address(const struct sockaddr *from)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    uint8_t bytes[4];

    if (from->sa_family == AF_INET) {
        memcpy(&v4, from, sizeof(v4));
        memcpy(bytes, &v4.sin_addr, sizeof(bytes));
        return address_ipv4(bytes, ntohs(v4.sin_port));
    }
    if (from->sa_family == AF_INET6) {
        memcpy(&v6, from, sizeof(v6));
        return address_ipv6(v6.sin6_addr.s6_addr, ntohs(v6.sin6_port));
    }
    return (struct address){ 0 };
}

socklen_t sockets_name(const struct address *address, void *out)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

    if (address->family == ADDRESS_IPV6) {
        v6.sin6_port = htons(address->port);
        memcpy(&v6.sin6_addr, address->bytes, 16);
        memcpy(out, &v6, sizeof(v6));
        return sizeof(v6);
    }
    v4.sin_port = htons(address->port);
    memcpy(&v4.sin_addr, address->bytes, 4);
    memcpy(out, &v4, sizeof(v4));
    return sizeof(v4);
}

bool sockets_is_wildcard(const struct address *address)
{
    static const uint8_t zeros[16];

    return memcmp(address->bytes, zeros, sizeof(zeros)) == 0;
}

/* fe80::/10 needs a scope that a candidate line cannot carry. */
static bool is_link_local(const struct address *address)
{
    return address->family == ADDRESS_IPV6 && address->bytes[0] == 0xfe &&
           (address->bytes[1] & 0xc0) == 0x80;
}

size_t sockets_own_addresses(enum address_family family, struct address *out,
                             size_t max)
{
    struct ifaddrs *all;
    size_t count = 0;

    if (getifaddrs(&all) != 0)
        return 0;
    for (int loopback = 0; loopback <= 1; loopback++) {
        for (struct ifaddrs *one = all; one; one = one->ifa_next) {
            struct address address;

            if (!one->ifa_addr || !(one->ifa_flags & IFF_UP))
                continue;
            address = sockets_address(one->ifa_addr);
            if (address.family == ADDRESS_NONE || is_link_local(&address) ||
                (family != ADDRESS_NONE && address.family != family))
                continue;
            if (address_is_loopback(&address) == (loopback == 1) && count < max)
                out[count++] = address;
        }
    }
    freeifaddrs(all);
    return count;
}

/* ---- sockets ---------------------------------------------------------------
 */

static void check_buffer(int socket)
{
    int size = SOCKETS_RECEIVE_BUFFER;
    socklen_t length = sizeof(size);

    (void)setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    (void)setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    if (getsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, &length) != 0)
        return;
    /* The kernel reports twice what it gave, for its own book-keeping. */
    if (size / 2 < SOCKETS_RECEIVE_BUFFER)
        log_warning("receive buffer short bytes=%d wanted=%d "
                    "see=net.core.rmem_max",
                    size / 2, SOCKETS_RECEIVE_BUFFER);
}

int sockets_open(const struct address *listen)
{
    struct sockaddr_storage name = { 0 };
    socklen_t length = sockets_name(listen, &name);
    int one = 1;
    bool v6 = listen->family == ADDRESS_IPV6;
    int fd = socket(v6 ? AF_INET6 : AF_INET,
                    SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    if (v6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
    /* Bound to one address, there is no other to have been found at. */
    if (sockets_is_wildcard(listen))
        (void)setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
                         v6 ? IPV6_RECVPKTINFO : IP_PKTINFO, &one, sizeof(one));
    if (bind(fd, (struct sockaddr *)&name, length) != 0) {
        int err = -errno;

        close(fd);
        return err;
    }
    /* Estimates of the line must not see how busy we are. */
    (void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one));
    check_buffer(fd);
    return fd;
}

/* Appends one control message; there is room. */
static void control_add(struct msghdr *message, int level, int type,
                        const void *data, size_t length)
{
    struct cmsghdr control = { .cmsg_len = CMSG_LEN(length),
                               .cmsg_level = level,
                               .cmsg_type = type };
    uint8_t *at = (uint8_t *)message->msg_control + message->msg_controllen;

    memset(at, 0, CMSG_SPACE(length));
    memcpy(at, &control, sizeof(control));
    memcpy(at + CMSG_LEN(0), data, length);
    message->msg_controllen += CMSG_SPACE(length);
}

static void fill_local(struct msghdr *message, const struct address *local)
{
    if (local->family == ADDRESS_IPV4) {
        struct in_pktinfo info = { 0 };

        memcpy(&info.ipi_spec_dst, local->bytes, 4);
        control_add(message, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
    } else if (local->family == ADDRESS_IPV6) {
        struct in6_pktinfo info = { 0 };

        memcpy(&info.ipi6_addr, local->bytes, 16);
        control_add(message, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
    }
}

void sockets_fill(struct msghdr *message, const struct endpoint *to,
                  uint16_t segment)
{
    message->msg_namelen = sockets_name(&to->remote, message->msg_name);
    message->msg_controllen = 0;
    fill_local(message, &to->local);
    if (segment != 0)
        control_add(message, IPPROTO_UDP, UDP_SEGMENT, &segment,
                    sizeof(segment));
    if (message->msg_controllen == 0)
        message->msg_control = NULL;
}

/* ---- receiving -------------------------------------------------------------
 */

struct arrival {
    struct iovec bytes;
    struct sockaddr_storage from;
    union {
        struct cmsghdr head;
        uint8_t bytes[256];
    } control;
};

struct arrivals {
    int socket;
    struct timespec received;
    uint16_t port;
    size_t used; /* messages of the last batch */
    struct mmsghdr messages[SOCKETS_BATCH];
    struct arrival arrivals[SOCKETS_BATCH];
    uint8_t buffers[SOCKETS_BATCH][SOCKETS_PACKET_MAX];
};

/* What the kernel overwrites of a message is put back. */
static void make_ready(struct arrivals *arrivals, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct msghdr *header = &arrivals->messages[i].msg_hdr;

        header->msg_namelen = sizeof(arrivals->arrivals[i].from);
        header->msg_controllen = sizeof(arrivals->arrivals[i].control);
        header->msg_flags = 0;
    }
}

struct arrivals *arrivals_new(void)
{
    struct arrivals *arrivals = calloc(1, sizeof(*arrivals));

    for (size_t i = 0; arrivals && i < SOCKETS_BATCH; i++) {
        struct arrival *arrival = &arrivals->arrivals[i];

        arrival->bytes = (struct iovec){ .iov_base = arrivals->buffers[i],
                                         .iov_len = SOCKETS_PACKET_MAX };
        arrivals->messages[i].msg_hdr = (struct msghdr){
            .msg_name = &arrival->from,
            .msg_iov = &arrival->bytes,
            .msg_iovlen = 1,
            .msg_control = &arrival->control,
        };
    }
    if (arrivals)
        make_ready(arrivals, SOCKETS_BATCH);
    return arrivals;
}

void arrivals_free(struct arrivals *arrivals)
{
    free(arrivals);
}

size_t arrivals_receive(struct arrivals *arrivals, int socket, uint16_t port)
{
    int count;

    make_ready(arrivals, arrivals->used);
    arrivals->socket = socket;
    arrivals->port = port;
    count =
        recvmmsg(socket, arrivals->messages, SOCKETS_BATCH, MSG_DONTWAIT, NULL);
    arrivals->used = count > 0 ? (size_t)count : 0;
    if (count > 0)
        (void)clock_gettime(CLOCK_REALTIME, &arrivals->received);
    return arrivals->used;
}

/* A clock that was set meanwhile makes nonsense: then 0. */
static uint32_t age_of(const struct cmsghdr *control,
                       const struct timespec *received)
{
    struct timespec came;
    int64_t age;

    memcpy(&came, CMSG_DATA(control), sizeof(came));
    age = ((int64_t)received->tv_sec - came.tv_sec) * 1000000 +
          (received->tv_nsec - came.tv_nsec) / 1000;
    return age > 0 && age < AGE_MOST_US ? (uint32_t)age : 0;
}

static struct address local_v4(const struct cmsghdr *control, uint16_t port)
{
    struct in_pktinfo info;
    uint8_t bytes[4];

    memcpy(&info, CMSG_DATA(control), sizeof(info));
    memcpy(bytes, &info.ipi_addr, sizeof(bytes));
    return address_ipv4(bytes, port);
}

static struct address local_v6(const struct cmsghdr *control, uint16_t port)
{
    struct in6_pktinfo info;

    memcpy(&info, CMSG_DATA(control), sizeof(info));
    return address_ipv6(info.ipi6_addr.s6_addr, port);
}

/* What the kernel tells beside the bytes. */
static void read_controls(const struct arrivals *arrivals,
                          struct msghdr *message, struct endpoint *from)
{
    for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control;
         control = CMSG_NXTHDR(message, control)) {
        if (control->cmsg_level == SOL_SOCKET &&
            control->cmsg_type == SCM_TIMESTAMPNS)
            from->age_us = age_of(control, &arrivals->received);
        else if (control->cmsg_level == IPPROTO_IP &&
                 control->cmsg_type == IP_PKTINFO)
            from->local = local_v4(control, arrivals->port);
        else if (control->cmsg_level == IPPROTO_IPV6 &&
                 control->cmsg_type == IPV6_PKTINFO)
            from->local = local_v6(control, arrivals->port);
    }
}

bool arrivals_at(struct arrivals *arrivals, size_t index, uint8_t **bytes,
                 size_t *length, struct endpoint *from)
{
    struct mmsghdr *message = &arrivals->messages[index];
    struct arrival *arrival = &arrivals->arrivals[index];

    if (message->msg_hdr.msg_flags & MSG_TRUNC)
        return false;
    *from = (struct endpoint){
        .remote = sockets_address((struct sockaddr *)&arrival->from),
        .socket = arrivals->socket,
    };
    if (from->remote.family == ADDRESS_NONE)
        return false;
    read_controls(arrivals, &message->msg_hdr, from);
    *bytes = arrivals->buffers[index];
    *length = message->msg_len;
    return true;
}
