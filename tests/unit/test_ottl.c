/*
 * OTTL: conditions and what they say of one rich span, its event, a metric and a log record; and
 * what is told about those that are wrong.
 */
#include "ottl/ottl.h"

#include "otlp/wire_write.h"
#include "ottl/ottl_value.h"
#include "unit/check.h"

static struct buf resource_bytes, scope_bytes, span_bytes, event_bytes, metric_bytes, log_bytes;
static struct resource_view resource;
static struct scope_view scope;
static struct span_view span;
static struct event_view event;
static struct metric_view metric;
static struct point_view point;
static struct log_record_view record;
static struct ottl_data all;

static void put(struct buf *out, uint32_t number, enum wire_type type, uint64_t value)
{
    struct wire_field f = {.number = number, .type = type, .value = value};

    wire_put_field(out, &f);
}

/* One AnyValue, by a letter for its type, as the field of the given number. */
static void put_value(struct buf *out, uint32_t number, char type, const char *text)
{
    size_t value = wire_begin(out, number), inner, pair;
    double d = strtod(text, NULL);
    uint64_t bits;

    memcpy(&bits, &d, sizeof(bits));
    switch (type) {
    case 's':
        wire_put_bytes(out, 1, str_of(text));
        break;
    case 'b':
        put(out, 2, WIRE_VARINT, *text == 't');
        break;
    case 'i':
        put(out, 3, WIRE_VARINT, (uint64_t)strtoll(text, NULL, 10));
        break;
    case 'd':
        put(out, 4, WIRE_FIXED64, bits);
        break;
    case 'l': /* of letters: strings; then one integer */
        inner = wire_begin(out, 5);
        for (; *text; text++)
            put_value(out, 1, 's', (char[]){*text, '\0'});
        put_value(out, 1, 'i', "7");
        wire_end(out, inner);
        break;
    case 'm': /* of two keys, the second with a list */
        inner = wire_begin(out, 6);
        pair = wire_begin(out, 1);
        wire_put_bytes(out, 1, STR("inner"));
        put_value(out, 2, 's', text);
        wire_end(out, pair);
        pair = wire_begin(out, 1);
        wire_put_bytes(out, 1, STR("list"));
        put_value(out, 2, 'l', "xy");
        wire_end(out, pair);
        wire_end(out, inner);
        break;
    case 'x':
        wire_put_bytes(out, 7, str_of(text));
        break;
    default: /* empty */
        break;
    }
    wire_end(out, value);
}

static void put_attribute(struct buf *out, uint32_t number, const char *key, char type,
                          const char *text)
{
    size_t attribute = wire_begin(out, number);

    wire_put_bytes(out, 1, str_of(key));
    put_value(out, 2, type, text);
    wire_end(out, attribute);
}

static void put_event(struct buf *out)
{
    put(out, 1, WIRE_FIXED64, 1500000000);
    wire_put_bytes(out, 2, STR("exception"));
    put_attribute(out, 3, "exception.type", 's', "IOError");
}

static void put_span(struct buf *out)
{
    size_t inner;

    wire_put_bytes(out, 1, STR("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"));
    wire_put_bytes(out, 2, STR("\xaa\xbb\xcc\xdd\x01\x02\x03\x04"));
    wire_put_bytes(out, 3, STR("ot=th:8, vendor=x=1"));
    wire_put_bytes(out, 5, STR("GET /healthz"));
    put(out, 6, WIRE_VARINT, SPAN_KIND_SERVER);
    put(out, 7, WIRE_FIXED64, 1000000000);
    put(out, 8, WIRE_FIXED64, 3500000000);
    put_attribute(out, 9, "http.route", 's', "/healthz");
    put_attribute(out, 9, "http.status_code", 'i', "404");
    put_attribute(out, 9, "ratio", 'd', "0.5");
    put_attribute(out, 9, "sampled", 'b', "true");
    put_attribute(out, 9, "unsampled", 'b', "false");
    put_attribute(out, 9, "list", 'l', "abc");
    put_attribute(out, 9, "map", 'm', "deep");
    put_attribute(out, 9, "bytes", 'x', "\x01\xff");
    put_attribute(out, 9, "empty", '-', "");
    put_attribute(out, 9, "blank", 's', "");
    put_attribute(out, 9, "number", 's', "42");
    put_attribute(out, 9, "big", 'd', "1e21");
    put_attribute(out, 9, "umlaut", 's', "Größe");
    put(out, 10, WIRE_VARINT, 3);
    for (int i = 0; i < 2; i++) {
        inner = wire_begin(out, 11);
        put_event(out);
        wire_end(out, inner);
    }
    inner = wire_begin(out, 13);
    wire_end(out, inner);
    inner = wire_begin(out, 15);
    wire_put_bytes(out, 2, STR("not found"));
    put(out, 3, WIRE_VARINT, STATUS_CODE_ERROR);
    wire_end(out, inner);
}

