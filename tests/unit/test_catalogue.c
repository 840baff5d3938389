#include "commands/catalogue.h"

#include <string.h>

#include "base/arena.h"
#include "unit/check.h"

static struct arena *arena;
static struct catalogue catalogue;

static void set_up(void)
{
    arena = arena_new(4096);
    catalogue_init(&catalogue, arena);
}

static void tear_down(void)
{
    catalogue_done(&catalogue);
    arena_free(arena);
}

static const char *find(const char *path)
{
    const struct catalogue_entry *parent, *entry;
    const char *rest;

    entry = catalogue_find(&catalogue, path, arena, &parent, &rest);
    if (entry)
        return entry->path;
    return arena_printf(arena, "%s | %s", parent ? parent->path : "", rest);
}

START_TEST(paths_are_found_as_people_write_them)
{
    static const char *const cases[][2] = {
        {"exporters", "exporters"},
        {"exporters.jaeger", "exporters.jaeger"},
        {"exporters/jaeger", "exporters.jaeger"},
        {"exporters.jaeger.endpoint", "exporters.jaeger.endpoint"},
        {"exporters::jaeger::endpoint", "exporters.jaeger.endpoint"},
        {"exporters.jaeger/far.endpoint", "exporters.jaeger.endpoint"},
        {"exporters.otlp_grpc/2.tls.ca_file", "exporters.otlp.tls.ca_file"},
        {"service.telemetry.logs.level.", "service.telemetry.logs.level"},
        {"processors.tail_sampling.policies[0].name", "processors.tail_sampling.policies[].name"},
        {"processors.tail_sampling.policies.name", "processors.tail_sampling.policies[].name"},
        {"receivers.otlp.protocols.grpc.tls.enabled", "receivers.otlp.protocols.grpc.tls.enabled"},
        {"exporters.jaeger.endpont", "exporters.jaeger | endpont"},
        {"exporters.jaeger.tls.x.y", "exporters.jaeger.tls | x.y"},
        {"exporters.jaegr.tls", "exporters | jaegr.tls"},
        {"exporterss", " | exporterss"},
        {"", " | "},
        {"...", " | "},
        {"exporters[", "exporters"},
        {"exporters.jaeger/", "exporters.jaeger"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        ck_assert_str_eq(find(cases[i][0]), cases[i][1]);
}
END_TEST

START_TEST(every_path_is_there_once_and_is_found)
{
    for (size_t i = 0; i < catalogue.count; i++) {
        const char *path = catalogue.at[i].path;
        unsigned depth = catalogue.at[i].depth;

        ck_assert_str_eq(find(path), path);
        ck_assert(depth == 1 || depth <= catalogue.at[i - 1].depth + 1);
    }
    ck_assert_uint_gt(catalogue.count, 500);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("catalogue");

    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, paths_are_found_as_people_write_them);
    tcase_add_test(cases, every_path_is_there_once_and_is_found);
    return run_tests("catalogue", cases);
}
