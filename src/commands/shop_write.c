/*
 * Attributes are those of the semantic conventions 1.30 (HTTP, RPC, database, messaging), as the
 * languages' instrumentations set them.
 */
#include "commands/shop_write.h"

#include "connectors/point_write.h"

#define SCHEMA_URL "https://opentelemetry.io/schemas/1.30.0"

enum { STATUS_ERROR = 2 };

static const char *const products[] = {"OLJCESPC7Z", "66VCHSJNUP", "1YMWWN1N4O", "L9ECAV7KIM",
                                       "2ZYFJ3GM2N", "0PUK6V6EV0", "LS4PSXUNUM", "9SIQT8TOJO"};
static const char *const agents[] = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_2 like Mac OS X) AppleWebKit/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36"};
static const char *const currencies[] = {"EUR", "USD", "JPY", "CHF"};

/* ---- attributes: AnyValue is string_value 1, bool_value 2, int_value 3, double_value 4 ---- */

static void put_attribute(struct buf *out, uint32_t number, const char *key, struct str value)
{
    size_t attribute = wire_begin(out, number);

    wire_put_bytes(out, 1, str_of(key));
    wire_put_bytes(out, 2, value);
    wire_end(out, attribute);
}

static void put_text_of(struct buf *out, uint32_t number, const char *key, const char *text)
{
    struct buf value = {0};

    wire_put_bytes(&value, 1, str_of(text));
    put_attribute(out, number, key, buf_str(&value));
    buf_done(&value);
}

/* Spans have their attributes in field 9. */
static void put_text(struct buf *out, const char *key, const char *text)
{
    put_text_of(out, 9, key, text);
}

static void put_number(struct buf *out, const char *key, uint64_t number)
{
    struct buf value = {0};

    put_varint(&value, 3, number);
    put_attribute(out, 9, key, buf_str(&value));
    buf_done(&value);
}

static void put_amount(struct buf *out, const char *key, double amount)
{
    struct buf value = {0};

    put_double(&value, 4, amount);
    put_attribute(out, 9, key, buf_str(&value));
    buf_done(&value);
}

static void put_yes(struct buf *out, const char *key, bool yes)
{
    put_attribute(out, 9, key, yes ? STR("\x10\x01") : STR("\x10\x00"));
}

#define PICK(list, random) ((list)[(random) % (sizeof(list) / sizeof((list)[0]))])

static struct str first_word(const char *text)
{
    return (struct str){text, strcspn(text, " ")};
}

static void put_http(struct buf *out, const struct shop_span *span, const struct shop_operation *op)
{
    const char *space = strchr(op->name, ' ');
    bool outside = span->parent < 0 || (span->kind == SHOP_CLIENT && span->service == op->service);
    bool is_server = span->kind == SHOP_SERVER, by_id = strchr(op->name, '{');
    struct buf text = {0};

    buf_append_str(&text, first_word(op->name));
    put_text(out, "http.request.method", buf_text(&text));
    buf_reset(&text);
    buf_printf(&text, "%s%s", op->detail, by_id ? PICK(products, span->random) : "");
    if (is_server) {
        put_text(out, "http.route", space ? space + 1 : op->detail);
        put_text(out, "url.scheme", outside ? "https" : "http");
        put_text(out, "url.path", buf_text(&text));
    } else {
        struct buf url = {0};

        buf_printf(&url, outside ? "https://%s%s" : "http://%s:8080%s", op->target,
                   buf_text(&text));
        put_text(out, "url.full", buf_text(&url));
        buf_done(&url);
    }
    put_text(out, "server.address", op->target);
    put_number(out, "server.port", outside ? 443 : 8080);
    put_text(out, "network.protocol.version", outside ? "2" : "1.1");
    put_number(out, "http.response.status_code", span->failed ? 500 : 200);
    if (span->failed)
        put_text(out, "error.type", "500");
    if (span->parent < 0) {
        buf_reset(&text);
        buf_printf(&text, "203.0.113.%u", span->random >> 8 & 0xff); /* for documentation */
        put_text(out, "client.address", buf_text(&text));
        put_text(out, "user_agent.original", PICK(agents, span->random >> 16));
        buf_reset(&text);
        buf_printf(&text, "user-%u", span->random % 1000);
        put_text(out, "enduser.id", buf_text(&text));
    }
    buf_done(&text);
}

