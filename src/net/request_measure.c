/*
 * What a request was, for the server's metrics of calls.
 */
#include "net/connection.h"
#include "net/request.h"
#include "net/server_priv.h"

static void measure_grpc(struct request *r, enum grpc_code code)
{
    const struct route *route = r->route && r->route->grpc ? r->route : NULL;

    call_metrics_rpc(&r->connection->server->metrics.calls, route ? route->path : NULL, code,
                     uv_hrtime() - r->begun_ns);
}

void request_measure(struct request *r, const struct response *response)
{
    struct server *server = r->connection->server;
    struct http_call call = {
        .method = {r->method.at, r->method.len},
        .status = response->status,
        .route = r->route ? r->route->path : NULL,
        .version = r->http2 ? "2"
                   : r->old ? "1.0"
                            : "1.1",
        .peer = &server->place,
        .request_bytes = r->received,
        .response_bytes = r->head_only ? 0 : response->body.len,
    };

    if (request_answers_as_grpc(r)) {
        measure_grpc(r, response->code);
        return;
    }
    call.duration_ns = uv_hrtime() - r->begun_ns;
    call_metrics_http(&server->metrics.calls, &call);
}

/* Of HTTP there is no status, and nobody who has waited. */
void request_measure_lost(struct request *r)
{
    if (request_answers_as_grpc(r))
        measure_grpc(r, GRPC_CANCELLED);
}
