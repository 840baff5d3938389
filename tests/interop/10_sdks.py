"""The OpenTelemetry SDKs' own OTLP/gRPC exporters -> otelc -> a strict fake Jaeger, and a real one.

Each sends the known trace; it arrives span by span as expected.
"""
from harness.case import config, each_workers

import known
from tools import Jaeger, send


def _run(t, language, jaeger, wait_spans, without=(), **options):
    service = f'interop-{language}-größe'
    trace_id = '00112233445566778899aabbccddeeff'
    otelc = t.collector(config(jaeger))
    send(t, language, otelc.address, service, trace_id, **options)
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


@each_workers
def python_sdk_to_thrift(t):
    _to_fake(t, 'python')


def python_sdk_with_gzip_to_thrift(t):
    _to_fake(t, 'python', COMPRESSION='gzip')


def python_sdk_to_api_v2(t):
    _to_fake(t, 'python', grpc=True)


@each_workers
def go_sdk_to_thrift(t):
    _to_fake(t, 'go')


def go_sdk_with_gzip_to_thrift(t):
    _to_fake(t, 'go', COMPRESSION='gzip')


@each_workers
def node_sdk_to_thrift(t):
    _to_fake(t, 'node')


def node_sdk_with_gzip_to_thrift(t):
    _to_fake(t, 'node', COMPRESSION='gzip')


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