static void put_rpc(struct buf *out, const struct shop_span *span, const struct shop_operation *op)
{
    const char *slash = strchr(op->name, '/');
    struct buf service = {0};

    buf_append(&service, op->name, (size_t)(slash - op->name));
    put_text(out, "rpc.system", "grpc");
    put_text(out, "rpc.service", buf_text(&service));
    put_text(out, "rpc.method", slash + 1);
    put_number(out, "rpc.grpc.status_code", span->failed ? 13 : 0);
    put_text(out, "server.address", op->target);
    put_number(out, "server.port", 8080);
    buf_done(&service);
    if (strstr(op->name, "GetProduct"))
        put_text(out, "app.product.id", PICK(products, span->random));
    if (strstr(op->name, "PlaceOrder") && span->kind == SHOP_SERVER) {
        put_amount(out, "app.order.amount", 5 + span->random % 40000 / 100.0);
        put_text(out, "app.user.currency", PICK(currencies, span->random));
        put_number(out, "app.order.items.count", 1 + span->random % 4);
    }
    if (strstr(op->name, "Charge") && span->kind == SHOP_SERVER) {
        put_text(out, "app.payment.card_type", span->random & 1 ? "visa" : "mastercard");
        put_yes(out, "app.payment.charged", !span->failed);
    }
}

static void put_database(struct buf *out, const struct shop_span *span,
                         const struct shop_operation *op)
{
    bool sql = op->style == SHOP_SQL;
    const char *space = strchr(op->name, ' ');
    struct buf word = {0};

    buf_append_str(&word, first_word(op->name));
    put_text(out, "db.system.name", sql ? "postgresql" : "redis");
    put_text(out, "db.namespace", sql ? "shop" : "0");
    put_text(out, "db.operation.name", buf_text(&word));
    if (space)
        put_text(out, "db.collection.name", space + 1);
    put_text(out, "db.query.text", op->detail);
    put_text(out, "server.address", op->target);
    put_number(out, "server.port", sql ? 5432 : 6379);
    if (sql && memcmp(op->name, "SELECT", 6) == 0)
        put_number(out, "db.response.returned_rows", span->failed ? 0 : 1 + span->random % 20);
    buf_done(&word);
}

static void put_message(struct buf *out, const struct shop_span *span,
                        const struct shop_operation *op)
{
    put_text(out, "messaging.system", "kafka");
    put_text(out, "messaging.destination.name", op->target);
    put_text(out, "messaging.operation.type", span->kind == SHOP_PRODUCER ? "send" : "process");
    put_number(out, "messaging.kafka.offset", span->random % 100000);
    put_number(out, "messaging.message.body.size", 200 + span->random % 900);
    put_text(out, "server.address", "kafka");
    put_number(out, "server.port", 9092);
    if (span->kind == SHOP_CONSUMER)
        put_text(out, "messaging.consumer.group.name", shop_services[span->service].name);
}

static void put_attributes(struct buf *out, const struct shop_span *span,
                           const struct shop_operation *op)
{
    switch (op->style) {
    case SHOP_HTTP:
        put_http(out, span, op);
        break;
    case SHOP_RPC:
        put_rpc(out, span, op);
        break;
    case SHOP_SQL:
    case SHOP_CACHE:
        put_database(out, span, op);
        break;
    case SHOP_QUEUE:
        put_message(out, span, op);
        break;
    case SHOP_WORK:
        put_number(out, "thread.id", 1 + span->random % 16);
        break;
    }
}

/* ---- events, links, status ---- */

/* Events have their attributes in field 3. */
static void put_exception(struct buf *out, const struct shop_span *span,
                          const struct shop_operation *op, uint64_t at_ns)
{
    const char *colon = strstr(op->failure, ": ");
    size_t event = wire_begin(out, 11);
    struct buf text = {0};

    wire_put_fixed64(out, 1, at_ns);
    wire_put_bytes(out, 2, STR("exception"));
    buf_append(&text, op->failure, (size_t)(colon - op->failure));
    put_text_of(out, 3, "exception.type", buf_text(&text));
    put_text_of(out, 3, "exception.message", colon + 2);
    buf_reset(&text);
    buf_printf(&text, "%s\n    at %s (%s:%u)\n    at handle (%s:%u)", op->failure, op->name,
               shop_services[span->service].name, 20 + span->random % 300,
               shop_services[span->service].name, 7 + span->random % 50);
    put_text_of(out, 3, "exception.stacktrace", buf_text(&text));
    buf_done(&text);
    wire_end(out, event);
}

static void put_event(struct buf *out, const char *name, uint64_t at_ns)
{
    size_t event = wire_begin(out, 11);

    wire_put_fixed64(out, 1, at_ns);
    wire_put_bytes(out, 2, str_of(name));
    wire_end(out, event);
}

static void put_events(struct buf *out, const struct shop_span *span,
                       const struct shop_operation *op, uint64_t start_ns)
{
    uint64_t length_ns = span->end_ns - span->start_ns, at_ns = start_ns + span->start_ns;

    if (op->style == SHOP_CACHE && span->random % 4 == 0)
        put_event(out, "cache miss", at_ns + length_ns / 2);
    if (span->kind == SHOP_SERVER && strstr(op->name, "PlaceOrder")) {
        put_event(out, "prepared", at_ns + length_ns / 3);
        if (!span->failed)
            put_event(out, "charged", at_ns + length_ns / 2);
    }
    if (span->thrown)
        put_exception(out, span, op, at_ns + length_ns * 9 / 10);
}

