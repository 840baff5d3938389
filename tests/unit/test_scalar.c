#include "config/scalar.h"

#include <math.h>

#include "unit/check.h"

START_TEST(types_are_those_of_yaml_1_2)
{
    static const struct {
        const char *text;
        enum scalar_type type;
    } cases[] = {
        {"", SCALAR_NULL},
        {"~", SCALAR_NULL},
        {"Null", SCALAR_NULL},
        {"true", SCALAR_BOOL},
        {"FALSE", SCALAR_BOOL},
        {"yes", SCALAR_STRING},
        {"tRUE", SCALAR_STRING},
        {"0", SCALAR_NUMBER},
        {"-17", SCALAR_NUMBER},
        {"+1", SCALAR_NUMBER},
        {"0x1F", SCALAR_NUMBER},
        {"0b101", SCALAR_NUMBER},
        {"0o17", SCALAR_NUMBER},
        {"8_192", SCALAR_NUMBER},
        {"1e3", SCALAR_NUMBER},
        {".5", SCALAR_NUMBER},
        {"1.", SCALAR_NUMBER},
        {"-.inf", SCALAR_NUMBER},
        {".NaN", SCALAR_NUMBER},
        {"_", SCALAR_STRING},
        {".", SCALAR_STRING},
        {"1e", SCALAR_STRING},
        {"0x", SCALAR_STRING},
        {"0xg", SCALAR_STRING},
        {"inf", SCALAR_STRING},
        {"nan", SCALAR_STRING},
        {"0x1p3", SCALAR_STRING},
        {"1.2.3", SCALAR_STRING},
        {"5s", SCALAR_STRING},
        {"- 1", SCALAR_STRING},
        {"localhost", SCALAR_STRING},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_msg(scalar_type_of(cases[i].text) == cases[i].type, "%s", cases[i].text);
}
END_TEST

START_TEST(numbers_have_many_forms)
{
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        {"17", 17},         {"-3", -3},           {"0x1f", 31},
        {"-0x10", -16},     {"0o17", 15},         {"017", 15},
        {"08", 8},          {"0b11", 3},          {"8_192", 8192},
        {"1e3", 1000},      {"0.5", 0.5},         {"-.5e-1", -.05},
        {".inf", HUGE_VAL}, {"-.INF", -HUGE_VAL}, {"99999999999999999999", 1e20},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        double value;

        ck_assert_msg(scalar_number(cases[i].text, &value) && value == cases[i].value, "%s",
                      cases[i].text);
    }
}
END_TEST

START_TEST(whole_numbers_are_exact_up_to_64_bits)
{
    static const struct {
        const char *text;
        bool whole, negative;
        uint64_t value;
    } cases[] = {
        {"18446744073709551615", true, false, UINT64_MAX},
        {"18446744073709551616", false, false, 0},
        {"9007199254740993", true, false, 9007199254740993},
        {"-5", true, true, 5},
        {"8192.0", true, false, 8192},
        {"1e3", true, false, 1000},
        {"-1e3", true, true, 1000},
        {"1e30", false, false, 0},
        {"0.5", false, false, 0},
        {".inf", false, false, 0},
        {".nan", false, false, 0},
        {"x", false, false, 0},
        {"11111111111111111111111111111111111111111111111111111111111111111111", false, false, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bool negative;
        uint64_t value;

        ck_assert_msg(scalar_whole(cases[i].text, &negative, &value) == cases[i].whole, "%s",
                      cases[i].text);
        if (!cases[i].whole)
            continue;
        ck_assert(negative == cases[i].negative);
        ck_assert_uint_eq(value, cases[i].value);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("scalar");

    tcase_add_test(cases, types_are_those_of_yaml_1_2);
    tcase_add_test(cases, numbers_have_many_forms);
    tcase_add_test(cases, whole_numbers_are_exact_up_to_64_bits);
    return run_tests("scalar", cases);
}
