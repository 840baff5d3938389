/*
 * The exporter with the real queue, on a network that the tests play themselves.
 */
#include "unit/fake_network.h"

#include "exporters/sending.c"

#include "exporters/zipkin_exporter.c"

#include "base/arena.h"
#include "config/source.h"
#include "unit/spans_text.h"

#define ENDPOINT     "http://zipkin:9411/api/v2/spans"
#define TWO_SERVICES "tests/data/vectors/19-realistic.otlp.pb" /* of two and three spans */

struct fixture {
    uv_loop_t loop;
    struct worker worker;
    struct arena *arena;
    struct problems problems;
    struct zipkin_settings settings;
    struct zipkin_exporter *exporter;
};

static void configure(struct fixture *f, const char *yaml)
{
    struct node *tree, *node;
    struct buf text = {0};

    memset(f, 0, sizeof(*f));
    f->arena = arena_new(4096);
    problems_init(&f->problems, f->arena);
    buf_printf(&text, "zipkin: %s\n", yaml);
    tree = yaml_parse("test.yaml", text.at, text.len, f->arena, &f->problems);
    ck_assert_ptr_nonnull(tree);
    node = node_get(tree, "zipkin");
    fields_decode(zipkin_exporter.fields, &f->settings, node, f->arena, &f->problems);
    zipkin_exporter.check(&f->settings, node, &f->problems);
    buf_done(&text);
}

static void unconfigure(struct fixture *f)
{
    problems_done(&f->problems);
    arena_free(f->arena);
}

static void begin(struct fixture *f, const char *yaml)
{
    struct component *component;
    struct error err;

    request_count = cancelled = 0;
    configure(f, yaml);
    ck_assert_uint_eq(f->problems.errors, 0);
    uv_loop_init(&f->loop);
    f->worker = (struct worker){.index = 1, .count = 2, .loop = &f->loop};
    component = zipkin_exporter.create(&f->settings, &f->worker, &err);
    ck_assert_ptr_nonnull(component);
    f->exporter = (struct zipkin_exporter *)component;
    component->type = &zipkin_exporter;
    component->id = "zipkin";
    component->where = "exporters/zipkin";
    ck_assert(component->type->start(component, &err));
}

