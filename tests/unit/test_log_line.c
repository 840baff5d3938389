/*
 * Lines as bytes: console and JSON.
 */
#include "base/log_line.h"

#include "unit/check.h"

static struct buf out;

static const char *line_of(struct log_line line, struct log_form form)
{
    line.time = (struct timespec){1795370400, 45678901};
    line.where = line.where ? line.where : "service";
    form.fields = form.fields ? form.fields : "";
    form.resource = form.resource ? form.resource : "";
    buf_reset(&out);
    log_line_append(&out, &line, &form);
    return buf_text(&out);
}

START_TEST(console_is_separated_by_tabs)
{
    struct log_line line = {.level = LOG_WARN,
                            .where = "exporters/jaeger",
                            .text = STR_INIT("cannot\n"),
                            .left_out = 3};

    ck_assert_str_eq(line_of(line, (struct log_form){0}),
                     "2026-11-22T18:00:00.045Z\twarn\texporters/jaeger\tcannot\\x0a (and 3 more "
                     "like this)\n");
    ck_assert_str_eq(line_of(line, (struct log_form){.without_where = true, .fields = "\"a\":1"}),
                     "2026-11-22T18:00:00.045Z\twarn\tcannot\\x0a (and 3 more like "
                     "this)\t{\"a\":1}\n");
    line = (struct log_line){
        .level = LOG_ERROR, .text = STR_INIT("a\x1b[2Jb"), .block = STR_INIT("  c\n")};
    ck_assert_str_eq(line_of(line, (struct log_form){.colour = true}),
                     "2026-11-22T18:00:00.045Z\t\x1b[31merror\x1b[0m\t\x1b[2mservice\x1b[0m\t"
                     "a\\x1b[2Jb\n  c\n");
}
END_TEST

/* C1 is as good as ESC to many terminals: U+009B is their CSI. */
START_TEST(nothing_in_a_text_steers_the_terminal)
{
    static const struct {
        struct str text;
        const char *shown;
    } cases[] = {
        {STR_INIT("\0\t\x1b\x1f \x7f"), "\\x00\\x09\\x1b\\x1f \\x7f"},
        {STR_INIT("\xc2\x80\xc2\x85\xc2\x9b\xc2\x9f\xc2\xa0"),
         "\\xc2\\x80\\xc2\\x85\\xc2\\x9b\\xc2\\x9f\xc2\xa0"},
        {STR_INIT("\x9b[2J\xff\xc3"), "\\x9b[2J\\xff\\xc3"},
        {STR_INIT("\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xa9"),
         "\xe2\x80\xa7\\xe2\\x80\\xa8\\xe2\\x80\\xa9"},
        {STR_INIT("\xc3\xa9\xf0\x9f\x98\x80"), "\xc3\xa9\xf0\x9f\x98\x80"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        buf_reset(&out);
        log_escape(&out, cases[i].text, cases[i].text.len * LOG_ESCAPED);
        ck_assert_str_eq(buf_text(&out), cases[i].shown);
    }
    buf_reset(&out);
    log_escape(&out, STR("ab\xc3\xa9"), 8); /* no half characters, no half escapes */
    ck_assert_str_eq(buf_text(&out), "ab");
}
END_TEST

START_TEST(json_has_the_official_keys)
{
    struct log_line line = {.level = LOG_INFO, .text = STR_INIT("a\t\"b\"\xff")};
    struct log_form form = {
        .encoding = LOG_JSON, .fields = "\"n\":1", .resource = "{\"r\":2}", .colour = true};

    ck_assert_str_eq(line_of(line, form),
                     "{\"level\":\"info\",\"ts\":\"2026-11-22T18:00:00.045Z\",\"caller\":"
                     "\"service\",\"msg\":\"a\\t\\\"b\\\"\xef\xbf\xbd\",\"n\":1,\"resource\":{"
                     "\"r\":2}}\n");
    line.block = STR("x\ny\n");
    line.left_out = 7;
    ck_assert_str_eq(line_of(line, (struct log_form){.encoding = LOG_JSON, .without_where = true}),
                     "{\"level\":\"info\",\"ts\":\"2026-11-22T18:00:00.045Z\",\"msg\":\"a\\t\\\""
                     "b\\\"\xef\xbf\xbd\\nx\\ny\\n\",\"left_out\":7}\n");
}
END_TEST

START_TEST(json_tells_the_component)
{
    static const char *const cases[][2] = {
        {"receivers/otlp/2", ",\"otelcol.component.id\":\"otlp/2\",\"otelcol.component.kind\":"
                             "\"receiver\"}\n"},
        {"processors/b", "\"processor\"}\n"},
        {"connectors/c", "\"connector\"}\n"},
        {"extensions/e", "\"extension\"}\n"},
        {"exporters/a\"b", "\"otelcol.component.id\":\"a\\\"b\",\"otelcol.component.kind\":"
                           "\"exporter\"}\n"},
        {"pipelines/traces/x", "\"msg\":\"t\",\"otelcol.pipeline.id\":\"traces/x\"}\n"},
        {"storage", "\"msg\":\"t\"}\n"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct log_line line = {.text = STR_INIT("t"), .where = cases[i][0]};
        const char *text = line_of(line, (struct log_form){.encoding = LOG_JSON});

        ck_assert_uint_ge(strlen(text), strlen(cases[i][1]));
        ck_assert_str_eq(text + strlen(text) - strlen(cases[i][1]), cases[i][1]);
    }
}
END_TEST

static void done(void)
{
    buf_done(&out);
}

int main(void)
{
    TCase *cases = tcase_create("log_line");

    tcase_add_checked_fixture(cases, NULL, done);
    tcase_add_test(cases, console_is_separated_by_tabs);
    tcase_add_test(cases, nothing_in_a_text_steers_the_terminal);
    tcase_add_test(cases, json_has_the_official_keys);
    tcase_add_test(cases, json_tells_the_component);
    return run_tests("log_line", cases);
}
