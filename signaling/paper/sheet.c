#include "signaling/paper/sheet.h"

#include <assert.h>
#include <cairo-pdf.h>
#include <errno.h>
#include <pango/pangocairo.h>
#include <qrencode.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX  ((size_t)4 * 1024 * 1024) /* bytes of one PDF; ours */
#define QR_BORDER 4 /* modules; ISO/IEC 18004, quiet zone */

struct sheet {
    cairo_surface_t *surface;
    cairo_t *cairo;
    PangoContext *context;
    uint8_t *data;
    size_t length;
    size_t capacity;
    int err;
};

static const struct {
    double size;
    PangoWeight weight;
} styles[] = {
    [SHEET_TITLE] = { 17, PANGO_WEIGHT_BOLD },
    [SHEET_STRONG] = { 10.5, PANGO_WEIGHT_BOLD },
    [SHEET_BODY] = { 10.5, PANGO_WEIGHT_NORMAL },
    [SHEET_LETTER] = { 13, PANGO_WEIGHT_NORMAL },
    [SHEET_LETTER_STRONG] = { 13, PANGO_WEIGHT_BOLD },
    [SHEET_SMALL] = { 8, PANGO_WEIGHT_NORMAL },
    [SHEET_LARGE_CODE] = { 22, PANGO_WEIGHT_BOLD },
};

static cairo_status_t keep(void *arg, const unsigned char *data,
                           unsigned int length)
{
    struct sheet *sheet = arg;

    if (sheet->length + length > sheet->capacity) {
        size_t capacity = 2 * (sheet->length + length);
        uint8_t *grown;

        if (capacity > FILE_MAX)
            return CAIRO_STATUS_WRITE_ERROR;
        grown = realloc(sheet->data, capacity);
        if (!grown)
            return CAIRO_STATUS_NO_MEMORY;
        sheet->data = grown;
        sheet->capacity = capacity;
    }
    memcpy(sheet->data + sheet->length, data, length);
    sheet->length += length;
    return CAIRO_STATUS_SUCCESS;
}

static void describe(struct sheet *sheet, const char *title, const char *author,
                     int64_t created_ms)
{
    GDateTime *date = g_date_time_new_from_unix_utc(created_ms / 1000);
    char *text = date ? g_date_time_format(date, "%Y-%m-%dT%H:%M:%SZ") : NULL;

    if (text) {
        cairo_pdf_surface_set_metadata(sheet->surface,
                                       CAIRO_PDF_METADATA_CREATE_DATE, text);
        cairo_pdf_surface_set_metadata(sheet->surface,
                                       CAIRO_PDF_METADATA_MOD_DATE, text);
    }
    cairo_pdf_surface_set_metadata(sheet->surface, CAIRO_PDF_METADATA_TITLE,
                                   title);
    cairo_pdf_surface_set_metadata(sheet->surface, CAIRO_PDF_METADATA_AUTHOR,
                                   author);
    g_free(text);
    if (date)
        g_date_time_unref(date);
}

struct sheet *sheet_new(struct paper *paper, enum paper_language language,
                        const char *title, const char *author,
                        int64_t created_ms)
{
    static const char *const tags[] = { "fr", "en" };
    struct sheet *sheet = calloc(1, sizeof(*sheet));
    cairo_font_options_t *options;

    if (!sheet)
        return NULL;
    sheet->surface = cairo_pdf_surface_create_for_stream(
        keep, sheet, SHEET_WIDTH, SHEET_HEIGHT);
    cairo_pdf_surface_restrict_to_version(sheet->surface,
                                          CAIRO_PDF_VERSION_1_5);
    describe(sheet, title, author, created_ms);
    sheet->cairo = cairo_create(sheet->surface);
    cairo_set_line_width(sheet->cairo, 0.6);

    /* Neither hinting nor the process's locale may move a glyph. */
    sheet->context = pango_font_map_create_context(paper_font_map(paper));
    pango_context_set_language(sheet->context,
                               pango_language_from_string(tags[language]));
    pango_context_set_base_dir(sheet->context, PANGO_DIRECTION_LTR);
    pango_context_set_round_glyph_positions(sheet->context, FALSE);
    options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(sheet->context, options);
    cairo_font_options_destroy(options);
    return sheet;
}

