/*
 * release: the rule of the two keys (design: invariant 1). The only place that
 * says when a prescription leaves and whether it may still be read.
 */
#ifndef CORE_RELEASE_H
#define CORE_RELEASE_H

#include "signaling/core/consultation.h"

/* Approved in exactly its newest version, and settled or overridden, and not
 * yet released in this version. */
bool release_is_due(const struct consultation *visit,
                    const struct policy *policy);

/* May the patient read the released version now? */
bool release_is_open(const struct consultation *visit,
                     const struct policy *policy, int64_t now_ms);

#endif
