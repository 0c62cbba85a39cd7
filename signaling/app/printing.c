#include "signaling/app/printing.h"

#include "base/text.h"
#include "signaling/app/query.h"
#include "signaling/outbox/wording.h"
#include "signaling/paper/letter.h"
#include "signaling/paper/receipt.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>

#define DAY_MS INT64_C(86400000)

/* ---- lines
 * ----------------------------------------------------------------------- */

static int line_fault(struct printing *printing, size_t index,
                      const char *member)
{
    (void)snprintf(printing->fault, sizeof(printing->fault), "lines.%zu.%s",
                   index + 1, member);
    return -EINVAL;
}

static bool read_text(const json_t *line, const char *member, char *out,
                      size_t size)
{
    const json_t *text = json_object_get(line, member);

    if (!json_is_string(text))
        return false;
    return text_copy(out, size,
                     slice(json_string_value(text), json_string_length(text)));
}

static int read_line(struct printing *printing, const json_t *line,
                     size_t index)
{
    struct prescription_line *to = &printing->lines[index];
    const json_t *renewals = json_object_get(line, "renewals");

    if (!read_text(line, "drug", to->drug, sizeof(to->drug)))
        return line_fault(printing, index, "drug");
    if (!read_text(line, "dosage", to->dosage, sizeof(to->dosage)))
        return line_fault(printing, index, "dosage");
    if (!read_text(line, "duration", to->duration, sizeof(to->duration)))
        return line_fault(printing, index, "duration");
    if (renewals && !json_is_null(renewals)) {
        json_int_t count = json_integer_value(renewals);
        if (!json_is_integer(renewals) || count < 0 ||
            count > PRESCRIPTION_RENEWALS_MAX)
            return line_fault(printing, index, "renewals");
        to->renewals = (uint32_t)count;
    }
    return 0;
}

int printing_read_lines(struct printing *printing, struct slice json)
{
    json_t *lines = json_loadb((const char *)json.data, json.length, 0, NULL);
    size_t count = json_array_size(lines);
    int err = 0;

    if (!json_is_array(lines) || count == 0 || count > PRESCRIPTION_LINES_MAX) {
        strcpy(printing->fault, "lines");
        err = -EINVAL;
    }
    for (size_t i = 0; !err && i < count; i++)
        err = read_line(printing, json_array_get(lines, i), i);
    if (!err)
        printing->line_count = count;
    json_decref(lines);
    return err;
}

/* ---- papers
 * ------------------------------------------------------------------------ */

/* The language of the visit, or else the clinic's. */
static const char *locale_of(const struct printing *printing)
{
    return printing->visit.locale[0] ? printing->visit.locale
                                     : printing->clinic.locale;
}

static int print_prescription(struct paper *paper, struct printing *printing)
{
    const struct practitioner *by = &printing->practitioner;
    const struct identity *of = &printing->visit.identity;
    struct prescription_fault fault = { "" };
    struct prescription_paper content = {
        .consultation = printing->visit.id,
        .version = printing->version,
        .locale = printing->clinic.locale, /* pharmacists read it there */
        .date = query_day_of(printing->clinic.time_zone, printing->now_ms),
        /* The day, not the moment: printed again, it is the same paper. */
        .created_ms = printing->now_ms - printing->now_ms % DAY_MS,
        .clinic = printing->clinic.name,
        .prescriber = by->name,
        .quality = by->quality,
        .speciality = by->speciality,
        .identifier = by->identifier,
        .address = by->address[0] ? by->address : printing->clinic.address,
        .country = "France",
        .phone = by->phone[0] ? by->phone : printing->clinic.phone,
        .mail = by->mail,
        .family = of->family,
        .given = of->given,
        .sex = of->sex,
        .birth = of->birth,
        .weight_g = printing->weight_kg * 1000,
        .height_cm = printing->height_cm,
        .lines = printing->lines,
        .line_count = printing->line_count,
    };
    int err = prescription_check(&content, &fault);

    if (err) {
        memcpy(printing->fault, fault.field, sizeof(printing->fault));
        return err;
    }
    return prescription_print(paper, &content, &printing->bytes,
                              &printing->length);
}

static int print_receipt(struct paper *paper, struct printing *printing)
{
    const struct consultation *visit = &printing->visit;
    const char *zone = printing->clinic.time_zone;
    struct receipt_paper content = {
        .locale = locale_of(printing),
        .created_ms = printing->now_ms,
        .clinic = printing->clinic.name,
        .address = printing->clinic.address,
        .phone = printing->clinic.phone,
        .practitioner = printing->practitioner.name,
        .identifier = printing->practitioner.identifier,
        .family = visit->identity.family,
        .given = visit->identity.given,
        .visit = query_day_of(zone, visit->start_ms),
        .paid = query_day_of(zone, printing->paid_ms),
        .amount.minor = visit->settlement == SETTLEMENT_PAID ? visit->paid_minor
                                                             : visit->due_minor,
        .how = visit->settlement,
        .reference = visit->checkout,
        .refunded = visit->refunded,
    };

    memcpy(content.amount.currency, visit->currency, CURRENCY_TEXT);
    return receipt_print(paper, &content, &printing->bytes, &printing->length);
}

static int print_letter(struct paper *paper, struct printing *printing)
{
    const struct consultation *visit = &printing->visit;
    char when[WORDING_WHEN] = "";
    struct wall_time wall;

    if (zone_wall_time(printing->clinic.time_zone, visit->start_ms, &wall) == 0)
        wording_when(locale_of(printing), &wall, when);
    struct letter_paper content = {
        .locale = locale_of(printing),
        .created_ms = printing->now_ms,
        .clinic = printing->clinic.name,
        .address = printing->clinic.address,
        .phone = printing->clinic.phone,
        .family = printing->guest[0] ? printing->guest : visit->identity.family,
        .given = printing->guest[0] ? "" : visit->identity.given,
        .guest = printing->guest[0] != '\0',
        .practitioner = printing->practitioner.name,
        .when = when,
        .link = printing->link,
        .join = printing->join,
        .code = printing->code,
    };

    return letter_print(paper, &content, &printing->bytes, &printing->length);
}

void printing_run(struct paper *paper, struct printing *printing)
{
    switch (printing->kind) {
    case PRINTING_PRESCRIPTION:
        printing->status = print_prescription(paper, printing);
        break;
    case PRINTING_RECEIPT:
        printing->status = print_receipt(paper, printing);
        break;
    case PRINTING_LETTER:
        printing->status = print_letter(paper, printing);
        break;
    }
}
