/*
 * Files of every form, whole and damaged.
 */
#include "commands/replay_file.h"

#include <arpa/inet.h>

#include "base/budget.h"
#include "exporters/file_encode.h"
#include "otlp/json_read.h"
#include "otlp/shape.h"
#include "unit/check.h"
#include "unit/stage.h"

#define SPAN(id, name)                                                                             \
    "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":"                               \
    "\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"" id "\",\"name\":\"" name "\"}]}]}]}"
#define GOOD(name) SPAN("0102030405060708", name)
#define METRIC                                                                                     \
    "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"m\",\"gauge\":"            \
    "{\"dataPoints\":[{\"asInt\":\"1\"}]}}]}]}]}"
#define LOG                                                                                        \
    "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"timeUnixNano\":\"1\","                 \
    "\"body\":{\"stringValue\":\"l\"}}]}]}]}"

static ssize_t read_bytes(void *arg, void *to, size_t len, uint64_t at)
{
    const struct str *content = arg;

    if (at >= content->len)
        return 0;
    len = len < content->len - at ? len : content->len - at;
    memcpy(to, content->at + at, len);
    return (ssize_t)len;
}

/* What comes out, a word for each: T M L with the items, or !line or @offset of what is skipped. */
static const char *story(struct str content)
{
    static char text[4096];
    struct replay_file *file =
        replay_file_new(&(struct replay_source){read_bytes, &content, content.len});
    struct replay_item item;
    size_t used = 0;

    text[0] = '\0';
    for (;;) {
        enum replay_answer answer = replay_file_next(file, &item);

        if (answer == REPLAY_END)
            break;
        ck_assert_int_ne(answer, REPLAY_NO_ROOM);
        if (answer == REPLAY_REQUEST) {
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%c%zu%s ",
                                     "TML"[item.payload->signal], item.payload->counted,
                                     item.rejected > 0 ? "-" : "");
            payload_unref(item.payload);
        } else {
            ck_assert_ptr_null(item.payload);
            ck_assert(item.why[0]);
            used += (size_t)snprintf(text + used, sizeof(text) - used,
                                     item.line > 0 ? "!%llu " : "@%llu ",
                                     (unsigned long long)(item.line > 0 ? item.line : item.at));
        }
        ck_assert_uint_lt(used, sizeof(text) - 64);
    }
    ck_assert_int_eq(replay_file_next(file, &item), REPLAY_END);
    replay_file_free(file);
    ck_assert_uint_eq(budget_used(), 0);
    return text;
}

START_TEST(lines_are_read)
{
    static const struct {
        const char *text, *story;
    } cases[] = {
        {GOOD("a") "\n" GOOD("b") "\n", "T1 T1 "},
        {GOOD("a"), "T1 "},
        {"\xef\xbb\xbf\n  " GOOD("a") "\r\n\n\n" METRIC "\n" LOG "\n", "T1 M1 L1 "},
        {METRIC "\n" METRIC "\n" GOOD("a") "\n" LOG "\n" METRIC "\n", "M1 M1 T1 L1 M1 "},
        {GOOD("a") "\n{\"resourceSpans\":[{\"half\n" GOOD("b") "\n", "T1 !2 T1 "},
        {"{}\n[]\nx\n" GOOD("a") "\n", "!1 !2 !3 T1 "},
        {"{\"resourceSpans\":[]}\n" GOOD("a"), "!1 T1 "},
        {SPAN("00", "bad id") "\n" GOOD("a"), "!1 T1 "},
        {GOOD("resourceMetrics"), "T1 "},
        {"", "@0 "},
        {"\n \n", "@0 "},
        {"receivers:\n  otlp:\n", "@0 "},
        {"\x1f\x8b\x08 gzip", "@0 "},
        {"\x28\xb5\x2f\xfd zstd", "@0 "},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_str_eq(story(str_of(cases[i].text)), cases[i].story);
}
END_TEST

START_TEST(a_line_may_be_long)
{
    struct buf text = {0};
    char *name;

    buf_append_str(&text, STR(GOOD("a") "\n"));
    buf_append_str(&text, STR("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":"
                              "\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":"
                              "\"0102030405060708\",\"name\":\""));
    name = buf_reserve(&text, 3000000);
    memset(name, 'x', 3000000);
    text.len += 3000000;
    buf_append_str(&text, STR("\"}]}]}]}\n" GOOD("b") "\n"));
    ck_assert_str_eq(story(buf_str(&text)), "T1 T1 T1 ");
    buf_done(&text);
}
END_TEST

static void put_frames(struct buf *out, struct file_settings settings, unsigned count)
{
    struct file_encoder *encoder = file_encoder_new(&settings);

    for (unsigned i = 0; i < count; i++) {
        struct batch *batch = stage_batch(i, 2);

        file_encode(encoder, batch, out);
        batch_unref(batch);
    }
    file_encoder_free(encoder);
}

static const struct file_settings forms[] = {
    {.form = FILE_PROTO},
    {.form = FILE_PROTO, .compression = 1},
    {.form = FILE_JSON, .compression = 1},
    {.form = FILE_JSON},
};

START_TEST(every_form_of_the_exporter_is_read)
{
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct buf content = {0};

        put_frames(&content, forms[i], 5);
        ck_assert_str_eq(story(buf_str(&content)), "T2 T2 T2 T2 T2 ");
        buf_done(&content);
    }
}
END_TEST

