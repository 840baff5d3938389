/*
 * OTTL's parser: what is told about conditions that are wrong, limits, and which context is meant.
 */
#include "base/buf.h"
#include "unit/check.h"
#include "unit/ottl_fixture.h"

static const struct {
    const char *text, *why;
} wrong[] = {
    {"", "an empty condition"},
    {"   ", "an empty condition"},
    {"name", "a path alone is no condition: compare it"},
    {"attributes[\"x\"]", "a path alone is no condition"},
    {"1", "expected a comparison, or a function that says true or false"},
    {"Int(\"1\")", "expected a comparison"},
    {"name = \"x\"", "at character 6: a comparison is written =="},
    {"name == ", "at character 9: expected a value, and here it ends"},
    {"name == \"x\" and", "expected a value, and here it ends"},
    {"name == \"x\" name", "at character 13: expected and, or or the end, and here stands name"},
    {"name == \"x\" && true", "OTTL says and, or, not"},
    {"name == \"x\" || true", "OTTL says and, or, not"},
    {"!true", "OTTL says and, or, not"},
    {"name == 'x'", "strings stand in double quotes"},
    {"name == \"x", "this string has no end"},
    {"name == \"x\\", "this string has no end"},
    {"name == \"\\d\"", "at character 10: unknown escape: a backslash itself is written \\\\"},
    {"name == \"\\xz\"", "unknown escape"},
    {"name == \"\\ud800\"", "unknown escape"},
    {"name # 1", "no sign that OTTL knows"},
    {"(true", "expected and, or, an operator or ), and here it ends"},
    {"true)", "expected and, or or the end, and here stands )"},
    {"true and or true", "expected a value, and here stands or"},
    {"not", "expected a value, and here it ends"},
    {"nmae == \"x\"", "a span has no \"nmae\": did you mean name?"},
    {"span.nmae == \"x\"", "a span has no \"nmae\": did you mean name?"},
    {"status.cod == 1", "did you mean status.code?"},
    {"kind.text == \"x\"", "a span has no \"kind.text\""},
    {"duration > 1", "a span has no \"duration\""},
    {"metric.name == \"x\"", "a condition about a span knows nothing of a metric"},
    {"log.body == \"x\"", "knows nothing of a log"},
    {"spanevent.name == \"x\"", "knows nothing of a spanevent"},
    {"resource.name == \"x\"", "a resource has no \"name\""},
    {"resource. == \"x\"", "expected a path"},
    {"name[\"x\"] == 1", "name has nothing inside that a key could name"},
    {"attributes[] == 1", "expected a value, and here stands ]"},
    {"attributes[\"x\" == 1", "expected ], and here stands =="},
    {"attributes[1.5] == 1", "a key is a string or an integer"},
    {"kind == SPAN_KIND_SERVR", "no enum SPAN_KIND_SERVR: did you mean SPAN_KIND_SERVER?"},
    {"kind == SERVER", "there is no enum SERVER"},
    {"IsMach(name, \"x\")", "there is no function IsMach: did you mean IsMatch?"},
    {"isMatch(name, \"x\")", "did you mean IsMatch?"},
    {"ParseJSON(name) == 1", "otelc does not have the function ParseJSON yet"},
    {"IsInCIDR(name, [\"10.0.0.0/8\"])", "does not have the function IsInCIDR yet"},
    {"Year(Now()) == 1", "does not have the function Year yet"},
    {"Time(name, \"%Q\") == Now()", "at character 12: otelc knows no %Q in a format of times"},
    {"Time(\"x\", \"%Y\") == Now()", "Time: the text is not as %Y says"},
    {"FormatTime(start_time, \"%\") == name", "the format ends with a %"},
    {"ExtractPatterns(name, \"(\")[\"a\"] == 1", "no regular expression"},
    {"Len(ExtractPatterns(name, \"(GET)\")) == 1", "at character 27: the pattern needs a group"},
    {"SHA256(kind) == name", "SHA256 cannot take an integer as target"},
    {"IsMatch(name)", "IsMatch needs its argument pattern"},
    {"IsMatch(name, \"x\", 1)", "IsMatch takes 2 arguments"},
    {"IsMatch(name, name)", "a pattern that is written out"},
    {"IsMatch(name, \"(\")", "at character 15: no regular expression"},
    {"IsMatch(name, \"a(?=b)\")", "RE2 has no lookaheads"},
    {"IsMatch(text = name, \"x\")", "IsMatch has no parameter text"},
    {"IsMatch(target = name, target = name)", "target is given twice"},
    {"IsMatch(name \"x\")", "expected a comma or )"},
    {"IsMatch(name, \"x\"", "expected a comma or ), and here it ends"},
    {"HasPrefix(kind, \"x\")", "HasPrefix cannot take an integer as target"},
    {"HasPrefix(name, 1)", "HasPrefix cannot take an integer as prefix"},
    {"Len(kind) == 1", "Len cannot take an integer as target"},
    {"Milliseconds(kind) == 1", "cannot take an integer as duration"},
    {"HasAttrKeyOnDatapoint(\"x\")", "is about a metric, and this condition about a span"},
    {"Duration(\"5 seconds\") == 1", "Duration: write it like"},
    {"Duration(\"5\") == 1", "Duration: write it like"},
    {"Duration(\"\") == 1", "Duration: write it like"},
    {"TraceID(0x01) == trace_id", "TraceID wants 16 bytes"},
    {"SpanID(\"zzzzzzzzzzzzzzzz\") == span_id", "SpanID: not hexadecimal"},
    {"name + 1 == 2", "one cannot calculate with a string"},
    {"1 + true == 2", "one cannot calculate with a boolean"},
    {"(name == \"x\") == true", "expected a value, and this is a condition"},
    {"1 < 2 < 3", "expected and, or or the end, and here stands <"},
    {"name == {\"a\": 1}", "does not have maps in conditions yet"},
    {"name == 0x1", "bytes have two hexadecimal digits each"},
    {"1x == 1", "a letter behind a number"},
    {"99999999999999999999 == 1", "integers have 64 bits"},
    {"- name == 1", "expected a number behind its sign"},
    {"name == [1, 2", "expected a comma or ]"},
    {"[true and false] == 1", "expected a comma or ]"},
    {"name == \"a\" or name", "a path alone is no condition"},
    {"name or name == \"a\"", "a path alone is no condition"},
};

