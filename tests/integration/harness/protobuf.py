"""Protobuf on the wire, both ways: enough to make any message, right or wrong, and to read answers.

A message to write is bytes: fields are joined with +. A message that was read is a dict from field
number to the list of its raw values: int for varints and fixed ones, bytes for the others.
"""
import struct


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def key(number, wire):
    return varint(number << 3 | wire)


def integer(number, value):
    return key(number, 0) + varint(value)


def fixed64(number, value):
    return key(number, 1) + struct.pack('<Q', value)


def double(number, value):
    return key(number, 1) + struct.pack('<d', value)


def fixed32(number, value):
    return key(number, 5) + struct.pack('<I', value)


def text(number, value):
    """A string, bytes, or an embedded message."""
    if isinstance(value, str):
        value = value.encode('utf-8', 'surrogatepass')
    return key(number, 2) + varint(len(value)) + value


def read_varint(data, at):
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise ValueError('broken varint')
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value & (1 << 64) - 1, at


def read(data):
    fields = {}
    at = 0
    while at < len(data):
        tag, at = read_varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = read_varint(data, at)
        elif wire == 1:
            value, at = int.from_bytes(data[at:at + 8], 'little'), at + 8
        elif wire == 5:
            value, at = int.from_bytes(data[at:at + 4], 'little'), at + 4
        elif wire == 2:
            length, at = read_varint(data, at)
            value, at = data[at:at + length], at + length
        else:
            raise ValueError(f'wire type {wire}')
        if number == 0 or at > len(data):
            raise ValueError(f'field {number} does not fit')
        fields.setdefault(number, []).append(value)
    return fields


def last(fields, number, default):
    return fields[number][-1] if number in fields else default


def signed(value, bits=64):
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> bits - 1 else value
