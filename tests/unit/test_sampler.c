/*
 * Probability sampling: values that were computed by hand from the formulas.
 */
#include "processors/sampler.h"

#include <math.h>

#include "otlp/wire_write.h"
#include "unit/check.h"

static const struct str ids[] = {
    STR_INIT("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"),
    STR_INIT("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"),
    STR_INIT("\x5b\x8e\xff\xf7\x98\x03\x81\x03\xd2\x69\xb6\x33\x81\x3f\xc6\x0c"),
    STR_INIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
    STR_INIT("\x4b\xf9\x2f\x35\x77\xb3\x4d\xa6\xa3\xce\x92\x9d\x0e\x0e\x47\x36"),
};

static const struct {
    uint32_t seed;
    unsigned id;
    uint32_t hash;
    uint64_t randomness; /* its highest 14 bits: 16383 - hash % 16384 */
} hashes[] = {
    {0, 0, 0xdf241a25, 0x976837c4f25a25},          {0, 1, 0xb8fee2c2, 0x74f42e348fe2c2},
    {0, 2, 0x245dd6df, 0xa480091545d6df},          {0, 3, 0x291a1545, 0xaae80a44919545},
    {0, 4, 0x3420408d, 0xfdc80d0b42008d},          {22, 0, 0xd863b443, 0x2ef03615863443},
    {22, 1, 0x793ded30, 0x4b3c1e4893ed30},         {22, 2, 0xa2a64cc9, 0xccd828a32a4cc9},
    {22, 3, 0x03b425b3, 0x693000ed3b65b3},         {22, 4, 0x5610306b, 0x3e50158161306b},
    {UINT32_MAX, 0, 0x211ff9a1, 0x1978084511f9a1}, {UINT32_MAX, 1, 0x637cdc5e, 0x8e8418d937dc5e},
    {UINT32_MAX, 2, 0x920e3093, 0x3db0248a20f093}, {UINT32_MAX, 3, 0x5236aae1, 0x54781488236ae1},
    {UINT32_MAX, 4, 0x14666b01, 0x53f80518466b01},
};

/* percent: the least one of which hash % 16384 is below its buckets, and one bucket less. */
START_TEST(a_hash_decides_as_everywhere)
{
    unsigned bucket = hashes[_i].hash % 16384;
    struct str id = ids[hashes[_i].id];
    struct sampler_verdict verdict;
    struct sampler sampler;

    ck_assert_uint_eq(sampler_hash(hashes[_i].seed, id), hashes[_i].hash);
    sampler_init(&sampler, SAMPLER_HASH_SEED, (bucket + 1.01) / 163.84, hashes[_i].seed, 4, true);
    verdict = sampler_decide_span(&sampler, id, STR(""), PRIORITY_NONE);
    ck_assert(verdict.keep && verdict.changes && !verdict.trouble);
    ck_assert(verdict.ot.has_randomness && verdict.ot.has_threshold);
    ck_assert_uint_eq(verdict.ot.randomness, hashes[_i].randomness);
    ck_assert_uint_eq(verdict.ot.threshold, (uint64_t)(16384 - (bucket + 1)) << 42);
    sampler_init(&sampler, SAMPLER_HASH_SEED, (bucket + 0.99) / 163.84, hashes[_i].seed, 4, true);
    ck_assert(!sampler_decide_span(&sampler, id, STR(""), PRIORITY_NONE).keep);
}
END_TEST

static const struct {
    enum sampler_mode mode;
    double percentage;
    uint64_t threshold;
} thresholds[] = {
    {SAMPLER_HASH_SEED, 0, RANDOMNESS_END},
    {SAMPLER_HASH_SEED, 0.006, RANDOMNESS_END},
    {SAMPLER_HASH_SEED, 0.0062, (uint64_t)16383 << 42},
    {SAMPLER_HASH_SEED, 1, (uint64_t)(16384 - 163) << 42},
    {SAMPLER_HASH_SEED, 15, (uint64_t)(16384 - 2457) << 42},
    {SAMPLER_HASH_SEED, 33.3, (uint64_t)(16384 - 5455) << 42},
    {SAMPLER_HASH_SEED, 50, (uint64_t)8192 << 42},
    {SAMPLER_HASH_SEED, 100, 0},
    {SAMPLER_HASH_SEED, 250, 0},
    {SAMPLER_EQUALIZING, 0, RANDOMNESS_END},
    {SAMPLER_EQUALIZING, 1e-9, 0xfffffffff50140},
    {SAMPLER_EQUALIZING, 0.1, 0xffbe7700000000},
    {SAMPLER_EQUALIZING, 1, 0xfd70a000000000},
    {SAMPLER_EQUALIZING, 10, 0xe6660000000000},
    {SAMPLER_EQUALIZING, 33.3, 0xaac10000000000},
    {SAMPLER_EQUALIZING, 50, 0x80000000000000},
    {SAMPLER_EQUALIZING, 99.9, 0x00418900000000},
    {SAMPLER_EQUALIZING, 100, 0},
};

START_TEST(percentages_become_thresholds)
{
    struct sampler sampler;

    sampler_init(&sampler, thresholds[_i].mode, thresholds[_i].percentage, 0, 4, true);
    ck_assert_uint_eq(sampler.threshold, thresholds[_i].threshold);
}
END_TEST

