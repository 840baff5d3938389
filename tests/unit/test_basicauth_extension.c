/*
 * Tests of extensions/basicauth_extension.c.
 */
#include "base/base64.h"
#include "unit/extension_stage.h"

/* "Basic " and base64 of ann:secret, ann:wrong, bob:secret, bob:other */
#define ANN       "Basic YW5uOnNlY3JldA=="
#define ANN_WRONG "Basic YW5uOndyb25n"
#define BOB       "Basic Ym9iOnNlY3JldA=="
#define BOB_OTHER "Basic Ym9iOm90aGVy"

#define USER_ANN "ann:$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"
#define USERS    "{htpasswd: {inline: \"" USER_ANN "\"}}"

extern const struct component_type basicauth_extension;

static struct extension_stage s;

START_TEST(users_are_let_in_with_their_password)
{
    static const char *const wrong[] = {
        "",          "Basic",      "Basic ",     ANN_WRONG, "Bearer YW5uOnNlY3JldA==",
        "Basic !!!", "Basic YW5u", "ann:secret", BOB,       "Basic Og=="};

    extension_begin(&s, &basicauth_extension, USERS);
    for (unsigned i = 0; i < 3; i++) { /* the second time from memory */
        ck_assert(extension_lets_in(&s, ANN));
        ck_assert(extension_lets_in(&s, "basic  YW5uOnNlY3JldA"));
        for (size_t j = 0; j < sizeof(wrong) / sizeof(*wrong); j++)
            ck_assert_msg(!extension_lets_in(&s, wrong[j]), "%s", wrong[j]);
    }
    ck_assert_str_eq(s.extension->type->auth->field(s.extension), "authorization");
    extension_end(&s);
}
END_TEST

/* Guesses come to a thread of libuv's, are remembered, and limited. */
START_TEST(who_guesses_is_told_to_come_again_later)
{
    unsigned found[CREDENTIALS_LATER] = {0};
    char guess[64];
    struct buf value = {0};

    extension_begin(&s, &basicauth_extension, USERS);
    for (unsigned i = 0; i < 100; i++) {
        snprintf(guess, sizeof(guess), "ann:guess%u", i);
        buf_reset(&value);
        buf_append_str(&value, STR("Basic "));
        base64_append(&value, str_of(guess), true);
        found[extension_ask(&s, "10.0.0.1:5", buf_text(&value))]++;
    }
    ck_assert_uint_eq(found[CREDENTIALS_RIGHT], 0);
    ck_assert_uint_ge(found[CREDENTIALS_WRONG], 9); /* the first, and the burst */
    ck_assert_uint_ge(found[CREDENTIALS_BUSY], 60);
    /* ... with a password that was right from there too, unless it is remembered */
    ck_assert_int_eq(extension_ask(&s, "10.0.0.1:6", ANN), CREDENTIALS_BUSY);
    ck_assert_int_eq(extension_ask(&s, "10.0.0.2:5", ANN), CREDENTIALS_RIGHT);
    ck_assert_int_eq(extension_ask(&s, "10.0.0.1:6", ANN), CREDENTIALS_RIGHT);
    buf_done(&value);
    extension_end(&s);
}
END_TEST

START_TEST(the_same_wrong_password_is_looked_at_once)
{
    extension_begin(&s, &basicauth_extension, USERS);
    for (unsigned i = 0; i < 100; i++)
        ck_assert_int_eq(extension_ask(&s, "10.0.0.1:5", ANN_WRONG), CREDENTIALS_WRONG);
    ck_assert_int_eq(extension_ask(&s, "10.0.0.1:5", ANN), CREDENTIALS_RIGHT);
    extension_end(&s);
}
END_TEST

