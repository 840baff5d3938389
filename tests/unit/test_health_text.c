/*
 * Tests of extensions/health_text.c: what probes are told, letter by letter.
 */
#include "extensions/health_text.h"

#include "unit/check.h"

#define MS UINT64_C(1000000)
#define S  UINT64_C(1000000000)

enum { DAY_S = 86400 };

static struct buf out;

static const char *told(void (*write)(struct buf *out, const struct health *health),
                        const struct health *health)
{
    buf_reset(&out);
    write(&out, health);
    return buf_text(&out);
}

START_TEST(it_is_available_while_it_runs)
{
    const struct health health = {
        .phase = PHASE_RUNNING,
        .since_unix_ns = 1767323045 * S + 600 * MS,
        .for_ns = 1490 * MS,
        .start_unix_ns = 1767323045 * S + 123456789,
    };

    ck_assert_str_eq(told(health_write, &health),
                     "{\"status\":\"Server available\",\"upSince\":\"2026-01-02T03:04:05.6Z\","
                     "\"uptime\":\"1.49s\"}");
    ck_assert_str_eq(told(health_write_v2, &health),
                     "{\"start_time\":\"2026-01-02T03:04:05.123456789Z\",\"healthy\":true,"
                     "\"status\":\"StatusOK\",\"status_time\":\"2026-01-02T03:04:05.6Z\"}");
    buf_done(&out);
}
END_TEST

START_TEST(it_is_not_before_and_after)
{
    static const struct {
        enum phase phase;
        const char *v2;
    } table[] = {
        {PHASE_STARTING, "{\"start_time\":\"1970-01-02T00:00:00Z\",\"healthy\":false,"
                         "\"status\":\"StatusStarting\",\"status_time\":\"1970-01-02T00:00:00Z\"}"},
        {PHASE_ENDING, "{\"start_time\":\"1970-01-02T00:00:00Z\",\"healthy\":false,"
                       "\"status\":\"StatusStopping\",\"status_time\":\"1970-01-03T00:00:00Z\"}"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        const struct health health = {
            .phase = table[i].phase,
            .since_unix_ns = 2 * DAY_S * S,
            .for_ns = 5 * S,
            .start_unix_ns = DAY_S * S,
        };

        ck_assert_str_eq(told(health_write, &health),
                         "{\"status\":\"Server not available\","
                         "\"upSince\":\"0001-01-01T00:00:00Z\",\"uptime\":\"\"}");
        ck_assert_str_eq(told(health_write_v2, &health), table[i].v2);
    }
    buf_done(&out);
}
END_TEST

START_TEST(durations_are_those_of_go)
{
    static const struct {
        uint64_t ns;
        const char *text;
    } table[] = {
        {0, "\"0s\""},
        {999, "\"999ns\""},
        {1000, "\"1µs\""},
        {1500, "\"1.5µs\""},
        {MS, "\"1ms\""},
        {MS + 1, "\"1.000001ms\""},
        {S - 1, "\"999.999999ms\""},
        {S, "\"1s\""},
        {S + 10, "\"1.00000001s\""},
        {59 * S + 999 * MS, "\"59.999s\""},
        {60 * S, "\"1m0s\""},
        {3600 * S, "\"1h0m0s\""},
        {90061 * S + 500 * MS, "\"25h1m1.5s\""},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        const struct health health = {.phase = PHASE_RUNNING, .for_ns = table[i].ns};

        ck_assert_ptr_nonnull(strstr(told(health_write, &health), table[i].text));
    }
    buf_done(&out);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("health_text");

    tcase_add_test(cases, it_is_available_while_it_runs);
    tcase_add_test(cases, it_is_not_before_and_after);
    tcase_add_test(cases, durations_are_those_of_go);
    return run_tests("health_text", cases);
}
