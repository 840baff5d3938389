/*
 * The vectors of FIPS 180-2.
 */
#include "net/digest.h"

#include <stdio.h>

#include "unit/check.h"

START_TEST(digests_are_those_of_the_standard)
{
    static const struct {
        struct str text;
        const char *hex;
    } cases[] = {
        {STR_INIT(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {STR_INIT("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {{NULL, 0}, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned char digest[SHA256_SIZE];
        char hex[2 * SHA256_SIZE + 1];

        digest_sha256(cases[i].text, digest);
        for (size_t k = 0; k < SHA256_SIZE; k++)
            snprintf(hex + 2 * k, 3, "%02x", digest[k]);
        ck_assert_str_eq(hex, cases[i].hex);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("digest");

    tcase_add_test(cases, digests_are_those_of_the_standard);
    return run_tests("digest", cases);
}
