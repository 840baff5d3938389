/*
 * Lines of an answer's head.
 */
#include "net/answer_head.h"
#include "unit/check.h"

static struct answer_head head;

static void take(const char *line)
{
    ck_assert(answer_head_line(&head, str_of(line)));
}

START_TEST(what_is_known_is_kept_and_the_last_one_counts)
{
    take("HTTP/1.1 503 Busy\r\n");
    take("content-length: 5\r\n");
    take("GRPC-Status:14\r\n");
    take("grpc-status: 8\r\n");
    take("grpc-message:  a:b \r\n");
    take("grpc-status-details-bin: CAg\r\n");
    take("Retry-After: 3\r\n");
    take("\r\n");
    take("");
    ck_assert(str_is(buf_str(&head.notes[NOTE_STATUS]), "8"));
    ck_assert(str_is(buf_str(&head.notes[NOTE_MESSAGE]), "a:b"));
    ck_assert(str_is(buf_str(&head.notes[NOTE_DETAILS]), "CAg"));
    ck_assert_uint_eq(head.retry_after_ms, 3000);
    answer_head_reset(&head);
    ck_assert_uint_eq(head.notes[NOTE_STATUS].len, 0);
    ck_assert_uint_eq(head.retry_after_ms, 0);
    ck_assert_uint_gt(head.bytes, 100);
    answer_head_done(&head);
}
END_TEST

START_TEST(the_wait_is_bounded)
{
    static const struct {
        const char *line;
        uint64_t ms;
    } cases[] = {
        {"Retry-After: 0\r\n", 0},
        {"Retry-After: 300\r\n", 300000},
        {"Retry-After: 301\r\n", 300000},
        {"Retry-After: 18446744073709551615\r\n", 300000},
        {"Retry-After: 18446744073709551616\r\n", 0}, /* junk */
        {"Retry-After: -1\r\n", 0},
        {"Retry-After: 1.5\r\n", 0},
        {"Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n", 0},
        {"Retry-After: Wed, 21 Oct 2099 07:28:00 GMT\r\n", 300000},
        {"Retry-After: Wed, 21 Oct 2099 07:28:00 GMT                                  x\r\n", 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        head = (struct answer_head){0};
        take(cases[i].line);
        ck_assert_msg(head.retry_after_ms == cases[i].ms, "%s", cases[i].line);
    }
}
END_TEST

START_TEST(so_many_bytes_and_no_more)
{
    static char line[HTTP_HEADERS_MAX];

    memset(line, 'a', sizeof(line));
    head = (struct answer_head){0};
    ck_assert(answer_head_line(&head, (struct str){line, sizeof(line)}));
    answer_head_reset(&head);
    ck_assert(!answer_head_line(&head, STR("b")));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("answer head");

    tcase_add_test(cases, what_is_known_is_kept_and_the_last_one_counts);
    tcase_add_test(cases, the_wait_is_bounded);
    tcase_add_test(cases, so_many_bytes_and_no_more);
    return run_tests("answer head", cases);
}
