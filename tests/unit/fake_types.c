/*
 * Types of components as the real ones, as far as a configuration can tell.
 */
#include "unit/fake_types.h"

#include "pipeline/authenticator.h"

static const struct field grpc_fields[] = {
    {.name = "endpoint",
     .type = FIELD_TYPE_STRING,
     .offset =
         offsetof(struct fake_settings, grpc.endpoint) - offsetof(struct fake_settings, grpc)},
    FIELD_END,
};

static const struct field protocols_fields[] = {
    FIELD_SWITCH(struct fake_settings, grpc, "grpc", grpc_fields, "gRPC"),
    FIELD_END,
};

static const struct field otlp_fields[] = {
    {.name = "protocols", .type = FIELD_TYPE_BLOCK, .fields = protocols_fields},
    FIELD_AUTHENTICATOR(struct fake_settings, authenticator, "authenticator", "whom to ask"),
    FIELD_END,
};

static const struct field batch_fields[] = {
    FIELD_DURATION(struct fake_settings, timeout_ms, "timeout", "200ms", "how long"),
    FIELD_UINT(struct fake_settings, size, "send_batch_size", "8192", 0, UINT32_MAX, "how many"),
    FIELD_END,
};

static const struct field endpoint_fields[] = {
    FIELD_STRING(struct fake_settings, endpoint, "endpoint", NULL, "where to"),
    FIELD_AUTHENTICATOR(struct fake_settings, authenticator, "authenticator", "whom to ask"),
    FIELD_END,
};

static const struct field no_fields[] = {FIELD_END};

static void check_otlp(void *settings, const struct node *node, struct problems *problems)
{
    const struct fake_settings *s = settings;

    if (!s->grpc.enabled)
        error_at(problems, node_near(node, "protocols"), "no protocol is on");
}

static void check_endpoint(void *settings, const struct node *node, struct problems *problems)
{
    const struct fake_settings *s = settings;

    if (!s->endpoint)
        error_at(problems, node, "an endpoint is needed");
}

static const char *guard_wants(const void *settings, enum auth_side side)
{
    (void)settings;
    return side == AUTH_CLIENT ? "a password, to have something to send" : NULL;
}

static const struct authenticator authenticator = {.wants = guard_wants};

enum { ALL = 1u << TRACES | 1u << METRICS | 1u << LOGS };

static const char *const debug_old_names[] = {"logging", NULL};

static const struct component_type otlp = {.name = "otlp",
                                           .kind = RECEIVER,
                                           .signals = ALL,
                                           .fields = otlp_fields,
                                           .settings_size = sizeof(struct fake_settings),
                                           .check = check_otlp};
static const struct component_type batch = {.name = "batch",
                                            .kind = PROCESSOR,
                                            .signals = ALL,
                                            .fields = batch_fields,
                                            .settings_size = sizeof(struct fake_settings)};
static const struct component_type jaeger = {.name = "jaeger",
                                             .kind = EXPORTER,
                                             .signals = 1u << TRACES,
                                             .fields = endpoint_fields,
                                             .settings_size = sizeof(struct fake_settings),
                                             .check = check_endpoint};
static const struct component_type debug = {.name = "debug",
                                            .old_names = debug_old_names,
                                            .kind = EXPORTER,
                                            .signals = ALL,
                                            .fields = no_fields};
static const struct component_type gauge = {
    .name = "gauge", .kind = EXPORTER, .signals = 1u << METRICS | 1u << LOGS, .fields = no_fields};
static const struct component_type probe = {
    .name = "probe", .kind = EXTENSION, .fields = no_fields};
static const struct component_type guard = {
    .name = "guard", .kind = EXTENSION, .fields = no_fields, .auth = &authenticator};

static const struct component_type forward = {
    .name = "forward", .kind = CONNECTOR, .signals = ALL, .fields = no_fields};
static const struct component_type tally = {.name = "tally",
                                            .kind = CONNECTOR,
                                            .signals = 1u << TRACES | 1u << LOGS,
                                            .signals_out = 1u << METRICS,
                                            .fields = no_fields};

const struct component_type *const fake_types[] = {&otlp,  &batch, &jaeger,  &debug, &gauge,
                                                   &probe, &guard, &forward, &tally, NULL};
