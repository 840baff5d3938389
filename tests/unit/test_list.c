/*
 * Linked lists.
 */
#include "base/list.h"

#include "unit/check.h"

struct thing {
    int number;
    struct list node;
};

/* The list holds these numbers, forwards and backwards. */
static void expect(struct list *head, const int *numbers, int count)
{
    struct list *node = head->next;

    for (int i = 0; i < count; i++, node = node->next) {
        ck_assert_ptr_ne(node, head);
        ck_assert_int_eq(LIST_ENTRY(node, struct thing, node)->number, numbers[i]);
        ck_assert_ptr_eq(node->next->prev, node);
    }
    ck_assert_ptr_eq(node, head);
    ck_assert(list_empty(head) == (count == 0));
}

START_TEST(things_are_listed_in_the_order_of_their_adding)
{
    struct thing a = {.number = 1}, b = {.number = 2}, c = {.number = 3}, d = {.number = 4};
    struct list head;

    list_init(&head);
    expect(&head, NULL, 0);
    list_push_back(&head, &b.node);
    list_push_back(&head, &c.node);
    list_push_front(&head, &a.node);
    expect(&head, (int[]){1, 2, 3}, 3);
    list_add_before(&c.node, &d.node);
    expect(&head, (int[]){1, 2, 4, 3}, 4);
}
END_TEST

START_TEST(a_thing_is_removed_and_may_be_removed_again)
{
    struct thing a = {.number = 1}, b = {.number = 2}, c = {.number = 3};
    struct list head;

    list_init(&head);
    list_push_back(&head, &a.node);
    list_push_back(&head, &b.node);
    list_push_back(&head, &c.node);
    list_remove(&b.node);
    expect(&head, (int[]){1, 3}, 2);
    list_remove(&b.node);
    expect(&head, (int[]){1, 3}, 2);
    list_push_front(&head, &b.node);
    expect(&head, (int[]){2, 1, 3}, 3);
    list_remove(&a.node);
    list_remove(&b.node);
    list_remove(&c.node);
    expect(&head, NULL, 0);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("list");

    tcase_add_test(cases, things_are_listed_in_the_order_of_their_adding);
    tcase_add_test(cases, a_thing_is_removed_and_may_be_removed_again);
    return run_tests("list", cases);
}
