/*
 * The table of components: a new one is its own file and a line here.
 */
#include "service/components.h"

#include <stdio.h>

#include "base/version.h"

#define COMPONENTS(X)                                                                              \
    X(otlp_receiver)                                                                               \
    X(jaeger_receiver)                                                                             \
    X(nop_receiver)                                                                                \
    X(zipkin_receiver)                                                                             \
    X(attributes_processor)                                                                        \
    X(batch_processor)                                                                             \
    X(filter_processor)                                                                            \
    X(group_by_trace_processor)                                                                    \
    X(memory_limiter_processor)                                                                    \
    X(probabilistic_sampler_processor)                                                             \
    X(redaction_processor)                                                                         \
    X(resource_detection_processor)                                                                \
    X(resource_processor)                                                                          \
    X(span_processor)                                                                              \
    X(tail_sampling_processor)                                                                     \
    X(transform_processor)                                                                         \
    X(debug_exporter)                                                                              \
    X(file_exporter)                                                                               \
    X(jaeger_exporter)                                                                             \
    X(nop_exporter)                                                                                \
    X(otlp_exporter)                                                                               \
    X(otlphttp_exporter)                                                                           \
    X(prometheus_exporter)                                                                         \
    X(viewer_exporter)                                                                             \
    X(zipkin_exporter)                                                                             \
    X(forward_connector)                                                                           \
    X(span_metrics_connector)                                                                      \
    X(basicauth_extension)                                                                         \
    X(bearertokenauth_extension)                                                                   \
    X(file_storage_extension)                                                                      \
    X(health_check_extension)                                                                      \
    X(zpages_extension)

#define DECLARE(symbol) extern const struct component_type symbol;
COMPONENTS(DECLARE)
#undef DECLARE

#define POINT(symbol) &symbol,
const struct component_type *const component_types[] = {COMPONENTS(POINT) NULL};
#undef POINT

static const char *const kind_names[COMPONENT_KINDS] = {
    [RECEIVER] = "receivers",   [PROCESSOR] = "processors", [EXPORTER] = "exporters",
    [EXTENSION] = "extensions", [CONNECTOR] = "connectors",
};

/* Beta: its keys, or the form of what it makes, may still change. All others are stable. */
static bool is_beta(const struct component_type *type)
{
    static const struct component_type *const beta[] = {
        &transform_processor, &redaction_processor,    &resource_detection_processor,
        &file_exporter,       &span_metrics_connector, NULL};

    for (size_t i = 0; beta[i]; i++)
        if (beta[i] == type)
            return true;
    return false;
}

/* A line for each signal; of a connector for each that it takes and each that it then gives. */
static void print_stability(const struct component_type *type)
{
    const char *level = is_beta(type) ? "Beta" : "Stable";

    printf("    stability:\n");
    if (type->kind == EXTENSION)
        printf("      extension: %s\n", level);
    for (unsigned s = 0; s < SIGNAL_KINDS; s++) {
        if (!(type->signals & 1u << s))
            continue;
        if (type->kind != CONNECTOR)
            printf("      %s: %s\n", signal_words[s].name, level);
        for (unsigned out = 0; type->kind == CONNECTOR && out < SIGNAL_KINDS; out++)
            if (type->signals_out ? type->signals_out & 1u << out : out == s)
                printf("      %s-to-%s: %s\n", signal_words[s].name, signal_words[out].name, level);
    }
}

static void print_type(const struct component_type *type)
{
    const char *separator = "";

    printf("  - name: %s\n    help: \"%s\"\n", type->name, type->help);
    if (type->old_names) {
        printf("    also_known_as: [");
        for (const char *const *name = type->old_names; *name; name++) {
            printf("%s%s", separator, *name);
            separator = ", ";
        }
        printf("]\n");
    }
    print_stability(type);
}

void components_print(void)
{
    printf("buildinfo:\n  command: otelc\n  description: an OpenTelemetry collector in C\n"
           "  version: %s\n",
           OTELC_VERSION);
    for (unsigned kind = 0; kind < COMPONENT_KINDS; kind++) {
        printf("%s:\n", kind_names[kind]);
        for (const struct component_type *const *type = component_types; *type; type++)
            if ((*type)->kind == kind)
                print_type(*type);
    }
    printf("providers:\n  - scheme: env\n  - scheme: file\n  - scheme: yaml\n");
}
