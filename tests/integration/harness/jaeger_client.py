"""Writes what Jaeger's clients send, from the canonical form (see thrift.py): a Batch of Thrift in
either protocol, the agent's message around it, a PostSpansRequest.
"""
import socket
import struct

from . import protobuf as pb

KINDS = ('STRING', 'DOUBLE', 'BOOL', 'LONG', 'BINARY')  # of Thrift
COMPACT = {'i32': 5, 'i64': 6, 'double': 7, 'string': 8, 'list': 9, 'struct': 12}
BINARY = {'bool': 2, 'double': 4, 'i32': 8, 'i64': 10, 'string': 11, 'struct': 12, 'list': 15}


def _raw(text):
    return text if isinstance(text, bytes) else text.encode()


def _signed(hex_id):
    return struct.unpack('>q', bytes.fromhex(hex_id))[0]


# ---- a struct is [(id, type, value)], whatever the protocol ----

def _tag(tag):
    key, kind, value = tag
    number = KINDS.index(kind)
    kinds = ('string', 'double', 'bool', 'i64', 'string')
    if kind == 'LONG':
        value = int(value)
    elif kind == 'BINARY':
        value = bytes.fromhex(value)
    return [(1, 'string', key), (2, 'i32', number), (number + 3, kinds[number], value)]


def _reference(reference):
    kind, trace, span = reference
    return [(1, 'i32', ('CHILD_OF', 'FOLLOWS_FROM').index(kind)), (2, 'i64', _signed(trace[16:])),
            (3, 'i64', _signed(trace[:16])), (4, 'i64', _signed(span))]


def _log(log):
    return [(1, 'i64', log['timestamp']), (2, 'list', [_tag(t) for t in log['fields']])]


def _span(span):
    return [(1, 'i64', _signed(span['traceId'][16:])), (2, 'i64', _signed(span['traceId'][:16])),
            (3, 'i64', _signed(span['spanId'])), (4, 'i64', _signed(span['parentSpanId'])),
            (5, 'string', span['operationName']),
            (6, 'list', [_reference(r) for r in span['references']]), (7, 'i32', span['flags']),
            (8, 'i64', span['startTime']), (9, 'i64', span['duration']),
            (10, 'list', [_tag(t) for t in span['tags']]),
            (11, 'list', [_log(one) for one in span['logs']])]


def _batch(process, spans):
    return [(1, 'struct', [(1, 'string', process['serviceName']),
                           (2, 'list', [_tag(t) for t in process['tags']])]),
            (2, 'list', [_span(s) for s in spans])]


# ---- the protocols ----

def _binary(kind, value):
    if kind == 'struct':
        return b''.join(struct.pack('>bh', BINARY[k], n) + _binary(k, v)
                        for n, k, v in value) + b'\0'
    if kind == 'list':
        return struct.pack('>bi', 12, len(value)) + b''.join(_binary('struct', v) for v in value)
    if kind == 'string':
        return struct.pack('>i', len(_raw(value))) + _raw(value)
    return struct.pack({'bool': '>b', 'double': '>d', 'i32': '>i', 'i64': '>q'}[kind], value)


def _zigzag(value):
    return pb.varint(value << 1 ^ value >> 63)


def _compact(kind, value):
    if kind == 'struct':
        out, last = b'', 0
        for number, k, v in value:
            code = (1 if v else 2) if k == 'bool' else COMPACT[k]
            out += bytes([number - last << 4 | code]) + (b'' if k == 'bool' else _compact(k, v))
            last = number
        return out + b'\0'
    if kind == 'list':
        size = len(value)
        head = bytes([size << 4 | 12]) if size < 15 else b'\xfc' + pb.varint(size)
        return head + b''.join(_compact('struct', v) for v in value)
    if kind == 'string':
        return pb.varint(len(_raw(value))) + _raw(value)
    return struct.pack('<d', value) if kind == 'double' else _zigzag(value)


def thrift(process, spans):
    """The body of a POST to /api/traces."""
    return _binary('struct', _batch(process, spans))


def packet(process, spans, compact=True, old=False):
    """A datagram for the agent: emitBatch; old: the binary protocol's head without a version."""
    arguments = [(1, 'struct', _batch(process, spans))]
    if compact:
        return b'\x82\x21\x01\x09emitBatch' + _compact('struct', arguments)
    head = (struct.pack('>i', 9) + b'emitBatch\x04' if old
            else struct.pack('>Ii', 0x80010001, 9) + b'emitBatch')
    return head + struct.pack('>i', 1) + _binary('struct', arguments)


def _time(us):
    return pb.integer(1, us // 10**6) + pb.integer(2, us % 10**6 * 1000)


def _api_tag(tag):
    key, kind, value = tag
    number = ('STRING', 'BOOL', 'LONG', 'DOUBLE', 'BINARY').index(kind)
    write = (pb.text, pb.integer, pb.integer, pb.double, pb.text)[number]
    if kind == 'LONG':
        value = int(value)
    elif kind == 'BINARY':
        value = bytes.fromhex(value)
    return pb.text(1, key) + pb.integer(2, number) + write(number + 3, value)


def _api_span(span):
    out = pb.text(1, bytes.fromhex(span['traceId'])) + pb.text(2, bytes.fromhex(span['spanId']))
    out += pb.text(3, span['operationName'])
    for kind, trace, own in span['references']:
        out += pb.text(4, pb.text(1, bytes.fromhex(trace)) + pb.text(2, bytes.fromhex(own))
                       + pb.integer(3, ('CHILD_OF', 'FOLLOWS_FROM').index(kind)))
    out += pb.integer(5, span['flags']) + pb.text(6, _time(span['startTime']))
    out += pb.text(7, _time(span['duration']))
    out += b''.join(pb.text(8, _api_tag(t)) for t in span['tags'])
    for log in span['logs']:
        out += pb.text(9, pb.text(1, _time(log['timestamp']))
                       + b''.join(pb.text(2, _api_tag(t)) for t in log['fields']))
    return out


def post_spans(process, spans):
    """A PostSpansRequest."""
    batch = b''.join(pb.text(1, _api_span(s)) for s in spans)
    batch += pb.text(2, pb.text(1, process['serviceName'])
                     + b''.join(pb.text(2, _api_tag(t)) for t in process['tags']))
    return pb.text(1, batch)


def send_udp(address, data):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.sendto(data, address)


def span(n, name='op', **more):
    return {'traceId': f'{n + 1:032x}', 'spanId': f'{n + 1:016x}', 'parentSpanId': '0' * 16,
            'operationName': name, 'references': [], 'flags': 1, 'startTime': 1700000000000001,
            'duration': 3, 'tags': [], 'logs': [], **more}
