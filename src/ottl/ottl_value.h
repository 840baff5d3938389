/*
 * Values: from the wire, as text, and compared by OTTL's rules.
 */
#pragma once

#include "ottl/ottl_priv.h"

/* An attribute's value; it points to where that lies. */
struct ottl_value ottl_value_of(const struct value_view *view);

/* A number in the shortest form that reads as the same, as JSON has it. Returns its length. */
enum { OTTL_NUMBER_SIZE = 40 };
size_t ottl_value_number_text(double number, char text[OTTL_NUMBER_SIZE]);

/* A STRING of any value, as the official collector writes it: lists and maps are JSON, bytes
 * hexadecimal; of nil it is "". */
struct ottl_value ottl_value_text(struct ottl_run *run, struct ottl_value value);

/* op: one of the comparisons. */
bool ottl_value_compare(enum ottl_op op, const struct ottl_value *a, const struct ottl_value *b);

/* How many elements; false: it has none. */
bool ottl_value_len(const struct ottl_value *value, int64_t *len);

/* For walking a list of either kind: false at the end. *list is used up. */
bool ottl_value_next(struct ottl_value *list, struct ottl_value *element);