/* The id's randomness is 0x80000000000000. */
static const struct {
    enum sampler_mode mode;
    double percentage;
    bool fail_closed;
    const char *state;
    enum sampler_priority priority;
    const char *after; /* the tracestate; NULL: the span is dropped */
} decisions[] = {
    {SAMPLER_PROPORTIONAL, 50, true, "", PRIORITY_NONE, "ot=th:8"},
    {SAMPLER_PROPORTIONAL, 49, true, "", PRIORITY_NONE, NULL},
    {SAMPLER_PROPORTIONAL, 100, true, "a=b", PRIORITY_NONE, "ot=th:0,a=b"},
    {SAMPLER_PROPORTIONAL, 50, true, "ot=th:8", PRIORITY_NONE, NULL},
    {SAMPLER_PROPORTIONAL, 50, true, "ot=th:8;rv:c0000000000000", PRIORITY_NONE,
     "ot=rv:c0000000000000;th:c"},
    {SAMPLER_EQUALIZING, 50, true, "ot=th:8", PRIORITY_NONE, "ot=th:8"},
    {SAMPLER_EQUALIZING, 75, true, "ot=th:8", PRIORITY_NONE, "ot=th:8"},
    {SAMPLER_EQUALIZING, 25, true, "ot=th:8;rv:f0000000000000", PRIORITY_NONE,
     "ot=rv:f0000000000000;th:c"},
    {SAMPLER_EQUALIZING, 50, true, "ot=th:9", PRIORITY_NONE, NULL},
    {SAMPLER_EQUALIZING, 50, false, "ot=th:9", PRIORITY_NONE, "ot=th:0"},
    {SAMPLER_EQUALIZING, 50, true, "ot=th:x", PRIORITY_NONE, NULL},
    {SAMPLER_PROPORTIONAL, 10, true, "", PRIORITY_KEEP, "ot=th:0"},
    {SAMPLER_PROPORTIONAL, 10, true, "ot=th:4", PRIORITY_KEEP, "ot=th:4"},
    {SAMPLER_PROPORTIONAL, 100, true, "", PRIORITY_DROP, NULL},
    {SAMPLER_HASH_SEED, 100, true, "", PRIORITY_DROP, NULL},
    {SAMPLER_HASH_SEED, 100, true, "ot=th:8", PRIORITY_NONE, "ot=th:8"},
    {SAMPLER_HASH_SEED, 100, true, "ot=th:x", PRIORITY_NONE, "ot=th:x"},
    {SAMPLER_HASH_SEED, 0, true, "ot=th:8", PRIORITY_KEEP, "ot=th:8"},
    {SAMPLER_HASH_SEED, 0, true, "", PRIORITY_NONE, NULL},
};

START_TEST(tracestate_counts)
{
    struct str id = STR("\1\2\3\4\5\6\7\x08\x09\x80\0\0\0\0\0\0"),
               state = str_of(decisions[_i].state);
    struct sampler_verdict verdict;
    struct buf after = {0};
    struct sampler sampler;

    sampler_init(&sampler, decisions[_i].mode, decisions[_i].percentage, 0, 4,
                 decisions[_i].fail_closed);
    verdict = sampler_decide_span(&sampler, id, state, decisions[_i].priority);
    ck_assert_int_eq(verdict.keep, decisions[_i].after != NULL);
    if (verdict.keep) {
        if (verdict.changes)
            ot_member_write(state, &verdict.ot, &after);
        else
            buf_append_str(&after, state);
        ck_assert_str_eq(buf_text(&after), decisions[_i].after);
    }
    buf_done(&after);
}
END_TEST

static const struct {
    const char *text;
    double number;
    int64_t integer;
    enum sampler_priority priority;
} priorities[] = {
    {"0", 0, 0, PRIORITY_DROP},           {"1", 1, 1, PRIORITY_KEEP},
    {"0.5", 0.5, 7, PRIORITY_KEEP},       {"-1", -1, -1, PRIORITY_NONE},
    {"", (double)NAN, -7, PRIORITY_NONE}, {"high", (double)NAN, INT64_MIN, PRIORITY_NONE},
};

static enum sampler_priority priority_of(struct str value)
{
    struct buf out = {0};
    enum sampler_priority priority;
    struct span_view span;
    size_t attribute = wire_begin(&out, 9);

    wire_put_bytes(&out, 1, STR("sampling.priority"));
    wire_put_bytes(&out, 2, value);
    wire_end(&out, attribute);
    span_read(buf_str(&out), &span);
    priority = sampler_priority_of(&span);
    buf_done(&out);
    return priority;
}

START_TEST(an_attribute_overrides)
{
    struct buf value = {0};

    wire_put_bytes(&value, 1, str_of(priorities[_i].text));
    ck_assert_int_eq(priority_of(buf_str(&value)), priorities[_i].priority);
    buf_reset(&value);
    wire_put_tag(&value, 3, WIRE_VARINT);
    wire_put_varint(&value, (uint64_t)priorities[_i].integer);
    ck_assert_int_eq(priority_of(buf_str(&value)), priorities[_i].priority);
    buf_reset(&value);
    wire_put_tag(&value, 4, WIRE_FIXED64);
    buf_append(&value, &priorities[_i].number, 8);
    ck_assert_int_eq(priority_of(buf_str(&value)), priorities[_i].priority);
    buf_done(&value);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
    TCase *cases = tcase_create("sampler");

    tcase_add_loop_test(cases, a_hash_decides_as_everywhere, 0, COUNT(hashes));
    tcase_add_loop_test(cases, percentages_become_thresholds, 0, COUNT(thresholds));
    tcase_add_loop_test(cases, tracestate_counts, 0, COUNT(decisions));
    tcase_add_loop_test(cases, an_attribute_overrides, 0, COUNT(priorities));
    return run_tests("sampler", cases);
}