static void put_metric(struct buf *out)
{
    size_t sum, inner;

    wire_put_bytes(out, 1, STR("http.requests"));
    wire_put_bytes(out, 2, STR("how many"));
    wire_put_bytes(out, 3, STR("1"));
    sum = wire_begin(out, METRIC_SUM);
    inner = wire_begin(out, 1);
    put_attribute(out, 7, "method", 's', "GET");
    put(out, 3, WIRE_FIXED64, 2000);
    put(out, 6, WIRE_FIXED64, 17);
    wire_end(out, inner);
    put(out, 2, WIRE_VARINT, 2);
    put(out, 3, WIRE_VARINT, 1);
    wire_end(out, sum);
}

static void set_up(void)
{
    struct metric_points points;
    struct str message;

    put_attribute(&resource_bytes, 1, "service.name", 's', "shop");
    put_attribute(&resource_bytes, 1, "host.cpus", 'i', "8");
    wire_put_bytes(&scope_bytes, 1, STR("net/http"));
    wire_put_bytes(&scope_bytes, 2, STR("1.2.3"));
    put_attribute(&scope_bytes, 3, "short", 'b', "true");
    put_span(&span_bytes);
    put_event(&event_bytes);
    put_metric(&metric_bytes);
    put(&log_bytes, 1, WIRE_FIXED64, 1000);
    put(&log_bytes, 2, WIRE_VARINT, 17);
    wire_put_bytes(&log_bytes, 3, STR("ERROR"));
    put_value(&log_bytes, 5, 'm', "text");
    put_attribute(&log_bytes, 6, "thread", 'i', "5");
    resource_read(buf_str(&resource_bytes), &resource);
    scope_read(buf_str(&scope_bytes), &scope);
    span_read(buf_str(&span_bytes), &span);
    event_read(buf_str(&event_bytes), &event);
    metric_read(buf_str(&metric_bytes), &metric);
    points = metric.points;
    ck_assert(metric_next_point(&points, &message));
    point_read(metric.kind, message, &point);
    log_record_read(buf_str(&log_bytes), &record);
    all = (struct ottl_data){.resource = &resource,
                             .scope = &scope,
                             .span = &span,
                             .event = &event,
                             .event_index = 1,
                             .metric = &metric,
                             .point = &point,
                             .log = &record};
}

static void tear_down(void)
{
    buf_done(&resource_bytes);
    buf_done(&scope_bytes);
    buf_done(&span_bytes);
    buf_done(&event_bytes);
    buf_done(&metric_bytes);
    buf_done(&log_bytes);
}

static void expect(enum ottl_context context, const char *text, enum ottl_verdict wanted,
                   const char *why)
{
    struct error err = {""};
    struct ottl_condition *condition = ottl_condition_new(str_of(text), context, false, &err);
    enum ottl_verdict verdict;

    ck_assert_msg(condition, "%s: %s", text, err.text);
    verdict = ottl_condition_holds(condition, &all, &err);
    ck_assert_msg(verdict == wanted, "%s: %d (%s)", text, (int)verdict, err.text);
    if (why)
        ck_assert_msg(strstr(err.text, why), "%s: %s", text, err.text);
    ottl_condition_free(condition);
}

