"""The OpenTelemetry SDKs' own OTLP exporters -> otelc -> a strict fake Jaeger, and a real one.

Each sends the known trace, by every protocol, compression and kind of TLS that it has; it arrives
span by span as expected.
"""
from harness.case import config, each_workers
from harness.certificates import Authority

import known
from relay import Relay
from tools import Jaeger, send

# What each SDK has besides no compression, by protocol.
OFFERS = {
    'python': {'grpc': ['gzip'], 'http/protobuf': ['gzip', 'deflate']},
    'go': {'grpc': ['gzip'], 'http/protobuf': ['gzip']},
    'java': {'grpc': ['gzip'], 'http/protobuf': ['gzip']},
    'java-jdk': {'http/protobuf': ['gzip']},
    'node': {'grpc': ['gzip'], 'http/protobuf': ['gzip'], 'http/json': ['gzip']},
}


def _tls(t, mutual):
    """(the receiver's keys, the exporter's variables)"""
    servers = Authority(t.directory)
    certificate, key = servers.issue('localhost')
    tls = f'cert_file: "{certificate}", key_file: "{key}"'
    options = {'CERTIFICATE': servers.file}
    if mutual:
        clients = Authority(t.directory, 'clients')
        tls += f', client_ca_file: "{clients.file}"'
        options['CLIENT_CERTIFICATE'], options['CLIENT_KEY'] = clients.issue('app')
    return f'tls: {{{tls}}}', options


def _run(t, language, jaeger, wait_spans, without=(), receiver='', **options):
    service = f'interop-{language}-größe'
    trace_id = '00112233445566778899aabbccddeeff'
    otelc = t.collector(config(jaeger, grpc=receiver))
    relay = None if receiver else Relay(t, otelc.address)  # sees nothing in TLS
    send(t, language, (relay or otelc).address, service, trace_id, **options)
    if relay:
        relay.check(options.get('PROTOCOL', 'grpc'), options.get('COMPRESSION'))
    known.compare(wait_spans(service), known.expected(language, service, trace_id), without)
    assert otelc.stop() == 0, otelc.log


def _to_fake(t, language, grpc=False, **options):
    jaeger = t.jaeger(grpc)
    _run(t, language, jaeger, lambda service: jaeger.wait_spans(len(known.KNOWN['spans'])),
         ('parentSpanId',) if grpc else (), **options)


def _to_real(t, language, grpc):
    jaeger = Jaeger(t)
    if grpc:
        del jaeger.url  # so that the configuration takes the address
    _run(t, language, jaeger,
         lambda service: jaeger.wait_spans(service, len(known.KNOWN['spans'])), ('parentSpanId',))


def _test(language, protocol, compression, security):
    """A test named as "python sdk by http/protobuf, deflate, mTLS"."""
    def test(t):
        options = {'PROTOCOL': protocol}
        if compression:
            options['COMPRESSION'] = compression
        receiver = ''
        if security:
            receiver, more = _tls(t, security == 'mTLS')
            options |= more
        _to_fake(t, language, receiver=receiver, **options)
    name = ', '.join(filter(None, [f'{language} sdk by {protocol}', compression, security]))
    globals()[name] = test if compression or security else each_workers(test)


for _language, _protocols in OFFERS.items():
    for _protocol, _compressions in _protocols.items():
        for _compression in [None, *_compressions]:
            for _security in (None, 'TLS', 'mTLS'):
                _test(_language, _protocol, _compression, _security)


def python_sdk_to_api_v2(t):
    _to_fake(t, 'python', grpc=True)


def python_sdk_to_a_real_jaeger_by_http(t):
    _to_real(t, 'python', grpc=False)


def python_sdk_to_a_real_jaeger_by_grpc(t):
    _to_real(t, 'python', grpc=True)


def go_sdk_to_a_real_jaeger_by_http(t):
    _to_real(t, 'go', grpc=False)


def go_sdk_to_a_real_jaeger_by_grpc(t):
    _to_real(t, 'go', grpc=True)


def node_sdk_to_a_real_jaeger_by_http(t):
    _to_real(t, 'node', grpc=False)


def node_sdk_to_a_real_jaeger_by_grpc(t):
    _to_real(t, 'node', grpc=True)
