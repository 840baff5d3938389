/*
 * OTTL's functions, in conditions about one rich span.
 */
#include "unit/check.h"
#include "unit/ottl_fixture.h"

static const char *const true_of_the_span[] = {
    "HasPrefix(name, \"GET \") and HasSuffix(name, \"healthz\") and not HasPrefix(name, \"POST\")",
    "HasPrefix(target=name, prefix=\"GET\") and HasPrefix(prefix=\"GET\", target=name)",
    "IsMatch(attributes[\"http.status_code\"], \"^4..$\")",
    "IsMatch(attributes[\"ratio\"], \"^0\\\\.5$\")",
    "IsMatch(attributes[\"map\"], \"deep\") and IsMatch(attributes[\"list\"], \"\\\"b\\\"\")",
    "IsMatch(attributes[\"sampled\"], \"^true$\") and IsMatch(attributes[\"bytes\"], \"^01ff$\")",
    "not IsMatch(attributes[\"missing\"], \".*\")",
    "IsMatch(resource.attributes, \"shop\")",
    "IsString(name) and IsInt(attributes[\"http.status_code\"]) and "
    "IsDouble(attributes[\"ratio\"])",
    "IsBool(attributes[\"sampled\"]) and IsMap(attributes[\"map\"]) and "
    "IsList(attributes[\"list\"])",
    "not IsString(attributes[\"missing\"]) and not IsInt(name) and IsList([1])",
    "Int(\"42\") == 42 and Int(attributes[\"number\"]) == 42 and Int(1.9) == 1 and Int(true) == 1",
    "Int(\"x\") == nil and Int(\"\") == nil and Int(nil) == nil and Int(\"1.5\") == nil",
    "Double(\"1.5\") == 1.5 and Double(2) == 2.0 and Double(\"x\") == nil",
    "String(404) == \"404\" and String(true) == \"true\" and String(nil) == nil",
    "String(0.5) == \"0.5\" and String(100.0) == \"100\" and String(attributes[\"big\"]) == "
    "\"1e+21\"",
    "String(attributes[\"bytes\"]) == \"01ff\"",
    "String(attributes[\"list\"]) == \"[\\\"a\\\",\\\"b\\\",\\\"c\\\",7]\"",
    "Concat([\"a\", 1, true], \"-\") == \"a-1-true\" and Concat([], \"x\") == \"\"",
    "Concat(attributes[\"list\"], \"\") == \"abc7\"",
    "Substring(name, 0, 3) == \"GET\"",
    "Split(\"a,b,,c\", \",\")[3] == \"c\" and Len(Split(\"a,b,,c\", \",\")) == 4",
    "Split(name, \" \")[1] == \"/healthz\" and Len(Split(\"\", \",\")) == 1",
    "ToLowerCase(name) == \"get /healthz\" and ToUpperCase(\"aZ1\") == \"AZ1\"",
    "ConvertCase(name, \"lower\") == \"get /healthz\"",
    "Trim(\"  x \") == \"x\" and Trim(\"--x-\", \"-\") == \"x\"",
    "Index(name, \"/\") == 4 and Index(name, \"x\") == -1 and Index([1, 2], 2) == 1",
    "ContainsValue(attributes[\"list\"], \"b\") and not ContainsValue([\"a\"], \"b\")",
    "ContainsValue([\"/healthz\", \"/ready\"], attributes[\"http.route\"])",
    "Len(name) == 12 and Len(\"\") == 0 and Len(attributes[\"map\"]) == 2 and Len([1, 2]) == 2",
    "Len(attributes[\"umlaut\"]) == 7 and attributes[\"umlaut\"] == \"Gr\\u00f6\\u00dfe\"",
    "\"\\x41\\n\\t\\\\\\\"\" == \"A\\n\\t\\\\\\\"\"",
    "Time(\"2023-05-26T12:34:56Z\", \"%Y-%m-%dT%H:%M:%SZ\") == Unix(1685104496)",
    "Time(\"26/05/2023\", \"%d/%m/%Y\", \"UTC\") < Now()",
    "FormatTime(start_time, \"%F %T.%L\") == \"1970-01-01 00:00:01.000\"",
    "SHA256(\"abc\") == \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"",
    "SHA1(attributes[\"number\"]) == \"92cfceb39d57d914ed8b14d0e37643de0797ae56\"",
    "MD5(\"\") == \"d41d8cd98f00b204e9800998ecf8427e\"",
    "TrimPrefix(name, \"GET \") == \"/healthz\" and TrimPrefix(name, \"x\") == name",
    "TrimSuffix(name, \"z\") == \"GET /health\" and TrimSuffix(\"\", \"z\") == \"\"",
    "Bool(\"true\") == true and Bool(\"F\") == false and Bool(0) == false and Bool(0.5) == true",
    "Bool(\"yes\") == nil and Bool(nil) == nil and Bool(attributes[\"sampled\"]) == true",
    "ExtractPatterns(name, \"^(?P<verb>\\\\w+) (?P<path>.*)$\")[\"path\"] == \"/healthz\"",
    "ExtractPatterns(name, \"^(?P<verb>x)\")[\"verb\"] == nil",
    "Len(ExtractPatterns(name, \"(?P<a>GET)|(?P<b>POST)\")) == 2",
    "String(-0.0000001) == \"-1e-7\" and String(1234567.891) == \"1234567.891\"",
};

