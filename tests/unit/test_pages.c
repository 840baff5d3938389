/*
 * Tests of pipeline/pages.c: the settings, and who may ask.
 */
#include "pipeline/pages.h"

#include "config/source.h"
#include "extensions/zpages_settings.h"
#include "unit/check.h"
#include "unit/config_check.h"
#include "unit/server_fixture.h"

static struct arena *arena;
static struct problems problems;
static bool may_ask;
static char why[PAGES_WHY_SIZE];

static struct zpages_settings *decode(const char *yaml)
{
    struct zpages_settings *settings = arena_alloc(arena, sizeof(*settings));
    const char *text = arena_printf(arena, "zpages: {%s}\n", yaml);
    struct node *tree = yaml_parse("test.yaml", text, strlen(text), arena, &problems);

    fields_decode(zpages_fields, settings, node_get(tree, "zpages"), arena, &problems);
    if (problems.errors == 0)
        zpages_check_settings(settings, node_get(tree, "zpages"), &problems);
    return settings;
}

static void begin(void)
{
    arena = arena_new(4096);
    problems_init(&problems, arena);
}

static void end(void)
{
    problems_done(&problems);
    arena_free(arena);
}

static const char *header_of(const struct pages_settings *pages, const char *name)
{
    for (size_t i = 0; i < pages->server.response_headers.count; i++)
        if (strcmp(pages->server.response_headers.at[i].name, name) == 0)
            return pages->server.response_headers.at[i].value;
    return NULL;
}

START_TEST(it_listens_on_loopback_and_makes_browsers_careful)
{
    const struct pages_settings *pages = &decode("")->pages;

    ck_assert_uint_eq(problems.count, 0);
    ck_assert_str_eq(pages->server.endpoint, "localhost:55679");
    ck_assert_str_eq(pages->host, "localhost:55679");
    ck_assert(pages->server.include_metadata);
    ck_assert_ptr_nonnull(strstr(header_of(pages, "content-security-policy"), "'none'"));
    ck_assert_str_eq(header_of(pages, "x-content-type-options"), "nosniff");
}
END_TEST

START_TEST(header_fields_of_the_configuration_count)
{
    const struct pages_settings *pages =
        &decode("response_headers: {referrer-policy: origin, x-a: b}")->pages;

    ck_assert_uint_eq(problems.count, 0);
    ck_assert_str_eq(header_of(pages, "referrer-policy"), "origin");
    ck_assert_str_eq(header_of(pages, "x-a"), "b");
    ck_assert_str_eq(header_of(pages, "cache-control"), "no-store");
}
END_TEST

START_TEST(what_is_wrong_is_told)
{
    static const char *const table[][2] = {
        {"allowed_hosts: ['http://a']", "is not a host: write its name alone"},
        {"auth: {authenticator: x}", "is not supported here"},
        {"endpoint: [a]", "endpoint"},
        {"expvar: {enabled: true}", "note: zpages.expvar"},
        {"transport: unix", "a unix socket needs a path"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        end();
        begin();
        decode(table[i][0]);
        ck_assert_msg(problems.count == 1, "%s: %zu", table[i][0], problems.count);
        ck_assert_msg(strstr(problem_line(&problems.list[0], arena), table[i][1]) != NULL, "%s",
                      problem_line(&problems.list[0], arena));
    }
}
END_TEST

/* ---- who may ask ---- */

static void on_request(void *arg, struct request *request, struct bytes *message)
{
    bytes_unref(message);
    may_ask = pages_may_ask(arg, request, request_path(request), "extensions/zpages/x", why);
    if (may_ask)
        request_answer(request, &(struct answer){.code = GRPC_OK, .type = "text/plain"});
    else
        pages_refuse(request, why);
}

/* A request with such header fields. */
static bool ask(const struct pages_settings *pages, const char *path, const char *fields)
{
    struct route routes[2] = {{.path = "/",
                               .below = true,
                               .get = true,
                               .target = true,
                               .handler = on_request,
                               .arg = (void *)(uintptr_t)pages}};
    struct server_settings settings = fixture_settings();
    const char *text = arena_printf(arena, "GET %s HTTP/1.1\r\n%s\r\n", path, fields);

    settings.routes = routes;
    settings.metadata_http = true;
    settings.cors = pages->server.cors.enabled ? &pages->server.cors : NULL;
    may_ask = false;
    why[0] = '\0';
    fixture_begin_with(settings);
    fixture_feed(str_of(text));
    ck_assert_msg(strncmp(buf_text(&fixture.out),
                          may_ask ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 403 Forbidden\r\n",
                          may_ask ? 17 : 24) == 0,
                  "%s", buf_text(&fixture.out));
    fixture_end();
    return may_ask;
}

START_TEST(only_its_own_pages_may_read)
{
    static const struct {
        const char *path, *fields;
        bool may;
    } table[] = {
        {"/", "Host: localhost:55679\r\n", true},
        {"/", "Host: 127.0.0.1:55679\r\n", true},
        {"/", "Host: pages.example\r\n", true},
        {"/", "Host: evil.example\r\n", false},
        {"/api/x", "Host: localhost\r\nOrigin: http://localhost\r\n", true},
        {"/api/x", "Host: localhost\r\nOrigin: http://evil.example\r\n", false},
        {"/api/x", "Host: localhost\r\nOrigin: https://friend.example\r\n", true},
        {"/api/x", "Host: localhost\r\nOrigin: null\r\n", false},
        {"/api/x", "Host: localhost\r\nSec-Fetch-Site: same-origin\r\n", true},
        {"/api/x", "Host: localhost\r\nSec-Fetch-Site: cross-site\r\n", false},
        {"/", "Host: localhost\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n",
         true},
        {"/api/x", "Host: localhost\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n",
         false},
    };
    const struct zpages_settings *settings =
        decode("allowed_hosts: [pages.example], cors: {allowed_origins: ['https://friend.*']}");

    ck_assert_uint_eq(problems.count, 0);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        ck_assert_msg(ask(&settings->pages, table[i].path, table[i].fields) == table[i].may,
                      "%s %s", table[i].path, table[i].fields);
}
END_TEST

START_TEST(a_refusal_tells_what_to_do)
{
    const struct zpages_settings *settings = decode("");

    ck_assert(!ask(&settings->pages, "/", "Host: evil.example\r\n"));
    ck_assert_ptr_nonnull(strstr(why, "the host \"evil.example\" is not known here"));
    ck_assert_ptr_nonnull(strstr(why, "allowed_hosts of extensions.zpages/x, or"));
    ck_assert(!ask(&settings->pages, "/", "Host: a<b>\r\n"));
    ck_assert_ptr_nonnull(strstr(why, "the host \"\" is not known here"));
    ck_assert(!ask(&settings->pages, "/", "Host: localhost\r\nOrigin: http://b\r\n"));
    ck_assert_ptr_nonnull(strstr(why, "cors.allowed_origins of extensions.zpages/x"));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("pages");

    tcase_add_checked_fixture(cases, begin, end);
    tcase_add_test(cases, it_listens_on_loopback_and_makes_browsers_careful);
    tcase_add_test(cases, header_fields_of_the_configuration_count);
    tcase_add_test(cases, what_is_wrong_is_told);
    tcase_add_test(cases, only_its_own_pages_may_read);
    tcase_add_test(cases, a_refusal_tells_what_to_do);
    return run_tests("pages", cases);
}
