/* Tokens and codes of links. The input is tried as a token: nobody guesses 128
 * bits. Then it makes a link and says which bit of its token is turned: only
 * the token as it was written leads anywhere. Last it is typed as a code. */
#include "base/reader.h"
#include "signaling/app/link.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct link_keys keys;

static bool same(const struct link *a, const struct link *b)
{
    return consultation_id_equal(a->visit, b->visit) &&
           a->person == b->person && a->generation == b->generation;
}

static void tokens(struct reader *in)
{
    struct link link = { .person = LINK_PATIENT }, read = link;
    char token[LINK_TOKEN_TEXT];

    link.generation = reader_u32(in);
    link.person = (enum link_person)(link.generation % (LINK_GUEST_3 + 1));
    size_t at = reader_u8(in) % (LINK_TOKEN_TEXT - 1);
    uint8_t bits = reader_u8(in);
    struct slice id = reader_bytes(in, ID_BYTES);
    if (in->failed)
        return;
    memcpy(link.visit.bytes, id.data, ID_BYTES);
    link_token(&keys, &link, token);
    assert(strlen(token) == LINK_TOKEN_TEXT - 1);
    token[at] = (char)(token[at] ^ bits);
    int err = link_read(&keys, slice(token, LINK_TOKEN_TEXT - 1), &read);
    assert(!err == (bits == 0));
    assert(err || same(&read, &link));
    /* A part of it, or more than it, is nothing. */
    assert(link_read(&keys, slice(token, at), &read));
}

static void codes(struct reader *in)
{
    struct link link = { .person = LINK_PATIENT, .generation = reader_u32(in) };
    char written[LINK_CODE_TEXT], read[LINK_CODE_TEXT];

    link_code(&keys, &link, written);
    bool fits = link_code_read(slice_of_text(written), read);
    assert(fits && strcmp(written, read) == 0);
    if (!link_code_read(in->rest, written))
        return;
    assert(strlen(written) == LINK_CODE_TEXT - 1);
    assert(strpbrk(written, "0O1ILU -.") == NULL);
    fits = link_code_read(slice_of_text(written), read);
    assert(fits && strcmp(written, read) == 0);
}

static void pins(struct reader *in)
{
    struct link link = { .person = LINK_GUEST_1, .generation = reader_u32(in) };
    char pin[LINK_PIN_TEXT];

    link_pin(&keys, &link, pin);
    assert(strspn(pin, "0123456789") == LINK_PIN_TEXT - 1);
    assert(link_pin_fits(&keys, &link, slice_of_text(pin)));
    if (link_pin_fits(&keys, &link, in->rest))
        assert(in->rest.length >= LINK_PIN_TEXT - 1);
    assert(!link_pin_fits(&keys, &link, slice(pin, LINK_PIN_TEXT - 2)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char secret[] = "sixteen bytes at least";
    struct reader in = reader_of(slice(data, size));
    struct link read;

    link_keys_init(&keys, slice_of_text(secret));
    assert(link_read(&keys, in.rest, &read));
    tokens(&in);
    in = reader_of(slice(data, size));
    codes(&in);
    in = reader_of(slice(data, size));
    pins(&in);
    return 0;
}
