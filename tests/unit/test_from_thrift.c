#include "jaeger/from_thrift.h"

#include "base/budget.h"
#include "otlp/json_write.h"
#include "unit/jaeger_trip.h"
#include "unit/spans_text.h"

static struct bytes *taken(struct str body, enum thrift_protocol protocol)
{
    struct from_report report;
    struct bytes *request = from_thrift_batch(body, protocol, &report);

    ck_assert_msg(request != NULL, "%s at %zu", report.why, report.at);
    return request;
}

static void histogram(struct str s, unsigned counts[256])
{
    for (size_t i = 0; i < s.len; i++)
        counts[(unsigned char)s.at[i]]++;
}

/* The same bytes, in another order. */
static bool is_shuffled(struct str a, struct str b)
{
    unsigned counts[2][256] = {{0}};

    histogram(a, counts[0]);
    histogram(b, counts[1]);
    return memcmp(counts[0], counts[1], sizeof(counts[0])) == 0;
}

/*
 * What goes out again is what came in, to the byte: of each group of each vector. Only references
 * may change their order: the parent's comes first.
 */
static void check_trip(void *arg, struct str otlp, const char *name)
{
    struct trip out, again;

    (void)arg;
    trip_thrift(&out, otlp);
    for (size_t i = 0; i < out.count; i++) {
        struct str body = trip_part(&out, i);
        struct buf compact = {0};

        trip_compact(&compact, body);
        for (int protocol = THRIFT_BINARY; protocol <= THRIFT_COMPACT; protocol++) {
            struct bytes *request =
                taken(protocol == THRIFT_BINARY ? body : buf_str(&compact), protocol);

            trip_thrift(&again, bytes_str(request));
            ck_assert_msg(again.count == 1, "%s: %zu groups", name, again.count);
            ck_assert_msg(
                str_eq(buf_str(&again.bytes), body) ||
                    (strstr(name, "12-links") && is_shuffled(buf_str(&again.bytes), body)),
                "%s: group %zu", name, i);
            bytes_unref(request);
            trip_done(&again);
        }
        buf_done(&compact);
    }
    trip_done(&out);
}

START_TEST(vectors_come_back_as_they_were)
{
    size_t before = budget_used();

    each_request(check_trip, NULL);
    ck_assert_uint_eq(budget_used(), before);
}
END_TEST

/* ---- Thrift, written by hand ---- */

static void put_number(struct buf *out, unsigned kind, unsigned id, uint64_t value, unsigned size)
{
    buf_append_char(out, (char)kind);
    buf_append_char(out, 0);
    buf_append_char(out, (char)id);
    for (unsigned i = size; i-- > 0;)
        buf_append_char(out, (char)(value >> (8 * i)));
}

static void put_text(struct buf *out, unsigned id, const char *text)
{
    put_number(out, THRIFT_STRING, id, strlen(text), 4);
    buf_append_str(out, str_of(text));
}

/* The fields of a list, of which each is a struct. */
static void put_list(struct buf *out, unsigned id, unsigned count)
{
    put_number(out, THRIFT_LIST, id, (uint64_t)THRIFT_STRUCT << 32 | count, 5);
}

/* "key=text", "key:number", "key?1", "key!text" of binary: divided by blanks. Returns how many. */
static unsigned put_tags(struct buf *out, const char *tags)
{
    char copy[512], *save, *tag;
    unsigned count = 0;

    snprintf(copy, sizeof(copy), "%s", tags);
    for (tag = strtok_r(copy, " ", &save); tag; tag = strtok_r(NULL, " ", &save), count++) {
        char *end = strpbrk(tag, "=:?!"), how = *end;
        const char *value = end + 1;

        *end = '\0';
        put_text(out, 1, tag);
        put_number(out, THRIFT_I32, 2, how == '=' ? 0 : how == '?' ? 2 : how == ':' ? 3 : 4, 4);
        if (how == '=')
            put_text(out, 3, value);
        else if (how == '?')
            put_number(out, THRIFT_BOOL, 5, *value == '1', 1);
        else if (how == ':')
            put_number(out, THRIFT_I64, 6, strtoull(value, NULL, 10), 8);
        else
            put_text(out, 7, value);
        buf_append_char(out, 0);
    }
    return count;
}

