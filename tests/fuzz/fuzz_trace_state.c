/*
 * The tracestate of spans, as samplers read and write it: what they have written is read as the
 * same, and what others have put there is found again.
 */
#include <assert.h>

#include "fuzz/fuzz.h"
#include "processors/sampler.h"

static const struct str id = STR_INIT("\1\2\3\4\5\6\7\x08\x09\x80\0\0\0\0\0\0");

static void same_again(struct str state, const struct ot_member *ot)
{
    struct buf first = {0}, second = {0};
    struct ot_member again;
    struct str before, after;

    ot_member_write(state, ot, &first);
    if (ot->has_randomness || ot->has_threshold) {
        assert(ot_member_read(buf_str(&first), &again));
        assert(again.has_randomness == ot->has_randomness);
        assert(again.has_threshold == ot->has_threshold);
        assert(again.randomness == ot->randomness && again.threshold == ot->threshold);
    }
    ot_member_write(buf_str(&first), ot, &second);
    assert(str_eq(buf_str(&first), buf_str(&second)));
    if (trace_state_get(state, STR("a"), &before))
        assert(trace_state_get(buf_str(&first), STR("a"), &after) && str_eq(before, after));
    buf_done(&first);
    buf_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str state = {(const char *)data, size};
    struct sampler_verdict verdict;
    struct ot_member ot;

    if (ot_member_read(state, &ot))
        same_again(state, &ot);
    for (enum sampler_mode mode = SAMPLER_HASH_SEED; mode <= SAMPLER_EQUALIZING; mode++) {
        struct sampler sampler;

        sampler_init(&sampler, mode, 60, 7, 4, size % 2 == 0);
        verdict = sampler_decide_span(&sampler, id, state, (enum sampler_priority)(size % 3));
        if (!verdict.changes)
            continue;
        assert(verdict.keep && verdict.ot.threshold < RANDOMNESS_END);
        if (ot_member_read(state, &ot)) {
            assert(!ot.has_threshold || verdict.trouble || verdict.ot.threshold >= ot.threshold);
            same_again(state, &verdict.ot);
        }
    }
    return 0;
}
