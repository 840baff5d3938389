/*
 * A server without sockets: a connection whose bytes a test hands over and takes, with a clock that
 * the test moves. Its handler keeps what it got and answers as the test says.
 */
#pragma once

#include <stdlib.h>

#include "base/buf.h"
#include "base/metadata.h"
#include "net/connection.h"
#include "net/server.h"

struct fixture {
    uv_loop_t loop;
    struct server *server;
    struct connection connection;
    struct buf out;     /* all that the server has sent */
    uint64_t now_ms;    /* the test's clock */
    unsigned handled;   /* calls of the handler */
    struct buf message; /* of the last call */
    struct buf target;  /* of the last call: "path query", where its route keeps them */
    struct buf fields;  /* of the last call: what request_metadata() has, as lines; "" for NULL */
    bool late;          /* the handler does not answer: the test does, through held */
    struct request *held;
    struct answer answer; /* zeroed: OK, empty */
};

static struct fixture fixture;

static void fixture_keep_fields(const struct request *request)
{
    struct metadata_field field;
    size_t at = 0;

    buf_reset(&fixture.fields);
    while (metadata_next(request_metadata(request), &at, &field))
        buf_printf(&fixture.fields, "%.*s: %.*s\n", STR_ARG(field.name), STR_ARG(field.value));
}

static void fixture_handle(void *arg, struct request *request, struct bytes *message)
{
    (void)arg;
    fixture.handled++;
    buf_reset(&fixture.message);
    if (message)
        buf_append_str(&fixture.message, bytes_str(message));
    bytes_unref(message);
    buf_reset(&fixture.target);
    buf_printf(&fixture.target, "%.*s %.*s", STR_ARG(request_path(request)),
               STR_ARG(request_query(request)));
    fixture_keep_fields(request);
    fixture.held = request;
    if (!fixture.late)
        request_answer(request, &fixture.answer);
}

static void fixture_status(struct buf *out, enum content_type type, enum grpc_code code,
                           const char *message)
{
    buf_printf(out, "status %d/%d: %s", (int)type, (int)code, message);
}

static const char *fixture_unknown(void *arg, bool grpc, struct str path)
{
    (void)arg;
    return str_is(path, grpc ? "/metrics.Service/Export" : "/v1/metrics")
               ? "no pipeline for metrics"
               : NULL;
}

static const struct route fixture_routes[] = {
    {.path = "/test.Service/Call", .grpc = true, .handler = fixture_handle},
    {.path = "/v1/traces", .types = 1U << CONTENT_PROTOBUF, .handler = fixture_handle},
    {.path = "/v1/both",
     .types = 1U << CONTENT_PROTOBUF | 1U << CONTENT_JSON,
     .handler = fixture_handle},
    {.path = "/page", .get = true, .handler = fixture_handle},
    {.path = "/tree/", .below = true, .get = true, .target = true, .handler = fixture_handle},
    {.path = NULL},
};

enum { FIXTURE_MAX = 1000, FIXTURE_STREAMS = 100 };

static void fixture_take_output(void)
{
    connection_output(&fixture.connection, &fixture.out);
}

/* As the socket does it: goes on with what was kept while there is room to send. */
static void fixture_wake(struct connection *c)
{
    bool paused;

    do {
        connection_resume(c);
        paused = c->paused;
        fixture_take_output();
    } while (paused && !c->paused);
}

static struct server_settings fixture_settings(void)
{
    return (struct server_settings){
        .where = "test",
        .routes = fixture_routes,
        .unknown_path = fixture_unknown,
        .status_body = fixture_status,
        .max_message_grpc = FIXTURE_MAX,
        .max_message_http = FIXTURE_MAX,
        .max_concurrent_streams = FIXTURE_STREAMS,
    };
}

static inline void fixture_begin_with(struct server_settings settings)
{
    fixture = (struct fixture){.now_ms = 1000000};
    uv_loop_init(&fixture.loop);
    fixture.server = server_new(&fixture.loop, &settings);
    connection_init(&fixture.connection, fixture.server, "127.0.0.1:5", fixture_wake,
                    fixture.now_ms);
}

static inline void fixture_begin(void)
{
    fixture_begin_with(fixture_settings());
}

static inline void fixture_end(void)
{
    connection_done(&fixture.connection);
    server_free(fixture.server);
    uv_run(&fixture.loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&fixture.loop) != 0)
        abort(); /* something is still open */
    buf_done(&fixture.out);
    buf_done(&fixture.message);
    buf_done(&fixture.target);
    buf_done(&fixture.fields);
}

/* The client sends. */
static inline void fixture_feed(struct str bytes)
{
    connection_feed(&fixture.connection, bytes.at, bytes.len, fixture.now_ms);
    fixture_wake(&fixture.connection);
}

/* Time passes, in steps as the server's timer makes them. */
static inline void fixture_wait(uint64_t ms)
{
    for (uint64_t end = fixture.now_ms + ms; fixture.now_ms < end;) {
        fixture.now_ms += end - fixture.now_ms < 250 ? end - fixture.now_ms : 250;
        connection_sweep(&fixture.connection, fixture.now_ms);
        fixture_take_output();
    }
}

static inline bool fixture_is_open(void)
{
    return fixture.connection.state == CONNECTION_OPEN;
}
