/*
 * What set() makes of the fields of each context, and of attributes.
 */
#include "ottl/target.h"

#include "ottl/path.h"
#include "unit/statement_fixture.h"

static struct statement_fixture f;

static void end(void)
{
    statement_done(&f);
}

#define SPAN                                                                                       \
    "{'name':'n','kind':2,'startTimeUnixNano':'1','endTimeUnixNano':'2','attributes':["            \
    "{'key':'s','value':{'stringValue':'text'}},{'key':'i','value':{'intValue':'5'}}],"            \
    "'status':{'message':'m','code':2}}"
#define A(key, value) "{'key':'" key "','value':{" value "}}"
#define SPAN_WITH(attributes)                                                                      \
    "{'name':'n','kind':2,'startTimeUnixNano':'1','endTimeUnixNano':'2','attributes':["            \
    "" attributes "],'status':{'message':'m','code':2}}"
#define S A("s", "'stringValue':'text'")
#define I A("i", "'intValue':'5'")

static const struct {
    enum ottl_context context;
    const char *statement, *json, *result;
} fields[] = {
    {OTTL_SCOPE, "set(name, \"x\")", "{'name':'a','version':'1'}", "{'version':'1','name':'x'}"},
    {OTTL_SCOPE, "set(version, \"2\")", "{'name':'a'}", "{'name':'a','version':'2'}"},
    {OTTL_SCOPE, "set(attributes[\"k\"], 1)", "{'name':'a'}",
     "{'name':'a','attributes':[{'key':'k','value':{'intValue':'1'}}]}"},
    {OTTL_RESOURCE, "set(attributes[\"k\"], \"v\")", "{}",
     "{'attributes':[{'key':'k','value':{'stringValue':'v'}}]}"},
    {OTTL_SPAN, "set(name, \"x\")", "{'name':'a','kind':1}", "{'kind':1,'name':'x'}"},
    {OTTL_SPAN, "set(name, \"\")", "{'name':'a'}", "{'name':''}"},
    {OTTL_SPAN, "set(kind, SPAN_KIND_CLIENT)", "{'kind':1,'name':'a'}", "{'name':'a','kind':3}"},
    {OTTL_SPAN, "set(trace_state, \"a=b\")", "{'name':'a'}", "{'name':'a','traceState':'a=b'}"},
    {OTTL_SPAN, "set(start_time_unix_nano, 7)", "{'startTimeUnixNano':'1'}",
     "{'startTimeUnixNano':'7'}"},
    {OTTL_SPAN, "set(end_time_unix_nano, end_time_unix_nano + 3)", "{'endTimeUnixNano':'4'}",
     "{'endTimeUnixNano':'7'}"},
    {OTTL_SPAN, "set(start_time, Unix(1, 5))", "{}", "{'startTimeUnixNano':'1000000005'}"},
    {OTTL_SPAN, "set(end_time, start_time + Duration(\"2ns\"))", "{'startTimeUnixNano':'1'}",
     "{'startTimeUnixNano':'1','endTimeUnixNano':'3'}"},
    {OTTL_SPAN, "set(status.code, STATUS_CODE_OK)", "{'status':{'message':'m','code':2}}",
     "{'status':{'message':'m','code':1}}"},
    {OTTL_SPAN, "set(status.message, \"x\")", "{'name':'a'}",
     "{'name':'a','status':{'message':'x'}}"},
    {OTTL_SPAN, "set(name, nil)", "{'name':'a'}", "same"},
    {OTTL_SPAN, "set(name, attributes[\"none\"])", "{'name':'a'}", "same"},
    {OTTL_SPANEVENT, "set(name, \"x\")", "{'name':'a'}", "{'name':'x'}"},
    {OTTL_SPANEVENT, "set(time_unix_nano, 9)", "{'timeUnixNano':'1','name':'a'}",
     "{'name':'a','timeUnixNano':'9'}"},
    {OTTL_SPANEVENT, "set(time, Unix(0, 8))", "{}", "{'timeUnixNano':'8'}"},
    {OTTL_SPANEVENT, "set(attributes[\"k\"], true)", "{}",
     "{'attributes':[{'key':'k','value':{'boolValue':true}}]}"},
    {OTTL_METRIC, "set(name, \"x\")", "{'name':'a','unit':'s'}", "{'unit':'s','name':'x'}"},
    {OTTL_METRIC, "set(description, name)", "{'name':'a'}", "{'name':'a','description':'a'}"},
    {OTTL_METRIC, "set(unit, \"ms\")", "{'unit':'s'}", "{'unit':'ms'}"},
    {OTTL_LOG, "set(severity_number, SEVERITY_NUMBER_ERROR)", "{'severityNumber':9}",
     "{'severityNumber':17}"},
    {OTTL_LOG, "set(severity_text, \"x\")", "{}", "{'severityText':'x'}"},
    {OTTL_LOG, "set(time_unix_nano, 3)", "{}", "{'timeUnixNano':'3'}"},
    {OTTL_LOG, "set(observed_time, Unix(0, 4))", "{}", "{'observedTimeUnixNano':'4'}"},
    {OTTL_LOG, "set(observed_time_unix_nano, 4)", "{}", "{'observedTimeUnixNano':'4'}"},
    {OTTL_LOG, "set(time, observed_time)", "{'observedTimeUnixNano':'4'}",
     "{'observedTimeUnixNano':'4','timeUnixNano':'4'}"},
    {OTTL_LOG, "set(body, 5)", "{'body':{'stringValue':'a'}}", "{'body':{'intValue':'5'}}"},
    {OTTL_LOG, "set(body, attributes)", "{'attributes':[{'key':'k','value':{'stringValue':'v'}}]}",
     "{'attributes':[{'key':'k','value':{'stringValue':'v'}}],"
     "'body':{'kvlistValue':{'values':[{'key':'k','value':{'stringValue':'v'}}]}}}"},
    {OTTL_LOG, "set(body.string, \"x\")", "{'body':{'intValue':'1'}}",
     "{'body':{'stringValue':'x'}}"},
    {OTTL_LOG, "set(body, nil)", "{'body':{'intValue':'1'}}", "same"},
    {OTTL_LOG, "set(attributes[\"k\"], body[\"a\"][\"b\"])",
     "{'body':{'kvlistValue':{'values':[{'key':'a','value':{'kvlistValue':{'values':["
     "{'key':'b','value':{'doubleValue':0.5}}]}}}]}}}",
     "{'body':{'kvlistValue':{'values':[{'key':'a','value':{'kvlistValue':{'values':["
     "{'key':'b','value':{'doubleValue':0.5}}]}}}]}},'attributes':["
     "{'key':'k','value':{'doubleValue':0.5}}]}"},

    {OTTL_SPAN, "set(attributes[\"i\"], \"x\")", SPAN,
     SPAN_WITH(S "," A("i", "'stringValue':'x'"))},
    {OTTL_SPAN, "set(attributes[\"b\"], false)", "{'attributes':[" S "]}",
     "{'attributes':[" S "," A("b", "'boolValue':false") "]}"},
    {OTTL_SPAN, "set(attributes[\"d\"], 1.5)", "{}",
     "{'attributes':[" A("d", "'doubleValue':1.5") "]}"},
    {OTTL_SPAN, "set(attributes[\"x\"], 0x01ff)", "{}",
     "{'attributes':[" A("x", "'bytesValue':'Af8='") "]}"},
    {OTTL_SPAN, "set(attributes[\"x\"], trace_id)", "{}",
     "{'attributes':[" A("x", "'bytesValue':'AAAAAAAAAAAAAAAAAAAAAA=='") "]}"},
    {OTTL_SPAN, "set(attributes[\"l\"], [1, \"a\", [true], nil])", "{}",
     "{'attributes':[" A("l", "'arrayValue':{'values':[{'intValue':'1'},{'stringValue':'a'},"
                              "{'arrayValue':{'values':[{'boolValue':true}]}},{}]}") "]}"},
    {OTTL_SPAN, "set(attributes[\"l\"], [])", "{}",
     "{'attributes':[" A("l", "'arrayValue':{}") "]}"},
    {OTTL_SPAN, "set(attributes[\"l\"], Split(\"a,b\", \",\"))", "{}",
     "{'attributes':[" A("l",
                         "'arrayValue':{'values':[{'stringValue':'a'},{'stringValue':'b'}]}") "]}"},
    {OTTL_SPAN, "set(attributes[\"m\"], attributes)", "{'attributes':[" I "]}",
     "{'attributes':[" I "," A("m", "'kvlistValue':{'values':[" I "]}") "]}"},
    {OTTL_SPAN, "set(attributes[name], kind)", "{'name':'a','kind':1}",
     "{'name':'a','kind':1,'attributes':[" A("a", "'intValue':'1'") "]}"},
    {OTTL_SPAN, "set(attributes[\"\"], \"\")", "{}",
     "{'attributes':[" A("", "'stringValue':''") "]}"},
};

