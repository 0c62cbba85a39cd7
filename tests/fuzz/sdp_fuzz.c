/* An offer of anything; what is taken must be answerable within the bounds, and
 * the answer's lines must all be lines. */
#include "media/sdp/answer.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_lines(struct slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        assert(text.data[i] != 0);
        if (text.data[i] == '\r')
            assert(i + 1 < text.length && text.data[i + 1] == '\n');
        if (text.data[i] == '\n')
            assert(i > 0 && text.data[i - 1] == '\r');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct offer offer;
    static struct answer answer;
    static uint8_t text[ANSWER_BYTES_MAX];
    struct writer out = writer_into(text, sizeof(text));

    if (offer_read(slice(data, size), &offer))
        return 0;
    assert(offer.section_count <= OFFER_SECTIONS_MAX);
    answer_init(&answer, &offer);
    answer.ice_ufrag = answer.ice_pwd = answer.fingerprint = "x";
    for (size_t i = 0; i < offer.section_count; i++)
        answer.sections[i].simulcast = true;
    assert(answer_write(&answer, &out) == 0);
    check_lines(writer_done(&out));
    return 0;
}
