/*
 * Strings of JSON.
 */
#include "base/json_string.h"

#include "unit/check.h"

START_TEST(text_is_escaped_and_mended)
{
    static const struct {
        struct str text;
        const char *json;
    } cases[] = {
        {STR_INIT(""), "\"\""},
        {STR_INIT("plain"), "\"plain\""},
        {STR_INIT("\"\\/"), "\"\\\"\\\\/\""},
        {STR_INIT("\b\f\n\r\t\0\x1f\x7f"), "\"\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\""},
        {STR_INIT("a\xc3\xa9\xf0\x9f\x98\x80"), "\"a\xc3\xa9\xf0\x9f\x98\x80\""},
        {STR_INIT("\xff|\xc3"), "\"\xef\xbf\xbd|\xef\xbf\xbd\""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf out = {0};

        json_write_string(&out, cases[i].text);
        ck_assert_str_eq(buf_text(&out), cases[i].json);
        buf_done(&out);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("json_string");

    tcase_add_test(cases, text_is_escaped_and_mended);
    return run_tests("json_string", cases);
}
