/*
 * Tests of net/clients.c. The table is one of the whole program; each test runs in a process of its
 * own.
 */
#include "net/clients.h"

#include <stdio.h>

#include "unit/check.h"

static struct client_row rows[CLIENTS_MAX + 1];

static struct client *enter(const char *agent)
{
    struct client *client = client_enter("receivers/otlp", str_of(agent));

    client_count(client);
    return client;
}

static const struct client_row *find(const char *agent)
{
    size_t count = clients_read(rows);

    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].agent, agent) == 0)
            return &rows[i];
    ck_abort_msg("no client %s", agent);
}

START_TEST(an_empty_table_has_nobody)
{
    ck_assert_uint_eq(clients_read(rows), 0);
    client_leave(NULL);
    ck_assert_str_eq(client_agent(NULL), "");
}
END_TEST

START_TEST(requests_and_connections_are_counted)
{
    struct client *first = enter("sdk/1"), *second = enter("sdk/1");

    client_count(first);
    ck_assert_ptr_eq(first, second);
    ck_assert_uint_eq(find("sdk/1")->requests, 3);
    ck_assert_uint_eq(find("sdk/1")->connections, 2);
    client_leave(second);
    ck_assert_uint_eq(find("sdk/1")->connections, 1);
    ck_assert_str_eq(find("sdk/1")->where, "receivers/otlp");
    ck_assert_uint_gt(find("sdk/1")->seen_ms, 1600000000000);
    ck_assert_str_eq(client_agent(first), "sdk/1");
}
END_TEST

START_TEST(the_same_client_of_two_servers_has_two_places)
{
    enter("sdk/1");
    client_count(client_enter("receivers/jaeger", STR("sdk/1")));
    ck_assert_uint_eq(clients_read(rows), 2);
}
END_TEST

START_TEST(a_long_name_is_cut)
{
    char name[2 * CLIENT_AGENT_SIZE];

    memset(name, 'a', sizeof(name));
    client_count(client_enter("receivers/otlp", (struct str){name, sizeof(name)}));
    client_count(client_enter("receivers/otlp", (struct str){name, sizeof(name)}));
    ck_assert_uint_eq(clients_read(rows), 1);
    ck_assert_uint_eq(strlen(rows[0].agent), CLIENT_AGENT_SIZE - 1);
}
END_TEST

START_TEST(who_has_gone_gives_its_place_to_another)
{
    char name[32];

    for (int i = 0; i < 3 * CLIENTS_MAX; i++) {
        snprintf(name, sizeof(name), "sdk/%d", i);
        client_leave(enter(name));
    }
    ck_assert_uint_eq(clients_read(rows), CLIENTS_MAX);
    find(name);
}
END_TEST

START_TEST(beyond_the_table_they_are_others)
{
    char name[32];

    for (int i = 0; i < CLIENTS_MAX + 3; i++) {
        snprintf(name, sizeof(name), "sdk/%d", i);
        enter(name);
    }
    ck_assert_uint_eq(clients_read(rows), CLIENTS_MAX + 1);
    ck_assert_uint_eq(find("other")->connections, 3);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("clients");

    tcase_add_test(cases, an_empty_table_has_nobody);
    tcase_add_test(cases, requests_and_connections_are_counted);
    tcase_add_test(cases, the_same_client_of_two_servers_has_two_places);
    tcase_add_test(cases, a_long_name_is_cut);
    tcase_add_test(cases, who_has_gone_gives_its_place_to_another);
    tcase_add_test(cases, beyond_the_table_they_are_others);
    return run_tests("clients", cases);
}
