/*
 * A protobuf request of any signal, the first byte says which, as JSON: it is read as the same
 * request, and taken as the same items.
 *
 * The fuzzer makes requests along the descriptors and reshapes them, besides what it does to bytes.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/budget.h"
#include "fuzz/fuzz.h"
#include "otlp/json_read.h"
#include "otlp/json_write.h"
#include "otlp/payload.h"
#include "unit/pb.h"
#include "unit/random_message.h"
#include "unit/reference.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* ---- what JSON cannot say ---- */

static void plain_message(ProtobufCMessage *message);

/* One value of a field. */
static void plain_value(const ProtobufCFieldDescriptor *field, void *value)
{
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        plain_message(*(ProtobufCMessage **)value);
    else if (field->type == PROTOBUF_C_TYPE_DOUBLE && isnan(*(double *)value))
        *(double *)value = (double)NAN; /* there is one only */
    else if (field->type == PROTOBUF_C_TYPE_BOOL)
        *(protobuf_c_boolean *)value = *(protobuf_c_boolean *)value != 0;
}

static size_t size_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_MESSAGE:
    case PROTOBUF_C_TYPE_STRING:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    default:
        return pb_wire_type(type) == WIRE_FIXED64 || type == PROTOBUF_C_TYPE_UINT64 ||
                       type == PROTOBUF_C_TYPE_INT64 || type == PROTOBUF_C_TYPE_SINT64
                   ? 8
                   : 4;
    }
}

/* Drops fields that are unknown, and makes all NaNs the same. */
static void plain_message(ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *type;

    if (!message)
        return;
    type = message->descriptor;
    for (unsigned i = 0; i < message->n_unknown_fields; i++)
        free(message->unknown_fields[i].data);
    free(message->unknown_fields);
    message->unknown_fields = NULL;
    message->n_unknown_fields = 0;
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        void *at = (char *)message + field->offset;
        const void *count = (char *)message + field->quantifier_offset;

        if (field->label == PROTOBUF_C_LABEL_REPEATED)
            for (size_t k = 0; k < *(const size_t *)count; k++)
                plain_value(field, *(char **)at + k * size_of(field->type));
        else if (!(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) ||
                 *(const uint32_t *)count == field->id)
            plain_value(field, at);
    }
}

/* Appends a request as protobuf-c writes it; false: it does not read it. */
static bool rewrite(struct buf *out, enum signal signal, struct str request)
{
    ProtobufCMessage *message = protobuf_c_message_unpack(pb_request_types[signal], NULL,
                                                          request.len, (const uint8_t *)request.at);
    size_t len;

    if (!message)
        return false;
    plain_message(message);
    len = protobuf_c_message_get_packed_size(message);
    protobuf_c_message_pack(message, (uint8_t *)buf_reserve(out, len));
    out->len += len;
    protobuf_c_message_free_unpacked(message, NULL);
    return true;
}

/* ---- the target ---- */

/* A request's bytes by way of JSON. */
static struct bytes *through_json(enum signal signal, struct str request)
{
    const struct shape *shape = signal_words[signal].request;
    struct json_report report;
    struct buf json = {0};
    struct bytes *read;

    json_write(&json, shape, request);
    read = json_read(shape, buf_str(&json), &report);
    if (!read)
        fprintf(stderr, "%s\n", report.why);
    assert(read);
    buf_done(&json);
    return read;
}

/* As many items are taken; of an id that comes twice, JSON has the last one only. */
static void compare_items(const struct payload *payload, uint64_t rejected)
{
    struct bytes *read = through_json(payload->signal, bytes_str(payload->bodies[0]));
    struct payload_report report;
    struct payload *again = payload_read(payload->signal, read, &report);

    assert(again && report.mended_text == 0);
    assert(again->item_count >= payload->item_count);
    assert(rejected > 0 || again->item_count == payload->item_count);
    payload_unref(again);
}

static size_t count(enum signal signal, struct str request)
{
    struct payload_report report;
    struct payload *payload = payload_read(signal, reference_body(request), &report);
    size_t counted = payload ? payload->counted : 0;

    assert(payload);
    payload_unref(payload);
    return counted;
}

/* All values are the same. Neither protobuf-c nor JSON is exact about a member of a oneof that
 * comes in parts, so it is what protobuf-c has written itself. */
static void compare_values(enum signal signal, struct str request)
{
    struct buf plain = {0}, again = {0};
    struct bytes *read;

    if (!rewrite(&plain, signal, request))
        return;
    read = through_json(signal, buf_str(&plain));
    assert(rewrite(&again, signal, bytes_str(read)));
    assert(str_eq(buf_str(&plain), buf_str(&again)));
    assert(count(signal, buf_str(&plain)) == count(signal, bytes_str(read)));
    bytes_unref(read);
    buf_done(&again);
    buf_done(&plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct payload_report report;
    struct payload *payload;
    enum signal signal;

    if (size == 0)
        return 0;
    signal = data[0] % SIGNAL_KINDS;
    payload = payload_read(signal, reference_body((struct str){(const char *)data + 1, size - 1}),
                           &report);
    if (payload) {
        compare_items(payload, report.rejected);
        compare_values(signal, bytes_str(payload->bodies[0]));
        payload_unref(payload);
    }
    assert(budget_used() == 0);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    struct dice dice = {seed};
    struct buf made = {0};
    enum signal signal = size > 0 ? data[0] % SIGNAL_KINDS : seed % SIGNAL_KINDS;

    switch (dice_roll(&dice, 8)) {
    case 0:
        random_signal_request(&dice, signal, &made);
        break;
    case 1:
    case 2:
        if (size > 1)
            random_reshape(&dice, signal, (struct str){(char *)data + 1, size - 1}, &made);
        break;
    default:
        break;
    }
    if (made.len == 0 || made.len >= max_size) {
        buf_done(&made);
        return LLVMFuzzerMutate(data, size, max_size);
    }
    data[0] = (uint8_t)signal;
    memcpy(data + 1, made.at, made.len);
    size = made.len + 1;
    buf_done(&made);
    return size;
}
