"""Makes OTLP requests: from Python values, and from OTLP/JSON. Reads the answers."""
import base64
import struct

from . import protobuf as pb

EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'
HEALTH = '/grpc.health.v1.Health/Check'
START_NS = 1_700_000_000_000_000_000


def value(v):
    """An AnyValue."""
    if v is None:
        return b''
    if isinstance(v, bool):
        return pb.integer(2, int(v))
    if isinstance(v, int):
        return pb.integer(3, v)
    if isinstance(v, float):
        return pb.double(4, v)
    if isinstance(v, str):
        return pb.text(1, v)
    if isinstance(v, bytes):
        return pb.text(7, v)
    if isinstance(v, list):
        return pb.text(5, b''.join(pb.text(1, value(each)) for each in v))
    if isinstance(v, dict):
        return pb.text(6, attributes(1, v))
    raise TypeError(type(v))


def attribute(k, v):
    return pb.text(1, k) + pb.text(2, value(v))


def attributes(number, pairs):
    return b''.join(pb.text(number, attribute(k, v)) for k, v in pairs.items())


def trace_id(n):
    return struct.pack('>QQ', 0x5B8EFFF798038103, n)


def span_id(n):
    return struct.pack('>Q', 0x1000000000000000 | n)


def span(n, name='op', trace=None, id=None, parent=b'', start_ns=START_NS, duration_ns=3000,
         attrs=None, more=b''):
    """The span number n: its ids tell n."""
    out = pb.text(1, trace_id(n) if trace is None else trace)
    out += pb.text(2, span_id(n) if id is None else id)
    if parent:
        out += pb.text(4, parent)
    out += pb.text(5, name) + pb.integer(6, 2)
    out += pb.fixed64(7, start_ns) + pb.fixed64(8, start_ns + duration_ns)
    return out + attributes(9, attrs or {}) + more


def resource_spans(spans, service='shop', resource=None, scope='lib', more_scope=b''):
    pairs = dict(resource or {})
    if service is not None:
        pairs = {'service.name': service, **pairs}
    out = pb.text(1, attributes(1, pairs))
    return out + pb.text(2, pb.text(1, pb.text(1, scope)) + more_scope
                         + b''.join(pb.text(2, s) for s in spans))


def request(*groups):
    """An ExportTraceServiceRequest of several resource_spans()."""
    return b''.join(pb.text(1, group) for group in groups)


def simple(first, count=1, service='shop', resource=None, **more):
    """A request with the spans first, first + 1, ..."""
    spans = [span(n, **more) for n in range(first, first + count)]
    return request(resource_spans(spans, service, resource))


def rejected(message):
    """(rejected spans, why) of an ExportTraceServiceResponse."""
    partial = pb.read(pb.last(pb.read(message), 1, b''))
    return pb.last(partial, 1, 0), pb.last(partial, 2, b'').decode()


def retry_delay_s(details):
    """The delay of the RetryInfo in a google.rpc.Status; None without one."""
    for packed in pb.read(details).get(3, []):
        packed = pb.read(packed)
        if pb.last(packed, 1, b'') == b'type.googleapis.com/google.rpc.RetryInfo':
            delay = pb.read(pb.last(pb.read(pb.last(packed, 2, b'')), 1, b''))
            return pb.last(delay, 1, 0) + pb.last(delay, 2, 0) / 1e9
    return None


# ---- from OTLP/JSON: member -> (field number, how it is written) ----

def _hex(number, v):
    return pb.text(number, bytes.fromhex(v)) if v else b''


def _fixed64(number, v):
    return pb.fixed64(number, int(v))


def _integer(number, v):
    return pb.integer(number, int(v))


def _double(number, v):
    return pb.double(number, float(v))


def _base64(number, v):
    return pb.text(number, base64.b64decode(v))


def _each(write):
    return lambda number, items: b''.join(write(number, item) for item in items or [])


def _message(table):
    """table: the name of a table below."""
    return lambda number, v: pb.text(number, from_json(v or {}, table))


_attributes = (_each(_message('KeyValue')))
TABLES = {
    'Request': {'resourceSpans': (1, _each(_message('ResourceSpans')))},
    'ResourceSpans': {'resource': (1, _message('Resource')),
                      'scopeSpans': (2, _each(_message('ScopeSpans'))), 'schemaUrl': (3, pb.text)},
    'Resource': {'attributes': (1, _attributes), 'droppedAttributesCount': (2, _integer)},
    'ScopeSpans': {'scope': (1, _message('Scope')), 'spans': (2, _each(_message('Span'))),
                   'schemaUrl': (3, pb.text)},
    'Scope': {'name': (1, pb.text), 'version': (2, pb.text), 'attributes': (3, _attributes),
              'droppedAttributesCount': (4, _integer)},
    'Span': {'traceId': (1, _hex), 'spanId': (2, _hex), 'traceState': (3, pb.text),
             'parentSpanId': (4, _hex), 'name': (5, pb.text), 'kind': (6, _integer),
             'startTimeUnixNano': (7, _fixed64), 'endTimeUnixNano': (8, _fixed64),
             'attributes': (9, _attributes), 'droppedAttributesCount': (10, _integer),
             'events': (11, _each(_message('Event'))), 'droppedEventsCount': (12, _integer),
             'links': (13, _each(_message('Link'))), 'droppedLinksCount': (14, _integer),
             'status': (15, _message('Status')),
             'flags': (16, lambda number, v: pb.fixed32(number, int(v)))},
    'Event': {'timeUnixNano': (1, _fixed64), 'name': (2, pb.text), 'attributes': (3, _attributes),
              'droppedAttributesCount': (4, _integer)},
    'Link': {'traceId': (1, _hex), 'spanId': (2, _hex), 'traceState': (3, pb.text),
             'attributes': (4, _attributes), 'droppedAttributesCount': (5, _integer),
             'flags': (6, lambda number, v: pb.fixed32(number, int(v)))},
    'Status': {'message': (2, pb.text), 'code': (3, _integer)},
    'KeyValue': {'key': (1, pb.text), 'value': (2, _message('AnyValue'))},
    'AnyValue': {'stringValue': (1, pb.text), 'boolValue': (2, _integer), 'intValue': (3, _integer),
                 'doubleValue': (4, _double), 'arrayValue': (5, _message('Array')),
                 'kvlistValue': (6, _message('List')), 'bytesValue': (7, _base64)},
    'Array': {'values': (1, _each(_message('AnyValue')))},
    'List': {'values': (1, _each(_message('KeyValue')))},
}


def from_json(tree, table='Request'):
    """The protobuf form of a parsed OTLP/JSON message; unknown members are left out."""
    out = b''
    for member, v in tree.items():
        if member in TABLES[table] and v is not None:
            number, write = TABLES[table][member]
            out += write(number, v)
    return out
