/*
 * Tests of net/grpc.c.
 */
#include "net/grpc.h"

#include "unit/check.h"

START_TEST(content_types_are_told_apart)
{
    static const struct {
        const char *value;
        bool grpc;
    } table[] = {
        {"application/grpc", true},      {"application/grpc+proto", true},
        {"application/grpc;x=y", true},  {"Application/GRPC", true},
        {"application/grpc-web", false}, {"application/grp", false},
        {"application/json", false},     {"", false},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        ck_assert_msg(grpc_content_type(str_of(table[i].value)) == table[i].grpc, "%s",
                      table[i].value);
}
END_TEST

START_TEST(timeouts_are_read)
{
    static const struct {
        const char *value;
        bool valid;
        uint64_t ms;
    } table[] = {
        {"1H", true, 3600000},
        {"2M", true, 120000},
        {"3S", true, 3000},
        {"4m", true, 4},
        {"1500u", true, 2},
        {"1n", true, 1},
        {"0S", true, 0},
        {"99999999m", true, 99999999},
        {"", false, 0},
        {"S", false, 0},
        {"5", false, 0},
        {"100000000m", false, 0},
        {"1s", false, 0},
        {"-1S", false, 0},
        {"1 S", false, 0},
        {"1.5S", false, 0},
        {"99999999H", true, 359999996400000},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        uint64_t ms = 0;

        ck_assert_msg(grpc_timeout_parse(str_of(table[i].value), &ms) == table[i].valid, "\"%s\"",
                      table[i].value);
        if (table[i].valid)
            ck_assert_uint_eq(ms, table[i].ms);
    }
}
END_TEST

START_TEST(messages_are_percent_encoded)
{
    static const struct {
        const char *message, *encoded;
    } table[] = {
        {"plain words ~", "plain words ~"},
        {"100%", "100%25"},
        {"a\nb\x7f", "a%0Ab%7F"},
        {"\xc3\xa4", "%C3%A4"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct buf out = {0};

        grpc_message_write(&out, str_of(table[i].message));
        ck_assert_str_eq(buf_text(&out), table[i].encoded);
        buf_done(&out);
    }
}
END_TEST

START_TEST(binary_values_are_base64_without_padding)
{
    static const struct {
        const char *value, *encoded;
    } table[] = {{"", ""},        {"f", "Zg"},        {"fo", "Zm8"},
                 {"foo", "Zm9v"}, {"foob", "Zm9vYg"}, {"\xff\xfe\xfd", "//79"}};

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct buf out = {0};

        grpc_binary_write(&out, str_of(table[i].value));
        ck_assert_str_eq(buf_text(&out), table[i].encoded);
        buf_done(&out);
    }
}
END_TEST

START_TEST(a_status_with_retry_info_is_written)
{
    struct buf status = {0}, out = {0};

    grpc_retry_status_write(&status, 14, STR("busy"), 5);
    grpc_binary_write(&out, buf_str(&status));
    ck_assert_str_eq(
        buf_text(&out),
        "CA4SBGJ1c3kaMAoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbxIECgIIBQ");
    buf_done(&status);
    buf_done(&out);
}
END_TEST

START_TEST(a_prefix_may_be_cut_anywhere)
{
    const char bytes[] = {1, 0x01, 0x02, 0x03, 0x04, 'x', 'y'};

    for (size_t cut = 0; cut <= GRPC_PREFIX_SIZE; cut++) {
        struct grpc_prefix prefix = {0};
        size_t used = grpc_prefix_feed(&prefix, bytes, cut);

        ck_assert_uint_eq(used, cut);
        used += grpc_prefix_feed(&prefix, bytes + used, sizeof(bytes) - used);
        ck_assert_uint_eq(used, GRPC_PREFIX_SIZE);
        ck_assert(grpc_prefix_complete(&prefix));
        ck_assert_uint_eq(grpc_prefix_flag(&prefix), 1);
        ck_assert_uint_eq(grpc_prefix_length(&prefix), 0x01020304);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("grpc");

    tcase_add_test(cases, content_types_are_told_apart);
    tcase_add_test(cases, timeouts_are_read);
    tcase_add_test(cases, messages_are_percent_encoded);
    tcase_add_test(cases, binary_values_are_base64_without_padding);
    tcase_add_test(cases, a_status_with_retry_info_is_written);
    tcase_add_test(cases, a_prefix_may_be_cut_anywhere);
    return run_tests("grpc", cases);
}
