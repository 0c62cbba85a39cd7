#include "signaling/paper/paper.h"
#include "signaling/paper/sheet.h"

#include <errno.h>
#include <fontconfig/fontconfig.h>
#include <pango/pangocairo.h>
#include <pango/pangofc-fontmap.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const font_files[] = { "DejaVuSans.ttf",
                                          "DejaVuSans-Bold.ttf" };

struct paper {
    FcConfig *config;
    PangoFontMap *map;
};

static int add_fonts(FcConfig *config, const char *folder)
{
    char path[512];
    int length;

    for (size_t i = 0; i < sizeof(font_files) / sizeof(font_files[0]); i++) {
        length = snprintf(path, sizeof(path), "%s/%s", folder, font_files[i]);
        if (length < 0 || (size_t)length >= sizeof(path))
            return -ENAMETOOLONG;
        if (!FcConfigAppFontAddFile(config, (const FcChar8 *)path))
            return -ENOENT;
    }
    return 0;
}

/* Pango starts a thread that loads the process's own configuration and scans
 * the machine's fonts, needed or not: give it an empty one first. */
static void forget_the_machine(void)
{
    FcConfig *empty = FcConfigCreate();

    if (!empty)
        return;
    FcConfigSetCurrent(empty);
    FcConfigDestroy(empty);
}

int paper_open(const char *font_folder, struct paper **out)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    int err;
    struct paper *paper = calloc(1, sizeof(*paper));

    if (!paper)
        return -ENOMEM;
    pthread_once(&once, forget_the_machine);

    /* An empty configuration: only our two files exist in it. */
    paper->config = FcConfigCreate();
    paper->map = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
    err = -ENOMEM;
    if (!paper->config || !paper->map)
        goto out;
    err = add_fonts(paper->config, font_folder ? font_folder : PAPER_FONTS);
    if (err)
        goto out;

    pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(paper->map), paper->config);
    pango_cairo_font_map_set_resolution(PANGO_CAIRO_FONT_MAP(paper->map), 72.0);
    *out = paper;
    return 0;
out:
    paper_free(paper);
    return err;
}

void paper_free(struct paper *paper)
{
    if (!paper)
        return;
    if (paper->map) {
        /* Pango 1.50 forgets to give the configuration back. */
        pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(paper->map), NULL);
        g_object_unref(paper->map);
    }
    if (paper->config)
        FcConfigDestroy(paper->config);
    free(paper);
}

PangoFontMap *paper_font_map(struct paper *paper)
{
    return paper->map;
}

enum paper_language paper_language_of(const char *locale)
{
    return strncmp(locale, "en", 2) == 0 ? PAPER_ENGLISH : PAPER_FRENCH;
}