START_TEST(a_file_that_changes_meanwhile_makes_it_ask_again)
{
    enum credentials told = CREDENTIALS_LATER;
    const struct asker asker = {"10.0.0.1:5", extension_on_verdict, &told};

    extension_write(USER_ANN "\n");
    extension_begin(&s, &basicauth_extension, "{htpasswd: {file: %s}}");
    extension_wait(&s);
    ck_assert_int_eq(s.extension->type->auth->check(s.extension, str_of(ANN), &asker),
                     CREDENTIALS_LATER);
    extension_write("bob:other\n");
    uv_sleep(1100);
    uv_update_time(&s.stage.loop);
    ck_assert(extension_lets_in(&s, BOB_OTHER));
    STAGE_RUN_UNTIL(&s.stage, told != CREDENTIALS_LATER);
    ck_assert_int_eq(told, CREDENTIALS_BUSY);
    ck_assert(!extension_lets_in(&s, ANN));
    unlink(extension_path());
    extension_end(&s);
}
END_TEST

START_TEST(a_file_is_read_again_when_it_changes)
{
    extension_write("bob:secret\n");
    extension_begin(&s, &basicauth_extension, "{htpasswd: {file: %s, inline: \"ann:secret\"}}");
    ck_assert(extension_lets_in(&s, ANN));
    ck_assert(extension_lets_in(&s, BOB));
    extension_wait(&s);
    extension_write("bob:other\n");
    ck_assert(extension_lets_in(&s, ANN));
    ck_assert(!extension_lets_in(&s, BOB)); /* what was remembered is forgotten */
    ck_assert(extension_lets_in(&s, BOB_OTHER));
    extension_wait(&s);
    extension_write("nonsense\n"); /* the last good content stays */
    ck_assert(extension_lets_in(&s, BOB_OTHER));
    extension_wait(&s);
    unlink(extension_path());
    ck_assert(extension_lets_in(&s, BOB_OTHER));
    extension_end(&s);
}
END_TEST

START_TEST(a_client_sends_its_name)
{
    struct header header;

    extension_write("secret\n");
    extension_begin(&s, &basicauth_extension, "{client_auth: {username: ann, password_file: %s}}");
    ck_assert(s.extension->type->auth->header(s.extension, &header));
    ck_assert_str_eq(header.name, "authorization");
    ck_assert_str_eq(header.value, ANN);
    ck_assert_ptr_null(s.extension->type->auth->field(s.extension));
    extension_wait(&s);
    extension_write("wrong\n");
    ck_assert(s.extension->type->auth->header(s.extension, &header));
    ck_assert_str_eq(header.value, ANN_WRONG);
    unlink(extension_path());
    extension_end(&s);
}
END_TEST

START_TEST(wrong_settings_are_told_without_a_secret)
{
    static const char *const table[] = {
        "{}",
        "{htpasswd: {}}",
        "{htpasswd: {inline: \"hidden\"}}",
        "{htpasswd: {inline: \"# hidden\"}}",
        "{htpasswd: {file: /nowhere/at/all}}",
        "{client_auth: {username: a}}",
        "{client_auth: {username: a, username_file: b, password: hidden}}",
        "{client_auth: {username: \"a:b\", password: hidden}}",
        "{client_auth: {username: a, password: hidden}, htpasswd: {inline: \"a:hidden\"}}",
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        extension_begin(&s, &basicauth_extension, table[i]);
        ck_assert_msg(!s.extension, "%s", table[i]);
        ck_assert_ptr_null(strstr(problems_text(&s.problems, s.arena), "hidden"));
        extension_end(&s);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("basicauth_extension");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, users_are_let_in_with_their_password);
    tcase_add_test(cases, who_guesses_is_told_to_come_again_later);
    tcase_add_test(cases, the_same_wrong_password_is_looked_at_once);
    tcase_add_test(cases, a_file_that_changes_meanwhile_makes_it_ask_again);
    tcase_add_test(cases, a_file_is_read_again_when_it_changes);
    tcase_add_test(cases, a_client_sends_its_name);
    tcase_add_test(cases, wrong_settings_are_told_without_a_secret);
    return run_tests("basicauth_extension", cases);
}
