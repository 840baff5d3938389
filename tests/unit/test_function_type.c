/*
 * OTTL's functions that ask what a value is, or make another kind of it.
 */
#include "unit/check.h"
#include "unit/ottl_fixture.h"

static const char *const true_of_the_span[] = {
    "IsString(name) and IsInt(attributes[\"http.status_code\"]) and "
    "IsDouble(attributes[\"ratio\"])",
    "IsBool(attributes[\"sampled\"]) and IsMap(attributes[\"map\"]) and "
    "IsList(attributes[\"list\"])",
    "not IsString(attributes[\"missing\"]) and not IsInt(name) and IsList([1])",
    "IsList(events) and IsList(Split(name, \"/\")) and not IsList(attributes[\"map\"])",
    "IsMap(attributes) and not IsMap(name) and not IsBool(nil) and not IsDouble(1)",
    "Int(\"42\") == 42 and Int(attributes[\"number\"]) == 42 and Int(1.9) == 1 and Int(true) == 1",
    "Int(\"x\") == nil and Int(\"\") == nil and Int(nil) == nil and Int(\"1.5\") == nil",
    "Int(\"-7\") == -7 and Int(\"+7\") == 7 and Int(\"007\") == 7 and Int(-1.9) == -1",
    "Int(\"9223372036854775807\") == 9223372036854775807 and Int(\"9223372036854775808\") == nil",
    "Int(\"-9223372036854775808\") < 0 and Int(\"0x10\") == nil and Int(\"1_0\") == nil",
    "Int(\" 1\") == nil and Int(\"1 \") == nil and Int(\"-\") == nil and Int(\"+\") == nil",
    "Int(false) == 0 and Int(7) == 7 and Int(attributes[\"blank\"]) == nil",
    "Int(\"0000000000000000000000000000000000000000000000000000000000000001\") == nil",
    "Double(\"1.5\") == 1.5 and Double(2) == 2.0 and Double(\"x\") == nil",
    "Double(true) == 1.0 and Double(false) == 0.0 and Double(nil) == nil and Double(0.5) == 0.5",
    "Double(\"1e3\") == 1000.0 and Double(\"-.5\") == -0.5 and Double(\"5.\") == 5.0",
    "Double(\"1e999\") == nil and Double(\"-1e999\") == nil and Double(\"1e-999\") == 0.0",
    "Double(\"0x1p4\") == nil and Double(\"0X1P4\") == nil and Double(\"nan(1)\") == nil",
    "Double(\" 1\") == nil and Double(\"1x\") == nil and Double(\"\") == nil",
    "Double(\"inf\") > 1.0 and Double(\"-Infinity\") < 0.0 and Double(\"nan\") != Double(\"nan\")",
    "String(404) == \"404\" and String(true) == \"true\" and String(nil) == nil",
    "String(0.5) == \"0.5\" and String(100.0) == \"100\" and String(attributes[\"big\"]) == "
    "\"1e+21\"",
    "String(-0.0000001) == \"-1e-7\" and String(1234567.891) == \"1234567.891\"",
    "String(attributes[\"bytes\"]) == \"01ff\" and String(attributes[\"unsampled\"]) == \"false\"",
    "String(attributes[\"list\"]) == \"[\\\"a\\\",\\\"b\\\",\\\"c\\\",7]\"",
    "String([\"a\", 1]) == \"[\\\"a\\\",1]\" and String([]) == \"[]\"",
    "String([\"a\\\"b\\n\"]) == \"[\\\"a\\\\\\\"b\\\\n\\\"]\" and String([nil, 0.5]) == "
    "\"[null,0.5]\"",
    "String(Duration(\"1us\")) == \"1000\" and String(start_time) == \"1000000000\"",
    "Len(name) == 12 and Len(\"\") == 0 and Len(attributes[\"map\"]) == 2 and Len([1, 2]) == 2",
    "Len(attributes[\"list\"]) == 4 and Len(attributes[\"bytes\"]) == 2 and Len(events) == 2",
    "Len(attributes[\"umlaut\"]) == 7 and attributes[\"umlaut\"] == \"Gr\\u00f6\\u00dfe\"",
    "Bool(\"true\") == true and Bool(\"F\") == false and Bool(0) == false and Bool(0.5) == true",
    "Bool(\"yes\") == nil and Bool(nil) == nil and Bool(attributes[\"sampled\"]) == true",
    "Bool(\"1\") == true and Bool(\"T\") == true and Bool(\"TRUE\") == true and Bool(\"tRUE\") == "
    "nil",
    "Bool(\"0\") == false and Bool(\"f\") == false and Bool(0.0) == false and Bool(-1) == true",
    "Bool(\"\") == nil and Bool(Double(\"nan\")) == true",
    "TraceID(0x0102030405060708090a0b0c0d0e0f10) == trace_id",
    "TraceID(\"0102030405060708090A0b0c0d0e0f10\") == trace_id and TraceID(trace_id) == trace_id",
    "SpanID(0xaabbccdd01020304) == span_id and SpanID(\"aabbccdd01020304\") == span_id",
};

START_TEST(it_is_true_of_the_span)
{
    ottl_expect(OTTL_SPAN, true_of_the_span[_i], OTTL_TRUE, NULL);
}
END_TEST

static const struct {
    const char *text, *why;
} failing[] = {
    {"Len(attributes[\"missing\"]) == 0", "Len wants a string, a list or a map, and got nil"},
    {"Len(attributes[\"ratio\"]) == 0", "Len wants a string, a list or a map, and got a double"},
    {"Int(attributes[\"map\"]) == 1", "Int cannot make a number of a map"},
    {"Int(attributes[\"big\"]) == 1", "larger than 64 bits"},
    {"Int(Double(\"nan\") + attributes[\"ratio\"]) == 1", "larger than 64 bits"},
    {"Int(start_time) == 1", "Int cannot make a number of a time"},
    {"Double(attributes[\"list\"]) == 1", "Double cannot"},
    {"Bool(attributes[\"list\"]) == true", "Bool cannot make a boolean of a list"},
    {"TraceID(attributes[\"bytes\"]) == trace_id", "TraceID wants 16 bytes"},
    {"TraceID(span_id) == trace_id", "TraceID wants 16 bytes, or 32 hexadecimal digits"},
    {"TraceID(attributes[\"missing\"]) == trace_id", "TraceID wants 16 bytes"},
    {"SpanID(name) == span_id", "SpanID wants 8 bytes"},
    {"SpanID(Concat([name, name], \"/../\")) == span_id", "SpanID wants 8 bytes"},
    {"SpanID(Substring(\"gabbccdd01020304\", 0, Len(span_id) * 2)) == span_id",
     "SpanID: not hexadecimal"},
};

START_TEST(what_cannot_be_told_is_an_error)
{
    ottl_expect(OTTL_SPAN, failing[_i].text, OTTL_FAILED, failing[_i].why);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
    TCase *cases = tcase_create("function_type");

    tcase_add_checked_fixture(cases, ottl_begin, ottl_end);
    tcase_add_loop_test(cases, it_is_true_of_the_span, 0, COUNT(true_of_the_span));
    tcase_add_loop_test(cases, what_cannot_be_told_is_an_error, 0, COUNT(failing));
    return run_tests("function_type", cases);
}