static void end(struct fixture *f)
{
    zipkin_exporter.destroy(&f->exporter->outgoing.base);
    ck_assert_int_eq(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
    ck_assert_int_eq(uv_loop_close(&f->loop), 0);
    unconfigure(f);
}

static void push(struct fixture *f, unsigned times)
{
    struct buf request = file_bytes(TWO_SERVICES);
    struct batch *batch = batch_of_bytes(request.at, request.len);
    struct batch *all = batch_new(TRACES);

    while (times-- > 0)
        batch_append(all, batch);
    ck_assert_int_eq(consume(&f->exporter->outgoing.base, all).verdict, ACCEPTED);
    batch_unref(all);
    batch_unref(batch);
    buf_done(&request);
}

static struct sender_counts counts(const struct fixture *f)
{
    return sender_counts(f->exporter->outgoing.sender);
}

START_TEST(a_batch_is_posted_in_either_format)
{
    static const char *const formats[][2] = {{"json", "application/json"},
                                             {"proto", "application/x-protobuf"}};

    for (size_t i = 0; i < 2; i++) {
        struct buf yaml = {0}, headers = {0};
        struct fixture f;

        buf_printf(&yaml, "{endpoint: \"" ENDPOINT "\", format: %s, headers: {X-Scope: a}}",
                   formats[i][0]);
        buf_printf(&headers, "Content-Type: %s\nX-Scope: a\n", formats[i][1]);
        begin(&f, buf_text(&yaml));
        push(&f, 1);
        ck_assert_uint_eq(request_count, 1);
        ck_assert_str_eq(requests[0].url, ENDPOINT);
        ck_assert_str_eq(requests[0].headers, buf_text(&headers));
        ck_assert_uint_eq(requests[0].post.timeout_ms, 5000);
        ck_assert_int_eq(requests[0].post.body.at[0].at[0], i == 0 ? '[' : '\n');
        answer_http(202, "");
        ck_assert_uint_eq(request_count, 0);
        ck_assert_uint_eq(counts(&f).sent, 5);
        end(&f);
        buf_done(&yaml);
        buf_done(&headers);
    }
}
END_TEST

START_TEST(large_batches_go_in_several_bodies)
{
    struct fixture f;
    unsigned bodies = 0;

    begin(&f, "{endpoint: \"" ENDPOINT "\"}");
    push(&f, 2000);
    while (request_count > 0) {
        ck_assert_uint_lt(requests[0].size, BODY_MAX + 10000);
        answer_http(202, "");
        bodies++;
    }
    ck_assert_uint_ge(bodies, 3);
    ck_assert_uint_eq(counts(&f).sent, 10000);
    end(&f);
}
END_TEST

START_TEST(what_is_too_large_is_sent_in_halves_and_what_fails_again)
{
    struct fixture f;
    size_t whole, half;

    begin(&f, "{endpoint: \"" ENDPOINT "\", compression: gzip, " QUICK "}");
    push(&f, 20);
    whole = requests[0].size;
    ck_assert_int_eq(requests[0].post.encoding, ENCODING_GZIP);
    answer_http(413, "");
    half = requests[0].size;
    ck_assert_uint_lt(half, whole);
    answer_http(503, "busy");
    run_until_request_on(&f.loop);
    ck_assert_uint_eq(requests[0].size, half);
    answer_http(0, "cannot connect");
    run_until_request_on(&f.loop);
    ck_assert_uint_eq(requests[0].size, half);
    while (request_count > 0)
        answer_http(202, "");
    ck_assert_uint_eq(counts(&f).sent, 100);
    ck_assert_uint_eq(counts(&f).retries, 2);
    ck_assert_uint_eq(counts(&f).failed, 0);
    end(&f);
}
END_TEST

START_TEST(what_is_refused_is_dropped)
{
    static const struct {
        unsigned status;
        const char *body;
    } cases[] = {{400, "Malformed reading List<Span> from json"},
                 {404, "<!DOCTYPE html><html>..."},
                 {200, "\n<!DOCTYPE html><html>..."},
                 {200, "<html>"},
                 {302, ""},
                 {415, ""}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture f;

        begin(&f, "{endpoint: \"" ENDPOINT "\"}");
        push(&f, 1);
        answer_http(cases[i].status, cases[i].body);
        ck_assert_uint_eq(counts(&f).failed, 5);
        ck_assert_uint_eq(counts(&f).held_batches, 0);
        end(&f);
    }
}
END_TEST

START_TEST(what_is_under_way_is_cancelled_at_the_end)
{
    struct fixture f;

    begin(&f, "{endpoint: \"" ENDPOINT "\"}");
    push(&f, 1);
    push(&f, 1);
    ck_assert_uint_eq(zipkin_exporter.held(&f.exporter->outgoing.base), 10);
    end(&f);
    ck_assert_uint_eq(cancelled, 2);
}
END_TEST

START_TEST(configurations_are_taken_or_told_what_to_change)
{
    static const struct {
        const char *yaml;
        const char *url;     /* NULL: an error */
        const char *problem; /* a part of its text; NULL: there is none */
    } cases[] = {
        {"{endpoint: '" ENDPOINT "'}", ENDPOINT, NULL},
        {"{url: '" ENDPOINT "'}", ENDPOINT, "write it as endpoint"},
        {"{endpoint: 'https://z/api/v2/spans?key=1'}", "https://z/api/v2/spans?key=1", NULL},
        {"{endpoint: 'http://zipkin:9411'}", ENDPOINT, "has no path"},
        {"{endpoint: 'http://zipkin:9411/'}", ENDPOINT, "has no path"},
        {"{endpoint: 'zipkin:9411'}", ENDPOINT, "is short"},
        {"{endpoint: 'zipkin:9411/api/v2/spans'}", ENDPOINT, "has no scheme"},
        {"{endpoint: 'http://z:9411/api/v1/spans'}", "http://z:9411/api/v1/spans", "old format"},
        {"{endpoint: 'http://z:9411/zipkin/'}", "http://z:9411/zipkin/", "web pages"},
        {"{endpoint: 'http://z:4318/x'}", "http://z:4318/x", "OTLP's port"},
        {"{endpoint: '" ENDPOINT "', proxy_url: 'http://p:1'}", ENDPOINT, "https_proxy"},
        {"{endpoint: '" ENDPOINT "', compression: snappy}", ENDPOINT, "gzip is used"},
        {"", NULL, "endpoint is missing"},
        {"{endpoint: zipkin}", NULL, "\"zipkin\" has no port"},
        {"{endpoint: 'http://'}", NULL, "has no host"},
        {"{endpoint: [1]}", NULL, "endpoint"},
        {"{endpoint: '" ENDPOINT "', format: thrift}", NULL, "thrift"},
        {"{endpoint: '" ENDPOINT "', timeout: -1s}", NULL, "-1s"},
        {"{endpont: '" ENDPOINT "'}", NULL, "endpoint"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture f;
        bool found = cases[i].problem == NULL;

        configure(&f, cases[i].yaml);
        ck_assert_msg((f.problems.errors == 0) == (cases[i].url != NULL), "%s", cases[i].yaml);
        for (size_t k = 0; k < f.problems.count; k++)
            if (cases[i].problem && strstr(f.problems.list[k].text, cases[i].problem))
                found = true;
        ck_assert_msg(found, "%s: nobody says \"%s\"", cases[i].yaml, cases[i].problem);
        if (cases[i].url) {
            struct zipkin_url url;

            ck_assert(zipkin_settings_url(&f.settings, &url, NULL));
            ck_assert_str_eq(buf_text(&url.url), cases[i].url);
            zipkin_url_done(&url);
        }
        unconfigure(&f);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("zipkin_exporter");

    tcase_add_test(cases, a_batch_is_posted_in_either_format);
    tcase_add_test(cases, large_batches_go_in_several_bodies);
    tcase_add_test(cases, what_is_too_large_is_sent_in_halves_and_what_fails_again);
    tcase_add_test(cases, what_is_refused_is_dropped);
    tcase_add_test(cases, what_is_under_way_is_cancelled_at_the_end);
    tcase_add_test(cases, configurations_are_taken_or_told_what_to_change);
    return run_tests("zipkin_exporter", cases);
}
