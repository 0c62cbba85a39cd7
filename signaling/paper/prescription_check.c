#include "signaling/paper/prescription.h"

#include "base/text.h"
#include "base/writer.h"

#include <assert.h>
#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#define RPPS_DIGITS      11
#define MARK_HASH_BYTES  8
#define PHONE_DIGITS_MIN 8  /* ITU-T E.164 has no minimum; ours */
#define PHONE_DIGITS_MAX 15 /* ITU-T E.164, section 6.1 */

static int fault(struct prescription_fault *out, const char *field)
{
    (void)snprintf(out->field, sizeof(out->field), "%s", field);
    return -EINVAL;
}

static bool is_there(const char *text)
{
    return text && text[strspn(text, " \t\n")] != '\0' &&
           text_is_clean(slice_of_text(text), true);
}

static bool is_rpps(const char *text)
{
    return is_there(text) && strlen(text) == RPPS_DIGITS &&
           strspn(text, "0123456789") == RPPS_DIGITS;
}

/* A pharmacist abroad must be able to call: the country's prefix is asked. */
static bool is_phone(const char *text)
{
    size_t digits = 0;

    if (!is_there(text) || text[0] != '+')
        return false;
    for (const char *at = text + 1; *at; at++) {
        if (*at >= '0' && *at <= '9')
            digits += 1;
        else if (*at != ' ')
            return false;
    }
    return digits >= PHONE_DIGITS_MIN && digits <= PHONE_DIGITS_MAX;
}

static bool is_mail(const char *text)
{
    const char *at = is_there(text) ? strchr(text, '@') : NULL;

    return at && at > text && at[1] != '\0' && !strpbrk(text, " \t\n");
}

static const char *line_fault(const struct prescription_line *line)
{
    if (!is_there(line->drug))
        return "drug";
    if (!is_there(line->dosage))
        return "dosage";
    if (!is_there(line->duration))
        return "duration";
    if (line->renewals > PRESCRIPTION_RENEWALS_MAX)
        return "renewals";
    return NULL;
}

int prescription_check_lines(const struct prescription_line *lines,
                             size_t count, struct prescription_fault *out)
{
    if (count == 0 || count > PRESCRIPTION_LINES_MAX)
        return fault(out, "lines");

    for (size_t i = 0; i < count; i++) {
        const char *field = line_fault(&lines[i]);

        if (field) {
            (void)snprintf(out->field, sizeof(out->field), "lines.%zu.%s",
                           i + 1, field);
            return -EINVAL;
        }
    }
    return 0;
}

int prescription_check(const struct prescription_paper *paper,
                       struct prescription_fault *out)
{
    const struct {
        const char *field;
        bool good;
    } fields[] = {
        { "clinic", is_there(paper->clinic) },
        { "prescriber", is_there(paper->prescriber) },
        { "quality", is_there(paper->quality) },
        { "speciality", is_there(paper->speciality) },
        { "identifier", is_rpps(paper->identifier) },
        { "address", is_there(paper->address) },
        { "country", is_there(paper->country) },
        { "phone", is_phone(paper->phone) },
        { "mail", is_mail(paper->mail) },
        { "family", is_there(paper->family) },
        { "given", is_there(paper->given) },
        { "sex", paper->sex != SEX_UNKNOWN },
        { "birth", date_is_real(paper->birth) },
        { "date", date_is_real(paper->date) },
        { "version", paper->version > 0 },
        { "consultation", !consultation_id_is_none(paper->consultation) },
    };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (!fields[i].good)
            return fault(out, fields[i].field);
    return prescription_check_lines(paper->lines, paper->line_count, out);
}

/* Every member with its terminator, so that no two lists read the same. */
static void put_line(struct writer *out, const struct prescription_line *line)
{
    writer_bytes(out, slice(line->drug, strlen(line->drug) + 1));
    writer_bytes(out, slice(line->dosage, strlen(line->dosage) + 1));
    writer_bytes(out, slice(line->duration, strlen(line->duration) + 1));
    writer_u32(out, line->renewals);
}

void prescription_mark(const struct prescription_paper *paper,
                       char out[PRESCRIPTION_MARK_TEXT])
{
    uint8_t bytes[PRESCRIPTION_LINES_MAX * sizeof(struct prescription_line)];
    uint8_t digest[SHA256_DIGEST_LENGTH];
    struct writer lines = writer_into(bytes, sizeof(bytes));
    char prefix[2 * MARK_HASH_BYTES + 1];
    char id[ID_TEXT];

    assert(paper->line_count <= PRESCRIPTION_LINES_MAX);
    for (size_t i = 0; i < paper->line_count; i++)
        put_line(&lines, &paper->lines[i]);
    assert(!lines.failed);
    SHA256(lines.data, lines.length, digest);

    text_hex(slice(digest, MARK_HASH_BYTES), prefix);
    text_base64url(slice(paper->consultation.bytes, ID_BYTES), id);
    (void)snprintf(out, PRESCRIPTION_MARK_TEXT,
                   "vestibule:prescription:%s:%u:%s", id, paper->version,
                   prefix);
}
