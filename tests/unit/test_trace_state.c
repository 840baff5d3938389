/*
 * Tracestate: what is read of it, and what is written.
 */
#include "processors/trace_state.h"

#include "unit/check.h"

static const struct {
    const char *state;
    bool good;
    struct ot_member ot;
    const char *written; /* with the same values again */
} states[] = {
    {"", true, {false, false, 0, 0}, "ot="},
    {"a=1", true, {false, false, 0, 0}, "ot=,a=1"},
    {"ot=th:8", true, {false, true, 0, 0x80000000000000}, "ot=th:8"},
    {"ot=th:0", true, {false, true, 0, 0}, "ot=th:0"},
    {"ot=th:fd70a4", true, {false, true, 0, 0xfd70a400000000}, "ot=th:fd70a4"},
    {"ot=th:00000000000001", true, {false, true, 0, 1}, "ot=th:00000000000001"},
    {"ot=rv:00000000000010", true, {true, false, 16, 0}, "ot=rv:00000000000010"},
    {"a=1 , ot=x:y;th:c;rv:0123456789abcd;z:1,, b=2=3",
     true,
     {true, true, 0x0123456789abcd, 0xc0000000000000},
     "ot=rv:0123456789abcd;th:c;x:y;z:1,a=1,b=2=3"},
    {"ot=th:", false, {false, false, 0, 0}, NULL},
    {"ot=th:g", false, {false, false, 0, 0}, NULL},
    {"ot=th:F", false, {false, false, 0, 0}, NULL},
    {"ot=th:123456789012345", false, {false, false, 0, 0}, NULL},
    {"ot=rv:1", false, {false, false, 0, 0}, NULL},
    {"ot=th:8;rv", false, {false, false, 0, 0}, NULL},
    {"ot=", false, {false, false, 0, 0}, NULL},
};

START_TEST(the_member_of_samplers_is_read_and_written)
{
    struct str state = str_of(states[_i].state);
    struct buf out = {0};
    struct ot_member ot;

    ck_assert_int_eq(ot_member_read(state, &ot), states[_i].good);
    ck_assert_int_eq(ot.has_randomness, states[_i].ot.has_randomness);
    ck_assert_int_eq(ot.has_threshold, states[_i].ot.has_threshold);
    ck_assert_uint_eq(ot.randomness, states[_i].ot.randomness);
    ck_assert_uint_eq(ot.threshold, states[_i].ot.threshold);
    if (states[_i].written) {
        ot_member_write(state, &ot, &out);
        ck_assert_str_eq(buf_text(&out), states[_i].written);
    }
    buf_done(&out);
}
END_TEST

START_TEST(members_are_found)
{
    struct str state = STR("a=1, b=2 ,nothing,a=3,=4"), value;

    ck_assert(trace_state_get(state, STR("a"), &value) && str_is(value, "1"));
    ck_assert(trace_state_get(state, STR("b"), &value) && str_is(value, "2"));
    ck_assert(!trace_state_get(state, STR("nothing"), &value));
    ck_assert(!trace_state_get(STR(""), STR("a"), &value));
    ck_assert(!trace_state_get((struct str){NULL, 0}, STR("a"), &value));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("trace_state");

    tcase_add_loop_test(cases, the_member_of_samplers_is_read_and_written, 0,
                        sizeof(states) / sizeof(states[0]));
    tcase_add_test(cases, members_are_found);
    return run_tests("trace_state", cases);
}
