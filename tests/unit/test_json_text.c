#include "otlp/json_text.h"

#include <math.h>
#include <stdio.h>

#include "unit/check.h"

/* An AnyValue of one member; values here are shorter than 128 bytes. */
static void member_append(struct buf *buf, unsigned number, struct str content)
{
    buf_printf(buf, "%c%c", (int)(number << 3 | 2), (int)content.len);
    buf_append_str(buf, content);
}

/* What stands for a value in an array of it alone, without the brackets. */
static const char *text_of(struct str any_value)
{
    static struct buf text;
    struct buf array = {0};
    struct value_view value = {.kind = VALUE_ARRAY};
    struct str json;

    member_append(&array, 1, any_value);
    value.bytes = buf_str(&array);
    json = json_text(&value, &text);
    buf_done(&array);
    if (json.len == 0)
        return "";
    ck_assert_int_eq(json.at[0], '[');
    ck_assert_int_eq(json.at[json.len - 1], ']');
    text.len--;
    return buf_text(&text) + 1;
}

static const char *number_text(double number)
{
    char any_value[9] = {0x21};

    memcpy(any_value + 1, &number, sizeof(number));
    return text_of((struct str){any_value, sizeof(any_value)});
}

START_TEST(doubles_have_the_fewest_digits_that_read_back)
{
    static const struct {
        double number;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {100, "100"},
        {-1.5, "-1.5"},
        {0.1, "0.1"},
        {1.0 / 3, "0.3333333333333333"},
        {0.1 + 0.2, "0.30000000000000004"},
        {0.000001, "0.000001"},
        {0.00001, "0.00001"},
        {9.99e-7, "9.99e-7"},
        {1e-7, "1e-7"},
        {1.25e-10, "1.25e-10"},
        {123456789.125, "123456789.125"},
        {1e20, "100000000000000000000"},
        {999999999999999900000.0, "999999999999999900000"},
        {1e21, "1e+21"},
        {1.5e300, "1.5e+300"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {5e-324, "5e-324"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {0x1p-44, "5.684341886080802e-14"}, /* a power of two: see shortest_digits */
        {0x1p60, "1152921504606847000"},
        {9007199254740993.0, "9007199254740992"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_str_eq(number_text(cases[i].number), cases[i].text);
}
END_TEST

START_TEST(every_power_of_two_reads_back)
{
    for (int exponent = -1074; exponent < 1024; exponent++) {
        double number = ldexp(1, exponent);

        ck_assert(strtod(number_text(number), NULL) == number);
    }
}
END_TEST

START_TEST(a_number_that_is_not_finite_voids_the_text)
{
    ck_assert_str_eq(number_text((double)NAN), "");
    ck_assert_str_eq(number_text((double)INFINITY), "");
    ck_assert_str_eq(number_text(-(double)INFINITY), "");
}
END_TEST

START_TEST(strings_are_escaped)
{
    static const struct {
        struct str text;
        const char *json;
    } cases[] = {
        {{"", 0}, "\"\""},
        {{"plain", 5}, "\"plain\""},
        {{"\"\\/", 3}, "\"\\\"\\\\/\""},
        {{"\b\f\n\r\t", 5}, "\"\\b\\f\\n\\r\\t\""},
        {{"\0\x01\x1f\x7f", 4}, "\"\\u0000\\u0001\\u001f\x7f\""},
        {{"<>&", 3}, "\"<>&\""},
        {{"\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa", 9}, "\"\\u2028\\u2029\xe2\x80\xaa\""},
        {{"a\xe2\x80", 3}, "\"a\xe2\x80\""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf any_value = {0};

        member_append(&any_value, 1, cases[i].text);
        ck_assert_str_eq(text_of(buf_str(&any_value)), cases[i].json);
        buf_done(&any_value);
    }
}
END_TEST

START_TEST(other_values_have_their_text)
{
    static const struct {
        struct str any_value;
        const char *json;
    } cases[] = {
        {{"", 0}, "null"},
        {{"\x10\x01", 2}, "true"},
        {{"\x10\x00", 2}, "false"},
        {{"\x18\x2a", 2}, "42"},
        {{"\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11}, "-1"},
        {{"\x3a\x00", 2}, "null"}, /* bytes */
        {{"\x3a\x01\xff", 3}, "\"/w==\""},
        {{"\x3a\x02\xff\xfe", 4}, "\"//4=\""},
        {{"\x3a\x03\x01\x02\x03", 5}, "\"AQID\""},
        {{"\x2a\x00", 2}, "[]"},
        {{"\x2a\x06\x0a\x00\x0a\x02\x18\x07", 8}, "[null,7]"},
        {{"\x32\x00", 2}, "{}"},
        /* b: 1, a: 2, b: 3, and an empty key without a value */
        {{"\x32\x1d\x0a\x07\x0a\x01"
          "b\x12\x02\x18\x01\x0a\x07\x0a\x01"
          "a\x12\x02\x18\x02\x0a\x07\x0a\x01"
          "b\x12\x02\x18\x03\x0a\x00",
          31},
         "{\"\":null,\"a\":2,\"b\":3}"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_str_eq(text_of(cases[i].any_value), cases[i].json);
}
END_TEST

START_TEST(nesting_has_an_end)
{
    static const struct {
        unsigned nesting; /* arrays in arrays */
        bool ok;
    } cases[] = {{63, true}, {64, true}, {65, false}, {5000, false}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        /* From the inside: each array is written in front of what it holds. */
        static char bytes[100000];
        char *at = bytes + sizeof(bytes);
        struct buf text = {0};
        struct value_view value;
        struct str json;

        for (unsigned level = 0; level < cases[i].nesting; level++) {
            size_t inner = (size_t)(bytes + sizeof(bytes) - at);
            size_t outer;

            /* the element, where this is not the innermost; lengths as padded varints */
            if (level > 0) {
                at -= 4;
                memcpy(at,
                       (char[]){0x0a, (char)(inner | 0x80), (char)(inner >> 7 | 0x80),
                                (char)(inner >> 14)},
                       4);
            }
            outer = (size_t)(bytes + sizeof(bytes) - at);
            at -= 4;
            memcpy(at,
                   (char[]){0x2a, (char)(outer | 0x80), (char)(outer >> 7 | 0x80),
                            (char)(outer >> 14)},
                   4);
        }
        value_read((struct str){at, (size_t)(bytes + sizeof(bytes) - at)}, &value);
        json = json_text(&value, &text);
        ck_assert_uint_eq(json.len, cases[i].ok ? (size_t)2 * cases[i].nesting : 0);
        buf_done(&text);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("json_text");

    tcase_add_test(cases, doubles_have_the_fewest_digits_that_read_back);
    tcase_add_test(cases, every_power_of_two_reads_back);
    tcase_add_test(cases, a_number_that_is_not_finite_voids_the_text);
    tcase_add_test(cases, strings_are_escaped);
    tcase_add_test(cases, other_values_have_their_text);
    tcase_add_test(cases, nesting_has_an_end);
    return run_tests("json_text", cases);
}