static void put_tag_list(struct buf *out, unsigned id, const char *tags)
{
    struct buf list = {0};
    unsigned count = put_tags(&list, tags);

    put_list(out, id, count);
    buf_append_str(out, buf_str(&list));
    buf_done(&list);
}

/* "c1" and "f2" are references of the own trace to span 1 and 2, "x3" to another trace. */
static void put_references(struct buf *out, const char *refs)
{
    put_list(out, 6, (unsigned)(strlen(refs) + 1) / 3);
    for (; *refs; refs += refs[2] ? 3 : 2) {
        put_number(out, THRIFT_I32, 1, refs[0] != 'c', 4);
        put_number(out, THRIFT_I64, 2, refs[0] == 'x' ? 77 : 7, 8);
        put_number(out, THRIFT_I64, 3, 0, 8);
        put_number(out, THRIFT_I64, 4, (uint64_t)(refs[1] - '0'), 8);
        buf_append_char(out, 0);
    }
}

struct sample { /* of span 9 of trace 7 */
    const char *service, *process, *tags, *log, *references;
    unsigned parent, flags;
};

static void put_span(struct buf *out, const struct sample *sample)
{
    put_number(out, THRIFT_I64, 1, 7, 8);
    put_number(out, THRIFT_I64, 2, 0, 8);
    put_number(out, THRIFT_I64, 3, 9, 8);
    put_number(out, THRIFT_I64, 4, sample->parent, 8);
    put_text(out, 5, "op");
    if (sample->references)
        put_references(out, sample->references);
    put_number(out, THRIFT_I32, 7, sample->flags, 4);
    put_number(out, THRIFT_I64, 8, 1, 8);
    put_number(out, THRIFT_I64, 9, 2, 8);
    if (sample->tags)
        put_tag_list(out, 10, sample->tags);
    if (sample->log) {
        put_list(out, 11, 1);
        put_number(out, THRIFT_I64, 1, 5, 8);
        put_tag_list(out, 2, sample->log);
        buf_append_char(out, 0);
    }
    buf_append_char(out, 0);
}

static struct buf batch_of_sample(const struct sample *sample)
{
    struct buf out = {0};

    put_number(&out, THRIFT_STRUCT, 1, 0, 0);
    put_text(&out, 1, sample->service ? sample->service : "svc");
    if (sample->process)
        put_tag_list(&out, 2, sample->process);
    buf_append_char(&out, 0);
    put_list(&out, 2, 1);
    put_span(&out, sample);
    buf_append_char(&out, 0);
    return out;
}

#define ATTR(key, value) "{\"key\":\"" key "\",\"value\":{\"stringValue\":\"" value "\"}}"

