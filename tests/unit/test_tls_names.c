/*
 * Tests of net/tls_names.c.
 */
#include "net/tls_names.h"

#include <string.h>

#include "unit/check.h"

enum { NAMES_MAX = 4 };

static struct string_list list_of(const char *names[NAMES_MAX])
{
    struct string_list list = {names, 0};

    while (list.count < NAMES_MAX && names[list.count])
        list.count++;
    return list;
}

START_TEST(suites_have_openssls_names)
{
    static struct {
        const char *names[NAMES_MAX], *list;
    } cases[] = {
        {{NULL}, "ECDHE+AESGCM:ECDHE+CHACHA20"},
        {{"TLS_AES_128_GCM_SHA256"}, "ECDHE+AESGCM:ECDHE+CHACHA20"},
        {{"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305"},
         "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct string_list names = list_of(cases[i].names);
        struct buf list = {0};

        ck_assert(tls_suites_check(&names, NULL));
        tls_suites_list(&names, &list);
        ck_assert_str_eq(buf_text(&list), cases[i].list);
        buf_done(&list);
    }
    ck_assert(!tls_suite_is_spoken("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"));
}
END_TEST

START_TEST(curves_have_openssls_names)
{
    static const char *some[NAMES_MAX] = {"P384", "X25519MLKEM768", "X25519"}, *none[NAMES_MAX];
    struct string_list names = list_of(some), empty = list_of(none);
    struct buf list = {0};

    ck_assert(tls_curves_check(&names, NULL));
    tls_curves_list(&names, &list);
    ck_assert_str_eq(buf_text(&list), "P-384:X25519");
    buf_reset(&list);
    tls_curves_list(&empty, &list);
    ck_assert_uint_eq(list.len, 0);
    buf_done(&list);
    ck_assert(!tls_curve_is_spoken("X25519MLKEM768"));
}
END_TEST

START_TEST(names_are_checked)
{
    static const char *unknown[NAMES_MAX] = {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA25"};
    static const char *unsafe[NAMES_MAX] = {"TLS_RSA_WITH_RC4_128_SHA"};
    static const char *curve[NAMES_MAX] = {"P256", "X448"};
    struct string_list names = list_of(unknown);
    struct error err;

    ck_assert(!tls_suites_check(&names, &err));
    ck_assert_str_eq(err.text, "unknown cipher suite \"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA25\"; did "
                               "you mean TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256?");
    names = list_of(unsafe);
    ck_assert(!tls_suites_check(&names, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "names no suite that is safe"));
    names = list_of(curve);
    ck_assert(!tls_curves_check(&names, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "unknown curve \"X448\""));
}
END_TEST

START_TEST(versions_are_the_same_for_both_ends_and_begin_with_the_default)
{
    static const unsigned min[] = {2, 3, 0, 1}, max[] = {3, 2, 0, 1};

    for (size_t i = 0; i < 4; i++) {
        ck_assert_uint_eq(tls_minor(tls_min_versions[i]), min[i]);
        ck_assert_uint_eq(tls_minor(tls_max_versions[i]), max[i]);
    }
    ck_assert_ptr_null(tls_min_versions[4]);
    ck_assert_ptr_null(tls_max_versions[4]);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("tls_names");

    tcase_add_test(cases, suites_have_openssls_names);
    tcase_add_test(cases, curves_have_openssls_names);
    tcase_add_test(cases, names_are_checked);
    tcase_add_test(cases, versions_are_the_same_for_both_ends_and_begin_with_the_default);
    return run_tests("tls_names", cases);
}
