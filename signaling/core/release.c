#include "signaling/core/release.h"

bool release_is_due(const struct consultation *visit,
                    const struct policy *policy)
{
    if (visit->approved_version == 0)
        return false;
    if (visit->approved_version != visit->drafted_version)
        return false;
    if (visit->released_version == visit->approved_version)
        return false;
    if (visit->phase != PHASE_ADMITTED && visit->phase != PHASE_ENDED)
        return false;
    return visit->overridden || consultation_is_settled(visit, policy);
}

bool release_is_open(const struct consultation *visit,
                     const struct policy *policy, int64_t now_ms)
{
    if (visit->released_version == 0)
        return false;
    if (visit->released_version <= visit->revoked_version)
        return false;
    return now_ms < visit->released_ms + policy->released_for_ms;
}
