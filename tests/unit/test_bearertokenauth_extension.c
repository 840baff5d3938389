/*
 * Tests of extensions/bearertokenauth_extension.c.
 */
#include "unit/extension_stage.h"

extern const struct component_type bearertokenauth_extension;

static struct extension_stage s;

START_TEST(clients_with_a_token_are_let_in)
{
    static const struct {
        const char *yaml, *value;
        bool in;
    } table[] = {
        {"{token: abc}", "Bearer abc", true},
        {"{token: abc}", "bearer  abc", true},
        {"{token: abc}", "Bearer abcd", false},
        {"{token: abc}", "Bearer ab", false},
        {"{token: abc}", "Bearer", false},
        {"{token: abc}", "Bearer ", false},
        {"{token: abc}", "", false},
        {"{token: abc}", "abc", false},
        {"{token: abc}", "Basic abc", false},
        {"{token: abc}", "Bearer ABC", false},
        {"{tokens: [abc, def]}", "Bearer def", true},
        {"{tokens: [abc, def]}", "Bearer abc", true},
        {"{tokens: [abc, def]}", "Bearer abcdef", false},
        {"{token: abc, scheme: \"\"}", "abc", true},
        {"{token: abc, scheme: \"\"}", "Bearer abc", false},
        {"{token: abc, scheme: Token}", "Token abc", true},
        {"{token: abc, scheme: Token}", "Bearer abc", false},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        extension_begin(&s, &bearertokenauth_extension, table[i].yaml);
        ck_assert_msg(extension_lets_in(&s, table[i].value) == table[i].in, "%s: %s", table[i].yaml,
                      table[i].value);
        extension_end(&s);
    }
}
END_TEST

START_TEST(another_header_may_have_the_token)
{
    struct header header;

    extension_begin(&s, &bearertokenauth_extension, "{token: abc, header: X-Key, scheme: \"\"}");
    ck_assert_str_eq(s.extension->type->auth->field(s.extension), "x-key");
    ck_assert(s.extension->type->auth->header(s.extension, &header));
    ck_assert_str_eq(header.name, "x-key");
    ck_assert_str_eq(header.value, "abc");
    extension_end(&s);
}
END_TEST

START_TEST(a_file_is_read_again_when_it_changes)
{
    struct header header;

    extension_write("one\n\n  two \r\n");
    extension_begin(&s, &bearertokenauth_extension, "{filename: %s}");
    ck_assert(extension_lets_in(&s, "Bearer one"));
    ck_assert(extension_lets_in(&s, "Bearer two"));
    extension_wait(&s);
    extension_write("three");
    ck_assert(!extension_lets_in(&s, "Bearer one"));
    ck_assert(extension_lets_in(&s, "Bearer three"));
    extension_wait(&s);
    extension_write("\n"); /* the last good content stays */
    ck_assert(extension_lets_in(&s, "Bearer three"));
    ck_assert(!extension_lets_in(&s, "Bearer "));
    ck_assert(s.extension->type->auth->header(s.extension, &header));
    ck_assert_str_eq(header.value, "Bearer three");
    unlink(extension_path());
    extension_end(&s);
}
END_TEST

START_TEST(wrong_settings_are_told_without_a_secret)
{
    static const char *const table[] = {
        "{}",
        "{token: hidden, tokens: [hidden]}",
        "{token: \"\"}",
        "{tokens: [hidden, \"\"]}",
        "{tokens: [12345]}",
        "{token: \"hidden\\nX: y\"}",
        "{token: hidden, header: \"a b\"}",
        "{token: hidden, scheme: \"a b\"}",
        "{filename: /nowhere/at/all}",
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        const char *told;

        extension_begin(&s, &bearertokenauth_extension, table[i]);
        ck_assert_msg(!s.extension, "%s", table[i]);
        told = problems_text(&s.problems, s.arena);
        ck_assert_msg(!strstr(told, "hidden") && !strstr(told, "12345"), "%s", told);
        extension_end(&s);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("bearertokenauth_extension");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, clients_with_a_token_are_let_in);
    tcase_add_test(cases, another_header_may_have_the_token);
    tcase_add_test(cases, a_file_is_read_again_when_it_changes);
    tcase_add_test(cases, wrong_settings_are_told_without_a_secret);
    return run_tests("bearertokenauth_extension", cases);
}