void sheet_free(struct sheet *sheet)
{
    if (!sheet)
        return;
    g_object_unref(sheet->context);
    cairo_destroy(sheet->cairo);
    cairo_surface_finish(sheet->surface);
    cairo_surface_destroy(sheet->surface);
    free(sheet->data);
    free(sheet);
}

/* Plain text only: what people typed is never markup. */
static PangoLayout *lay_out(struct sheet *sheet, double width,
                            enum sheet_style style, const char *text)
{
    PangoLayout *layout = pango_layout_new(sheet->context);
    PangoFontDescription *font = pango_font_description_new();
    PangoAttrList *attributes;

    pango_font_description_set_family_static(font, "DejaVu Sans");
    pango_font_description_set_weight(font, styles[style].weight);
    pango_font_description_set_absolute_size(font,
                                             styles[style].size * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_line_spacing(layout, 1.15F);
    /* A hyphen at the end of a line would become part of a link. */
    attributes = pango_attr_list_new();
    pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE));
    pango_layout_set_attributes(layout, attributes);
    pango_attr_list_unref(attributes);
    pango_layout_set_text(layout, text, -1);
    pango_font_description_free(font);
    return layout;
}

static double height_of(PangoLayout *layout)
{
    int height;

    pango_layout_get_size(layout, NULL, &height);
    return (double)height / PANGO_SCALE;
}

static double show(struct sheet *sheet, double x, double y, PangoLayout *layout)
{
    double height = height_of(layout);

    cairo_move_to(sheet->cairo, x, y);
    pango_cairo_show_layout(sheet->cairo, layout);
    g_object_unref(layout);
    return height;
}

double sheet_text(struct sheet *sheet, double x, double y, double width,
                  enum sheet_style style, const char *text)
{
    return show(sheet, x, y, lay_out(sheet, width, style, text));
}

double sheet_text_right(struct sheet *sheet, double x, double y, double width,
                        enum sheet_style style, const char *text)
{
    PangoLayout *layout = lay_out(sheet, width, style, text);

    pango_layout_set_alignment(layout, PANGO_ALIGN_RIGHT);
    return show(sheet, x, y, layout);
}

double sheet_measure(struct sheet *sheet, double width, enum sheet_style style,
                     const char *text)
{
    PangoLayout *layout = lay_out(sheet, width, style, text);
    double height = height_of(layout);

    g_object_unref(layout);
    return height;
}

void sheet_rule(struct sheet *sheet, double y)
{
    cairo_move_to(sheet->cairo, SHEET_MARGIN, y);
    cairo_line_to(sheet->cairo, SHEET_WIDTH - SHEET_MARGIN, y);
    cairo_stroke(sheet->cairo);
}

void sheet_strike(struct sheet *sheet, double y, double height)
{
    double left = SHEET_MARGIN;
    double right = SHEET_WIDTH - SHEET_MARGIN;

    if (height < 12)
        return; /* no room for a word */
    cairo_move_to(sheet->cairo, left, y);
    cairo_line_to(sheet->cairo, right, y);
    cairo_line_to(sheet->cairo, left, y + height);
    cairo_line_to(sheet->cairo, right, y + height);
    cairo_stroke(sheet->cairo);
}

void sheet_qr(struct sheet *sheet, double x, double y, double size,
              const char *text)
{
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    double module;

    if (!code) {
        sheet->err = -errno;
        return;
    }
    module = size / (code->width + 2 * QR_BORDER);
    for (int row = 0; row < code->width; row++)
        for (int column = 0; column < code->width; column++)
            if (code->data[row * code->width + column] & 1)
                cairo_rectangle(sheet->cairo, x + (QR_BORDER + column) * module,
                                y + (QR_BORDER + row) * module, module, module);
    cairo_fill(sheet->cairo);
    QRcode_free(code);
}

void sheet_next(struct sheet *sheet)
{
    cairo_show_page(sheet->cairo);
}

int sheet_finish(struct sheet *sheet, uint8_t **out, size_t *out_length)
{
    int err = sheet->err;

    cairo_show_page(sheet->cairo);
    cairo_surface_finish(sheet->surface);
    if (!err && (cairo_status(sheet->cairo) != CAIRO_STATUS_SUCCESS ||
                 cairo_surface_status(sheet->surface) != CAIRO_STATUS_SUCCESS))
        err = -EIO;
    if (!err) {
        assert(sheet->length > 0);
        *out = sheet->data;
        *out_length = sheet->length;
        sheet->data = NULL;
    }
    sheet_free(sheet);
    return err;
}
