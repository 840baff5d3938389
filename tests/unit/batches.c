#include "unit/batches.h"

#include <stdlib.h>

#include "base/mem.h"
#include "otlp/json_read.h"
#include "unit/check.h"

struct batch *batch_of_body(enum signal signal, struct bytes *body)
{
    struct payload_report report;
    struct payload *payload = payload_read(signal, body, &report);
    struct batch *batch;

    ck_assert_msg(payload != NULL, "%s", report.why);
    batch = batch_of(payload);
    payload_unref(payload);
    return batch;
}

struct batch *batch_of_request(enum signal signal, const struct buf *request)
{
    struct bytes *body = bytes_new(request->len);

    ck_assert_ptr_nonnull(body);
    if (request->len > 0)
        memcpy(body->at, request->at, request->len);
    body->len = request->len;
    return batch_of_body(signal, body);
}

struct batch *batch_of_json(enum signal signal, const char *json)
{
    char *text = mem_text(json);
    struct json_report report;
    struct bytes *body;

    for (char *c = text; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    body = json_read(signal_words[signal].request, str_of(text), &report);
    free(text);
    ck_assert_msg(body != NULL, "%s: %s", report.why, json);
    return batch_of_body(signal, body);
}