static const char *const true_of_the_span[] = {
    /* as people write them */
    "name == \"GET /healthz\"",
    "span.name == \"GET /healthz\"",
    "attributes[\"http.route\"] == \"/healthz\"",
    "attributes[\"http.route\"] == \"/ready\" or attributes[\"http.route\"] == \"/healthz\"",
    "IsMatch(attributes[\"http.route\"], \"/(healthz|readyz|metrics)\")",
    "IsMatch(name, \".*/health.*\") and kind == SPAN_KIND_SERVER",
    "attributes[\"http.status_code\"] >= 400 and attributes[\"http.status_code\"] < 500",
    "resource.attributes[\"service.name\"] == \"shop\"",
    "status.code == STATUS_CODE_ERROR",
    "status.code == 2 and status.message == \"not found\"",
    "status == STATUS_CODE_ERROR",
    "instrumentation_scope.name == \"net/http\"",
    "scope.version == \"1.2.3\" and scope.attributes[\"short\"] == true",
    "attributes[\"missing\"] == nil",
    "attributes[\"http.route\"] != nil",
    "not (attributes[\"missing\"] != nil)",
    "not attributes[\"http.route\"] == \"/\"",
    "(end_time_unix_nano - start_time_unix_nano) > 2000000000",
    "end_time_unix_nano - start_time_unix_nano == 2500000000",
    "end_time - start_time > Duration(\"2s\")",
    "end_time - start_time == Duration(\"2.5s\")",
    "Milliseconds(end_time - start_time) == 2500",
    "Seconds(end_time - start_time) == 2.5",
    "Minutes(Duration(\"90s\")) == 1.5 and Hours(Duration(\"1h30m\")) == 1.5",
    "Microseconds(Duration(\"-1ms\")) == -1000 and Nanoseconds(Duration(\"1us\")) == 1000",
    "start_time < Now()",
    "UnixNano(start_time) == 1000000000 and UnixMilli(start_time) == 1000",
    "UnixMicro(start_time) == 1000000 and UnixSeconds(start_time) == 1",
    "start_time == Unix(1) and start_time < Unix(1, 1)",
    "start_time + Duration(\"2500ms\") == end_time and end_time - Duration(\"2500ms\") == "
    "start_time",
    "IsRootSpan()",
    "parent_span_id == SpanID(0x0000000000000000)",
    "parent_span_id == 0x0000000000000000 and parent_span_id.string == \"0000000000000000\"",
    "trace_id == TraceID(0x0102030405060708090a0b0c0d0e0f10)",
    "trace_id.string == \"0102030405060708090a0b0c0d0e0f10\"",
    "span_id == SpanID(\"aabbccdd01020304\")",
    "span_id.string == \"aabbccdd01020304\"",
    "trace_state == \"ot=th:8, vendor=x=1\"",
    "trace_state[\"ot\"] == \"th:8\" and trace_state[\"vendor\"] == \"x=1\"",
    "trace_state[\"o\"] == \"\"",
    "kind.string == \"Server\" and kind.deprecated_string == \"SPAN_KIND_SERVER\"",
    "kind == 2",
    "dropped_attributes_count == 3 and dropped_events_count == 0 and dropped_links_count == 0",
    "Len(events) == 2 and Len(links) == 1 and flags == 0",
    "Len(attributes) == 13",
    "attributes[\"map\"][\"inner\"] == \"deep\"",
    "attributes[\"map\"][\"list\"][1] == \"y\" and attributes[\"map\"][\"list\"][2] == 7",
    "attributes[\"map\"][\"none\"] == nil and attributes[\"missing\"][\"none\"] == nil",
    "attributes[\"list\"][0] == \"a\"",
    "attributes[Concat([\"http\", \"route\"], \".\")] == \"/healthz\"",
    "attributes[\"list\"] == [\"a\", \"b\", \"c\", 7]",
    "attributes[\"list\"] != [\"a\", \"b\", \"c\"]",
    "attributes[\"map\"] == attributes[\"map\"] and attributes[\"map\"] != attributes",
    "attributes[\"bytes\"] == 0x01ff",
    "attributes[\"bytes\"] > 0x01 and attributes[\"bytes\"] <= 0x01ffff",
    "attributes[\"empty\"] == nil",
    "attributes[\"blank\"] == \"\" and attributes[\"blank\"] != nil",
    /* comparing */
    "1 == 1.0 and 1 < 1.5 and 2.5 >= 2 and 1.5 != 1",
    "-1 < +1 and -.5 > -1 and 1.5e2 == 150",
    "9223372036854775807 > 9223372036854775806",
    "attributes[\"ratio\"] == 0.5 and attributes[\"http.status_code\"] == 404.0",
    "attributes[\"http.status_code\"] != \"404\"",
    "not (attributes[\"http.status_code\"] < \"5\") and not (name > 1)",
    "true > false and true >= true and false < true and false <= false",
    "attributes[\"sampled\"] == true and attributes[\"unsampled\"] == false",
    "nil == nil and nil <= nil and nil >= nil and not nil < nil and not nil != nil",
    "1 != nil and nil != 1 and not 1 == nil and not 1 < nil",
    "\"a\" < \"b\" and \"a\" < \"aa\" and \"Z\" < \"a\"",
    "Duration(\"1s\") != 1000000000 and start_time != 1000000000",
    /* joining */
    "true or true and false",
    "not false and true",
    "not (true and false)",
    "not not true",
    "true and (false or true) and true",
    "false or false or (1 == 2) or 1 == 1",
    "true or attributes[\"list\"][99] == 1", /* what is not needed does not fail */
    "(((((1 == 1)))))",
    "name==\"GET /healthz\"and true",
    "  true\n\tor false ",
    /* calculating */
    "1 + 2 * 3 == 7 and (1 + 2) * 3 == 9 and 7 / 2 == 3 and -7 / 2 == -3",
    "1.5 + 1.5 == 3.0 and 3.0 / 2.0 == 1.5 and 10 - 2 - 3 == 5",
    "attributes[\"http.status_code\"] / 100 == 4",
    "9223372036854775807 + 1 < 0",
    "Duration(\"1s\") + Duration(\"1s\") == Duration(\"2s\")",
    /* functions */
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
    expect(OTTL_SPAN, true_of_the_span[_i], OTTL_TRUE, NULL);
}
END_TEST

