/*
 * Times as text: read, and written again; seconds as `date -u +%s` tells them.
 */
#include "ottl/time_format.h"

#include "unit/check.h"

static const struct {
    const char *format, *text;
    int64_t ns;
    const char *written; /* NULL: the same text */
} times[] = {
    {"%Y-%m-%dT%H:%M:%SZ", "2023-05-26T12:34:56Z", 1685104496000000000, NULL},
    {"%F %T", "2023-05-26 12:34:56", 1685104496000000000, NULL},
    {"%F %T.%f", "2023-05-26 12:34:56.5", 1685104496500000000, "2023-05-26 12:34:56.500000"},
    {"%F %T.%L", "2023-05-26 12:34:56.123", 1685104496123000000, NULL},
    {"%F %T,%s", "2023-05-26 12:34:56,1234567891", 1685104496123456789,
     "2023-05-26 12:34:56,123456789"},
    {"%FT%T%z", "2023-05-26T12:34:56+02:00", 1685097296000000000, "2023-05-26T10:34:56+0000"},
    {"%FT%T%z", "2023-05-26T12:34:56-0130", 1685109896000000000, "2023-05-26T14:04:56+0000"},
    {"%FT%T%z", "2023-05-26T12:34:56+01", 1685100896000000000, "2023-05-26T11:34:56+0000"},
    {"%FT%T%z", "2023-05-26T12:34:56Z", 1685104496000000000, "2023-05-26T12:34:56+0000"},
    {"%d/%b/%Y:%H:%M:%S %Z", "26/May/2023:12:34:56 UTC", 1685104496000000000, NULL},
    {"%c", "Fri May 26 12:34:56 2023", 1685104496000000000, NULL},
    {"%A, %B %e %Y", "Friday, May  5 2023", 1683244800000000000, NULL},
    {"%a %h %d %y", "fri may 26 23", 1685059200000000000, "Fri May 26 23"},
    {"%D %r", "05/26/23 12:34:56 AM", 1685061296000000000, NULL},
    {"%I:%M%P", "01:30pm", 48600000000000, NULL},
    {"%Y %j", "2024 366", 1735603200000000000, NULL},
    {"%R%t%%%n", "00:01\t%\n", 60000000000, NULL},
    {"%F", "1969-12-31", -86400000000000, NULL},
    {"%FT%T.%L", "1969-12-31T23:59:59.250", -750000000, NULL},
    {"", "", 0, NULL},
};

START_TEST(it_is_read_and_written)
{
    struct str format = str_of(times[_i].format);
    struct error err = {""};
    struct buf out = {0};
    int64_t ns = 1;

    ck_assert_msg(time_format_read(format, str_of(times[_i].text), &ns, &err), "%s: %s",
                  times[_i].text, err.text);
    ck_assert_int_eq(ns, times[_i].ns);
    time_format_write(format, ns, &out);
    ck_assert_str_eq(buf_text(&out), times[_i].written ? times[_i].written : times[_i].text);
    buf_done(&out);
}
END_TEST

static const struct {
    const char *format, *text, *why;
} wrong[] = {
    {"%F", "2023-05", "is not as %F says, at its character 8"},
    {"%F", "2023-13-01", "is not as"},
    {"%F", "2023-05-26x", "at its character 11"},
    {"%F", "", "at its character 1"},
    {"%H", "24", "is not as"},
    {"%H:%M", "1", "is not as"},
    {"%b", "Mai", "is not as"},
    {"%b", "M", "is not as"},
    {"%p", "xm", "is not as"},
    {"%z", "+", "is not as"},
    {"%z", "+15:00", "is not as"},
    {"%z", "+1:x", "is not as"},
    {"%L", "x", "is not as"},
    {"%%", "x", "is not as"},
    {"%Y", "9999", "there is no time"},
    {"%Y", "0001", "there is no time"},
    {"%Q", "", "otelc knows no %Q"},
    {"%", "", "ends with a %"},
};

START_TEST(what_is_wrong_is_told)
{
    struct error err = {""};
    int64_t ns;

    ck_assert(!time_format_read(str_of(wrong[_i].format), str_of(wrong[_i].text), &ns, &err));
    ck_assert_msg(strstr(err.text, wrong[_i].why), "%s: %s", wrong[_i].text, err.text);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("time_format");

    tcase_add_loop_test(cases, it_is_read_and_written, 0, sizeof(times) / sizeof(times[0]));
    tcase_add_loop_test(cases, what_is_wrong_is_told, 0, sizeof(wrong) / sizeof(wrong[0]));
    return run_tests("time_format", cases);
}