START_TEST(a_field_is_set)
{
    const char *text =
        statement_after(&f, fields[_i].context, fields[_i].statement, fields[_i].json);

    ck_assert_msg(strcmp(text, fields[_i].result) == 0, "%s: %s", fields[_i].statement, text);
}
END_TEST

static const struct {
    enum ottl_context context;
    const char *statement, *why;
} failing[] = {
    {OTTL_SPAN, "set(name, 1)", "name is a string, and cannot be an integer"},
    {OTTL_SPAN, "set(name, attributes)", "name is a string, and cannot be a map"},
    {OTTL_SPAN, "set(kind, \"client\")", "kind is an integer, and cannot be a string"},
    {OTTL_SPAN, "set(kind, 1.0)", "kind is an integer, and cannot be a double"},
    {OTTL_SPAN, "set(start_time, 5)", "start_time is a time, and cannot be an integer"},
    {OTTL_SPAN, "set(start_time_unix_nano, Now())",
     "start_time_unix_nano is an integer, and cannot be a time"},
    {OTTL_SPAN, "set(status.code, true)", "status.code is an integer, and cannot be a boolean"},
    {OTTL_SPAN, "set(name, \"\\xff\")", "the text is not UTF-8"},
    {OTTL_SPAN, "set(attributes[\"a\"], \"\\xff\")", "the text is not UTF-8"},
    {OTTL_SPAN, "set(attributes[\"a\"], [1, \"\\xff\"])", "the text is not UTF-8"},
    {OTTL_SPAN, "set(attributes[\"\\xff\"], 1)", "the key of an attribute is a string"},
    {OTTL_SPAN, "set(attributes[kind], 1)", "the key of an attribute is a string"},
    {OTTL_SPAN, "set(attributes[attributes[\"none\"]], 1)", "the key of an attribute is a string"},
    {OTTL_SPAN, "set(attributes[\"a\"], start_time)", "a time cannot be stored"},
    {OTTL_SPAN, "set(attributes[\"a\"], [Duration(\"1s\")])", "a duration cannot be stored"},
    {OTTL_SPAN, "set(attributes[\"a\"], events)", "a list cannot be stored"},
    {OTTL_LOG, "set(body, time)", "a time cannot be stored"},
    {OTTL_LOG, "set(body.string, 1)", "body.string is a string, and cannot be an integer"},
    {OTTL_LOG, "set(body, [\"\\xff\"])", "the text is not UTF-8"},
};

