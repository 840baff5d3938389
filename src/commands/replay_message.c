/*
 * Which signal a message is of is not told by protobuf, nor by JSON before it is read: it is tried.
 */
#include "commands/replay_message.h"

#include <stdarg.h>
#include <stdio.h>

#include "net/encoding.h"
#include "otlp/json_read.h"
#include "otlp/shape.h"

enum replay_answer replay_skip(struct replay_item *item, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(item->why, sizeof(item->why), format, args);
    va_end(args);
    return REPLAY_SKIPPED;
}

/* The signals, the one of the request before first. */
static enum signal nth_signal(enum signal last, unsigned n)
{
    return n == 0 ? last : n <= (unsigned)last ? (enum signal)(n - 1) : (enum signal)n;
}

static enum replay_answer no_payload(const struct payload_report *report, struct replay_item *item)
{
    if (report->verdict == PAYLOAD_NO_ROOM)
        return REPLAY_NO_ROOM;
    return replay_skip(item, "no OTLP: %s", report->why ? report->why : "malformed");
}

/* Items that were left out are told beside the rest. */
static enum replay_answer take_payload(enum signal *last, struct payload *payload,
                                       const struct payload_report *report,
                                       struct replay_item *item)
{
    item->rejected = report->rejected;
    if (report->rejected > 0)
        (void)replay_skip(item, "%llu %s: %s", (unsigned long long)report->rejected,
                          signal_words[payload->signal].items, report->why);
    *last = payload->signal;
    if (payload->item_count > 0) {
        item->payload = payload;
        return REPLAY_REQUEST;
    }
    payload_unref(payload);
    if (report->rejected == 0)
        return replay_skip(item, "a request without anything in it");
    return REPLAY_SKIPPED;
}

/* Of a known signal; takes over the body. */
static enum replay_answer take_body(enum signal *last, enum signal signal, struct bytes *body,
                                    struct replay_item *item)
{
    struct payload_report report;
    struct payload *payload = payload_read(signal, body, &report);

    return payload ? take_payload(last, payload, &report, item) : no_payload(&report, item);
}

static bool has_key(struct str json)
{
    static const char *const keys[] = {"resourceSpans",  "resourceMetrics",  "resourceLogs",
                                       "resource_spans", "resource_metrics", "resource_logs"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (memmem(json.at, json.len, keys[i], strlen(keys[i])))
            return true;
    return false;
}

/* Which signal JSON is of shows when it is read: what others have is passed over. */
enum replay_answer replay_read_json(enum signal *last, struct str json, struct replay_item *item)
{
    struct json_report report;

    if (json.at[0] != '{')
        return replay_skip(item, "no object of JSON begins here");
    if (!has_key(json))
        return replay_skip(item, "no OTLP: it has none of resourceSpans, resourceMetrics and "
                                 "resourceLogs");
    for (unsigned n = 0; n < SIGNAL_KINDS; n++) {
        enum signal signal = nth_signal(*last, n);
        struct bytes *body = json_read(signal_words[signal].request, json, &report);

        if (body && body->len > 0)
            return take_body(last, signal, body, item);
        bytes_unref(body);
        if (report.verdict == JSON_NO_ROOM)
            return REPLAY_NO_ROOM;
        if (report.verdict == JSON_MALFORMED)
            return replay_skip(item, "%s", report.why);
    }
    return replay_skip(item, "a request without anything in it");
}

/*
 * Protobuf does not tell its signal, but what is of one hardly ever passes for another: where a
 * Span has its trace id, a Metric has its name, and a LogRecord a time of another wire type.
 */
static enum replay_answer take_protobuf(enum signal *last, struct bytes *body,
                                        struct replay_item *item)
{
    struct payload_report report, first_report;
    struct payload *payload, *first = NULL; /* that has something of the signal */

    for (unsigned signal = 0; signal < SIGNAL_KINDS; signal++) {
        payload = payload_read((enum signal)signal, bytes_ref(body), &report);
        if (!payload && report.verdict == PAYLOAD_NO_ROOM) {
            payload_unref(first);
            bytes_unref(body);
            return REPLAY_NO_ROOM;
        }
        if (!payload || (payload->item_count == 0 && report.rejected == 0) ||
            (first && report.rejected + report.mended_text > 0)) {
            payload_unref(payload);
            continue;
        }
        payload_unref(first);
        first = payload;
        first_report = report;
        if (report.rejected + report.mended_text == 0)
            break;
    }
    bytes_unref(body);
    if (!first)
        return replay_skip(item, "neither traces nor metrics nor logs of OTLP");
    return take_payload(last, first, &first_report, item);
}

bool replay_is_zstd(struct str bytes)
{
    return str_starts(bytes, STR("\x28\xb5\x2f\xfd"));
}

static enum replay_answer take_plain(enum signal *last, struct str message,
                                     struct replay_item *item)
{
    struct bytes *body;

    if (message.len > 0 && message.at[0] == '{')
        return replay_read_json(last, message, item);
    body = bytes_new(message.len);
    if (!body)
        return REPLAY_NO_ROOM;
    memcpy(body->at, message.at, message.len);
    body->len = message.len;
    return take_protobuf(last, body, item);
}

static enum replay_answer take_zstd(enum signal *last, struct str message, struct replay_item *item)
{
    struct bytes *plain;
    enum replay_answer answer;

    switch (encoding_decode(ENCODING_ZSTD, message, REPLAY_MESSAGE_MAX, &plain)) {
    case DECODE_NO_ROOM:
        return REPLAY_NO_ROOM;
    case DECODE_TOO_LARGE:
        return replay_skip(item, "decompressed it is larger than %d MiB", REPLAY_MESSAGE_MAX >> 20);
    case DECODE_MALFORMED:
        return replay_skip(item, "its zstd is damaged");
    case DECODE_OK:
        break;
    }
    if (plain->len == 0 || plain->at[0] != '{')
        return take_protobuf(last, plain, item);
    answer = replay_read_json(last, bytes_str(plain), item);
    bytes_unref(plain);
    return answer;
}

enum replay_answer replay_read_message(enum signal *last, struct str message,
                                       struct replay_item *item)
{
    if (message.len == 0)
        return replay_skip(item, "an empty message");
    return replay_is_zstd(message) ? take_zstd(last, message, item)
                                   : take_plain(last, message, item);
}
