/*
 * Tests of net/http1_head.c. What follows from a refusal is in test_http1.c.
 */
#include "net/http1_head.h"

#include "base/buf.h"
#include "unit/check.h"

enum { FIELDS_MAX = 200 };

START_TEST(the_end_of_a_head_is_found)
{
    static const struct {
        const char *text;
        size_t end;
    } table[] = {
        {"", 0},
        {"\r\n", 0},
        {"GET / HTTP/1.1", 0},
        {"GET / HTTP/1.1\r\n", 0},
        {"GET / HTTP/1.1\r\n\r", 0},
        {"GET / HTTP/1.1\r\n\r\n", 18},
        {"GET / HTTP/1.1\r\n\r\nbody", 18},
        {"\r\nGET / HTTP/1.1\r\n\r\n", 20},
        {"\r\n\r\nGET / HTTP/1.1\r\n\r\n", 4},
        {"GET / HTTP/1.1\r\nA: b\r\n\r\n", 24},
        {"GET / HTTP/1.1\n\n", 16}, /* to be refused, but seen */
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct str text = str_of(table[i].text);

        ck_assert_msg(http1_head_end(text, 0) == table[i].end, "%zu: %zu", i,
                      http1_head_end(text, 0));
        for (size_t from = 0; from < text.len; from++) /* found wherever the text was cut before */
            if (http1_head_end((struct str){text.at, from}, 0) == 0)
                ck_assert_msg(http1_head_end(text, from) == table[i].end, "%zu from %zu", i, from);
    }
}
END_TEST

START_TEST(heads_are_checked)
{
    static const struct {
        const char *head;
        enum refusal refusal;
    } table[] = {
        {"GET / HTTP/1.1\r\n\r\n", REFUSED_NONE},
        {"\r\nGET / HTTP/1.1\r\nA: b\r\n\r\n", REFUSED_NONE},
        {"GET / HTTP/1.1\r\nA:\r\n\r\n", REFUSED_NONE},
        {"GET / HTTP/1.1\r\nA!#$%&'*+-.^_`|~1: b\r\n\r\n", REFUSED_NONE},
        {"\r\n\r\n", REFUSED_SYNTAX},
        {"GET /\r\n\r\n", REFUSED_SYNTAX},
        {"ONE TWO THREE\r\n\r\n", REFUSED_SYNTAX},
        {"GET  / HTTP/1.1\r\n\r\n", REFUSED_SYNTAX},
        {"GET /\t HTTP/1.1\r\n\r\n", REFUSED_SYNTAX},
        {"GET / HTTP/1.1\n\n", REFUSED_SYNTAX},
        {"GET / HTTP/1.1\r\nA: b\n\n", REFUSED_SYNTAX},
        {"GET / HTTP/1.1\r\nA b\r\n\r\n", REFUSED_SYNTAX},
        {"GET / HTTP/1.1\r\nA : b\r\n\r\n", REFUSED_SYNTAX},
        {"GET / HTTP/1.1\r\n A: b\r\n\r\n", REFUSED_SYNTAX},
        {"GET / HTTP/1.1\r\nA: b\r\n\tc\r\n\r\n", REFUSED_SYNTAX},
        {"GET / HTTP/1.1\r\n: b\r\n\r\n", REFUSED_SYNTAX},
        {"GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", REFUSED_SYNTAX},
        {"GET / HTTP/1.1\r\nA\x01: b\r\n\r\n", REFUSED_SYNTAX},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        ck_assert_msg(http1_head_check(str_of(table[i].head), FIELDS_MAX) == table[i].refusal,
                      "%zu", i);
}
END_TEST

START_TEST(fields_together_have_a_limit)
{
    for (size_t size = FIELDS_MAX - 1; size <= FIELDS_MAX + 1; size++) {
        const char *line = "GET / HTTP/1.1\r\n";
        enum refusal expected = size <= FIELDS_MAX ? REFUSED_NONE : REFUSED_FIELDS;
        struct buf head = {0};

        buf_printf(&head, "%sA: %0*d\r\n\r\n", line, (int)size - 7, 0);
        ck_assert_uint_eq(head.len, strlen(line) + size);
        ck_assert_int_eq(http1_head_check(buf_str(&head), FIELDS_MAX), expected);
        buf_done(&head);
    }
}
END_TEST

START_TEST(a_head_without_an_end_has_a_limit)
{
    for (size_t size = FIELDS_MAX - 1; size <= FIELDS_MAX + 1; size++) {
        enum refusal expected = size < FIELDS_MAX ? REFUSED_NONE : REFUSED_FIELDS;
        struct buf head = {0};

        buf_printf(&head, "GET /\r\n%0*d", (int)(HTTP1_LINE_MAX + size) - 7, 0);
        ck_assert_int_eq(http1_head_unfinished(buf_str(&head), FIELDS_MAX), expected);
        buf_done(&head);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("http1_head");

    tcase_add_test(cases, the_end_of_a_head_is_found);
    tcase_add_test(cases, heads_are_checked);
    tcase_add_test(cases, fields_together_have_a_limit);
    tcase_add_test(cases, a_head_without_an_end_has_a_limit);
    return run_tests("http1_head", cases);
}
