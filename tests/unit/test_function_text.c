/*
 * OTTL's functions on texts and lists, in conditions about one rich span.
 */
#include <stdlib.h>
#include <string.h>

#include "unit/check.h"
#include "unit/ottl_fixture.h"

static const char *const true_of_the_span[] = {
    "HasPrefix(name, \"GET \") and HasSuffix(name, \"healthz\") and not HasPrefix(name, \"POST\")",
    "HasPrefix(target=name, prefix=\"GET\") and HasPrefix(prefix=\"GET\", target=name)",
    "HasPrefix(\"\", \"\") and HasSuffix(\"\", \"\") and HasPrefix(name, \"\")",
    "HasPrefix(attributes[\"blank\"], attributes[\"blank\"])",
    "HasSuffix(attributes[\"blank\"], \"\") and not HasSuffix(attributes[\"blank\"], \"x\")",
    "not HasSuffix(\"ab\", \"abc\") and not HasPrefix(\"ab\", \"abc\")",
    "IsMatch(attributes[\"http.status_code\"], \"^4..$\")",
    "IsMatch(attributes[\"ratio\"], \"^0\\\\.5$\")",
    "IsMatch(attributes[\"map\"], \"deep\") and IsMatch(attributes[\"list\"], \"\\\"b\\\"\")",
    "IsMatch(attributes[\"sampled\"], \"^true$\") and IsMatch(attributes[\"bytes\"], \"^01ff$\")",
    "not IsMatch(attributes[\"missing\"], \".*\") and IsMatch(attributes[\"blank\"], \"^$\")",
    "IsMatch(resource.attributes, \"shop\")",
    "Concat([\"a\", 1, true], \"-\") == \"a-1-true\" and Concat([], \"x\") == \"\"",
    "Concat([nil, 0.5, 0x01ff], \"\") == \"<nil>0.501ff\" and Concat([\"a\"], \"-\") == \"a\"",
    "Concat([\"\", \"\"], \"-\") == \"-\" and Concat([\"a\", [1, \"b\"]], \" \") == \"a "
    "[1,\\\"b\\\"]\"",
    "Concat(attributes[\"list\"], \"\") == \"abc7\"",
    "Substring(name, 0, 3) == \"GET\" and Substring(name, 11, 1) == \"z\"",
    "Substring(name, 0, Len(name)) == name",
    "Split(\"a,b,,c\", \",\")[3] == \"c\" and Len(Split(\"a,b,,c\", \",\")) == 4",
    "Split(name, \" \")[1] == \"/healthz\" and Len(Split(\"\", \",\")) == 1",
    "Split(\",\", \",\") == [\"\", \"\"] and Split(\"aaa\", \"aa\") == [\"\", \"a\"]",
    "Split(attributes[\"blank\"], \"x\") == [\"\"] and Split(\"a--b\", \"--\") == [\"a\", \"b\"]",
    "ToLowerCase(name) == \"get /healthz\" and ToUpperCase(\"aZ1\") == \"AZ1\"",
    "ToLowerCase(\"\") == \"\" and ToUpperCase(\"{`@[\") == \"{`@[\"",
    "ConvertCase(name, \"lower\") == \"get /healthz\" and ConvertCase(\"a\", \"upper\") == \"A\"",
    "Trim(\"  x \") == \"x\" and Trim(\"--x-\", \"-\") == \"x\" and Trim(\"    \") == \"\"",
    "Trim(\" \\tx\") == \"\\tx\" and Trim(\"abcba\", \"ab\") == \"c\" and Trim(\" x\", \"\") == \" "
    "x\"",
    "Trim(attributes[\"blank\"]) == \"\"",
    "Index(name, \"/\") == 4 and Index(name, \"x\") == -1 and Index([1, 2], 2) == 1",
    "Index(name, \"\") == 0 and Index(\"\", \"x\") == -1 and Index(attributes[\"blank\"], \"\") == "
    "0",
    "Index([1, \"a\", nil], nil) == 2 and Index([], 1) == -1 and Index([1], 1.0) == 0",
    "Index(attributes[\"list\"], \"c\") == 2 and Index(attributes[\"list\"], 7) == 3",
    "ContainsValue(attributes[\"list\"], \"b\") and not ContainsValue([\"a\"], \"b\")",
    "ContainsValue([\"/healthz\", \"/ready\"], attributes[\"http.route\"])",
    "not ContainsValue([], 1) and ContainsValue([[1, 2]], [1, 2])",
    "SHA256(\"abc\") == \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"",
    "SHA1(attributes[\"number\"]) == \"92cfceb39d57d914ed8b14d0e37643de0797ae56\"",
    "MD5(\"\") == \"d41d8cd98f00b204e9800998ecf8427e\" and MD5(attributes[\"blank\"]) == MD5(\"\")",
    "TrimPrefix(name, \"GET \") == \"/healthz\" and TrimPrefix(name, \"x\") == name",
    "TrimSuffix(name, \"z\") == \"GET /health\" and TrimSuffix(\"\", \"z\") == \"\"",
    "TrimPrefix(\"aab\", \"a\") == \"ab\" and TrimSuffix(\"abb\", \"b\") == \"ab\"",
    "TrimPrefix(name, name) == \"\" and TrimSuffix(name, \"\") == name",
    "ExtractPatterns(name, \"^(?P<verb>\\\\w+) (?P<path>.*)$\")[\"path\"] == \"/healthz\"",
    "ExtractPatterns(name, \"^(?P<verb>x)\")[\"verb\"] == nil",
    "Len(ExtractPatterns(name, \"(?P<a>GET)|(?P<b>POST)\")) == 2",
    "ExtractPatterns(name, \"(?P<a>GET)|(?P<b>POST)\")[\"b\"] == \"\"",
    "Len(ExtractPatterns(name, \"^(?P<verb>x)\")) == 0",
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
    {"HasPrefix(name, attributes[\"missing\"])", "HasPrefix wants a string, and got nil"},
    {"HasSuffix(attributes[\"missing\"], \"4\")", "HasSuffix wants a string, and got nil"},
    {"HasSuffix(name, attributes[\"ratio\"])", "HasSuffix wants a string, and got a double"},
    {"SHA256(attributes[\"list\"]) == name", "SHA256 wants a string, and got a list"},
    {"TrimPrefix(attributes[\"missing\"], \"a\") == name", "wants a string, and got nil"},
    {"TrimSuffix(name, attributes[\"missing\"]) == name", "wants a string, and got nil"},
    {"Trim(attributes[\"ratio\"]) == name", "Trim wants a string, and got a double"},
    {"Trim(name, attributes[\"ratio\"]) == name", "Trim wants a string, and got a double"},
    {"Trim(name, attributes[\"missing\"]) == name", "Trim wants a string, and got nil"},
    {"Substring(name, 4, 100) == \"x\"", "ends before"},
    {"Substring(name, 12, 1) == \"x\"", "ends before"},
    {"Substring(name, 13, 1) == \"x\"", "nothing at 13, 1 long, in a string of 12 bytes"},
    {"Substring(name, -1, 1) == \"x\"", "nothing at -1"},
    {"Substring(name, 0, 0) == \"x\"", "nothing at 0, 0 long"},
    {"Substring(name, 1, 9223372036854775807) == \"x\"", "ends before"},
    {"Substring(name, attributes[\"http.status_code\"], 1) == \"x\"", "nothing at 404"},
    {"Substring(name, attributes[\"ratio\"], 1) == \"x\"", "wants an integer, and got a double"},
    {"Substring(name, 0, attributes[\"missing\"]) == \"x\"", "wants an integer, and got nil"},
    {"Split(name, attributes[\"blank\"])[0] == \"x\"", "an empty delimiter"},
    {"Split(name, attributes[\"ratio\"])[0] == \"x\"", "Split wants a string, and got a double"},
    {"Split(name, \"/\")[2] == \"x\"", "the list has no element 2"},
    {"ToLowerCase(attributes[\"ratio\"]) == \"x\"", "wants a string"},
    {"ConvertCase(name, attributes[\"http.route\"]) == \"x\"", "ConvertCase: otelc knows"},
    {"ConvertCase(name, attributes[\"missing\"]) == \"x\"", "wants a string, and got nil"},
    {"Index(name, 1) == 1", "Index wants a string, and got an integer"},
    {"Index(attributes[\"map\"], 1) == 1", "Index wants a list, and got a map"},
    {"ContainsValue(attributes[\"http.route\"], \"b\")", "wants a list, and got a string"},
    {"Concat(attributes[\"map\"], \"\") == \"x\"", "wants a list, and got a map"},
    {"Concat([name], attributes[\"ratio\"]) == \"x\"", "wants a string, and got a double"},
    {"ExtractPatterns(attributes[\"ratio\"], \"(?P<a>.)\")[\"a\"] == 1", "wants a string"},
};

