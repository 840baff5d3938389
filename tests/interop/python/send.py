"""Sends what is known with the OpenTelemetry SDK: send.py known.json SERVICE TRACE_ID

Where to and how say the SDK's own variables: OTEL_EXPORTER_OTLP_ENDPOINT, ..._PROTOCOL,
..._COMPRESSION, ..._CERTIFICATE and so on. Metrics and logs go too where OTEL_METRICS_EXPORTER and
OTEL_LOGS_EXPORTER are otlp.
"""
import json
import os
import sys

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import (INVALID_SPAN, Link, NonRecordingSpan, SpanContext, SpanKind,
                                 Status, StatusCode, TraceFlags, TraceState, set_span_in_context)

from signals import send_logs, send_metrics

EXPORTERS = {'grpc': GrpcExporter, 'http/protobuf': HttpExporter}


class KnownIds(IdGenerator):
    def __init__(self, trace_id, span_ids):
        self.trace_id, self.span_ids = trace_id, span_ids

    def generate_trace_id(self):
        return int(self.trace_id, 16)

    def generate_span_id(self):
        return int(self.span_ids.pop(0), 16)


def ns(time):
    return time[0] * 10**9 + time[1]


def values(attributes):
    return {key: value for key, _, value in attributes}


def send(known, service, trace_id):
    protocol = os.environ['OTEL_EXPORTER_OTLP_PROTOCOL']
    resource = Resource.create(values(known['resource']) | {'service.name': service})

    def context(span_id, trace_id=trace_id, is_remote=False, state=''):
        return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote, TraceFlags(1),
                           TraceState.from_header([state]))

    def within(thing):
        return set_span_in_context(NonRecordingSpan(context(thing['span']))
                                   if 'span' in thing else INVALID_SPAN)

    def attributes(thing):
        return values(thing.get('attributes', []))

    provider = TracerProvider(
        resource=resource,
        id_generator=KnownIds(trace_id, [span['id'] for span in known['spans']]))
    provider.add_span_processor(BatchSpanProcessor(EXPORTERS[protocol]()))
    tracer = provider.get_tracer(*known['scope'])
    for one in known['spans']:
        parent = one.get('parent') or one.get('remote_parent')
        around = parent and set_span_in_context(NonRecordingSpan(
            context(parent, is_remote='remote_parent' in one, state=one.get('tracestate', ''))))
        span = tracer.start_span(
            one['name'], around, SpanKind[one['kind'].upper()], attributes(one),
            [Link(context(link['id'], link.get('trace', trace_id)), values(link['attributes']))
             for link in one.get('links', [])],
            ns(one['start']))
        for event in one.get('events', []):
            span.add_event(event['name'], values(event['attributes']), ns(event['time']))
        if 'status' in one:
            code, description = one['status']
            span.set_status(Status(StatusCode[code.upper()], description or None))
        span.end(ns(one['end']))
    provider.shutdown()
    if os.environ.get('OTEL_METRICS_EXPORTER') == 'otlp':
        send_metrics(known, resource, protocol, attributes, within)
    if os.environ.get('OTEL_LOGS_EXPORTER') == 'otlp':
        send_logs(known, resource, protocol, attributes, within, ns)


if __name__ == '__main__':
    with open(sys.argv[1], encoding='utf-8') as file:
        send(json.load(file), *sys.argv[2:])
