/*
 * text: bytes as base64url or hexadecimal and back, and bounded copies.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/slice.h"

/* Characters that base64url without padding needs (RFC 4648, section 5),
 * terminator included. */
#define BASE64URL_SIZE(bytes) (((bytes)*8 + 5) / 6 + 1)

/* out holds BASE64URL_SIZE(bytes.length) characters, terminated. */
void text_base64url(struct slice bytes, char *out);

/* Exactly length bytes, in the one canonical spelling; else -EBADMSG and out is
 * untouched. */
int text_base64url_read(struct slice text, void *out, size_t length);

/* out holds 2 * bytes.length + 1 characters, lower case, terminated. */
void text_hex(struct slice bytes, char *out);
int text_hex_read(struct slice text, void *out, size_t length);

/* Copies and terminates. False (out is "") when text does not fit. */
bool text_copy(char *out, size_t size, struct slice text);

/* Valid UTF-8 (RFC 3629) without control characters; line feeds and tabs count
 * as text when lines is set. */
bool text_is_clean(struct slice text, bool lines);

#endif
