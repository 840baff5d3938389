"""Sends a trace with the Jaeger exporters that the OpenTelemetry SDK had: send.py WAY URL SERVICE

WAY: http and grpc, as to a collector; udp, as to an agent.
"""
import sys
import urllib.parse

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags


def exporter(way, url):
    at = urllib.parse.urlparse(url)
    if way == 'grpc':
        from opentelemetry.exporter.jaeger.proto.grpc import JaegerExporter
        return JaegerExporter(collector_endpoint=at.netloc, insecure=True)
    from opentelemetry.exporter.jaeger.thrift import JaegerExporter
    if way == 'http':
        return JaegerExporter(collector_endpoint=f'{url}/api/traces')
    return JaegerExporter(agent_host_name=at.hostname, agent_port=at.port)


def main(way, url, service):
    provider = TracerProvider(resource=Resource.create({'service.name': service, 'n': 1}))
    provider.add_span_processor(BatchSpanProcessor(exporter(way, url)))
    tracer = provider.get_tracer('lib', '1.2')
    other = SpanContext(0x0102030405060708090a0b0c0d0e0f10, 0x1112131415161718, True,
                        TraceFlags(1))
    with tracer.start_as_current_span('parent', kind=SpanKind.SERVER, links=[Link(other)]) as span:
        span.set_attributes({'s': 'grüße', 'i': -5, 'd': 0.5, 'b': True, 'l': [1, 2]})
        with tracer.start_as_current_span('child', kind=SpanKind.CLIENT) as child:
            child.add_event('an event', {'k': 'v'})
            child.set_status(Status(StatusCode.ERROR, 'went wrong'))
    provider.shutdown()


main(*sys.argv[1:])
