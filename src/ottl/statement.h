/*
 * Statements: a function that changes the message of a context, where a condition holds.
 *
 *     set(span.attributes["team"], "cart") where resource.attributes["service.name"] == "shop"
 */
#pragma once

#include "otlp/attributes.h"
#include "ottl/ottl.h"

struct ottl_statement;

/* As ottl_condition_new(). */
struct ottl_statement *ottl_statement_new(struct str text, enum ottl_context context, bool prefixed,
                                          struct error *err);
void ottl_statement_free(struct ottl_statement *statement); /* takes NULL */

/* What it changes: its own context, or the span of an event. */
enum ottl_context ottl_statement_target(const struct ottl_statement *statement);

/*
 * TRUE: the message, which data has a view of, has changed, and the new one has been appended to
 * out. FALSE: it stays. message: of the target. number: of the field that its attributes are in; 0:
 * it has none. list: for its use.
 */
enum ottl_verdict ottl_statement_run(const struct ottl_statement *statement,
                                     const struct ottl_data *data, struct str message,
                                     uint32_t number, struct attributes *list, struct buf *out,
                                     struct error *err);
