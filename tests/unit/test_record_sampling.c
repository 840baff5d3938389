/*
 * Sampling of log records, through the processor: settings as in the YAML, records as OTLP/JSON,
 * and their attributes afterwards. Values of hashes are those of test_sampler.c.
 */
#include "processors/record_sampling.h"

#include "base/budget.h"
#include "unit/processor_fixture.h"

extern const struct component_type probabilistic_sampler_processor;

static struct arena *arena;

/* The attributes of the record that stays, or "dropped". */
static const char *run(const char *yaml, const char *record)
{
    struct end end;
    struct component *processor;
    const char *left = "dropped";

    end_init(&end);
    processor = processor_new(&probabilistic_sampler_processor, yaml, arena, &end.base);
    ck_assert_int_eq(
        processor_take(processor, batch_of_json(LOGS, arena_printf(arena,
                                                                   "{'resourceLogs':[{'scopeLogs':["
                                                                   "{'logRecords':[%s]}]}]}",
                                                                   record)))
            .verdict,
        ACCEPTED);
    if (end.came)
        left = json_of_attributes(end_item(&end), ATTRIBUTES_OF_LOG_RECORD, arena);
    end_done(&end);
    probabilistic_sampler_processor.destroy(processor);
    return left;
}

#define ID                "'traceId':'01020304050607080980000000000000'" /* half of the randomness */
#define HASHED            "'traceId':'0102030405060708090a0b0c0d0e0f10'"
#define RECORD(id, attrs) "{" id ",'attributes':[" attrs "]}"
#define TEXT(key, value)  "{'key':'" key "','value':{'stringValue':'" value "'}}"
#define NUMBER(value)     "{'key':'p','value':{'intValue':'" value "'}}"

static const struct {
    const char *yaml, *record, *left;
} cases[] = {
    /* hash_seed: of the trace id */
    {"{sampling_percentage: 100}", RECORD(HASHED, ""),
     "{\"sampling.randomness\":\"976837c4f25a25\",\"sampling.threshold\":\"0\"}"},
    {"{sampling_percentage: 100, hash_seed: 22}", RECORD(HASHED, TEXT("a", "x")),
     "{\"a\":\"x\",\"sampling.randomness\":\"2ef03615863443\",\"sampling.threshold\":\"0\"}"},
    {"{sampling_percentage: 41}", RECORD(HASHED, ""),
     "{\"sampling.randomness\":\"976837c4f25a25\",\"sampling.threshold\":\"970c\"}"},
    {"{sampling_percentage: 40}", RECORD(HASHED, ""), "dropped"},
    {"{sampling_percentage: 0}", RECORD(HASHED, ""), "dropped"},
    /* of an attribute */
    {"{sampling_percentage: 100, attribute_source: record, from_attribute: a}",
     RECORD(HASHED, TEXT("a", "")),
     "{\"a\":\"\",\"sampling.randomness\":\"2ba812e1b97515\",\"sampling.threshold\":\"0\"}"},
    {"{sampling_percentage: 100, attribute_source: record, from_attribute: b}",
     RECORD(HASHED, TEXT("a", "x")), "dropped"},
    {"{sampling_percentage: 100, attribute_source: record, from_attribute: b, fail_closed: false}",
     RECORD(HASHED, TEXT("a", "x")), "{\"a\":\"x\"}"},
    /* what was sampled before stays as it is */
    {"{sampling_percentage: 50}", RECORD(HASHED, TEXT("sampling.threshold", "8")),
     "{\"sampling.threshold\":\"8\"}"},
    {"{sampling_percentage: 50}", RECORD(HASHED, TEXT("sampling.randomness", "x")),
     "{\"sampling.randomness\":\"x\"}"},
    /* a percentage of its own */
    {"{sampling_percentage: 1, sampling_priority: p}", RECORD(HASHED, NUMBER("100")),
     "{\"p\":100,\"sampling.randomness\":\"976837c4f25a25\",\"sampling.threshold\":\"0\"}"},
    {"{sampling_percentage: 1, sampling_priority: p}", RECORD(HASHED, NUMBER("50")),
     "{\"p\":50,\"sampling.randomness\":\"976837c4f25a25\",\"sampling.threshold\":\"8\"}"},
    {"{sampling_percentage: 1, sampling_priority: p}", RECORD(HASHED, NUMBER("5")), "dropped"},
    {"{sampling_percentage: 1, sampling_priority: p}", RECORD(HASHED, TEXT("p", "100")), "dropped"},
    {"{sampling_percentage: 100, sampling_priority: p}", RECORD(HASHED, NUMBER("0")),
     "{\"p\":0,\"sampling.randomness\":\"976837c4f25a25\",\"sampling.threshold\":\"0\"}"},
    {"{sampling_percentage: 1, attribute_source: record, from_attribute: b, sampling_priority: p}",
     RECORD(HASHED, NUMBER("100")), "{\"p\":100}"},
    /* the randomness of the trace id, or told, or of an attribute */
    {"{sampling_percentage: 50, mode: proportional}", RECORD(ID, ""),
     "{\"sampling.threshold\":\"8\"}"},
    {"{sampling_percentage: 49, mode: proportional}", RECORD(ID, ""), "dropped"},
    {"{sampling_percentage: 50, mode: proportional}",
     RECORD(ID, TEXT("sampling.threshold", "8") "," TEXT("sampling.randomness", "c0000000000000")),
     "{\"sampling.randomness\":\"c0000000000000\",\"sampling.threshold\":\"c\"}"},
    {"{sampling_percentage: 50, mode: equalizing}", RECORD(ID, TEXT("sampling.threshold", "9")),
     "dropped"},
    {"{sampling_percentage: 50, mode: equalizing}", RECORD(ID, TEXT("sampling.threshold", "8;x")),
     "dropped"},
    {"{sampling_percentage: 100, mode: equalizing, from_attribute: a}",
     RECORD("'severityNumber':9", TEXT("a", "x")), "{\"a\":\"x\",\"sampling.threshold\":\"0\"}"},
    {"{sampling_percentage: 100, mode: equalizing}", RECORD("'severityNumber':9", ""), "dropped"},
};

START_TEST(records_are_sampled)
{
    const char *left;

    arena = arena_new(4096);
    left = run(cases[_i].yaml, cases[_i].record);
    ck_assert_msg(strcmp(left, cases[_i].left) == 0, "%s %s: %s", cases[_i].yaml, cases[_i].record,
                  left);
    arena_free(arena);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(a_record_needs_its_attribute)
{
    arena = arena_new(4096);
    processor_complains(&probabilistic_sampler_processor,
                        "{sampling_percentage: 1, attribute_source: record}",
                        "attribute_source: record needs from_attribute", arena);
    processor_complains(&probabilistic_sampler_processor,
                        "{sampling_percentage: 1, attribute_source: trace}", "traceID", arena);
    arena_free(arena);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("record_sampling");

    tcase_add_loop_test(tests, records_are_sampled, 0, sizeof(cases) / sizeof(cases[0]));
    tcase_add_test(tests, a_record_needs_its_attribute);
    return run_tests("record_sampling", tests);
}
