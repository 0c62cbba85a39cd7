#include "signaling/outbox/mail.h"

#include "base/text.h"
#include "base/writer.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#define ENCODED_WORD 39 /* bytes; a line stays below 76 (RFC 2047, 2) */
#define BASE64_LINE  57 /* bytes: 76 characters (RFC 2045, section 6.8) */
#define HTML_MAX     8192

static bool is_address(const char *text)
{
    const char *at = strchr(text, '@');

    if (!at || at == text || at[1] == '\0' || strchr(at + 1, '@'))
        return false;
    for (const char *c = text; *c; c++)
        if (*c <= ' ' || *c > '~' || strchr("<>()[]\\,;:\"", *c))
            return false;
    return true;
}

static bool is_id(const char *text)
{
    return *text && text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "abcdefghijklmnopqrstuvwxyz"
                                      "0123456789._-")] == '\0';
}

static void put_base64(struct writer *out, const char *text, size_t length)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *bytes = (const uint8_t *)text;

    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        uint32_t group = (uint32_t)bytes[i] << 16;

        group |= left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
        group |= left > 2 ? bytes[i + 2] : 0;
        writer_u8(out, (uint8_t)digits[group >> 18]);
        writer_u8(out, (uint8_t)digits[group >> 12 & 63]);
        writer_u8(out, left > 1 ? (uint8_t)digits[group >> 6 & 63] : '=');
        writer_u8(out, left > 2 ? (uint8_t)digits[group & 63] : '=');
    }
}

/* As many bytes as fit without cutting a character in two (RFC 2047, 5). */
static size_t whole_characters(const char *text, size_t length, size_t most)
{
    size_t end = length < most ? length : most;

    while (end < length && end > 0 && ((uint8_t)text[end] & 0xc0) == 0x80)
        end -= 1;
    return end;
}

static void put_words(struct writer *out, const char *text)
{
    size_t length = strlen(text);

    while (length > 0) {
        size_t part = whole_characters(text, length, ENCODED_WORD);

        writer_text(out, "=?UTF-8?B?");
        put_base64(out, text, part);
        writer_text(out, "?=");
        text += part;
        length -= part;
        if (length > 0)
            writer_text(out, "\r\n ");
    }
}

/* RFC 5322, section 3.3; its names are English whatever the locale. */
static void put_date(struct writer *out, int64_t at_ms)
{
    static const char *const days[] = { "Mon", "Tue", "Wed", "Thu",
                                        "Fri", "Sat", "Sun" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr",
                                          "May", "Jun", "Jul", "Aug",
                                          "Sep", "Oct", "Nov", "Dec" };
    GDateTime *date = g_date_time_new_from_unix_utc(at_ms / 1000);

    if (!date) {
        out->failed = true;
        return;
    }
    writer_format(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n",
                  days[g_date_time_get_day_of_week(date) - 1],
                  g_date_time_get_day_of_month(date),
                  months[g_date_time_get_month(date) - 1],
                  g_date_time_get_year(date), g_date_time_get_hour(date),
                  g_date_time_get_minute(date), g_date_time_get_second(date));
    g_date_time_unref(date);
}

static void put_headers(struct writer *out, const struct mail *mail,
                        const char *from)
{
    put_date(out, mail->created_ms);
    writer_text(out, "From: ");
    put_words(out, mail->from_name);
    writer_format(out, "\r\n <%s>\r\nTo: <%s>\r\nSubject: ", from, mail->to);
    put_words(out, mail->subject);
    writer_format(out, "\r\nMessage-ID: <%s%s>\r\n", mail->id,
                  strchr(from, '@'));
    writer_format(out, "Content-Language: %.2s\r\n", mail->locale);
    /* No out-of-office answers, please (RFC 3834). */
    writer_text(out, "Auto-Submitted: auto-generated\r\n"
                     "MIME-Version: 1.0\r\n");
    writer_format(out,
                  "Content-Type: multipart/alternative; "
                  "boundary=\"part-%s\"\r\n\r\n",
                  mail->id);
}

static void put_escaped(struct writer *html, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        switch (text[i]) {
        case '&':
            writer_text(html, "&amp;");
            break;
        case '<':
            writer_text(html, "&lt;");
            break;
        case '>':
            writer_text(html, "&gt;");
            break;
        case '"':
            writer_text(html, "&quot;");
            break;
        default:
            writer_u8(html, (uint8_t)text[i]);
        }
    }
}

static void put_html_line(struct writer *html, const char *line, size_t length)
{
    bool is_link = length > 8 && (strncmp(line, "https://", 8) == 0 ||
                                  strncmp(line, "http://", 7) == 0);

    if (is_link) {
        writer_text(html, "<a href=\"");
        put_escaped(html, line, length);
        writer_text(html, "\">");
    }
    put_escaped(html, line, length);
    if (is_link)
        writer_text(html, "</a>");
}

/* Paragraphs at empty lines; a line that is a link becomes one. */
static void put_html(struct writer *html, const struct mail *mail)
{
    const char *line = mail->text;

    writer_format(html,
                  "<!doctype html><html lang=\"%.2s\"><meta charset=\"utf-8\">"
                  "<body style=\"font:18px/1.5 sans-serif\"><p>",
                  mail->locale);
    while (*line) {
        size_t length = strcspn(line, "\n");
        bool last = line[length] == '\0' || line[length + 1] == '\0';

        if (length == 0)
            writer_text(html, "</p><p>");
        else
            put_html_line(html, line, length);
        if (length > 0 && !last && line[length + 1] != '\n')
            writer_text(html, "<br>");
        line += length + (line[length] == '\n');
    }
    writer_text(html, "</p></body></html>\n");
}

static void put_part(struct writer *out, const struct mail *mail,
                     const char *type, struct slice text)
{
    writer_format(out,
                  "--part-%s\r\nContent-Type: %s; charset=utf-8\r\n"
                  "Content-Transfer-Encoding: base64\r\n\r\n",
                  mail->id, type);
    for (size_t i = 0; i < text.length; i += BASE64_LINE) {
        size_t left = text.length - i;

        put_base64(out, (const char *)text.data + i,
                   left < BASE64_LINE ? left : BASE64_LINE);
        writer_text(out, "\r\n");
    }
}

int mail_compose(const struct mail *mail, const char *from, char *out,
                 size_t size)
{
    uint8_t page[HTML_MAX];
    struct writer html = writer_into(page, sizeof(page));
    struct writer bytes = writer_into(out, size);

    if (!is_address(mail->to) || !is_address(from) || !is_id(mail->id) ||
        !text_is_clean(slice_of_text(mail->subject), false) ||
        !text_is_clean(slice_of_text(mail->from_name), false))
        return -EINVAL;

    put_html(&html, mail);
    put_headers(&bytes, mail, from);
    put_part(&bytes, mail, "text/plain", slice_of_text(mail->text));
    put_part(&bytes, mail, "text/html", writer_done(&html));
    writer_format(&bytes, "--part-%s--\r\n", mail->id);
    writer_u8(&bytes, '\0');
    return html.failed || bytes.failed ? -ENOSPC : 0;
}