/* What of the JSON has to be there, and what must not. */
static const struct {
    struct sample sample;
    const char *has, *has_not;
} samples[] = {
    /* the process */
    {{.service = "a", .process = "k=v n:5"},
     "\"resource\":{\"attributes\":[" ATTR("service.name", "a") "," ATTR(
         "k", "v") ","
                   "{\"key\":\"n\",\"value\":{\"intValue\":\"5\"}}]}",
     NULL},
    {{.service = "", .process = "k=v"}, "{\"attributes\":[" ATTR("k", "v") "]}", "service.name"},
    {{.service = ""}, ATTR("service.name", ""), NULL},
    {{.service = "OTLPResourceNoServiceName"}, "\"resource\":{}", "service.name"},
    {{.service = "OTLPResourceNoServiceName", .process = "k=v"},
     ATTR("service.name", "OTLPResourceNoServiceName"),
     NULL},
    {{.process = "hostname=h jaeger.version=1"}, ATTR("hostname", "h"), "host.name"},
    /* the span itself */
    {{.flags = 0},
     "\"traceId\":\"00000000000000000000000000000007\",\"spanId\":"
     "\"0000000000000009\"",
     "flags"},
    {{.flags = 0}, "\"startTimeUnixNano\":\"1000\",\"endTimeUnixNano\":\"3000\"", "parentSpanId"},
    {{.flags = 1}, "\"flags\":1", NULL},
    {{.flags = 3}, "\"flags\":1", NULL},
    {{.flags = 2}, "\"flags\":1", NULL},
    {{.flags = 8}, "\"name\":\"op\"", "flags"},
    /* tags that are fields */
    {{.tags = "span.kind=server"}, "\"kind\":2", "span.kind"},
    {{.tags = "span.kind=internal"}, "\"kind\":1", "span.kind"},
    {{.tags = "span.kind=client"}, "\"kind\":3", "span.kind"},
    {{.tags = "span.kind=producer"}, "\"kind\":4", "span.kind"},
    {{.tags = "span.kind=consumer"}, "\"kind\":5", "span.kind"},
    {{.tags = "span.kind=other"}, ATTR("span.kind", "other"), "\"kind\""},
    {{.tags = "span.kind=client span.kind=server"}, "\"kind\":2", "\"kind\":3"},
    {{.tags = "error?1"}, "\"status\":{\"code\":2}", "\"error\""},
    {{.tags = "error?0"}, "\"key\":\"error\"", "status"},
    {{.tags = "error=true"}, ATTR("error", "true"), "status"},
    {{.tags = "otel.status_code=ERROR"}, "\"status\":{\"code\":2}", "otel."},
    {{.tags = "otel.status_code=OK"}, "\"status\":{\"code\":1}", "otel."},
    {{.tags = "otel.status_code=ok"}, ATTR("otel.status_code", "ok"), "\"status\""},
    {{.tags = "otel.status_code=OK error?1"}, "\"status\":{\"code\":1}", NULL},
    {{.tags = "otel.status_code=OK error?1"}, "\"key\":\"error\"", NULL},
    {{.tags = "error?1 otel.status_description=bad"},
     "\"status\":{\"message\":\"bad\",\"code\":2}",
     "otel."},
    {{.tags = "otel.status_description=bad"}, "\"status\":{\"message\":\"bad\"}", "otel."},
    {{.tags = "http.status_code:500"}, "\"http.status_code\"", "\"status\""},
    {{.tags = "w3c.tracestate=a=b"}, "\"traceState\":\"a=b\"", "w3c"},
    {{.tags = "otel.dropped_attributes_count:3 otel.dropped_events_count:4 "
              "otel.dropped_links_count:5"},
     "\"droppedAttributesCount\":3,\"droppedEventsCount\":4,\"droppedLinksCount\":5",
     "otel."},
    {{.tags = "otel.dropped_events_count:4294967296"},
     "otel.dropped_events_count",
     "dropped"
     "Events"},
    {{.tags = "otel.dropped_events_count=4"}, ATTR("otel.dropped_events_count", "4"), NULL},
    {{.tags = "otel.scope.name=lib otel.scope.version=1"},
     "\"scope\":{\"name\":\"lib\",\"version\":\"1\"}",
     "otel."},
    {{.tags = "otel.scope.name=lib otel.scope.name=mine"}, ATTR("otel.scope.name", "mine"), NULL},
    {{.tags = "otel.library.name=lib"}, "\"scope\":{\"name\":\"lib\"}", NULL},
    {{.tags = "otel.library.name=lib"}, ATTR("otel.library.name", "lib"), NULL},
    {{.tags = "otel.scope.name=new otel.library.name=old"}, "\"scope\":{\"name\":\"new\"}", NULL},
    {{.tags = "b!xy e= k=v"}, "{\"key\":\"b\",\"value\":{\"bytesValue\":\"eHk=\"}}", NULL},
    {{.tags = "e="}, ATTR("e", ""), NULL},
    /* logs */
    {{.log = "event=go k=v"},
     "\"events\":[{\"timeUnixNano\":\"5000\",\"name\":\"go\",\"attributes\":[" ATTR("k", "v") "]}]",
     "\"event\""},
    {{.log = "k=v event=go"},
     "\"name\":\"go\",\"attributes\":[" ATTR("k", "v") "," ATTR("event", "go"),
     NULL},
    {{.log = "event=a event=b"}, ATTR("event", "a") "," ATTR("event", "b"), NULL},
    {{.log = "event:5"}, "\"key\":\"event\"", NULL},
    {{.log = "message=m"}, ATTR("message", "m"), "\"name\":\"m\""},
    {{.log = ""}, "\"events\":[{\"timeUnixNano\":\"5000\"}]", NULL},
    /* the parent and links */
    {{.parent = 1}, "\"parentSpanId\":\"0000000000000001\"", "links"},
    {{.parent = 1, .references = "c1"}, "\"parentSpanId\":\"0000000000000001\"", "links"},
    {{.references = "c1"}, "\"parentSpanId\":\"0000000000000001\"", "links"},
    {{.references = "f2"}, "\"parentSpanId\":\"0000000000000002\"", NULL},
    {{.references = "f2"}, ATTR("opentracing.ref_type", "follows_from"), NULL},
    {{.references = "f2,c1"}, "\"parentSpanId\":\"0000000000000001\"", NULL},
    {{.references = "x1"},
     "\"links\":[{\"traceId\":\"0000000000000000000000000000004d\"",
     "parent"},
    {{.references = "c9"}, ATTR("opentracing.ref_type", "child_of"), "parentSpanId"},
    {{.parent = 1, .references = "c2"}, "\"parentSpanId\":\"0000000000000001\"", NULL},
    {{.parent = 1, .references = "c1,f1"},
     ATTR("opentracing.ref_type",
          "follows_from") "]},{\"traceId\":"
                          "\"00000000000000000000000000000007\",\"spanId\":\"0000000000000001\","
                          "\"attributes\":[" ATTR("opentracing.ref_type", "child_of"),
     NULL},
};

