#include "signaling/edge/api.h"
#include "signaling/edge/headers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define ID "AQAAAAAAAAAAAAAAAAAAAA"

static void paths_are_matched_whole(void **state)
{
    struct api_parts parts;

    (void)state;
    assert_true(api_match("/join", "/join", &parts));
    assert_false(api_match("/join", "/join/", &parts));
    assert_false(api_match("/join", "/joi", &parts));
    assert_false(api_match("/join", "", &parts));
    assert_true(api_match("/v/*", "/v/x/y", &parts));
    assert_false(api_match("/v/*", "/v/", &parts));
    assert_true(api_match("/api/visit/@/draft/#.pdf",
                          "/api/visit/" ID "/draft/12.pdf", &parts));
    assert_int_equal(parts.visit.bytes[0], 1);
    assert_int_equal(parts.number, 12);
}

static void paths_that_are_not_ids_or_numbers(void **state)
{
    static const char *const bad[] = {
        "/api/visit/short/draft/1.pdf",
        "/api/visit//draft/1.pdf",
        "/api/visit/" ID "/draft/.pdf",
        "/api/visit/" ID "/draft/-1.pdf",
        "/api/visit/" ID "/draft/4294967296.pdf",
        "/api/visit/" ID "/draft/1.pdf.exe",
        "/api/visit/" ID "x/draft/1.pdf",
    };
    struct api_parts parts = { .number = 7 };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(api_match("/api/visit/@/draft/#.pdf", bad[i], &parts));
    assert_int_equal(parts.number, 7);
}

static void a_host_that_is_no_host_stays_out(void **state)
{
    struct header_facts facts = {
        .content = CONTENT_PAGE,
        .secure = true,
        .host = "a.example; script-src *",
        .payment_page = "https://pay.example",
    };
    char text[HEADERS_TEXT];

    (void)state;
    headers_make(&facts, text);
    assert_null(strstr(text, "script-src *"));
    assert_non_null(strstr(text, "form-action 'self' https://pay.example;"));
    assert_non_null(strstr(text, "strict-transport-security"));
    facts.host = "a.example:8443";
    headers_make(&facts, text);
    assert_non_null(strstr(text, "wss://a.example:8443"));
    facts.content = CONTENT_DOCUMENT;
    headers_make(&facts, text);
    assert_non_null(strstr(text, "frame-ancestors 'self'"));
    assert_non_null(strstr(text, "no-store"));
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[300];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    (void)fclose(file);
}

static void pages_are_read_once(void **state)
{
    char folder[] = "/tmp/vestibule-pages-XXXXXX";
    char assets[64];
    char command[100];
    struct pages pages;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(assets, sizeof(assets), "%s/assets", folder);
    assert_int_equal(mkdir(assets, 0700), 0);
    write_file(folder, "desk.html", "<p>");
    write_file(folder, ".hidden.html", "x");
    write_file(folder, "notes.md", "x");
    write_file(assets, "a-1.js", "1");
    write_file(assets, "a-1.js.gz", "packed");
    assert_int_equal(pages_read(folder, &pages), 0);
    assert_int_equal(pages.count, 2);
    const struct page *page = pages_find(&pages, "/assets/a-1.js");
    assert_non_null(page);
    assert_true(page->hashed);
    assert_int_equal(page->gzip_length, 6);
    assert_false(pages_find(&pages, "/desk.html")->hashed);
    assert_null(pages_find(&pages, "/.hidden.html"));
    assert_null(pages_find(&pages, "/../etc/passwd"));
    assert_null(pages_find(&pages, "/assets/a-1.js.gz"));
    pages_release(&pages);
    assert_int_equal(pages_read("/nonexistent", &pages), 0);
    assert_null(pages_find(&pages, "/desk.html"));
    snprintf(command, sizeof(command), "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_matched_whole),
        cmocka_unit_test(paths_that_are_not_ids_or_numbers),
        cmocka_unit_test(a_host_that_is_no_host_stays_out),
        cmocka_unit_test(pages_are_read_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
