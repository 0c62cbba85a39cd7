/* STUN and ICE-lite: read anything; what is authentic is only what was signed.
 */
#include "media/transport/ice_lite.h"
#include "media/transport/stun.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ice_lite ice;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice packet = slice(data, size);
    struct address from = address_ipv4((const uint8_t[]){ 10, 0, 0, 1 }, 1);
    struct stun_message message;
    struct ice_news news;
    uint8_t reply_bytes[ICE_REPLY_SIZE_MAX];
    struct writer reply = writer_into(reply_bytes, sizeof(reply_bytes));

    if (ice.now.ufrag[0] == '\0')
        (void)ice_lite_init(&ice, slice_of_text("page"));
    if (stun_read(packet, &message) == 0) {
        (void)stun_integrity_ok(&message, slice_of_text("password"));
        assert(message.username.length <= STUN_USERNAME_MAX);
    }
    assert(ice_lite_peek_ufrag(packet).length <= size);
    /* Nobody guesses 144 bits. */
    assert(ice_lite_receive(&ice, packet, &from, 1, &reply, &news) != 0);
    assert(!ice_lite_knows(&ice, &from));
    return 0;
}
