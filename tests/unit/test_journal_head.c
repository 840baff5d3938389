#include "pipeline/journal_head.h"

#include "unit/check.h"

START_TEST(what_is_written_is_read)
{
    static const struct journal_head heads[] = {
        {TRACES, STR_INIT("otlp"), STR_INIT("")},
        {METRICS, STR_INIT("otlp/2"), STR_INIT("some\0thing")},
        {LOGS, STR_INIT(""), STR_INIT("x")},
    };

    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        struct journal_head head;
        struct buf out = {0};

        journal_head_write(&out, &heads[i]);
        ck_assert(journal_head_read(buf_str(&out), &head));
        ck_assert_int_eq(head.signal, heads[i].signal);
        ck_assert(str_eq(head.id, heads[i].id));
        ck_assert(str_eq(head.metadata, heads[i].metadata));
        buf_done(&out);
    }
}
END_TEST

START_TEST(what_is_cut_or_of_another_version_is_not_read)
{
    static const struct str wrong[] = {
        STR_INIT(""),
        STR_INIT("\1\0\0"),         /* shorter than what is always there */
        STR_INIT("\1\0\5\0otlp"),   /* the id is cut */
        STR_INIT("\1\0\377\377xx"), /* ... and long */
        STR_INIT("\0\0\4\0otlp"),   /* no version */
        STR_INIT("\2\0\4\0otlp"),   /* a later one */
        STR_INIT("\1\3\4\0otlp"),   /* no such signal */
    };
    struct journal_head head;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_msg(!journal_head_read(wrong[i], &head), "row %zu", i);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("journal_head");

    tcase_add_test(cases, what_is_written_is_read);
    tcase_add_test(cases, what_is_cut_or_of_another_version_is_not_read);
    return run_tests("journal_head", cases);
}
