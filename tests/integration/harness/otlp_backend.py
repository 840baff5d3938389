"""An OTLP backend for tests, by gRPC or by HTTP, for all signals. See backend.py.

What it keeps of a request: its path as the process, and of each item {'spanId': id, ...}; a metric
has its name for that, a log record its text.
"""
import gzip
import json
import subprocess
import zlib

from . import otlp
from . import protobuf as pb
from .backend import GrpcBackend, HttpBackend

SIGNALS = ('traces', 'metrics', 'logs')
GRPC_PATHS = {f'/opentelemetry.proto.collector.{name}.v1.{service}/Export': signal
              for signal, name, service in (('traces', 'trace', 'TraceService'),
                                            ('metrics', 'metrics', 'MetricsService'),
                                            ('logs', 'logs', 'LogsService'))}


def decode(encoding, body):
    if encoding in (None, 'identity'):
        return body
    if encoding == 'gzip':
        return gzip.decompress(body)
    if encoding == 'deflate':
        return zlib.decompress(body)
    if encoding == 'zstd':
        return subprocess.run(['zstd', '-dc'], input=body, check=True, capture_output=True).stdout
    raise ValueError(f'encoding {encoding}')


def _item(signal, message):
    fields = pb.read(message)
    if signal == 'traces':
        return {'spanId': pb.last(fields, 2, b'').hex(), 'traceId': pb.last(fields, 1, b'').hex(),
                'name': pb.last(fields, 5, b'').decode(), 'bytes': message}
    if signal == 'metrics':
        return {'spanId': pb.last(fields, 1, b'').decode(), 'bytes': message}
    return {'spanId': pb.last(pb.read(pb.last(fields, 5, b'')), 1, b'').decode(),
            'bytes': message}


def read_items(signal, body):
    """The items of a request, each with its resource and scope."""
    items = []
    for group in pb.read(body).get(1, []):
        group = pb.read(group)
        for scope in group.get(2, []):
            scope = pb.read(scope)
            items += [{**_item(signal, message), 'resource': pb.last(group, 1, b''),
                       'scope': pb.last(scope, 1, b'')} for message in scope.get(2, [])]
    return items


def _partial(answer):
    """An Export...ServiceResponse."""
    if not answer.rejected and not answer.message:
        return b''
    return pb.text(1, pb.integer(1, answer.rejected) + pb.text(2, answer.message))


class FakeOtlpGrpc(GrpcBackend):
    @property
    def settings(self):
        """As the exporter otlp wants it."""
        return f'endpoint: "http{"s" if self.tls else ""}://{self.address}"'

    def read_request(self, path, headers, body):
        signal = GRPC_PATHS[path]
        return [(signal, read_items(signal, decode(headers.get('grpc-encoding'), body)))]

    def good_body(self, answer, headers):
        return _partial(answer)


class FakeOtlpHttp(HttpBackend):
    @property
    def settings(self):
        return f'endpoint: "http{"s" if self.tls else ""}://{self.address}"'

    def read_request(self, path, headers, body):
        signal = path.removeprefix('/v1/')
        if signal not in SIGNALS:
            raise ValueError(f'POST {path}')
        body = decode(headers.get('content-encoding'), body)
        if headers['content-type'] == 'application/json':
            if signal != 'traces':
                raise ValueError(f'no reader for {signal} as JSON')
            body = otlp.from_json(json.loads(body))
        elif headers['content-type'] != 'application/x-protobuf':
            raise ValueError(f'content type {headers["content-type"]}')
        return [(signal, read_items(signal, body))]

    def good_body(self, answer, headers):
        if headers['content-type'] == 'application/x-protobuf':
            return _partial(answer)
        if not answer.rejected:
            return b'{}'
        return json.dumps({'partialSuccess': {'rejectedSpans': str(answer.rejected),
                                              'errorMessage': answer.message}}).encode()
