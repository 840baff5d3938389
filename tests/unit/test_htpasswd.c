/*
 * Tests of extensions/htpasswd.c: hashes made by htpasswd, openssl passwd and crypt(3).
 */
#include "extensions/htpasswd.h"

#include <string.h>

#include "unit/check.h"

#define LONG "a much longer secret than sixteen bytes"

static const char users[] =
    "# people\n"
    "bcrypt:$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\n"
    "sha512:$6$rounds=1000$saltsalt$LAV5VE5Y7w1d73x1mFNspYWUpazfmwv2SoepNXNKJ/otop/"
    "Zok96Hr8Q13LEv0DRY/x8v0/crpIjl8NJSAqXV/\r\n"
    "sha256:$5$rounds=1000$saltsalt$eKLZU9t9OoPWrqOQsoTIKG0aYkZ5rGOoOQhiIvoSWX2\n"
    "md5:$1$saltsalt$9xy1btjgzLYfb7hivXtC//\n"
    "\n"
    "apache:$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0\n"
    "apache2:$apr1$ab$5tOnPyx/lIauX7j5H/.F10\n"
    "sha1:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n"
    "ssha:{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0\n"
    "plain:secret\n"
    "plain:another\n"
    "  colon : a:b ";

static struct htpasswd passwords;

static bool matches(const char *name, const char *password)
{
    struct str hash = htpasswd_hash_of(&passwords, str_of(name));

    return hash.len > 0 && htpasswd_matches(hash, str_of(password));
}

static void begin(void)
{
    struct error err;

    passwords = (struct htpasswd){.users = NULL};
    ck_assert(htpasswd_add(&passwords, str_of(users), &err));
}

static void end(void)
{
    htpasswd_done(&passwords);
}

START_TEST(the_right_password_matches_and_no_other)
{
    static const char *const names[] = {"bcrypt", "sha512", "sha256", "md5",
                                        "apache", "sha1",   "ssha",   "plain"};
    static const char *const wrong[] = {"", "secre", "secrets", "Secret", "another", LONG};

    begin();
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        ck_assert_msg(matches(names[i], "secret"), "%s", names[i]);
        for (size_t j = 0; j < sizeof(wrong) / sizeof(*wrong); j++)
            ck_assert_msg(!matches(names[i], wrong[j]), "%s: %s", names[i], wrong[j]);
    }
    ck_assert(matches("apache2", LONG));
    ck_assert(!matches("apache2", "secret"));
    ck_assert(!matches("nobody", "secret"));
    ck_assert(!matches("", ""));
    end();
}
END_TEST

START_TEST(what_is_slow_is_known)
{
    static const char *const slow[] = {"bcrypt", "sha512", "sha256", "md5", "apache"};
    static const char *const quick[] = {"sha1", "ssha", "plain"};

    begin();
    for (size_t i = 0; i < sizeof(slow) / sizeof(*slow); i++)
        ck_assert(htpasswd_is_slow(htpasswd_hash_of(&passwords, str_of(slow[i]))));
    for (size_t i = 0; i < sizeof(quick) / sizeof(*quick); i++)
        ck_assert(!htpasswd_is_slow(htpasswd_hash_of(&passwords, str_of(quick[i]))));
    end();
}
END_TEST

START_TEST(passwords_that_crypt_cannot_take_do_not_match)
{
    static char long_one[1000];

    begin();
    memset(long_one, 'x', sizeof(long_one) - 1);
    ck_assert(!matches("bcrypt", long_one));
    ck_assert(!htpasswd_matches(htpasswd_hash_of(&passwords, STR("bcrypt")), STR("secret\0more")));
    end();
}
END_TEST

START_TEST(lines_that_cannot_be_read_are_told_without_their_content)
{
    static const struct {
        const char *text, *wrong;
    } table[] = {
        {"a:b\nsecretline\n", "line 2: wants name:hash"},
        {":b", "line 1: wants name:hash"},
        {"a:", "line 1: wants name:hash"},
        {"a:$9$secret$x", "line 1: not a hash that is known: make it with htpasswd -B"},
        {"a:{MD4}secret", "line 1: not a hash that is known: make it with htpasswd -B"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct htpasswd p = {.users = NULL};
        struct error err;

        ck_assert(!htpasswd_add(&p, str_of(table[i].text), &err));
        ck_assert_str_eq(err.text, table[i].wrong);
        htpasswd_done(&p);
    }
}
END_TEST

START_TEST(damaged_hashes_match_nothing)
{
    static const char *const hashes[] = {"u:$2y$04$short", "u:$apr1$saltsalt$", "u:$apr1$x",
                                         "u:{SHA}",        "u:{SHA}!!!",        "u:{SSHA}Zm9v",
                                         "u:$6$"};

    begin();
    for (size_t i = 0; i < sizeof(hashes) / sizeof(*hashes); i++) {
        struct htpasswd p = {.users = NULL};
        struct error err;

        ck_assert(htpasswd_add(&p, str_of(hashes[i]), &err));
        ck_assert_msg(!htpasswd_matches(htpasswd_hash_of(&p, STR("u")), STR("secret")), "%s",
                      hashes[i]);
        htpasswd_done(&p);
    }
    end();
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("htpasswd");

    tcase_add_test(cases, the_right_password_matches_and_no_other);
    tcase_add_test(cases, what_is_slow_is_known);
    tcase_add_test(cases, passwords_that_crypt_cannot_take_do_not_match);
    tcase_add_test(cases, lines_that_cannot_be_read_are_told_without_their_content);
    tcase_add_test(cases, damaged_hashes_match_nothing);
    return run_tests("htpasswd", cases);
}
