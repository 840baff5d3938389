/*
 * OTTL's values as text.
 */
#include "ottl/ottl_value.h"

#include "unit/check.h"

static const struct {
    double number;
    const char *text;
} numbers[] = {
    {0, "0"},
    {1, "1"},
    {-1.5, "-1.5"},
    {0.1, "0.1"},
    {1e20, "100000000000000000000"},
    {1e21, "1e+21"},
    {1e-6, "0.000001"},
    {1.25e-7, "1.25e-7"},
    {1e-10, "1e-10"},
    {1e100, "1e+100"},
    {123456789.125, "123456789.125"},
    {0.30000000000000004, "0.30000000000000004"},
    {5e-324, "5e-324"},
    {1.7976931348623157e308, "1.7976931348623157e+308"},
};

START_TEST(numbers_have_their_shortest_text)
{
    char text[OTTL_NUMBER_SIZE];
    size_t len = ottl_value_number_text(numbers[_i].number, text);

    ck_assert_msg(str_is((struct str){text, len}, numbers[_i].text), "%.*s, not %s", (int)len, text,
                  numbers[_i].text);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("ottl_value");

    tcase_add_loop_test(cases, numbers_have_their_shortest_text, 0,
                        sizeof(numbers) / sizeof(numbers[0]));
    return run_tests("ottl_value", cases);
}