START_TEST(it_is_true_of_the_span)
{
    ottl_expect(OTTL_SPAN, true_of_the_span[_i], OTTL_TRUE, NULL);
}
END_TEST

static const struct {
    const char *text, *why;
} failing[] = {
    {"HasPrefix(attributes[\"http.status_code\"], \"4\")",
     "HasPrefix wants a string, and got an integer"},
    {"HasSuffix(attributes[\"missing\"], \"4\")", "HasSuffix wants a string, and got nil"},
    {"Len(attributes[\"missing\"]) == 0", "Len wants a string, a list or a map, and got nil"},
    {"Int(attributes[\"map\"]) == 1", "Int cannot make a number of a map"},
    {"Int(attributes[\"big\"]) == 1", "larger than 64 bits"},
    {"Double(attributes[\"list\"]) == 1", "Double cannot"},
    {"Time(name, \"%Y\") == Now()", "Time: the text is not as %Y says, at its character 1"},
    {"Time(\"1\", name) == Now()", "Time: the text is not as GET"},
    {"Time(\"2023\", \"%Y\", name) == Now()", "no location but UTC"},
    {"FormatTime(attributes[\"ratio\"], \"%Y\") == name", "wants a time, and got a double"},
    {"SHA256(attributes[\"list\"]) == name", "SHA256 wants a string, and got a list"},
    {"Bool(attributes[\"list\"]) == true", "Bool cannot make a boolean of a list"},
    {"TrimPrefix(attributes[\"missing\"], \"a\") == name", "wants a string, and got nil"},
    {"Substring(name, 4, 100) == \"x\"", "ends before"},
    {"Substring(name, attributes[\"http.status_code\"], 1) == \"x\"", "nothing at 404"},
    {"Split(name, attributes[\"blank\"])[0] == \"x\"", "an empty delimiter"},
    {"ToLowerCase(attributes[\"ratio\"]) == \"x\"", "wants a string"},
    {"Milliseconds(attributes[\"ratio\"]) == 1", "wants a duration"},
    {"Duration(name) > Duration(\"1s\")", "write it like"},
    {"TraceID(attributes[\"bytes\"]) == trace_id", "TraceID wants 16 bytes"},
    {"SpanID(name) == span_id", "SpanID wants 8 bytes"},
    {"ContainsValue(attributes[\"http.route\"], \"b\")", "wants a list, and got a string"},
    {"Concat(attributes[\"map\"], \"\") == \"x\"", "wants a list, and got a map"},
};

START_TEST(what_cannot_be_told_is_an_error)
{
    ottl_expect(OTTL_SPAN, failing[_i].text, OTTL_FAILED, failing[_i].why);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
    TCase *cases = tcase_create("function");

    tcase_add_checked_fixture(cases, ottl_begin, ottl_end);
    tcase_add_loop_test(cases, it_is_true_of_the_span, 0, COUNT(true_of_the_span));
    tcase_add_loop_test(cases, what_cannot_be_told_is_an_error, 0, COUNT(failing));
    return run_tests("function", cases);
}
