/*
 * Parts and their references.
 */
#include "viewer/parts.h"

#include "unit/check.h"

static struct room room;
static struct parts parts;

static void begin(size_t most)
{
    room = (struct room){.most = most};
    parts_init(&parts, &room);
}

static void end(void)
{
    parts_done(&parts);
    ck_assert_uint_eq(room.used, 0);
    ck_assert_uint_eq(budget_used(), 0);
}

static struct part *get(enum part_kind kind, struct part *above, const char *bytes)
{
    const struct part_key key = {kind, 0, above, str_of(bytes)};

    return part_get(&parts, &key);
}

START_TEST(the_same_part_is_there_once)
{
    struct part *service, *other, *operation, *other_operation, *resource;

    begin(1 << 20);
    service = get(PART_SERVICE, NULL, "shop");
    ck_assert_ptr_eq(get(PART_SERVICE, NULL, "shop"), service);
    other = get(PART_SERVICE, NULL, "db");
    ck_assert_ptr_ne(other, service);
    operation = get(PART_OPERATION, service, "op");
    other_operation = get(PART_OPERATION, other, "op");
    ck_assert_ptr_ne(other_operation, operation);
    ck_assert_ptr_eq(get(PART_OPERATION, service, "op"), operation);
    resource = get(PART_RESOURCE, service, "op");
    ck_assert_ptr_ne(resource, operation);
    part_drop(&parts, resource);
    part_drop(&parts, operation);
    part_drop(&parts, operation);
    part_drop(&parts, other_operation);
    part_drop(&parts, service);
    part_drop(&parts, service);
    part_drop(&parts, other);
    end();
}
END_TEST

START_TEST(what_stands_above_stays_as_long)
{
    struct part *service, *resource, *scope;

    begin(1 << 20);
    service = get(PART_SERVICE, NULL, "shop");
    resource = get(PART_RESOURCE, service, "");
    part_drop(&parts, service);
    scope = get(PART_SCOPE, resource, "");
    part_drop(&parts, resource);
    ck_assert_ptr_eq(scope->above->above, service);
    ck_assert(!list_empty(&parts.services));
    part_drop(&parts, part_ref(scope));
    ck_assert_uint_eq(parts.table.count, 3);
    part_drop(&parts, scope);
    ck_assert(list_empty(&parts.services));
    part_drop(&parts, NULL);
    end();
}
END_TEST

START_TEST(without_room_there_is_none)
{
    const struct part_key key = {PART_SERVICE, 0, NULL, STR("shop")};

    begin(16);
    ck_assert_ptr_null(part_get(&parts, &key));
    ck_assert_ptr_null(part_find(&parts, &key));
    end();
}
END_TEST

START_TEST(the_message_of_a_head_is_its_first_field)
{
    struct part *part;

    begin(1 << 20);
    part = get(PART_RESOURCE, NULL, "\x1a\x03url\x0a\x02ok");
    ck_assert(str_is(part_message(part), "ok"));
    part_drop(&parts, part);
    part = get(PART_RESOURCE, NULL, "");
    ck_assert_uint_eq(part_message(part).len, 0);
    part_drop(&parts, part);
    end();
}
END_TEST

START_TEST(a_walk_gives_each_part_one_number)
{
    struct part *part;

    begin(1 << 20);
    part = get(PART_SERVICE, NULL, "shop");
    part_walk(&parts);
    ck_assert(part_is_new(&parts, part, 7));
    ck_assert(!part_is_new(&parts, part, 8));
    ck_assert_uint_eq(part->number, 7);
    part_walk(&parts);
    ck_assert(part_is_new(&parts, part, 1));
    part_drop(&parts, part);
    end();
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("parts");

    tcase_add_test(cases, the_same_part_is_there_once);
    tcase_add_test(cases, what_stands_above_stays_as_long);
    tcase_add_test(cases, without_room_there_is_none);
    tcase_add_test(cases, the_message_of_a_head_is_its_first_field);
    tcase_add_test(cases, a_walk_gives_each_part_one_number);
    return run_tests("parts", cases);
}
