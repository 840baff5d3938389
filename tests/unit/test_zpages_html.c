/*
 * Tests of extensions/zpages_html.c.
 */
#include "extensions/zpages_html.h"

#include "base/version.h"
#include "unit/check.h"

static struct overview_graph *graph;
static struct overview *overview;
static struct buf out;

static void begin(void)
{
    static const char *receivers[] = {"receivers/otlp", "receivers/<i>"}, *at[] = {"localhost:1"};

    overview = overview_new(2);
    graph = overview_graph_new();
    graph->pipelines = arena_alloc(graph->arena, 2 * sizeof(graph->pipelines[0]));
    graph->pipeline_count = 2;
    graph->pipelines[0] =
        (struct overview_pipeline){.id = "traces", .signal = "traces", .receivers = {receivers, 2}};
    graph->pipelines[1] =
        (struct overview_pipeline){.id = "logs", .signal = "logs", .not_served = "a & \"b\""};
    graph->components = arena_alloc(graph->arena, 3 * sizeof(graph->components[0]));
    graph->component_count = 3;
    graph->components[0] = (struct overview_component){.where = "extensions/zpages",
                                                       .id = "zpages",
                                                       .help = "shows",
                                                       .endpoints = at,
                                                       .endpoint_count = 1,
                                                       .used = true};
    graph->components[1] =
        (struct overview_component){.where = "extensions/idle", .id = "idle", .help = "not listed"};
    graph->components[2] = (struct overview_component){
        .where = "receivers/otlp", .id = "otlp", .help = "takes", .used = true};
}

static void end(void)
{
    buf_done(&out);
    overview_graph_unref(graph);
    overview_free(overview);
}

static const char *page(zpages_write_fn *write, bool runs)
{
    const struct zpages_view view = {
        .overview = overview,
        .graph = runs ? graph : NULL,
        .phase = PHASE_RUNNING,
        .now_unix_ms = overview_start_unix_ms(overview) + 3723000,
    };

    buf_reset(&out);
    write(&out, &view);
    return buf_text(&out);
}

static void has(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "no %s in %s", part, text);
}

START_TEST(pipelinez_has_a_row_for_each_pipeline)
{
    const char *text = page(zpages_write_pipelinez, true);

    has(text, "<td>traces</td><td>traces</td><td>otlp<br>&lt;i&gt;</td>");
    has(text, "<td>runs</td>");
    has(text, "<td>a &amp; &quot;b&quot;</td>");
}
END_TEST

START_TEST(extensionz_has_those_that_are_listed)
{
    const char *text = page(zpages_write_extensionz, true);

    has(text, "<td>zpages</td><td>shows</td><td>localhost:1</td>");
    ck_assert_ptr_null(strstr(text, "idle"));
    ck_assert_ptr_null(strstr(text, "takes"));
}
END_TEST

START_TEST(servicez_tells_version_and_uptime)
{
    const char *text = page(zpages_write_servicez, true);

    has(text, "<td>" OTELC_VERSION "</td>");
    has(text, "<td>1h2m3s</td>");
    has(text, "<td>running</td>");
}
END_TEST

START_TEST(pages_are_whole_when_nothing_runs)
{
    static zpages_write_fn *const pages[] = {zpages_write_servicez, zpages_write_pipelinez,
                                             zpages_write_extensionz, zpages_write_featurez};

    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        const char *text = page(pages[i], false);

        ck_assert_int_eq(strncmp(text, "<!DOCTYPE html>", 15), 0);
        has(text, "</html>\n");
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("zpages_html");

    tcase_add_checked_fixture(cases, begin, end);
    tcase_add_test(cases, pipelinez_has_a_row_for_each_pipeline);
    tcase_add_test(cases, extensionz_has_those_that_are_listed);
    tcase_add_test(cases, servicez_tells_version_and_uptime);
    tcase_add_test(cases, pages_are_whole_when_nothing_runs);
    return run_tests("zpages_html", cases);
}