static void put_link(struct buf *out, const struct shop_trace *trace)
{
    size_t link = wire_begin(out, 13);

    wire_put_bytes(out, 1, (struct str){(const char *)trace->linked_id, 16});
    wire_put_bytes(out, 2, (struct str){(const char *)trace->linked_span, 8});
    put_text_of(out, 4, "messaging.batch.role", "previous order");
    wire_end(out, link);
}

static void put_status(struct buf *out, const struct shop_span *span,
                       const struct shop_operation *op)
{
    size_t status = wire_begin(out, 15);

    if (span->thrown)
        wire_put_bytes(out, 2, str_of(strstr(op->failure, ": ") + 2));
    put_varint(out, 3, STATUS_ERROR);
    wire_end(out, status);
}

/* ---- spans and resources ---- */

/* A client of HTTP does not know the route. */
static struct str span_name(const struct shop_span *span, const struct shop_operation *op)
{
    return op->style == SHOP_HTTP && span->kind == SHOP_CLIENT ? first_word(op->name)
                                                               : str_of(op->name);
}

static void put_span(struct buf *out, const struct shop_trace *trace, const struct shop_span *span,
                     uint64_t start_ns)
{
    const struct shop_operation *op = &shop_operations[span->operation];
    size_t message = wire_begin(out, 2);

    wire_put_bytes(out, 1, (struct str){(const char *)trace->id, sizeof(trace->id)});
    wire_put_bytes(out, 2, (struct str){(const char *)span->id, sizeof(span->id)});
    if (span->parent >= 0)
        wire_put_bytes(out, 4, (struct str){(const char *)trace->spans[span->parent].id, 8});
    wire_put_bytes(out, 5, span_name(span, op));
    put_varint(out, 6, span->kind);
    wire_put_fixed64(out, 7, start_ns + span->start_ns);
    wire_put_fixed64(out, 8, start_ns + span->end_ns);
    put_attributes(out, span, op);
    put_events(out, span, op, start_ns);
    if (span->linked)
        put_link(out, trace);
    if (span->failed)
        put_status(out, span, op);
    wire_put_tag(out, 16, WIRE_FIXED32);
    buf_append(out, "\x01\x00\x00\x00", 4); /* flags: sampled */
    wire_end(out, message);
}

static void put_resource(struct buf *out, const struct shop_service *service)
{
    size_t resource = wire_begin(out, 1);
    uint64_t hash = str_hash(str_of(service->name));
    struct buf pod = {0};

    buf_printf(&pod, "%s-%08x-%04x", service->name, (unsigned)(hash >> 32),
               (unsigned)(hash & 0xffff));
    put_text_of(out, 1, "service.name", service->name);
    put_text_of(out, 1, "service.namespace", "shop");
    put_text_of(out, 1, "service.version", service->version);
    put_text_of(out, 1, "service.instance.id", buf_text(&pod));
    put_text_of(out, 1, "deployment.environment.name", "demo");
    put_text_of(out, 1, "host.name", hash & 1 ? "node-a" : "node-b");
    put_text_of(out, 1, "k8s.pod.name", buf_text(&pod));
    put_text_of(out, 1, "telemetry.sdk.name", "opentelemetry");
    put_text_of(out, 1, "telemetry.sdk.language", service->language);
    put_text_of(out, 1, "telemetry.sdk.version", service->sdk_version);
    wire_end(out, resource);
    buf_done(&pod);
}

static void put_service(struct buf *out, const struct shop_trace *trace, unsigned service,
                        uint64_t start_ns)
{
    size_t resource_spans = wire_begin(out, 1), scope_spans, scope;

    put_resource(out, &shop_services[service]);
    scope_spans = wire_begin(out, 2);
    scope = wire_begin(out, 1);
    wire_put_bytes(out, 1, str_of(shop_services[service].scope));
    wire_put_bytes(out, 2, str_of(shop_services[service].sdk_version));
    wire_end(out, scope);
    for (size_t i = 0; i < trace->count; i++)
        if (trace->spans[i].service == service)
            put_span(out, trace, &trace->spans[i], start_ns);
    wire_put_bytes(out, 3, STR(SCHEMA_URL));
    wire_end(out, scope_spans);
    wire_put_bytes(out, 3, STR(SCHEMA_URL));
    wire_end(out, resource_spans);
}

void shop_write(struct buf *out, const struct shop_trace *trace, uint64_t start_ns)
{
    bool takes_part[SHOP_SERVICES] = {false};

    for (size_t i = 0; i < trace->count; i++)
        takes_part[trace->spans[i].service] = true;
    for (unsigned s = 0; s < SHOP_SERVICES; s++)
        if (takes_part[s])
            put_service(out, trace, s, start_ns);
}
