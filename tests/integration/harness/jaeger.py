"""A Jaeger collector for tests: Thrift over HTTP, or protobuf over gRPC. See backend.py."""
import collections
import re
import struct

from . import protobuf as pb
from . import thrift
from .backend import Answer, GrpcBackend, HttpBackend  # noqa: F401: tests take Answer from here


class FakeJaegerHttp(HttpBackend):
    """POST /api/traces of a Jaeger 1.76."""

    read = staticmethod(thrift.read_batch)

    @property
    def url(self):
        return f'http{"s" if self.tls else ""}://{self.address}/api/traces'

    def read_request(self, path, headers, body):
        if path != '/api/traces':
            raise ValueError(f'POST {path}')
        if headers.get('content-type') not in ('application/x-thrift',
                                               'application/vnd.apache.thrift.binary'):
            raise ValueError(f'content type {headers.get("content-type")}')
        return [self.read(body)]


class CountingJaeger(FakeJaegerHttp):
    """For many spans: sees nothing but their ids. ids() tells how often each has come."""

    # traceIdLow, traceIdHigh and spanId, one behind the other: i64 is type 10
    ID = re.compile(b'\x0a\0\1.{8}\x0a\0\2.{8}\x0a\0\3(.{8})', re.S)

    @classmethod
    def read(cls, body):
        return None, cls.ID.findall(body)

    def ids(self):
        with self.changed:
            counts = collections.Counter(id for one in self.delivered for id in one.spans)
        return {id.hex(): n for id, n in counts.items()}


class FakeJaegerGrpc(GrpcBackend):
    """jaeger.api_v2.CollectorService/PostSpans."""

    PATH = '/jaeger.api_v2.CollectorService/PostSpans'

    def read_request(self, path, headers, body):
        if path != self.PATH:
            raise ValueError(f':path {path}')
        return read_post_spans(body)


# ---- api_v2 from protobuf, in the same form as Thrift's; it has no parentSpanId ----

def _tag(message):
    fields = pb.read(message)
    kind = ('STRING', 'BOOL', 'LONG', 'DOUBLE', 'BINARY')[pb.last(fields, 2, 0)]
    number = {'STRING': 3, 'BOOL': 4, 'LONG': 5, 'DOUBLE': 6, 'BINARY': 7}[kind]
    if set(fields) - {1, 2, number}:
        raise ValueError(f'tag of type {kind} with fields {set(fields)}')
    value = pb.last(fields, number, b'' if kind in ('STRING', 'BINARY') else 0)
    if kind == 'BOOL':
        value = bool(value)
    elif kind == 'LONG':
        value = pb.signed(value)
    elif kind == 'DOUBLE':
        value = struct.unpack('<d', struct.pack('<Q', value))[0]
    return thrift.canonical_tag(pb.last(fields, 1, b''), kind, value)


def _us(message):
    """Timestamp or Duration, in µs, cut toward zero (a time before 1970: toward its past)."""
    fields = pb.read(message)
    ns = pb.signed(pb.last(fields, 1, 0)) * 10**9 + pb.signed(pb.last(fields, 2, 0), 32)
    return ns // 1000 if ns >= 0 else -(-ns // 1000)


def _id(fields, number, length):
    value = pb.last(fields, number, b'')
    if len(value) != length:
        raise ValueError(f'an id of {len(value)} bytes')
    return value.hex()


def _span(message):
    fields = pb.read(message)
    logs = [pb.read(log) for log in fields.get(9, [])]
    references = [pb.read(reference) for reference in fields.get(4, [])]
    return {
        'traceId': _id(fields, 1, 16),
        'spanId': _id(fields, 2, 8),
        'operationName': pb.last(fields, 3, b'').decode(),
        'references': [[('CHILD_OF', 'FOLLOWS_FROM')[pb.last(r, 3, 0)], _id(r, 1, 16),
                        _id(r, 2, 8)] for r in references],
        'flags': pb.last(fields, 5, 0),
        'startTime': _us(pb.last(fields, 6, b'')),
        'duration': _us(pb.last(fields, 7, b'')),
        'tags': [_tag(tag) for tag in fields.get(8, [])],
        'logs': [{'timestamp': _us(pb.last(log, 1, b'')),
                  'fields': [_tag(tag) for tag in log.get(2, [])]} for log in logs],
    }


def _process(message):
    fields = pb.read(message)
    return {'serviceName': pb.last(fields, 1, b'').decode(),
            'tags': [_tag(tag) for tag in fields.get(2, [])]}


def read_post_spans(message):
    """[(process, spans)], one for each request: spans have no process of their own here."""
    batch = pb.read(pb.last(pb.read(message), 1, b''))
    spans = [pb.read(span) for span in batch.get(1, [])]
    if any(10 in span for span in spans):
        raise ValueError('a span with its own process')
    return [(_process(pb.last(batch, 2, b'')), [_span(span) for span in batch.get(1, [])])]
