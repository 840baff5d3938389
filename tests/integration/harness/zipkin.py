"""A Zipkin for tests: its v2 JSON and protobuf. See backend.py.

What it keeps of a request: its content type as the process, and of each span what Zipkin's JSON
has, with its id as 'spanId' too.
"""
import ipaddress
import json

from . import protobuf as pb
from .backend import HttpBackend
from .otlp_backend import decode

KINDS = (None, 'CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER')


def _endpoint(message):
    fields = pb.read(message)
    found = {'serviceName': pb.last(fields, 1, b'').decode(), 'port': pb.last(fields, 4, 0)}
    for number, name in ((2, 'ipv4'), (3, 'ipv6')):
        if number in fields:
            found[name] = str(ipaddress.ip_address(pb.last(fields, number, b'')))
    return {name: value for name, value in found.items() if value}


def _span(message):
    fields = pb.read(message)
    span = {'traceId': pb.last(fields, 1, b'').hex(), 'parentId': pb.last(fields, 2, b'').hex(),
            'id': pb.last(fields, 3, b'').hex(), 'kind': KINDS[pb.last(fields, 4, 0)],
            'name': pb.last(fields, 5, b'').decode(), 'timestamp': pb.last(fields, 6, 0),
            'duration': pb.last(fields, 7, 0), 'debug': bool(pb.last(fields, 12, 0)),
            'shared': bool(pb.last(fields, 13, 0))}
    for number, name in ((8, 'localEndpoint'), (9, 'remoteEndpoint')):
        span[name] = _endpoint(pb.last(fields, number, b''))
    span['annotations'] = [{'timestamp': pb.last(one, 1, 0), 'value': pb.last(one, 2, b'').decode()}
                           for one in map(pb.read, fields.get(10, []))]
    span['tags'] = {pb.last(one, 1, b'').decode(): pb.last(one, 2, b'').decode()
                    for one in map(pb.read, fields.get(11, []))}
    return {name: value for name, value in span.items() if value}


def read_protobuf(body):
    """The spans of a ListOfSpans, as JSON has them."""
    return [_span(message) for message in pb.read(body).get(1, [])]


class FakeZipkin(HttpBackend):
    @property
    def url(self):
        return f'http{"s" if self.tls else ""}://{self.address}/api/v2/spans'

    def read_request(self, path, headers, body):
        if path != '/api/v2/spans':
            raise ValueError(f'POST {path}')
        body = decode(headers.get('content-encoding'), body)
        kind = headers.get('content-type')
        spans = {'application/json': json.loads,
                 'application/x-protobuf': read_protobuf}[kind](body)
        return [(kind, [{**span, 'spanId': span['id']} for span in spans])]