START_TEST(what_is_wrong_is_told_with_its_place)
{
    struct error err = {""};

    ck_assert_msg(!ottl_condition_new(str_of(wrong[_i].text), OTTL_SPAN, false, &err), "%s",
                  wrong[_i].text);
    ck_assert_msg(strstr(err.text, wrong[_i].why), "%s: %s", wrong[_i].text, err.text);
    ck_assert_msg(strstr(err.text, "at character "), "%s: %s", wrong[_i].text, err.text);
}
END_TEST

/* front again and again, then middle, then back as often. */
static void expect_too_deep(const char *front, const char *middle, const char *back,
                            const char *why)
{
    struct buf text = {0};
    struct error err = {""};

    for (int i = 0; i < 500; i++)
        buf_append_str(&text, str_of(front));
    buf_append_str(&text, str_of(middle));
    for (int i = 0; i < 500; i++)
        buf_append_str(&text, str_of(back));
    ck_assert(!ottl_condition_new(buf_str(&text), OTTL_SPAN, false, &err));
    ck_assert_msg(strstr(err.text, why), "%s: %s", front, err.text);
    buf_done(&text);
}

START_TEST(nesting_and_length_have_limits)
{
    expect_too_deep("(", "true", ")", "nested too deeply");
    expect_too_deep("not ", "true", "", "nested too deeply");
    expect_too_deep("[", "1", "] == 1", "nested too deeply");
    expect_too_deep("Int(", "1", ")", "nested too deeply");
    expect_too_deep("1 == 1 + ", "1", " + kind", "expected");
    expect_too_deep("", "1 == 1", " + kind", "nested too deeply");
    expect_too_deep("attributes[", "name", "] == 1", "nested too deeply");
    expect_too_deep("name == \"this is rather long, and comes again and again\" or ", "true", "",
                    "longer than");
}
END_TEST

