/*
 * Each field of a log record comes out where it belongs.
 */
#include "otlp/log_record.h"

#include "unit/check.h"

START_TEST(all_fields_are_read)
{
    struct log_record_view record;
    struct attribute_view attribute;

    log_record_read(STR("\x09\x01\x00\x00\x00\x00\x00\x00\x00" /* time */
                        "\x59\x02\x00\x00\x00\x00\x00\x00\x00" /* observed */
                        "\x10\x11\x1a\x03"
                        "ERR" /* severity */
                        "\x2a\x04\x0a\x02"
                        "hi"                           /* body */
                        "\x32\x03\x0a\x01k"            /* an attribute */
                        "\x38\x05\x45\x07\x00\x00\x00" /* dropped, flags */
                        "\x4a\x02"
                        "tt"
                        "\x52\x01"
                        "s"
                        "\x62\x01"
                        "e"),
                    &record);
    ck_assert_uint_eq(record.time_ns, 1);
    ck_assert_uint_eq(record.observed_ns, 2);
    ck_assert_int_eq(record.severity, 17);
    ck_assert(str_is(record.severity_text, "ERR"));
    ck_assert_int_eq(record.body.kind, VALUE_STRING);
    ck_assert(str_is(record.body.bytes, "hi"));
    ck_assert_uint_eq(record.dropped_attributes, 5);
    ck_assert_uint_eq(record.flags, 7);
    ck_assert(str_is(record.trace_id, "tt"));
    ck_assert(str_is(record.span_id, "s"));
    ck_assert(str_is(record.event_name, "e"));
    ck_assert_uint_eq(record.attributes.count, 1);
    ck_assert(attribute_next(&record.attributes, &attribute));
    ck_assert(str_is(attribute.key, "k"));
}
END_TEST

START_TEST(a_body_may_come_in_parts_and_not_at_all)
{
    struct log_record_view record;

    log_record_read(STR("\x2a\x04\x0a\x02hi\x2a\x02\x18\x07"), &record);
    ck_assert_int_eq(record.body.kind, VALUE_INT);
    ck_assert_int_eq(record.body.integer, 7);
    log_record_read(STR(""), &record);
    ck_assert_int_eq(record.body.kind, VALUE_EMPTY);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("log_record");

    tcase_add_test(cases, all_fields_are_read);
    tcase_add_test(cases, a_body_may_come_in_parts_and_not_at_all);
    return run_tests("log_record", cases);
}
