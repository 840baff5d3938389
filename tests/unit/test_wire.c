/*
 * Fields on the wire, read and written.
 */
#include "otlp/wire.h"

#include "otlp/wire_write.h"
#include "unit/check.h"

START_TEST(varints_are_read)
{
    const struct {
        struct str bytes;
        bool good;
        uint64_t value;
        size_t left;
    } cases[] = {
        {STR("\x00"), true, 0, 0},
        {STR("\x7f"), true, 127, 0},
        {STR("\x80\x01"), true, 128, 0},
        {STR("\xac\x02\x05"), true, 300, 1},
        {STR("\x80\x00"), true, 0, 0}, /* longer than it need be */
        {STR("\xff\xff\xff\xff\x0f"), true, UINT32_MAX, 0},
        {STR("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), true, UINT64_MAX, 0},
        {STR("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), true, UINT64_MAX, 0},
        {STR("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02"), true, 0, 0},
        {STR("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"), false, 0, 0}, /* eleven bytes */
        {STR("\x80"), false, 0, 0},
        {STR("\xff\xff\xff"), false, 0, 0},
        {STR(""), false, 0, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct wire w = wire_of(cases[i].bytes);
        uint64_t value = 1;

        ck_assert_msg(wire_varint(&w, &value) == cases[i].good, "case %zu", i);
        ck_assert_msg(w.bad == !cases[i].good, "case %zu", i);
        if (!cases[i].good)
            continue;
        ck_assert_uint_eq(value, cases[i].value);
        ck_assert_uint_eq(w.end - w.at, cases[i].left);
    }
}
END_TEST

START_TEST(fields_are_read)
{
    const struct {
        struct str bytes;
        uint32_t number;
        enum wire_type type;
        uint64_t value;
        struct str content;
    } cases[] = {
        {STR("\x08\x96\x01"), 1, WIRE_VARINT, 150, {0}},
        {STR("\x12\x07testing"), 2, WIRE_BYTES, 0, STR("testing")},
        {STR("\x12\x00"), 2, WIRE_BYTES, 0, STR("")},
        {STR("\x12\x83\x80\x80\x80\x00"
             "abc"),
         2, WIRE_BYTES, 0, STR("abc")},
        {STR("\x39\x01\x02\x03\x04\x05\x06\x07\x08"), 7, WIRE_FIXED64, 0x0807060504030201, {0}},
        {STR("\x85\x01\x01\x02\x03\xff"), 16, WIRE_FIXED32, 0xff030201, {0}},
        {STR("\xf8\xff\xff\xff\x0f\x01"), 536870911, WIRE_VARINT, 1, {0}},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct wire w = wire_of(cases[i].bytes);
        struct wire_field f = {0};

        ck_assert_msg(wire_next(&w, &f), "case %zu", i);
        ck_assert_uint_eq(f.number, cases[i].number);
        ck_assert_int_eq(f.type, cases[i].type);
        if (f.type == WIRE_BYTES)
            ck_assert(str_eq(f.bytes, cases[i].content));
        else
            ck_assert_uint_eq(f.value, cases[i].value);
        ck_assert_msg(!wire_next(&w, &f) && !w.bad, "case %zu", i);
    }
}
END_TEST

START_TEST(bad_fields_stop_the_reading)
{
    const struct str cases[] = {
        STR("\x08"),                                         /* no value */
        STR("\x08\x80"),                                     /* half a value */
        STR("\x12"),                                         /* no length */
        STR("\x12\x01"),                                     /* no content */
        STR("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), /* length of 2^64 - 1 */
        STR("\x12\x80\x80\x80\x80\x80\x00"),                 /* length of six bytes */
        STR("\x39\x01\x02\x03\x04\x05\x06\x07"),             /* seven bytes of eight */
        STR("\x85\x01\x01\x02\x03"),                         /* three bytes of four */
        STR("\x00\x00"),
        STR("\x02\x00"),                 /* field number 0 */
        STR("\x80\x80\x80\x80\x00\x00"), /* the same in five bytes */
        STR("\x0b"),
        STR("\x0c"), /* groups */
        STR("\x0e\x00"),
        STR("\x0f\x00"),                     /* no types */
        STR("\x88\x80\x80\x80\x80\x00\x01"), /* a tag of six bytes */
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct wire w = wire_of(cases[i]);
        struct wire_field f = {0};

        ck_assert_msg(!wire_next(&w, &f) && w.bad, "case %zu", i);
    }
}
END_TEST

START_TEST(nothing_is_an_empty_message)
{
    struct wire w = wire_of((struct str){0});
    struct wire_field f;

    ck_assert(!wire_next(&w, &f));
    ck_assert(!w.bad);
}
END_TEST

START_TEST(what_is_written_is_read_again)
{
    static const uint64_t values[] = {0, 1, 127, 128, 16383, 16384, UINT32_MAX, UINT64_MAX};
    static const uint32_t numbers[] = {1, 15, 16, 2047, 2048, 536870911};
    static const enum wire_type types[] = {WIRE_VARINT, WIRE_FIXED64, WIRE_BYTES, WIRE_FIXED32};

    for (size_t i = 0; i < 8 * 6 * 4; i++) {
        struct wire_field f = {.number = numbers[i / 8 % 6],
                               .type = types[i / 48],
                               .value = values[i % 8],
                               .bytes = {"bytes", i % 6}};
        struct wire_field again = {0};
        struct buf out = {0};
        struct wire w;

        wire_put_field(&out, &f);
        w = wire_of(buf_str(&out));
        ck_assert(wire_next(&w, &again));
        ck_assert(w.at == w.end);
        ck_assert_uint_eq(again.number, f.number);
        ck_assert_int_eq(again.type, f.type);
        if (f.type == WIRE_BYTES)
            ck_assert(str_eq(again.bytes, f.bytes));
        else
            ck_assert_uint_eq(again.value, f.type == WIRE_FIXED32 ? (uint32_t)f.value : f.value);
        buf_done(&out);
    }
}
END_TEST

START_TEST(a_message_is_written_before_its_length_is_known)
{
    static const size_t lengths[] = {0, 1, 127, 128, 20000, 3000000};

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        struct buf out = {0};
        struct wire_field f = {0};
        struct wire w;
        size_t begin = wire_begin(&out, 3);

        for (size_t n = 0; n < lengths[i]; n++)
            buf_append_char(&out, 'x');
        wire_end(&out, begin);
        w = wire_of(buf_str(&out));
        ck_assert(wire_next(&w, &f));
        ck_assert_uint_eq(f.number, 3);
        ck_assert_uint_eq(f.bytes.len, lengths[i]);
        ck_assert(w.at == w.end);
        buf_done(&out);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("wire");

    tcase_add_test(cases, varints_are_read);
    tcase_add_test(cases, fields_are_read);
    tcase_add_test(cases, bad_fields_stop_the_reading);
    tcase_add_test(cases, nothing_is_an_empty_message);
    tcase_add_test(cases, what_is_written_is_read_again);
    tcase_add_test(cases, a_message_is_written_before_its_length_is_known);
    return run_tests("wire", cases);
}