START_TEST(a_long_chain_is_not_deep)
{
    struct buf text = {0};

    for (int i = 0; i < 500; i++)
        buf_append_str(&text, STR("kind == 9 or "));
    buf_append_str(&text, STR("kind == 2"));
    ottl_expect(OTTL_SPAN, buf_text(&text), OTTL_TRUE, NULL);
    buf_done(&text);
}
END_TEST

static const struct {
    const char *text;
    enum signal signal;
    enum ottl_context context; /* OTTL_CONTEXTS: none */
    const char *why;
} inferred[] = {
    {"span.name == \"x\"", TRACES, OTTL_SPAN, NULL},
    {"resource.attributes[\"a\"] == 1", TRACES, OTTL_RESOURCE, NULL},
    {"resource.attributes[\"a\"] == 1", LOGS, OTTL_RESOURCE, NULL},
    {"resource.attributes[\"a\"] == 1 and span.kind == 1", TRACES, OTTL_SPAN, NULL},
    {"span.kind == 1 and spanevent.name == resource.attributes[\"a\"]", TRACES, OTTL_SPANEVENT,
     NULL},
    {"instrumentation_scope.name == \"span.x\"", TRACES, OTTL_SCOPE, NULL},
    {"IsRootSpan()", TRACES, OTTL_SPAN, NULL},
    {"metric.name == \"x\" and datapoint.value_int > 1", METRICS, OTTL_DATAPOINT, NULL},
    {"HasAttrKeyOnDatapoint(\"a\")", METRICS, OTTL_METRIC, NULL},
    {"log.severity_number < SEVERITY_NUMBER_WARN", LOGS, OTTL_LOG, NULL},
    {"log.body == 1", TRACES, OTTL_CONTEXTS, "log is not of traces"},
    {"name == \"x\"", TRACES, OTTL_CONTEXTS, "span.attributes"},
    {"true", METRICS, OTTL_CONTEXTS, "datapoint.attributes"},
    {"span.name == 'x'", TRACES, OTTL_CONTEXTS, "double quotes"},
    {"", LOGS, OTTL_CONTEXTS, "log.attributes"},
};

START_TEST(the_context_is_the_innermost_that_is_named)
{
    enum ottl_context context = OTTL_CONTEXTS;
    struct error err = {""};
    bool ok = ottl_infer(str_of(inferred[_i].text), inferred[_i].signal, &context, &err);

    ck_assert_msg(ok == !inferred[_i].why, "%s: %s", inferred[_i].text, err.text);
    if (ok)
        ck_assert_int_eq(context, inferred[_i].context);
    else
        ck_assert_msg(strstr(err.text, inferred[_i].why), "%s: %s", inferred[_i].text, err.text);
}
END_TEST

START_TEST(paths_may_have_to_name_their_context)
{
    struct error err = {""};
    struct ottl_condition *condition =
        ottl_condition_new(STR("span.kind == 1"), OTTL_SPAN, true, &err);

    ck_assert_ptr_nonnull(condition);
    ottl_condition_free(condition);
    ottl_condition_free(NULL);
    ck_assert(!ottl_condition_new(STR("span.kind == 1 and name == \"x\""), OTTL_SPAN, true, &err));
    ck_assert(strstr(err.text, "Write span.name"));
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
    TCase *cases = tcase_create("parser");

    tcase_add_checked_fixture(cases, ottl_begin, ottl_end);
    tcase_add_loop_test(cases, what_is_wrong_is_told_with_its_place, 0, COUNT(wrong));
    tcase_add_test(cases, nesting_and_length_have_limits);
    tcase_add_test(cases, a_long_chain_is_not_deep);
    tcase_add_loop_test(cases, the_context_is_the_innermost_that_is_named, 0, COUNT(inferred));
    tcase_add_test(cases, paths_may_have_to_name_their_context);
    return run_tests("parser", cases);
}
