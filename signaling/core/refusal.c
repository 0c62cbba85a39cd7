#include "signaling/core/refusal.h"

const char *refusal_code(enum refusal refusal)
{
    switch (refusal) {
#define X(name, code, say)                                                     \
    case REFUSED_##name:                                                       \
        return code;
        REFUSALS(X)
#undef X
    case REFUSAL_KINDS:
        break;
    }
    return "?";
}

const char *refusal_say(enum refusal refusal)
{
    switch (refusal) {
#define X(name, code, say)                                                     \
    case REFUSED_##name:                                                       \
        return say;
        REFUSALS(X)
#undef X
    case REFUSAL_KINDS:
        break;
    }
    return "?";
}
