/*
 * The shop's traces: plausible, and the same ones for the same seed.
 */
#include "commands/shop.h"

#include <string.h>

#include "unit/check.h"

enum { TRACES_LOOKED_AT = 2000 };

static const struct shop_settings all = {SHOP_SERVICES, SHOP_DEPTH_MAX, 5, 1};

static unsigned level_of(const struct shop_trace *trace, const struct shop_span *span)
{
    unsigned level = 1;

    for (; span->parent >= 0; level++)
        span = &trace->spans[span->parent];
    return level;
}

static void check_span(const struct shop_trace *trace, size_t i)
{
    const struct shop_span *span = &trace->spans[i];
    const struct shop_span *parent = i > 0 ? &trace->spans[span->parent] : NULL;

    ck_assert((i == 0) == (span->parent < 0));
    ck_assert_uint_lt(span->start_ns, span->end_ns);
    ck_assert_uint_le(span->end_ns, trace->length_ns);
    ck_assert_uint_lt(span->service, SHOP_SERVICES);
    if (!parent)
        return;
    ck_assert_int_lt(span->parent, (int)i);
    ck_assert_uint_ge(span->start_ns, parent->start_ns);
    if (span->kind == SHOP_CONSUMER) {
        ck_assert_int_eq(parent->kind, SHOP_PRODUCER);
        ck_assert_uint_ge(span->start_ns, parent->end_ns);
    } else {
        ck_assert_uint_le(span->end_ns, parent->end_ns);
    }
    if (span->kind == SHOP_SERVER)
        ck_assert(parent->kind == SHOP_CLIENT && parent->service != span->service);
    else if (span->kind != SHOP_CONSUMER)
        ck_assert_uint_eq(parent->service, span->service);
}

START_TEST(traces_hold_together)
{
    struct shop *shop = shop_new(&all);
    bool services[SHOP_SERVICES] = {false}, beside = false;
    unsigned failed = 0, linked = 0, deepest = 0;
    size_t longest = 0;

    for (unsigned n = 0; n < TRACES_LOOKED_AT; n++) {
        const struct shop_trace *trace = shop_next(shop);
        unsigned thrown = 0;

        ck_assert_uint_ge(trace->count, 1);
        longest = trace->count > longest ? trace->count : longest;
        linked += trace->has_link;
        for (size_t i = 0; i < trace->count; i++) {
            const struct shop_span *span = &trace->spans[i];
            unsigned level = level_of(trace, span);

            check_span(trace, i);
            services[span->service] = true;
            thrown += span->thrown;
            ck_assert(span->failed || !span->thrown);
            deepest = level > deepest ? level : deepest;
            for (size_t j = 1; j < i; j++)
                beside |= span->parent == trace->spans[j].parent &&
                          span->start_ns < trace->spans[j].end_ns;
        }
        ck_assert_uint_le(thrown, 1);
        failed += thrown;
    }
    shop_free(shop);
    for (unsigned s = 0; s < SHOP_SERVICES; s++)
        ck_assert_msg(services[s], "%s does nothing", shop_services[s].name);
    ck_assert(beside);
    ck_assert_uint_gt(failed, TRACES_LOOKED_AT * 3 / 100);
    ck_assert_uint_lt(failed, TRACES_LOOKED_AT * 7 / 100);
    ck_assert_uint_gt(linked, TRACES_LOOKED_AT * 5 / 100);
    ck_assert_uint_ge(deepest, 7);
    ck_assert_uint_gt(longest, 40);
    ck_assert_uint_lt(longest, SHOP_SPANS_MAX);
}
END_TEST

START_TEST(the_same_seed_makes_the_same_traces)
{
    struct shop_settings settings = all;
    struct shop *one = shop_new(&all), *same = shop_new(&all), *other;

    settings.seed = 2;
    other = shop_new(&settings);
    for (unsigned n = 0; n < 100; n++) {
        const struct shop_trace *a = shop_next(one), *b = shop_next(same);

        ck_assert_int_eq(memcmp(a->id, b->id, sizeof(a->id)), 0);
        ck_assert_uint_eq(a->count, b->count);
        ck_assert_uint_eq(a->length_ns, b->length_ns);
        ck_assert_int_eq(memcmp(a->spans[0].id, b->spans[0].id, 8), 0);
        ck_assert_int_ne(memcmp(a->id, shop_next(other)->id, sizeof(a->id)), 0);
    }
    shop_free(one);
    shop_free(same);
    shop_free(other);
}
END_TEST

START_TEST(services_and_levels_can_be_fewer)
{
    for (unsigned services = 1; services <= SHOP_SERVICES; services++)
        for (unsigned depth = 1; depth <= 12; depth++) {
            struct shop_settings settings = {services, depth, 100, 7};
            struct shop *shop = shop_new(&settings);

            for (unsigned n = 0; n < 20; n++) {
                const struct shop_trace *trace = shop_next(shop);
                unsigned failed = 0;

                for (size_t i = 0; i < trace->count; i++) {
                    ck_assert_uint_lt(trace->spans[i].service, services);
                    ck_assert_uint_le(level_of(trace, &trace->spans[i]), depth);
                    failed += trace->spans[i].thrown;
                }
                ck_assert_uint_eq(failed, 1);
            }
            shop_free(shop);
        }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("shop");

    tcase_add_test(cases, traces_hold_together);
    tcase_add_test(cases, the_same_seed_makes_the_same_traces);
    tcase_add_test(cases, services_and_levels_can_be_fewer);
    return run_tests("shop", cases);
}
