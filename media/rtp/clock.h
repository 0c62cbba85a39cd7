/*
 * clock: the relay's one clock, microseconds since 1900 that never jump, as NTP
 * time (RFC 3550, section 4) and as RTP timestamps of any rate.
 */
#ifndef MEDIA_RTP_CLOCK_H
#define MEDIA_RTP_CLOCK_H

#include <stdint.h>

#define CLOCK_1900_TO_1970_S UINT64_C(2208988800)

/* 32.32 fixed point. */
static inline uint64_t ntp_of(uint64_t us)
{
    return (us / 1000000) << 32 | ((us % 1000000) << 32) / 1000000;
}

static inline uint64_t ntp_to_us(uint64_t ntp)
{
    return (ntp >> 32) * 1000000 + (((ntp & 0xffffffff) * 1000000) >> 32);
}

/* Where an RTP clock stands that began at zero with ours. */
static inline uint32_t rtp_clock(uint64_t us, uint32_t rate)
{
    return (uint32_t)(us / 1000000 * rate + us % 1000000 * rate / 1000000);
}

/* How far the RTP clock moves in us microseconds, forwards or backwards. */
static inline int64_t rtp_span(int64_t us, uint32_t rate)
{
    return us / 1000000 * (int64_t)rate +
           us % 1000000 * (int64_t)rate / 1000000;
}

static inline int64_t rtp_span_us(int32_t span, uint32_t rate)
{
    return (int64_t)span * 1000000 / (int64_t)rate;
}

#endif