START_TEST(what_cannot_be_told_is_an_error)
{
    ottl_expect(OTTL_SPAN, failing[_i].text, OTTL_FAILED, failing[_i].why);
}
END_TEST

/* The condition fails, or is true, of a span whose name is so many commas. */
static void expect_of_commas(const char *condition, size_t len, const char *why)
{
    struct span_view span = *ottl_data.span;
    char *name = malloc(len);

    memset(name, ',', len);
    span.name = (struct str){name, len};
    ottl_data.span = &span;
    ottl_expect(OTTL_SPAN, condition, why ? OTTL_FAILED : OTTL_TRUE, why);
    free(name);
}

START_TEST(what_is_made_has_a_limit)
{
    expect_of_commas("Len(Concat([name, name], \"\")) == 1048576", 1 << 19, NULL);
    expect_of_commas("Len(Concat([name, name], \"x\")) == 0", 1 << 19,
                     "Concat: the text is longer than 1 MiB");
    expect_of_commas("Len(Split(name, \",\")) == 65536", 65535, NULL);
    expect_of_commas("Len(Split(name, \",\")) == 0", 65536, "Split: more than 65536 parts");
    expect_of_commas("IsMatch(name, \"(,+)+$\")", 1 << 10, NULL);
    expect_of_commas("IsMatch(Concat([name, \"x\"], \"\"), \"(,+)+$\")", 1 << 13,
                     "IsMatch: matching this text takes too long");
    expect_of_commas("Len(ExtractPatterns(Concat([name, \"x\"], \"\"), \"(?P<a>,+)+$\")) == 0",
                     1 << 13, "ExtractPatterns: matching this text takes too long");
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
    TCase *cases = tcase_create("function_text");

    tcase_add_checked_fixture(cases, ottl_begin, ottl_end);
    tcase_add_loop_test(cases, it_is_true_of_the_span, 0, COUNT(true_of_the_span));
    tcase_add_loop_test(cases, what_cannot_be_told_is_an_error, 0, COUNT(failing));
    tcase_add_test(cases, what_is_made_has_a_limit);
    return run_tests("function_text", cases);
}