START_TEST(not_before_it_makes_it_false)
{
    struct buf text = {0};

    buf_printf(&text, "not (%s)", true_of_the_span[_i]);
    expect(OTTL_SPAN, buf_text(&text), OTTL_FALSE, NULL);
    buf_reset(&text);
    buf_printf(&text, "false or (%s) and true", true_of_the_span[_i]);
    expect(OTTL_SPAN, buf_text(&text), OTTL_TRUE, NULL);
    buf_done(&text);
}
END_TEST

static const struct {
    enum ottl_context context;
    const char *text;
} true_elsewhere[] = {
    {OTTL_RESOURCE, "attributes[\"service.name\"] == \"shop\""},
    {OTTL_RESOURCE, "resource.attributes[\"host.cpus\"] == 8"},
    {OTTL_RESOURCE, "dropped_attributes_count == 0"},
    {OTTL_SCOPE, "name == \"net/http\" and resource.attributes[\"service.name\"] == \"shop\""},
    {OTTL_SCOPE, "scope.dropped_attributes_count == 0"},
    {OTTL_SPANEVENT, "name == \"exception\" and span.name == \"GET /healthz\""},
    {OTTL_SPANEVENT,
     "attributes[\"exception.type\"] == \"IOError\" and spanevent.event_index == 1"},
    {OTTL_SPANEVENT, "time_unix_nano == 1500000000 and IsRootSpan()"},
    {OTTL_SPANEVENT, "time == Unix(1, 500000000)"},
    {OTTL_METRIC, "name == \"http.requests\" and type == METRIC_DATA_TYPE_SUM"},
    {OTTL_METRIC, "is_monotonic == true and Len(data_points) == 1 and unit == \"1\""},
    {OTTL_METRIC, "aggregation_temporality == AGGREGATION_TEMPORALITY_CUMULATIVE"},
    {OTTL_METRIC, "HasAttrKeyOnDatapoint(\"method\") and not HasAttrKeyOnDatapoint(\"x\")"},
    {OTTL_METRIC,
     "HasAttrOnDatapoint(\"method\", \"GET\") and not HasAttrOnDatapoint(\"method\", 1)"},
    {OTTL_DATAPOINT, "metric.name == \"http.requests\" and value_int == 17"},
    {OTTL_DATAPOINT, "attributes[\"method\"] == \"GET\" and value_double == 0.0 and count == nil"},
    {OTTL_DATAPOINT, "time_unix_nano == 2000 and flags == FLAG_NONE and Len(exemplars) == 0"},
    {OTTL_LOG, "severity_number >= SEVERITY_NUMBER_ERROR and severity_text == \"ERROR\""},
    {OTTL_LOG, "body[\"inner\"] == \"text\" and log.attributes[\"thread\"] == 5"},
    {OTTL_LOG, "IsMatch(body, \"text\") and IsMap(body)"},
    {OTTL_LOG, "body.string == String(body)"},
    {OTTL_LOG, "trace_id.string == \"00000000000000000000000000000000\" and event_name == \"\""},
};

START_TEST(other_contexts_have_their_paths)
{
    expect(true_elsewhere[_i].context, true_elsewhere[_i].text, OTTL_TRUE, NULL);
}
END_TEST

