#include "net/secret.h"

#include "unit/check.h"

START_TEST(digests_tell_texts_apart)
{
    struct secret_key key, other;
    struct secret_digest a, b;

    secret_key_make(&key);
    secret_key_make(&other);
    a = secret_digest(&key, STR("secret"));
    b = secret_digest(&key, STR("secret"));
    ck_assert(secret_equal(&a, &b));
    b = secret_digest(&key, STR("secret "));
    ck_assert(!secret_equal(&a, &b));
    b = secret_digest(&key, STR(""));
    ck_assert(!secret_equal(&a, &b));
    b = secret_digest(&other, STR("secret"));
    ck_assert(!secret_equal(&a, &b));
}
END_TEST

START_TEST(apache_hashes_match_their_password)
{
    static const struct {
        const char *password, *hash;
        bool matches;
    } table[] = {
        {"secret", "$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0", true},
        {"a much longer secret than sixteen bytes", "$apr1$ab$5tOnPyx/lIauX7j5H/.F10", true},
        {"secret", "$apr1$saltsalt$LrttParrLPdxvgutaSXWJ1", false},
        {"secret", "$apr1$saltsal$LrttParrLPdxvgutaSXWJ0", false},
        {"secret", "$apr1$saltsalt$LrttParrLPdxvgutaSXWJ", false},
        {"secret", "$apr1$saltsaltsalt$LrttParrLPdxvgutaSXWJ0", false},
        {"secret", "$apr1$saltsalt", false},
        {"secret", "$apr1$", false},
        {"secret", "$1$saltsalt$9xy1btjgzLYfb7hivXtC//", false},
        {"", "$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0", false},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        ck_assert_msg(secret_apr1_matches(str_of(table[i].password), str_of(table[i].hash)) ==
                          table[i].matches,
                      "row %zu", i);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("secret");

    tcase_add_test(cases, digests_tell_texts_apart);
    tcase_add_test(cases, apache_hashes_match_their_password);
    return run_tests("secret", cases);
}