START_TEST(jaegers_words_become_fields)
{
    struct buf body = batch_of_sample(&samples[_i].sample), json = {0};
    struct bytes *request = taken(buf_str(&body), THRIFT_BINARY);
    struct batch *batch = batch_of_bytes(request->at, request->len);

    json_write(&json, &shape_traces_request, bytes_str(request));
    ck_assert_msg(strstr(buf_text(&json), samples[_i].has) != NULL, "%s\nhas no\n%s",
                  buf_text(&json), samples[_i].has);
    ck_assert_msg(!samples[_i].has_not || !strstr(buf_text(&json), samples[_i].has_not),
                  "%s\nhas %s", buf_text(&json), samples[_i].has_not);
    batch_unref(batch);
    bytes_unref(request);
    buf_done(&json);
    buf_done(&body);
}
END_TEST

static const struct sample full = {
    .process = "k=v",
    .tags = "otel.scope.name=lib k=v n:1 b?1 x!yz span.kind=server",
    .log = "event=go k=v",
    .references = "c1,x2",
    .parent = 1,
};

/* Of the message too: the agent's. */
START_TEST(every_cut_is_refused_with_its_place)
{
    struct buf body = batch_of_sample(&full), compact = {0}, messages[2] = {{0}, {0}};

    trip_compact(&compact, buf_str(&body));
    trip_message(&messages[THRIFT_BINARY], buf_str(&body), THRIFT_BINARY);
    trip_message(&messages[THRIFT_COMPACT], buf_str(&compact), THRIFT_COMPACT);
    for (int protocol = THRIFT_BINARY; protocol <= THRIFT_COMPACT; protocol++) {
        struct str whole = buf_str(&messages[protocol]);
        struct from_report report;
        struct bytes *request;

        for (size_t len = 0; len <= whole.len; len++) {
            char *cut = malloc(len + 1);

            memcpy(cut, whole.at, len);
            request = from_thrift_message((struct str){cut, len}, protocol, &report);
            ck_assert_msg(!request == (len < whole.len), "%zu", len);
            ck_assert(request || (report.why && report.at <= len && !report.no_room));
            bytes_unref(request);
            free(cut);
        }
        buf_done(&messages[protocol]);
    }
    buf_done(&compact);
    buf_done(&body);
}
END_TEST

/* A byte changed anywhere is taken or refused, and what is taken is OTLP. */
START_TEST(no_byte_can_make_what_is_not_otlp)
{
    struct buf body = batch_of_sample(&full), compact = {0};
    struct buf *bodies[] = {&body, &compact};

    trip_compact(&compact, buf_str(&body));
    for (int protocol = THRIFT_BINARY; protocol <= THRIFT_COMPACT; protocol++) {
        struct buf *b = bodies[protocol];

        for (size_t at = 0; at < b->len; at++)
            for (unsigned change = 1; change < 256; change = change * 2 + 1) {
                struct from_report report;
                struct bytes *request;

                b->at[at] = (char)(b->at[at] ^ (int)change);
                request = from_thrift_batch(buf_str(b), protocol, &report);
                if (request)
                    batch_unref(batch_of_bytes(request->at, request->len));
                bytes_unref(request);
                b->at[at] = (char)(b->at[at] ^ (int)change);
            }
        buf_done(b);
    }
}
END_TEST

