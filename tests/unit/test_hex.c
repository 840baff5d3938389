/*
 * Hexadecimal digits.
 */
#include "base/hex.h"

#include "unit/check.h"

START_TEST(each_character_is_a_digit_or_none)
{
    static const char digits[] = "0123456789abcdef", large[] = "0123456789ABCDEF";

    for (int c = 0; c < 256; c++) {
        const char *small = c ? strchr(digits, c) : NULL, *other = c ? strchr(large, c) : NULL;
        int value = small ? (int)(small - digits) : other ? (int)(other - large) : -1;

        ck_assert_msg(hex_digit((char)c) == value, "%d", c);
    }
}
END_TEST

START_TEST(bytes_become_two_digits_each)
{
    struct buf out = {0};

    hex_append(&out, STR(""));
    ck_assert_uint_eq(out.len, 0);
    buf_append_str(&out, STR("x"));
    hex_append(&out, (struct str){"\x00\x01\x7f\x80\xfe\xff", 6});
    ck_assert_str_eq(buf_text(&out), "x00017f80feff");
    buf_done(&out);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("hex");

    tcase_add_test(cases, each_character_is_a_digit_or_none);
    tcase_add_test(cases, bytes_become_two_digits_each);
    return run_tests("hex", cases);
}
