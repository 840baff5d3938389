/*
 * Base64 and hexadecimal digits.
 */
#include "base/base64.h"

#include "base/hex.h"
#include "unit/check.h"

START_TEST(bytes_come_back_from_either_form)
{
    static const struct {
        struct str bytes, padded, bare;
    } cases[] = {
        {STR_INIT(""), STR_INIT(""), STR_INIT("")},
        {STR_INIT("f"), STR_INIT("Zg=="), STR_INIT("Zg")},
        {STR_INIT("fo"), STR_INIT("Zm8="), STR_INIT("Zm8")},
        {STR_INIT("foo"), STR_INIT("Zm9v"), STR_INIT("Zm9v")},
        {STR_INIT("foob"), STR_INIT("Zm9vYg=="), STR_INIT("Zm9vYg")},
        {STR_INIT("\xfb\xff\x00"), STR_INIT("+/8A"), STR_INIT("-_8A")},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf out = {0};
        char bytes[16];
        size_t len;

        base64_append(&out, cases[i].bytes, true);
        ck_assert(str_eq(buf_str(&out), cases[i].padded));
        ck_assert(base64_decode(cases[i].padded, bytes, &len));
        ck_assert(str_eq((struct str){bytes, len}, cases[i].bytes));
        ck_assert(base64_decode(cases[i].bare, bytes, &len));
        ck_assert(str_eq((struct str){bytes, len}, cases[i].bytes));
        buf_done(&out);
    }
}
END_TEST

START_TEST(what_is_not_base64_is_refused)
{
    static const char *const cases[] = {"Z",     "Zg=",  "Zg===",  "=",
                                        "Zm9v=", "Zm 9", "Zm9v\n", "Z=g="};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char bytes[16];
        size_t len;

        ck_assert_msg(!base64_decode(str_of(cases[i]), bytes, &len), "%s", cases[i]);
    }
}
END_TEST

START_TEST(hex_digits_are_of_either_case)
{
    struct buf out = {0};

    for (int c = 0; c < 256; c++) {
        const char digit[] = {(char)c, '\0'};
        char *end;
        long value = strtol(digit, &end, 16);

        ck_assert_int_eq(hex_digit((char)c), end > digit ? value : -1);
    }
    hex_append(&out, STR("\x00\x9f\xff"));
    ck_assert(str_is(buf_str(&out), "009fff"));
    buf_done(&out);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("base64");

    tcase_add_test(cases, bytes_come_back_from_either_form);
    tcase_add_test(cases, what_is_not_base64_is_refused);
    tcase_add_test(cases, hex_digits_are_of_either_case);
    return run_tests("base64", cases);
}