static const struct {
    const char *text, *why;
} failing[] = {
    {"attributes[\"list\"][9] == 1", "no element 9"},
    {"attributes[\"list\"][-1] == 1", "no element -1"},
    {"attributes[\"list\"][\"a\"] == 1", "a list has no element that is named by a string"},
    {"attributes[\"http.route\"][\"a\"] == 1", "a string has no element"},
    {"attributes[\"map\"][0] == 1", "a map has no element that is named by an integer"},
    {"attributes[attributes[\"list\"]] == 1", "a map has no element"},
    {"HasPrefix(attributes[\"http.status_code\"], \"4\")",
     "HasPrefix wants a string, and got an integer"},
    {"HasSuffix(attributes[\"missing\"], \"4\")", "HasSuffix wants a string, and got nil"},
    {"Len(attributes[\"missing\"]) == 0", "Len wants a string, a list or a map, and got nil"},
    {"attributes[\"http.status_code\"] / 0 == 1", "a division by zero"},
    {"attributes[\"ratio\"] / 0.0 == 1.0", "a division by zero"},
    {"attributes[\"http.status_code\"] + attributes[\"ratio\"] == 1", "an integer and a double"},
    {"attributes[\"http.route\"] + 1 == 1", "a string and an integer"},
    {"end_time + start_time == Now()", "a time and a time"},
    {"end_time * 2 == Now()", "calculate with"},
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
    expect(OTTL_SPAN, failing[_i].text, OTTL_FAILED, failing[_i].why);
}
END_TEST

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
    expect(OTTL_SPAN, buf_text(&text), OTTL_TRUE, NULL);
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

START_TEST(a_pattern_that_runs_away_is_an_error)
{
    struct buf text = {0};
    struct error err = {""};
    struct ottl_condition *condition =
        ottl_condition_new(STR("IsMatch(name, \"(a+)+$\")"), OTTL_SPAN, false, &err);

    for (int i = 0; i < 60; i++)
        buf_append_char(&text, 'a');
    buf_append_char(&text, 'b');
    span.name = buf_str(&text);
    ck_assert_int_eq(ottl_condition_holds(condition, &all, &err), OTTL_FAILED);
    ck_assert(strstr(err.text, "takes too long"));
    ottl_condition_free(condition);
    buf_done(&text);
}
END_TEST

static const struct {
    double number;
    const char *text;
} numbers[] = {
    {0, "0"},
    {1, "1"},
    {-1.5, "-1.5"},
    {0.1, "0.1"},
    {1e20, "100000000000000000000"},
    {1e21, "1e+21"},
    {1e-6, "0.000001"},
    {1.25e-7, "1.25e-7"},
    {1e-10, "1e-10"},
    {1e100, "1e+100"},
    {123456789.125, "123456789.125"},
    {0.30000000000000004, "0.30000000000000004"},
    {5e-324, "5e-324"},
    {1.7976931348623157e308, "1.7976931348623157e+308"},
};

START_TEST(numbers_have_their_shortest_text)
{
    char text[OTTL_NUMBER_SIZE];
    size_t len = ottl_value_number_text(numbers[_i].number, text);

    ck_assert_msg(str_is((struct str){text, len}, numbers[_i].text), "%.*s, not %s", (int)len, text,
                  numbers[_i].text);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
    TCase *cases = tcase_create("ottl");

    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_loop_test(cases, it_is_true_of_the_span, 0, COUNT(true_of_the_span));
    tcase_add_loop_test(cases, not_before_it_makes_it_false, 0, COUNT(true_of_the_span));
    tcase_add_loop_test(cases, other_contexts_have_their_paths, 0, COUNT(true_elsewhere));
    tcase_add_loop_test(cases, what_cannot_be_told_is_an_error, 0, COUNT(failing));
    tcase_add_loop_test(cases, what_is_wrong_is_told_with_its_place, 0, COUNT(wrong));
    tcase_add_test(cases, nesting_and_length_have_limits);
    tcase_add_test(cases, a_long_chain_is_not_deep);
    tcase_add_loop_test(cases, the_context_is_the_innermost_that_is_named, 0, COUNT(inferred));
    tcase_add_test(cases, paths_may_have_to_name_their_context);
    tcase_add_test(cases, a_pattern_that_runs_away_is_an_error);
    tcase_add_loop_test(cases, numbers_have_their_shortest_text, 0, COUNT(numbers));
    return run_tests("ottl", cases);
}
