#include "signaling/app/finder.h"

#include <assert.h>
#include <ctype.h>
#include <openssl/hmac.h>

#define WORD_BYTES 64

static void keyed(const struct link_keys *keys, const char *kind,
                  struct slice word, uint8_t out[32])
{
    uint8_t message[16 + 128];
    size_t label = strlen(kind) + 1;
    unsigned length = 32;

    assert(label + word.length <= sizeof(message));
    memcpy(message, kind, label);
    memcpy(message + label, word.data, word.length);
    (void)HMAC(EVP_sha256(), keys->finder, LINK_KEY_BYTES, message,
               label + word.length, out, &length);
}

/* U+00C0 to U+017F without their accents, in lower case; a table by code point
 * keeps us from a Unicode library: names beyond Latin match as they are. */
static const char *const plain[] = {
    /* 00C0 */ "a", "a", "a",  "a",  "a", "a", "ae", "c",
    /* 00C8 */ "e", "e", "e",  "e",  "i", "i", "i",  "i",
    /* 00D0 */ "d", "n", "o",  "o",  "o", "o", "o",  "",
    /* 00D8 */ "o", "u", "u",  "u",  "u", "y", "th", "ss",
    /* 00E0 */ "a", "a", "a",  "a",  "a", "a", "ae", "c",
    /* 00E8 */ "e", "e", "e",  "e",  "i", "i", "i",  "i",
    /* 00F0 */ "d", "n", "o",  "o",  "o", "o", "o",  "",
    /* 00F8 */ "o", "u", "u",  "u",  "u", "y", "th", "y",
    /* 0100 */ "a", "a", "a",  "a",  "a", "a", "c",  "c",
    /* 0108 */ "c", "c", "c",  "c",  "c", "c", "d",  "d",
    /* 0110 */ "d", "d", "e",  "e",  "e", "e", "e",  "e",
    /* 0118 */ "e", "e", "e",  "e",  "g", "g", "g",  "g",
    /* 0120 */ "g", "g", "g",  "g",  "h", "h", "h",  "h",
    /* 0128 */ "i", "i", "i",  "i",  "i", "i", "i",  "i",
    /* 0130 */ "i", "i", "ij", "ij", "j", "j", "k",  "k",
    /* 0138 */ "k", "l", "l",  "l",  "l", "l", "l",  "l",
    /* 0140 */ "l", "l", "l",  "n",  "n", "n", "n",  "n",
    /* 0148 */ "n", "n", "n",  "n",  "o", "o", "o",  "o",
    /* 0150 */ "o", "o", "oe", "oe", "r", "r", "r",  "r",
    /* 0158 */ "r", "r", "s",  "s",  "s", "s", "s",  "s",
    /* 0160 */ "s", "s", "t",  "t",  "t", "t", "t",  "t",
    /* 0168 */ "u", "u", "u",  "u",  "u", "u", "u",  "u",
    /* 0170 */ "u", "u", "u",  "u",  "w", "w", "y",  "y",
    /* 0178 */ "y", "z", "z",  "z",  "z", "z", "z",  "s",
};

/* One character of UTF-8 as its plain letters into out; "" when it parts two
 * words. Returns how many bytes it took. */
static size_t plain_letters(const char *text, char out[8])
{
    unsigned char first = (unsigned char)text[0];

    memset(out, 0, 8);
    if (first < 0x80) {
        if (isalnum(first)) {
            out[0] = (char)tolower(first);
            out[1] = '\0';
        }
        return 1;
    }
    size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    for (size_t i = 1; i < length; i++)
        if (((unsigned char)text[i] & 0xc0) != 0x80)
            return i; /* broken: not ours to mend */
    unsigned point = (first & 0x1fu) << 6 | ((unsigned char)text[1] & 0x3fu);
    if (length == 2 && point >= 0xc0 && point - 0xc0 < 192) {
        memcpy(out, plain[point - 0xc0], strlen(plain[point - 0xc0]) + 1);
    } else if (length == 2 && point >= 0x300 && point < 0x370) {
        out[0] = '\1'; /* a combining accent: nothing, and parts nothing */
        out[1] = '\0';
    } else if (length > 2 && first == 0xe2 && (unsigned char)text[1] == 0x80) {
        return length; /* typographic dashes and apostrophes part words */
    } else {
        memcpy(out, text, length);
        out[length] = '\0';
    }
    return length;
}

static size_t add_word(const struct link_keys *keys, struct slice word,
                       uint8_t out[FINDER_WORDS_MAX][32], size_t count)
{
    if (word.length == 0 || count == FINDER_WORDS_MAX)
        return count;
    keyed(keys, "word", word, out[count]);
    for (size_t i = 0; i < count; i++)
        if (memcmp(out[i], out[count], 32) == 0)
            return count;
    return count + 1;
}

size_t finder_words(const struct link_keys *keys, const char *text,
                    uint8_t out[FINDER_WORDS_MAX][32])
{
    char word[WORD_BYTES];
    char letters[8];
    size_t length = 0;
    size_t count = 0;

    while (*text) {
        text += plain_letters(text, letters);
        if (letters[0] == '\1')
            continue;
        size_t more = strlen(letters);
        if (more == 0) {
            count = add_word(keys, slice(word, length), out, count);
            length = 0;
        } else if (length + more < sizeof(word)) {
            for (size_t i = 0; i < more; i++)
                word[length++] = letters[i];
        }
    }
    return add_word(keys, slice(word, length), out, count);
}

bool finder_contact(const struct link_keys *keys, const char *text,
                    uint8_t out[32])
{
    char plainly[120];
    size_t length = 0;
    bool mail = strchr(text, '@') != NULL;

    for (; *text; text++) {
        unsigned char sign = (unsigned char)*text;
        if (isspace(sign) || (!mail && strchr(".-()/", sign)))
            continue;
        if (!mail && !isdigit(sign) && !(sign == '+' && length == 0))
            return false;
        if (length == 0 && !mail && sign == '0' && text[1] != '0') {
            plainly[length++] = '+'; /* as dialled inside France */
            plainly[length++] = '3';
            plainly[length++] = '3';
            continue;
        }
        if (length == sizeof(plainly))
            return false;
        plainly[length++] = (char)(mail ? tolower(sign) : sign);
    }
    if (length > 2 && memcmp(plainly, "00", 2) == 0) {
        plainly[1] = '+';
        keyed(keys, "contact", slice(plainly + 1, length - 1), out);
        return true;
    }
    if (length < 6)
        return false;
    keyed(keys, "contact", slice(plainly, length), out);
    return true;
}

void finder_code(const struct link_keys *keys, const char *code,
                 uint8_t out[32])
{
    keyed(keys, "code", slice_of_text(code), out);
}

void finder_checkout(const struct link_keys *keys, const char *checkout,
                     uint8_t out[32])
{
    keyed(keys, "checkout", slice_of_text(checkout), out);
}
