/*
 * Tests of net/cors.c.
 */
#include "net/cors.h"

#include <stdio.h>

#include "unit/check.h"
#include "unit/config_check.h"

static const char *origins[] = {"https://app.example.com", "https://*.shop.example",
                                "http://a*b*c"};
static const char *headers[] = {"X-Team", "Authorization"};
static const char *any[] = {"*"};

static struct cors_settings settings(void)
{
    return (struct cors_settings){
        .enabled = true,
        .allowed_origins = {origins, 3},
        .allowed_headers = {headers, 2},
        .exposed = "",
        .max_age_text = "0",
    };
}

static const char *value_of(const struct answer_fields *fields, const char *name)
{
    static char text[512];

    for (size_t i = 0; i < fields->count; i++)
        if (str_is(fields->at[i].name, name)) {
            snprintf(text, sizeof(text), "%.*s", STR_ARG(fields->at[i].value));
            return text;
        }
    return NULL;
}

static bool allowed(const struct cors_settings *s, const char *origin)
{
    struct answer_fields fields = {.count = 0};
    const char *told;

    cors_answer(s, str_of(origin), &fields);
    ck_assert_str_eq(value_of(&fields, "vary"), "Origin");
    told = value_of(&fields, "access-control-allow-origin");
    ck_assert(!told || strcmp(told, origin) == 0);
    ck_assert(!told == !value_of(&fields, "access-control-allow-credentials"));
    ck_assert(cors_allows(s, str_of(origin)) == (told != NULL));
    return told;
}

START_TEST(origins_are_held_against_the_list)
{
    static const struct {
        const char *origin;
        bool allowed;
    } table[] = {
        {"https://app.example.com", true},
        {"HTTPS://App.Example.com", true},
        {"http://app.example.com", false},
        {"https://app.example.com:8443", false},
        {"https://app.example.com.evil.test", false},
        {"https://evil.test/https://app.example.com", false},
        {"https://a.shop.example", true},
        {"https://a.b.shop.example", true},
        {"https://shop.example", false},
        {"https://evilshop.example", false},
        {"http://abc", true},
        {"http://a1b2c", true},
        {"http://a1b2c3", false},
        {"http://acb", false},
        {"null", false},
        {"", false},
    };
    struct cors_settings s = settings();

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        ck_assert_msg(allowed(&s, table[i].origin) == table[i].allowed, "%s", table[i].origin);
    s.allowed_origins = (struct string_list){any, 1};
    ck_assert(allowed(&s, "https://anything.test"));
    ck_assert(allowed(&s, "null"));
    ck_assert(!allowed(&s, ""));
}
END_TEST

START_TEST(many_stars_take_no_long_time)
{
    static const char *stars[] = {"*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b"};
    static char origin[16385];
    struct cors_settings s = settings();

    memset(origin, 'a', sizeof(origin) - 1);
    s.allowed_origins = (struct string_list){stars, 1};
    ck_assert(!allowed(&s, origin));
}
END_TEST

START_TEST(questions_are_answered)
{
    static const struct {
        const char *origin, *method, *headers;
        const char *why; /* NULL: allowed */
    } table[] = {
        {"https://app.example.com", "POST", "content-type", NULL},
        {"https://app.example.com", "POST", "", NULL},
        {"https://app.example.com", "POST", "content-type, x-team ,authorization", NULL},
        {"https://app.example.com", "POST", "content-type,x-other",
         "cors.allowed_headers does not have x-other"},
        {"https://app.example.com", "POST", "content-typ",
         "cors.allowed_headers does not have content-typ"},
        {"https://app.example.com", "POST", ",,", NULL},
        {"https://app.example.com", "GET", "", "a page may POST, and not GET"},
        {"https://app.example.com", "post", "", "a page may POST, and not post"},
        {"https://evil.test", "POST", "content-type",
         "cors.allowed_origins does not have https://evil.test"},
    };
    struct cors_settings s = settings();

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct cors_question question = {str_of(table[i].origin), str_of(table[i].method),
                                         str_of(table[i].headers), "POST"};
        struct answer_fields fields = {.count = 0};
        bool allowed = !table[i].why;
        char why[CORS_WHY_SIZE] = "";

        ck_assert_msg(cors_preflight(&s, &question, &fields, why) == allowed, "row %zu", i);
        ck_assert_str_eq(why, allowed ? "" : table[i].why);
        ck_assert_str_eq(value_of(&fields, "vary"),
                         "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
        ck_assert_msg(!value_of(&fields, "access-control-allow-origin") != allowed, "row %zu", i);
        if (allowed)
            ck_assert_str_eq(value_of(&fields, "access-control-allow-methods"), "POST");
        else
            ck_assert_uint_eq(fields.count, 1);
        if (allowed && table[i].headers[0])
            ck_assert_str_eq(value_of(&fields, "access-control-allow-headers"), table[i].headers);
    }
}
END_TEST

