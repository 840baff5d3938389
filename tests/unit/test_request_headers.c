#include "exporters/request_headers.h"

#include "base/buf.h"
#include "pipeline/component.h"
#include "unit/check.h"

static const char *secret = "first"; /* NULL: the extension has none */

static bool give_header(struct component *self, struct header *out)
{
    (void)self;
    *out = (struct header){"Authorization", secret};
    return secret;
}

static struct header user[] = {{"X-Scope", "a"}, {"authorization", "the user's"}};
static const struct header_list more = {user, 2}, none = {NULL, 0};

static void expect(struct request_headers *headers, const char *expected)
{
    struct buf got = {0};

    for (const char *const *line = request_headers_now(headers); *line; line++)
        buf_printf(&got, "%s\n", *line);
    ck_assert_str_eq(buf_text(&got), expected);
    buf_done(&got);
}

START_TEST(there_may_be_none)
{
    struct request_headers headers;

    request_headers_init(&headers, NULL, NULL, &none);
    expect(&headers, "");
    request_headers_done(&headers);
}
END_TEST

START_TEST(the_protocols_come_before_the_users)
{
    struct request_headers headers;

    request_headers_init(&headers, "Content-Type: x/y", "example.org", &more);
    expect(&headers,
           "Content-Type: x/y\nHost: example.org\nX-Scope: a\nauthorization: the user's\n");
    request_headers_done(&headers);
}
END_TEST

START_TEST(a_secret_takes_the_place_of_the_users_and_may_change)
{
    static const struct authenticator auth = {.header = give_header};
    static const struct component_type type = {.name = "fake", .auth = &auth};
    struct component extension = {.type = &type};
    struct request_headers headers;

    request_headers_init(&headers, NULL, NULL, &more);
    headers.auth = &extension;
    expect(&headers, "Authorization: first\nX-Scope: a\n");
    secret = "second";
    expect(&headers, "Authorization: second\nX-Scope: a\n");
    request_headers_done(&headers);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("request_headers");

    tcase_add_test(cases, there_may_be_none);
    tcase_add_test(cases, the_protocols_come_before_the_users);
    tcase_add_test(cases, a_secret_takes_the_place_of_the_users_and_may_change);
    return run_tests("request_headers", cases);
}
