#include "base/number_text.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "unit/check.h"

START_TEST(numbers_have_as_few_digits_as_tell_them_apart)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {0.1, "0.1"},
        {189.33, "189.33"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1e300, "1e+300"},
        {-2.5e-7, "-2.5e-07"},
        {9007199254740993.0, "9007199254740992"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {INFINITY, "inf"},
        {NAN, "nan"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char text[NUMBER_TEXT_SIZE];

        ck_assert_str_eq(number_text(cases[i].value, text), cases[i].text);
        ck_assert(isnan(cases[i].value) || strtod(text, NULL) == cases[i].value);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("number_text");

    tcase_add_test(cases, numbers_have_as_few_digits_as_tell_them_apart);
    return run_tests("number_text", cases);
}
