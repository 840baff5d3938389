/*
 * Tests of net/http1_head.c. What follows from a refusal is in test_http1.c.
 */
#include "net/http1_head.h"

#include "unit/check.h"

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
        ck_assert_msg(http1_head_check(str_of(table[i].head)) == table[i].refusal, "%zu", i);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("http1_head");

    tcase_add_test(cases, the_end_of_a_head_is_found);
    tcase_add_test(cases, heads_are_checked);
    return run_tests("http1_head", cases);
}
