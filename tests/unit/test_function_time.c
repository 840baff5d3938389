/*
 * OTTL's functions about times and durations.
 */
#include <stdio.h>
#include <string.h>

#include "unit/check.h"
#include "unit/ottl_fixture.h"

static const char *const true_of_the_span[] = {
    "Time(\"2023-05-26T12:34:56Z\", \"%Y-%m-%dT%H:%M:%SZ\") == Unix(1685104496)",
    "Time(\"26/05/2023\", \"%d/%m/%Y\", \"UTC\") < Now() and Unix(0) < Now()",
    "FormatTime(start_time, \"%F %T.%L\") == \"1970-01-01 00:00:01.000\"",
    "FormatTime(start_time, attributes[\"http.route\"]) == \"/healthz\"",
    "end_time - start_time == Duration(\"2.5s\") and end_time == start_time + Duration(\"2500ms\")",
    "Unix(1, 5) - Unix(1) == Duration(\"5ns\") and Unix(-1) < Unix(0) and Unix(1, -1) < Unix(1)",
    "UnixNano(start_time) == 1000000000 and UnixMicro(start_time) == 1000000",
    "UnixMilli(end_time) == 3500 and UnixSeconds(end_time) == 3 and UnixSeconds(Unix(7)) == 7",
    "Nanoseconds(Duration(\"1us2ns\")) == 1002 and Microseconds(Duration(\"1ms\")) == 1000",
    "Milliseconds(Duration(\"1999us\")) == 1 and Milliseconds(Duration(\"-1999us\")) == -1",
    "Seconds(Duration(\"1500ms\")) == 1.5 and Minutes(Duration(\"90s\")) == 1.5",
    "Hours(Duration(\"1h30m\")) == 1.5 and Hours(end_time - start_time) < 1.0",
    "Duration(\"1h2m3s4ms5us6ns\") == Duration(\"3723004005006ns\")",
    "Duration(\"0\") == Duration(\"0s\") and Duration(\"-0\") == Duration(\"0h\")",
    "Duration(\"+5s\") == Duration(\"5s\") and Duration(\"-5s\") == Duration(\"0\") - "
    "Duration(\"5s\")",
    "Duration(\".5s\") == Duration(\"500ms\") and Duration(\"1.s\") == Duration(\"1s\")",
    "Duration(\"1\\u00b5s\") == Duration(\"1us\") and Duration(\"1\\u03bcs\") == Duration(\"1us\")",
    "Duration(\"1s1s\") == Duration(\"2s\") and Duration(\"0.1us\") == Duration(\"100ns\")",
    "Duration(Concat([attributes[\"number\"], \"ms\"], \"\")) == Duration(\"42ms\")",
};

START_TEST(it_is_true_of_the_span)
{
    ottl_expect(OTTL_SPAN, true_of_the_span[_i], OTTL_TRUE, NULL);
}
END_TEST

static const struct {
    const char *text, *why;
} failing[] = {
    {"Time(name, \"%Y\") == Now()", "Time: the text is not as %Y says, at its character 1"},
    {"Time(\"1\", name) == Now()", "Time: the text is not as GET"},
    {"Time(\"2023\", \"%Y\", name) == Now()", "no location but UTC"},
    {"Time(\"2023\", \"%Y\", attributes[\"ratio\"]) == Now()",
     "Time wants a string, and got a double"},
    {"Time(\"2023\", \"%Y\", attributes[\"missing\"]) == Now()",
     "Time wants a string, and got nil"},
    {"Time(attributes[\"ratio\"], \"%Y\") == Now()", "Time wants a string, and got a double"},
    {"Time(name, attributes[\"ratio\"]) == Now()", "Time wants a string, and got a double"},
    {"FormatTime(attributes[\"ratio\"], \"%Y\") == name", "wants a time, and got a double"},
    {"FormatTime(start_time, attributes[\"ratio\"]) == name", "wants a string, and got a double"},
    {"FormatTime(start_time, Concat([\"%\"], name)) == name", "FormatTime: "},
    {"Unix(attributes[\"ratio\"]) == Now()", "Unix wants an integer, and got a double"},
    {"Unix(1, attributes[\"ratio\"]) == Now()", "Unix wants an integer, and got a double"},
    {"Unix(1, attributes[\"missing\"]) == Now()", "Unix wants an integer, and got nil"},
    {"Unix(Int(attributes[\"number\"]) * 1000000000) == Now()", "so far from 1970"},
    {"Unix(9223372036, Int(attributes[\"number\"]) * 100000000) == Now()", "so far from 1970"},
    {"UnixNano(attributes[\"number\"]) == 1", "UnixNano wants a time, and got a string"},
    {"Milliseconds(attributes[\"ratio\"]) == 1", "wants a duration"},
    {"Hours(attributes[\"missing\"]) == 1", "Hours wants a duration, and got nil"},
    {"Duration(attributes[\"ratio\"]) > Duration(\"1s\")", "Duration wants a string"},
    {"Duration(name) > Duration(\"1s\")", "write it like"},
    {"Duration(attributes[\"blank\"]) > Duration(\"1s\")", "write it like"},
    {"Duration(attributes[\"number\"]) > Duration(\"1s\")", "write it like"},
};

START_TEST(what_cannot_be_told_is_an_error)
{
    ottl_expect(OTTL_SPAN, failing[_i].text, OTTL_FAILED, failing[_i].why);
}
END_TEST

static const char *const no_durations[] = {
    "5",    "s",   "1e5s", "1E5s", "0x1s", "0X1s", "1..5s", "1.5.5s", ".s",         "-",    "+",
    "--5s", "1 s", " 1s",  "1s ",  "1d",   "1S",   "1nan",  "infs",   "300000000h", "1s-1s"};

/* As the text stands there, and as it comes with the data. */
START_TEST(what_is_no_duration_is_none)
{
    char text[128], name[64];
    struct span_view span = *ottl_data.span;
    struct error err = {""};

    snprintf(text, sizeof(text), "Duration(\"%s\") == Duration(\"1s\")", no_durations[_i]);
    ck_assert_msg(!ottl_condition_new(str_of(text), OTTL_SPAN, false, &err), "%s", text);
    ck_assert_msg(strstr(err.text, "write it like"), "%s: %s", text, err.text);
    snprintf(name, sizeof(name), "%s", no_durations[_i]);
    span.name = str_of(name);
    ottl_data.span = &span;
    ottl_expect(OTTL_SPAN, "Duration(name) == Duration(\"1s\")", OTTL_FAILED, "write it like");
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
    TCase *cases = tcase_create("function_time");

    tcase_add_checked_fixture(cases, ottl_begin, ottl_end);
    tcase_add_loop_test(cases, it_is_true_of_the_span, 0, COUNT(true_of_the_span));
    tcase_add_loop_test(cases, what_cannot_be_told_is_an_error, 0, COUNT(failing));
    tcase_add_loop_test(cases, what_is_no_duration_is_none, 0, COUNT(no_durations));
    return run_tests("function_time", cases);
}