static const struct {
    struct str body;
    const char *why;
} bad[] = {
    {STR_INIT(""), "end inside"},
    {STR_INIT("\0"), "lacks its process or its spans"},
    {STR_INIT("{\"resourceSpans\":[]}"), "no such type"},
    {STR_INIT("\x0c\0\x01\0"), "lacks its serviceName"},
    {STR_INIT("\x0c\0\x01\x0b\0\x01\0\0\0\x01s\0\x0c\0\x01"), "two processes"},
    {STR_INIT("\x0c\0\x01\x0b\0\x01\0\0\0\x01s\0\0"), "lacks its process or its spans"},
    {STR_INIT("\x0f\0\x02\x0c\0\0\0\x01\0\0"), "a span lacks"},
    {STR_INIT("\x0f\0\x02\x08\0\0\0\x01\0\0\0\0\0"), "other elements than structs"},
    {STR_INIT("\x0c\0\x01\x0f\0\x02\x0c\0\0\0\x01\0\0\0"), "a tag lacks"},
    {STR_INIT("\x0c\0\x01\x0f\0\x02\x0c\0\0\0\x01\x0b\0\x01\0\0\0\0\x08\0\x02\0\0\0\x05\0\0\0"),
     "vType is none"},
};

START_TEST(what_is_wrong_is_told)
{
    struct from_report report;

    ck_assert_ptr_null(from_thrift_batch(bad[_i].body, THRIFT_BINARY, &report));
    ck_assert_msg(strstr(report.why, bad[_i].why) != NULL, "%s", report.why);
    ck_assert(!report.no_room);
}
END_TEST

START_TEST(other_methods_of_the_agent_are_told)
{
    static const struct {
        struct str packet;
        const char *why;
    } packets[] = {
        {STR_INIT("\x82\x21\x01\x0f"
                  "emitZipkinBatch\0"),
         "emitZipkinBatch"},
        {STR_INIT("\x82\x21\x01\x04ping\0"), "no such method"},
        {STR_INIT("\x82\x21\x01\x09"
                  "emitBatch\0"),
         "no batch"},
        {STR_INIT("\x80\x01\0\x01"), "compact"},
    };
    struct from_report report;

    for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
        ck_assert_ptr_null(from_thrift_message(packets[i].packet, THRIFT_COMPACT, &report));
        ck_assert_msg(strstr(report.why, packets[i].why) != NULL, "%s", report.why);
    }
}
END_TEST

START_TEST(without_room_it_is_refused_for_now)
{
    struct buf body = batch_of_sample(&full);
    size_t before = budget_used(), limit = budget_limit();
    bool refused = false, got = false;

    for (size_t room = 1; room < 1 << 16 && !got; room += 64) {
        struct from_report report;
        struct bytes *request;

        budget_set_limit(before + room);
        request = from_thrift_batch(buf_str(&body), THRIFT_BINARY, &report);
        got = request != NULL;
        refused |= !got && report.no_room;
        ck_assert(got || report.no_room);
        bytes_unref(request);
        ck_assert_uint_eq(budget_used(), before);
    }
    budget_set_limit(limit);
    ck_assert(refused && got);
    buf_done(&body);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("from_thrift");

    tcase_add_test(cases, vectors_come_back_as_they_were);
    tcase_add_loop_test(cases, jaegers_words_become_fields, 0,
                        sizeof(samples) / sizeof(samples[0]));
    tcase_add_test(cases, every_cut_is_refused_with_its_place);
    tcase_add_test(cases, no_byte_can_make_what_is_not_otlp);
    tcase_add_loop_test(cases, what_is_wrong_is_told, 0, sizeof(bad) / sizeof(bad[0]));
    tcase_add_test(cases, other_methods_of_the_agent_are_told);
    tcase_add_test(cases, without_room_it_is_refused_for_now);
    return run_tests("from_thrift", cases);
}