START_TEST(a_value_that_does_not_fit_changes_nothing)
{
    const char *text = statement_after(&f, failing[_i].context, failing[_i].statement, "{}");

    ck_assert_msg(strncmp(text, "failed: ", 8) == 0 && strcmp(text + 8, failing[_i].why) == 0,
                  "%s: %s", failing[_i].statement, text);
}
END_TEST

START_TEST(ids_counts_and_lists_of_messages_cannot_be_set)
{
    static const char *const paths[] = {"trace_id",    "span_id", "parent_span_id",
                                        "events",      "links",   "flags",
                                        "kind.string", "status",  "attributes"};

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        ck_assert_msg(!target_can_be_set(path_find(OTTL_SPAN, str_of(paths[i]))), "%s", paths[i]);
    ck_assert(target_can_be_set(path_find(OTTL_SPAN, STR("status.code"))));
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
    TCase *cases = tcase_create("target");

    tcase_add_checked_fixture(cases, NULL, end);
    tcase_add_loop_test(cases, a_field_is_set, 0, COUNT(fields));
    tcase_add_loop_test(cases, a_value_that_does_not_fit_changes_nothing, 0, COUNT(failing));
    tcase_add_test(cases, ids_counts_and_lists_of_messages_cannot_be_set);
    return run_tests("target", cases);
}
