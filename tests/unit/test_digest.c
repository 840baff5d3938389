/*
 * Digests of nothing and of "abc", as other programs have them.
 */
#include "net/digest.h"

#include "unit/check.h"

#define KEY "0123456789abcdef0123456789abcdef"

START_TEST(digests_are_those_of_the_standards)
{
    static const struct {
        enum digest_kind kind;
        struct str text;
        const char *hex;
    } cases[] = {
        {DIGEST_SHA256, STR_INIT(""),
         "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {DIGEST_SHA256, STR_INIT("abc"),
         "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {DIGEST_SHA1, STR_INIT(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
        {DIGEST_SHA1, STR_INIT("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {DIGEST_SHA3_256, STR_INIT(""),
         "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"},
        {DIGEST_SHA3_256, STR_INIT("abc"),
         "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"},
        {DIGEST_MD5, STR_INIT(""), "d41d8cd98f00b204e9800998ecf8427e"},
        {DIGEST_MD5, STR_INIT("abc"), "900150983cd24fb0d6963f7d28e17f72"},
        {DIGEST_HMAC_SHA256, STR_INIT(""),
         "796cd3078af14636753d26b3b5555422ff55a3e261cf847b48e95371b9bd0aa2"},
        {DIGEST_HMAC_SHA256, STR_INIT("abc"),
         "a60c859a6827c5ea576a48d8d368672fbfe4667c6a927428284a0cb3859cc1d6"},
        {DIGEST_HMAC_SHA512, STR_INIT(""),
         "d1db79e3c7d92a42c6fe2391e5652718d8fd32feebc9b852df26cc746fa62b01c11bab8344b548b51f336f838"
         "312bf4d4d14fe55b45c6752aafdf1f0eac8c342"},
        {DIGEST_HMAC_SHA512, STR_INIT("abc"),
         "d044797ec77ed095c210264f697d9d528ccc3b649bff12db65460ddd8c1bf636aa7a21cab24b996eb5c562452"
         "496eb5487ee4ea624ded53aa1ffb4de4d5570c5"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct digester *digester = digester_new(cases[i].kind, STR(KEY));

        for (unsigned times = 0; times < 3; times++) {
            char hex[DIGEST_HEX_MAX];

            ck_assert_msg(str_is(digester_hex(digester, cases[i].text, hex), cases[i].hex),
                          "case %zu", i);
        }
        digester_free(digester);
    }
    digester_free(NULL);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("digest");

    tcase_add_test(cases, digests_are_those_of_the_standards);
    return run_tests("digest", cases);
}
