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
        {STR_INIT("\b\f\n\r\t\0\x1f\x7f"), "\"\\b\\f\\n\\r\\t\\u0000\\u001f\\u007f\""},
        {STR_INIT("a\xc3\xa9\xf0\x9f\x98\x80"), "\"a\xc3\xa9\xf0\x9f\x98\x80\""},
        {STR_INIT("\xc2\x80\xc2\x85\xc2\x9b\xc2\xa0"), "\"\\u0080\\u0085\\u009b\xc2\xa0\""},
        {STR_INIT("\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa"),
         "\"\xe2\x80\xa7\\u2028\\u2029\xe2\x80\xaa\""},
        {STR_INIT("\xef\xbf\xbd\xef\xbf\xbe\xef\xbf\xbf"), "\"\xef\xbf\xbd\\ufffe\\uffff\""},
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
