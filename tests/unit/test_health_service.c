/*
 * grpc.health.v1 on requests that are the test's own.
 */
#include "pipeline/health_service.h"

#include <stdlib.h>

#include "unit/check.h"
#include "unit/stage.h"

/* ---- requests ---- */

struct request {
    char told[128]; /* "1 2 =14": what was sent, and the code at the end */
    bool over;      /* its client has gone */
    bool answered;
};

static void note(struct request *r, const char *mark, unsigned number)
{
    size_t len = strlen(r->told);

    ck_assert(!r->answered);
    snprintf(r->told + len, sizeof(r->told) - len, "%s%u", mark, number);
}

static void note_status(struct request *r, struct str message)
{
    ck_assert(message.len == 2 && message.at[0] == 8);
    note(r, r->told[0] ? " " : "", (unsigned)message.at[1]);
}

bool request_is_over(const struct request *r)
{
    return r->over;
}

bool request_send(struct request *r, struct str message)
{
    if (!r->over)
        note_status(r, message);
    return !r->over;
}

void request_answer(struct request *r, const struct answer *answer)
{
    if (answer->code == GRPC_OK)
        note_status(r, answer->body);
    note(r, r->told[0] ? " =" : "=", (unsigned)answer->code);
    r->answered = true;
}

/* ---- the service ---- */

static struct stage stage;
static enum serving status;
static struct health_service *health;
static struct route routes[HEALTH_ROUTES];

static enum serving find_status(void *arg, struct str service)
{
    ck_assert_ptr_eq(arg, &stage);
    return service.len == 0 || str_is(service, "known") ? status : SERVICE_UNKNOWN;
}

static void begin(void)
{
    stage_init(&stage);
    status = SERVING;
    health = health_service_new(&stage.loop, find_status, &stage);
    health_service_make_routes(health, routes);
}

static void end(void)
{
    health_service_free(health);
    stage_done(&stage);
}

static void call(size_t route, struct request *request, struct str message)
{
    struct bytes *copy = bytes_new(message.len);

    *request = (struct request){.over = false};
    memcpy(copy->at, message.at, message.len);
    copy->len = message.len;
    routes[route].handler(routes[route].arg, request, copy);
}

static void check(struct request *request, struct str message)
{
    call(0, request, message);
}

static void watch(struct request *request, struct str message)
{
    call(1, request, message);
}

#define KNOWN      STR("\x0a\5known")
#define UNKNOWN    STR("\x0a\4what")
#define BROKEN     STR("\x0a\5kno")
#define TOO_LONG   STR("\x0a\x81\1" LETTERS_129)
#define LETTERS_16 "0123456789abcdef"
#define LETTERS_129                                                                                \
    LETTERS_16 LETTERS_16 LETTERS_16 LETTERS_16 LETTERS_16 LETTERS_16 LETTERS_16 LETTERS_16 "0"

START_TEST(its_methods_are_open_to_all)
{
    begin();
    ck_assert_str_eq(routes[0].path, "/grpc.health.v1.Health/Check");
    ck_assert_str_eq(routes[1].path, "/grpc.health.v1.Health/Watch");
    for (size_t i = 0; i < HEALTH_ROUTES; i++)
        ck_assert(routes[i].grpc && routes[i].open);
    end();
}
END_TEST

START_TEST(check_answers_once)
{
    struct request request;

    begin();
    check(&request, STR(""));
    ck_assert_str_eq(request.told, "1 =0");
    status = NOT_SERVING;
    check(&request, KNOWN);
    ck_assert_str_eq(request.told, "2 =0");
    check(&request, UNKNOWN);
    ck_assert_str_eq(request.told, "=5");
    check(&request, TOO_LONG);
    ck_assert_str_eq(request.told, "=5");
    check(&request, BROKEN);
    ck_assert_str_eq(request.told, "=3");
    end();
}
END_TEST

START_TEST(who_watches_is_told_of_changes)
{
    struct request all, known, unknown;

    begin();
    watch(&all, STR(""));
    watch(&known, KNOWN);
    watch(&unknown, UNKNOWN);
    status = NOT_SERVING;
    STAGE_RUN_UNTIL(&stage, strcmp(known.told, "1 2") == 0);
    status = SERVING;
    STAGE_RUN_UNTIL(&stage, strcmp(known.told, "1 2 1") == 0);
    ck_assert_str_eq(all.told, "1 2 1");
    ck_assert_str_eq(unknown.told, "3");
    status = NOT_SERVING;
    health_service_end(health);
    ck_assert_str_eq(all.told, "1 2 1 2 =14");
    ck_assert_str_eq(known.told, "1 2 1 2 =14");
    ck_assert_str_eq(unknown.told, "3 =14");
    watch(&all, STR(""));
    ck_assert_str_eq(all.told, "2 =14");
    check(&all, STR(""));
    ck_assert_str_eq(all.told, "2 =0");
    end();
}
END_TEST

START_TEST(who_has_gone_is_forgotten)
{
    struct request gone, stays;

    begin();
    watch(&gone, STR(""));
    watch(&stays, STR(""));
    gone.over = true;
    STAGE_RUN_UNTIL(&stage, gone.answered);
    ck_assert(!stays.answered);
    stays.over = true;
    STAGE_RUN_UNTIL(&stage, stays.answered);
    end();
}
END_TEST

START_TEST(what_cannot_be_watched_is_told)
{
    struct request *many = calloc(1001, sizeof(*many)), wrong;

    begin();
    watch(&wrong, BROKEN);
    ck_assert_str_eq(wrong.told, "=3");
    watch(&wrong, TOO_LONG);
    ck_assert_str_eq(wrong.told, "=3");
    for (size_t i = 0; i < 1001; i++)
        watch(&many[i], STR(""));
    ck_assert_str_eq(many[999].told, "1");
    ck_assert_str_eq(many[1000].told, "=12");
    many[0].over = true;
    STAGE_RUN_UNTIL(&stage, many[0].answered);
    watch(&many[1000], STR(""));
    ck_assert_str_eq(many[1000].told, "1");
    end();
    ck_assert_str_eq(many[1000].told, "1 =14");
    free(many);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("health_service");

    tcase_add_test(cases, its_methods_are_open_to_all);
    tcase_add_test(cases, check_answers_once);
    tcase_add_test(cases, who_watches_is_told_of_changes);
    tcase_add_test(cases, who_has_gone_is_forgotten);
    tcase_add_test(cases, what_cannot_be_watched_is_told);
    return run_tests("health_service", cases);
}
