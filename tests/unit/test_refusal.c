/*
 * What each refusal is in both protocols.
 */
#include "net/refusal.h"

#include <string.h>

#include "unit/check.h"

START_TEST(each_refusal_is_an_error_with_words)
{
    for (unsigned r = REFUSED_NONE + 1; r < REFUSALS; r++) {
        const struct refusal_words *words = refusal_words(r);

        ck_assert_ptr_nonnull(words->reason);
        ck_assert_msg(words->reason[strspn(words->reason, "abcdefghijklmnopqrstuvwxyz_")] == '\0',
                      "%s", words->reason);
        ck_assert_msg(words->message && *words->message, "%s", words->reason);
        ck_assert_msg(words->http >= 400 && words->http < 600, "%s", words->reason);
        ck_assert_msg(words->grpc_http == 200 || words->grpc_http == words->http, "%s",
                      words->reason);
        ck_assert_msg(words->http_code != GRPC_OK && words->grpc_code != GRPC_OK, "%s",
                      words->reason);
        for (unsigned other = REFUSED_NONE + 1; other < r; other++)
            ck_assert_str_ne(words->reason, refusal_words(other)->reason);
    }
}
END_TEST

/* Clients try again after these, and after no others. */
START_TEST(only_what_passes_is_to_be_tried_again)
{
    for (unsigned r = REFUSED_NONE + 1; r < REFUSALS; r++) {
        const struct refusal_words *words = refusal_words(r);
        bool passes = r == REFUSED_UNCHECKED || r == REFUSED_NO_ROOM;

        ck_assert_msg((words->http == 503) == passes, "%s", words->reason);
        ck_assert_msg((words->grpc_code == GRPC_UNAVAILABLE) == passes, "%s", words->reason);
        ck_assert_msg((words->retry_after_s > 0) == passes, "%s", words->reason);
        ck_assert_msg(words->http != 429 && words->http != 502, "%s", words->reason);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("refusal");

    tcase_add_test(cases, each_refusal_is_an_error_with_words);
    tcase_add_test(cases, only_what_passes_is_to_be_tried_again);
    return run_tests("refusal", cases);
}