START_TEST(any_header_is_allowed_with_a_star)
{
    struct cors_settings s = settings();
    struct cors_question question = {STR("https://app.example.com"), STR("POST"), STR("x-other"),
                                     "POST"};
    struct answer_fields fields = {.count = 0};
    char why[CORS_WHY_SIZE];

    s.allowed_headers = (struct string_list){any, 1};
    ck_assert(cors_preflight(&s, &question, &fields, why));
    ck_assert_str_eq(value_of(&fields, "access-control-allow-headers"), "x-other");
}
END_TEST

START_TEST(a_reason_has_its_end_cut_off)
{
    static char origin[16385];
    struct cors_settings s = settings();
    struct cors_question question = {{origin, sizeof(origin) - 1}, STR("POST"), STR(""), "POST"};
    struct answer_fields fields = {.count = 0};
    char why[CORS_WHY_SIZE];

    memset(origin, 'a', sizeof(origin) - 1);
    ck_assert(!cors_preflight(&s, &question, &fields, why));
    ck_assert_uint_eq(strlen(why), CORS_WHY_SIZE - 1);
}
END_TEST

START_TEST(settings_are_checked_and_made_ready)
{
    struct arena *arena = arena_new(4096);
    struct problems problems;
    struct cors_settings s = settings();
    struct answer_fields fields = {.count = 0};
    struct cors_question question = {STR("https://app.example.com"), STR("POST"), STR(""), "POST"};
    struct node node = {.kind = NODE_MAP, .at = {.file = "f", .line = 1, .col = 1}};
    char why[CORS_WHY_SIZE];
    static const char *wrong[] = {"app.example.com", "https://app.example.com/", "null", "*"};

    problems_init(&problems, arena);
    s.exposed_headers = (struct string_list){headers, 2};
    s.max_age = 600;
    cors_check(&s, &node, &problems);
    ck_assert_uint_eq(problems.count, 0);
    ck_assert(cors_preflight(&s, &question, &fields, why));
    ck_assert_str_eq(value_of(&fields, "access-control-max-age"), "600");
    fields.count = 0;
    cors_answer(&s, STR("https://app.example.com"), &fields);
    ck_assert_str_eq(value_of(&fields, "access-control-expose-headers"), "X-Team, Authorization");

    s.allowed_origins = (struct string_list){wrong, 4};
    cors_check(&s, &node, &problems);
    ck_assert_uint_eq(problems.errors, 2);
    s.allowed_origins.count = 0;
    cors_check(&s, &node, &problems);
    ck_assert_uint_eq(problems.count, 3);
    ck_assert(!s.enabled);
    problems_done(&problems);
    arena_free(arena);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("cors");

    tcase_add_test(cases, origins_are_held_against_the_list);
    tcase_add_test(cases, many_stars_take_no_long_time);
    tcase_add_test(cases, questions_are_answered);
    tcase_add_test(cases, any_header_is_allowed_with_a_star);
    tcase_add_test(cases, a_reason_has_its_end_cut_off);
    tcase_add_test(cases, settings_are_checked_and_made_ready);
    return run_tests("cors", cases);
}
