#include "base/base64.h"

#include "unit/check.h"

START_TEST(texts_stand_for_bytes)
{
    static const struct {
        const char *bytes, *padded, *bare;
    } table[] = {{"", "", ""},
                 {"f", "Zg==", "Zg"},
                 {"fo", "Zm8=", "Zm8"},
                 {"foo", "Zm9v", "Zm9v"},
                 {"foob", "Zm9vYg==", "Zm9vYg"},
                 {"\xff\xef\xbf", "/++/", "/++/"}};

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct buf padded = {0}, bare = {0}, back = {0};

        base64_write(&padded, str_of(table[i].bytes), true);
        base64_write(&bare, str_of(table[i].bytes), false);
        ck_assert_str_eq(buf_text(&padded), table[i].padded);
        ck_assert_str_eq(buf_text(&bare), table[i].bare);
        ck_assert(base64_read(buf_str(&padded), &back));
        ck_assert(str_is(buf_str(&back), table[i].bytes));
        ck_assert(base64_read(buf_str(&bare), &back));
        buf_done(&padded);
        buf_done(&bare);
        buf_done(&back);
    }
}
END_TEST

START_TEST(other_texts_are_refused)
{
    static const char *const table[] = {"Zg===", "Z g", "Zg=x", "Zm9v\n", "Zm9v-_", "\xc3\xa4"};

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct buf out = {0};

        ck_assert_msg(!base64_read(str_of(table[i]), &out), "%s", table[i]);
        buf_done(&out);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("base64");

    tcase_add_test(cases, texts_stand_for_bytes);
    tcase_add_test(cases, other_texts_are_refused);
    return run_tests("base64", cases);
}
