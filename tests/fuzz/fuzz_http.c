/*
 * The bytes of a connection, whatever it speaks. The first byte says how they come: its lowest bit
 * whether the handler answers late, the rest in how large pieces (0: at once).
 *
 * Output is bounded, every connection comes to its end, no memory stays taken; and HTTP/1.1 means
 * the same wherever it is cut.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/budget.h"
#include "base/log.h"
#include "base/metadata.h"
#include "base/metrics.h"
#include "fuzz/fuzz.h"
#include "net/connection.h"
#include "net/server.h"

enum {
    HELD_MAX = 256,
    STEP_MS = 15000,
    STEPS = 60,
    OUTPUT_BASE = 1 << 20, /* bytes of output that any input may bring about ... */
    OUTPUT_TIMES = 64      /* ... and for each of its bytes */
};

struct run { /* what became of one connection */
    struct connection connection;
    struct buf out;
    unsigned handled;
    bool late;
    struct request *held[HELD_MAX];
    unsigned held_count;
    uint64_t now_ms;
};

static struct run *current;

static void check_metadata(const struct bytes *list)
{
    struct metadata_field field;
    size_t at = 0;

    while (metadata_next(list, &at, &field))
        for (size_t i = 0; i < field.name.len; i++)
            assert(field.name.at[i] < 'A' || field.name.at[i] > 'Z');
    assert(list && at == list->len);
}

static void on_request(void *arg, struct request *request, struct bytes *message)
{
    (void)arg;
    bytes_unref(message);
    check_metadata(request_metadata(request));
    current->handled++;
    if (current->late && current->held_count < HELD_MAX)
        current->held[current->held_count++] = request;
    else
        request_answer(request, &(struct answer){.code = GRPC_OK, .body = STR("answer")});
}

static void answer_held(struct run *run)
{
    while (run->held_count > 0)
        request_answer(run->held[--run->held_count],
                       &(struct answer){.code = GRPC_UNAVAILABLE, .message = "later"});
}

static void status_body(struct buf *out, enum content_type type, enum grpc_code code,
                        const char *message)
{
    buf_printf(out, "%d %d %s", (int)type, (int)code, message);
}

static struct server *make_server(void)
{
    static const struct route routes[] = {
        {.path = "/s/m", .grpc = true, .handler = on_request},
        {.path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
         .grpc = true,
         .handler = on_request},
        {.path = "/v1/traces",
         .types = 1U << CONTENT_PROTOBUF | 1U << CONTENT_JSON,
         .handler = on_request},
        {.path = NULL},
    };
    static const struct server_settings settings = {.where = "fuzz",
                                                    .routes = routes,
                                                    .status_body = status_body,
                                                    .metadata_grpc = true,
                                                    .metadata_http = true,
                                                    .max_message_grpc = 4096,
                                                    .max_message_http = 4096};

    log_set_level(LOG_ERROR);
    metrics_want(METRICS_DETAILED);
    return server_new(uv_default_loop(), &settings);
}

static void wake(struct connection *c)
{
    bool paused;

    do {
        connection_resume(c);
        paused = c->paused;
        connection_output(c, &current->out);
    } while (paused && !c->paused);
}

/* Sends what the connection takes: it may pause until late answers come. */
static void feed(struct run *run, const uint8_t *data, size_t size, size_t piece)
{
    while (size > 0 && run->connection.state == CONNECTION_OPEN) {
        size_t len = piece > 0 && piece < size ? piece : size;

        connection_feed(&run->connection, (const char *)data, len, run->now_ms);
        wake(&run->connection);
        while (run->connection.paused && run->held_count > 0)
            answer_held(run);
        data += len;
        size -= len;
    }
}

static void pass_time(struct run *run)
{
    for (int i = 0; i < STEPS && run->connection.state == CONNECTION_OPEN; i++) {
        run->now_ms += STEP_MS;
        connection_sweep(&run->connection, run->now_ms);
        wake(&run->connection);
    }
}

static void go(struct server *server, struct run *run, const uint8_t *data, size_t size,
               size_t piece)
{
    current = run;
    run->now_ms = 1000;
    connection_init(&run->connection, server, "peer", wake, run->now_ms);
    feed(run, data, size, piece);
    assert(run->out.len <= OUTPUT_BASE + OUTPUT_TIMES * size);
}

static void finish(struct run *run)
{
    current = run;
    pass_time(run);
    assert(run->connection.state == CONNECTION_ENDING || run->held_count > 0);
    connection_done(&run->connection);
    answer_held(run);
    buf_done(&run->out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct server *server;
    static struct run whole, pieces;

    if (!server)
        server = make_server();
    if (size == 0)
        return 0;
    whole = pieces = (struct run){.late = data[0] & 1};
    go(server, &whole, data + 1, size - 1, 0);
    go(server, &pieces, data + 1, size - 1, data[0] >> 1);
    if (whole.connection.codec == &http1_codec) {
        assert(whole.handled == pieces.handled);
        assert(str_eq(buf_str(&whole.out), buf_str(&pieces.out)));
    }
    finish(&whole);
    finish(&pieces);
    assert(budget_used() == 0);
    return 0;
}
