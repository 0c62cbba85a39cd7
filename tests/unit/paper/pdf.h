/*
 * pdf: hands a document to programs we did not write (poppler, qpdf, zbar) and
 * gives back what they say. For tests.
 */
#ifndef TESTS_PDF_H
#define TESTS_PDF_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct pdf {
    char path[128];
    uint8_t *data;
    size_t length;
};

static inline void pdf_keep(struct pdf *pdf)
{
    int descriptor;

    (void)strcpy(pdf->path, "/tmp/vestibule-pdf-XXXXXX");
    descriptor = mkstemp(pdf->path);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, pdf->data, pdf->length), pdf->length);
    close(descriptor);
}

static inline void pdf_release(struct pdf *pdf)
{
    unlink(pdf->path);
    free(pdf->data);
}

/* Runs `before PATH after`; its output in out, terminated. Its status. */
static inline int pdf_ask(const struct pdf *pdf, const char *before,
                          const char *after, char *out, size_t size)
{
    char command[512];
    size_t length;
    FILE *pipe;

    (void)snprintf(command, sizeof(command), "%s %s %s", before, pdf->path,
                   after);
    pipe = popen(command, "r"); /* NOLINT(cert-env33-c): a test's own words */
    assert_non_null(pipe);
    length = fread(out, 1, size - 1, pipe);
    out[length] = '\0';
    return pclose(pipe);
}

static inline void pdf_text(const struct pdf *pdf, char *out, size_t size)
{
    assert_int_equal(pdf_ask(pdf, "pdftotext -layout", "-", out, size), 0);
}

/* Its structure is right and every font is embedded. */
static inline void pdf_assert_sound(const struct pdf *pdf)
{
    char out[4096];
    char *row;
    int fonts = 0;

    assert_int_equal(pdf_ask(pdf, "qpdf --check", "2>&1", out, sizeof(out)), 0);
    assert_non_null(strstr(out, "No syntax or stream encoding errors"));

    assert_int_equal(pdf_ask(pdf, "pdffonts", "", out, sizeof(out)), 0);
    assert_non_null(strstr(out, "DejaVuSans"));
    row = strtok(out, "\n");
    assert_non_null(row);
    while ((row = strtok(NULL, "\n"))) {
        if (row[0] == '-')
            continue;
        /* … emb sub uni object ID: all three yes. */
        assert_non_null(strstr(row, "yes yes yes"));
        fonts += 1;
    }
    assert_true(fonts > 0);
}

/* What a reader of QR codes sees on the first page. */
static inline void pdf_qr(const struct pdf *pdf, char *out, size_t size)
{
    struct pdf picture;

    (void)snprintf(picture.path, sizeof(picture.path), "%.100s.png", pdf->path);
    assert_int_equal(
        pdf_ask(pdf, "pdftoppm -r 150 -png -singlefile", pdf->path, out, size),
        0);
    assert_int_equal(pdf_ask(&picture, "zbarimg --quiet --raw", "", out, size),
                     0);
    unlink(picture.path);
    out[strcspn(out, "\n")] = '\0';
}

#endif