/* A message of protobuf tells its signal by its bytes. */
START_TEST(signals_of_protobuf_are_told_apart)
{
    struct buf content = {0};
    static const char *const texts[] = {METRIC, GOOD("a"), LOG};
    static const struct shape *const shapes[] = {&shape_metrics_request, &shape_traces_request,
                                                 &shape_logs_request};

    for (unsigned i = 0; i < 3; i++) {
        struct json_report report;
        struct bytes *body = json_read(shapes[i], str_of(texts[i]), &report);
        uint32_t len = htonl((uint32_t)body->len);

        buf_append(&content, &len, sizeof(len));
        buf_append_str(&content, bytes_str(body));
        bytes_unref(body);
    }
    ck_assert_str_eq(story(buf_str(&content)), "M1 T1 L1 ");
    buf_done(&content);
}
END_TEST

/* Each byte is changed, and each length cut: what is not hit comes out, and the reader ends. */
START_TEST(damage_hits_what_it_hits)
{
    for (size_t form = 0; form < sizeof(forms) / sizeof(forms[0]); form++) {
        struct buf content = {0};

        put_frames(&content, forms[form], 4);
        for (size_t at = 0; at < content.len; at++) {
            const char *word = story((struct str){content.at, at});
            unsigned whole = 0;

            for (; *word; word++)
                whole += *word == 'T';
            ck_assert_uint_ge(whole, at * 4 / content.len > 0 ? at * 4 / content.len - 1 : 0);
            content.at[at] ^= 0x55;
            whole = 0;
            for (word = story(buf_str(&content)); *word; word++)
                whole += *word == 'T';
            ck_assert_msg(whole >= 2, "form %zu, byte %zu: %u", form, at, whole);
            content.at[at] ^= 0x55;
        }
        buf_done(&content);
    }
}
END_TEST

START_TEST(without_room_it_waits)
{
    struct buf content = {0};
    struct str bytes;
    struct replay_file *file;
    struct replay_item item;

    put_frames(&content, forms[0], 1);
    bytes = buf_str(&content);
    file = replay_file_new(&(struct replay_source){read_bytes, &bytes, bytes.len});
    budget_set_limit(1000);
    ck_assert_int_eq(replay_file_next(file, &item), REPLAY_NO_ROOM);
    budget_set_limit(260 << 10); /* the window, and no more */
    ck_assert_int_ne(replay_file_next(file, &item), REPLAY_END);
    payload_unref(item.payload);
    replay_file_free(file);
    ck_assert_uint_eq(budget_used(), 0);
    buf_done(&content);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("replay_file");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, lines_are_read);
    tcase_add_test(cases, a_line_may_be_long);
    tcase_add_test(cases, every_form_of_the_exporter_is_read);
    tcase_add_test(cases, signals_of_protobuf_are_told_apart);
    tcase_add_test(cases, damage_hits_what_it_hits);
    tcase_add_test(cases, without_room_it_waits);
    return run_tests("replay_file", cases);
}
