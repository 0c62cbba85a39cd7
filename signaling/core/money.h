/*
 * money: an integer of minor units (cents) and an ISO 4217 code.
 */
#ifndef CORE_MONEY_H
#define CORE_MONEY_H

#include <stdint.h>

#define CURRENCY_TEXT 4       /* "EUR" with its terminator */
#define AMOUNT_MAX    1000000 /* minor units; ours: a typing error is refused */

struct money {
    int64_t minor;
    char currency[CURRENCY_TEXT];
};

#endif
