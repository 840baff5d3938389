/*
 * UTF-8: the Unicode Standard's table 3-7, every character, and every place of a wrong byte.
 */
#include "base/utf8.h"

#include "unit/check.h"
#include "unit/random_request.h"

/* Well-formed sequences: the ranges of their bytes. */
static const unsigned char table[][8] = {
    {0x00, 0x7f},
    {0xc2, 0xdf, 0x80, 0xbf},
    {0xe0, 0xe0, 0xa0, 0xbf, 0x80, 0xbf},
    {0xe1, 0xec, 0x80, 0xbf, 0x80, 0xbf},
    {0xed, 0xed, 0x80, 0x9f, 0x80, 0xbf},
    {0xee, 0xef, 0x80, 0xbf, 0x80, 0xbf},
    {0xf0, 0xf0, 0x90, 0xbf, 0x80, 0xbf, 0x80, 0xbf},
    {0xf1, 0xf3, 0x80, 0xbf, 0x80, 0xbf, 0x80, 0xbf},
    {0xf4, 0xf4, 0x80, 0x8f, 0x80, 0xbf, 0x80, 0xbf},
};

/* The length of the sequence that begins here, by the table; 0: none does. */
static size_t by_table(const unsigned char *at, size_t len)
{
    for (size_t row = 0; row < sizeof(table) / sizeof(table[0]); row++) {
        size_t i = 0;

        while (i < 4 && (i == 0 || table[row][2 * i] > 0) && i < len &&
               at[i] >= table[row][2 * i] && at[i] <= table[row][2 * i + 1])
            i++;
        if (i > 0 && (i == 4 || table[row][2 * i] == 0))
            return i;
    }
    return 0;
}

START_TEST(characters_are_those_of_the_table)
{
    unsigned char at[4];

    for (uint32_t bits = 0; bits < 1u << 24; bits += bits < 1u << 17 ? 1 : 61) {
        at[0] = (unsigned char)(bits >> 16);
        at[1] = (unsigned char)(bits >> 8);
        at[2] = (unsigned char)bits;
        at[3] = (unsigned char)(0x7f + bits % 66); /* 0x7f to 0xc0 */
        for (size_t len = 1; len <= 4; len++)
            ck_assert_uint_eq(utf8_char((struct str){(char *)at, len}), by_table(at, len));
    }
    for (unsigned first = 0xc0; first < 0x100; first++)
        for (unsigned second = 0x7f; second < 0xc2; second++)
            for (unsigned third = 0x7f; third < 0xc2; third += 0x20)
                for (unsigned fourth = 0x7f; fourth < 0xc2; fourth += 0x20) {
                    at[0] = (unsigned char)first;
                    at[1] = (unsigned char)second;
                    at[2] = (unsigned char)third;
                    at[3] = (unsigned char)fourth;
                    ck_assert_uint_eq(utf8_char((struct str){(char *)at, 4}), by_table(at, 4));
                }
    ck_assert_uint_eq(utf8_char((struct str){0}), 0);
}
END_TEST

START_TEST(a_wrong_byte_is_found_wherever_it_stands)
{
    char text[70];

    for (size_t len = 1; len < sizeof(text); len++) {
        memset(text, 'a', len);
        ck_assert(utf8_valid((struct str){text, len}));
        for (size_t i = 0; i < len; i++) {
            text[i] = '\xff';
            ck_assert(!utf8_valid((struct str){text, len}));
            ck_assert(!utf8_is_ascii((struct str){text, len}));
            text[i] = 'a';
        }
        for (size_t i = 0; i + 1 < len; i++) {
            memcpy(text + i, "\xc3\xa9", 2);
            ck_assert(utf8_valid((struct str){text, len}));
            ck_assert(!utf8_is_ascii((struct str){text, len}));
            memset(text + i, 'a', 2);
        }
        memcpy(text + len - 1, "\xc3", 1); /* cut at the end */
        ck_assert(!utf8_valid((struct str){text, len}));
    }
    ck_assert(utf8_valid((struct str){0}));
    ck_assert(utf8_is_ascii((struct str){0}));
}
END_TEST

START_TEST(each_wrong_byte_is_replaced)
{
#define R "\xef\xbf\xbd"
    const struct {
        struct str in, out;
    } cases[] = {
        {STR(""), STR("")},
        {STR("text"), STR("text")},
        {STR("a\0b"), STR("a\0b")},
        {STR("\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x98"), STR("\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x98")},
        {STR("\xff"), STR(R)},
        {STR("a\x80z"), STR("a" R "z")},
        {STR("\xc3"), STR(R)},
        {STR("\xc3z"), STR(R "z")},
        {STR("\xe2\x82"), STR(R R)},
        {STR("\xe2\x82z"), STR(R R "z")},
        {STR("\xc0\xaf"), STR(R R)}, /* an overlong slash */
        {STR("\xe0\x80\xaf"), STR(R R R)},
        {STR("\xed\xa0\x80"), STR(R R R)},       /* a surrogate */
        {STR("\xf4\x90\x80\x80"), STR(R R R R)}, /* U+110000 */
        {STR("\xf0\x9f\x90\xc3\xa9"), STR(R R R "\xc3\xa9")},
    };
#undef R

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf out = {0};

        utf8_mend(&out, cases[i].in);
        ck_assert_msg(str_eq(buf_str(&out), cases[i].out), "case %zu", i);
        ck_assert_msg(utf8_valid(cases[i].in) == str_eq(cases[i].in, cases[i].out), "case %zu", i);
        buf_done(&out);
    }
}
END_TEST

START_TEST(what_was_mended_is_valid)
{
    static const unsigned char bytes[] = {0x00, 0x41, 0x7f, 0x80, 0xbf, 0xc2, 0xc3,
                                          0xe0, 0xa0, 0xed, 0x9f, 0xf0, 0x90, 0xf4,
                                          0x8f, 0xff, 0xe2, 0x82, 0xac, 0x62};
    struct dice dice = dice_new("mended");

    for (unsigned round = 0; round < 20000; round++) {
        struct buf out = {0}, again = {0};
        char text[32];
        size_t len = dice_roll(&dice, sizeof(text));

        for (size_t i = 0; i < len; i++)
            text[i] = (char)bytes[dice_roll(&dice, sizeof(bytes))];
        utf8_mend(&out, (struct str){text, len});
        ck_assert(utf8_valid(buf_str(&out)));
        utf8_mend(&again, buf_str(&out));
        ck_assert(str_eq(buf_str(&again), buf_str(&out)));
        buf_done(&out);
        buf_done(&again);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("utf8");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, characters_are_those_of_the_table);
    tcase_add_test(cases, a_wrong_byte_is_found_wherever_it_stands);
    tcase_add_test(cases, each_wrong_byte_is_replaced);
    tcase_add_test(cases, what_was_mended_is_valid);
    return run_tests("utf8", cases);
}
