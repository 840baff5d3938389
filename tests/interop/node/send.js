// Sends the known trace with the OpenTelemetry SDK: send.js trace.json SERVICE TRACE_ID
//
// Where to and how say the SDK's own variables: OTEL_EXPORTER_OTLP_ENDPOINT, ..._PROTOCOL,
// ..._COMPRESSION, ..._CERTIFICATE and so on.
'use strict';

const fs = require('fs');
const {
    ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, createTraceState, trace,
} = require('@opentelemetry/api');
const { resourceFromAttributes } = require('@opentelemetry/resources');
const { BasicTracerProvider, BatchSpanProcessor } = require('@opentelemetry/sdk-trace-base');

const EXPORTERS = {
    'grpc': '@opentelemetry/exporter-trace-otlp-grpc',
    'http/protobuf': '@opentelemetry/exporter-trace-otlp-proto',
    'http/json': '@opentelemetry/exporter-trace-otlp-http',
};
const { OTLPTraceExporter } = require(EXPORTERS[process.env.OTEL_EXPORTER_OTLP_PROTOCOL]);

const values = (attributes) =>
    Object.fromEntries((attributes ?? []).map(([key, , value]) => [key, value]));

async function send(known, service, traceId) {
    const ids = known.spans.map((span) => span.id);
    const context = (spanId, more) => ({ traceId, spanId, traceFlags: TraceFlags.SAMPLED, ...more });
    const provider = new BasicTracerProvider({
        resource: resourceFromAttributes({ ...values(known.resource), 'service.name': service }),
        idGenerator: { generateTraceId: () => traceId, generateSpanId: () => ids.shift() },
        spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
    });
    const tracer = provider.getTracer(...known.scope);
    for (const one of known.spans) {
        let around = ROOT_CONTEXT;
        if (one.parent)
            around = trace.setSpanContext(around, context(one.parent));
        else if (one.remote_parent)
            around = trace.setSpanContext(around, context(one.remote_parent, {
                isRemote: true, traceState: createTraceState(one.tracestate),
            }));
        const span = tracer.startSpan(one.name, {
            kind: SpanKind[one.kind.toUpperCase()],
            startTime: one.start,
            attributes: values(one.attributes),
            links: (one.links ?? []).map((link) => ({
                context: context(link.id, link.trace && { traceId: link.trace }),
                attributes: values(link.attributes),
            })),
        }, around);
        for (const event of one.events ?? [])
            span.addEvent(event.name, values(event.attributes), event.time);
        if (one.status) {
            const [code, message] = one.status;
            span.setStatus({ code: SpanStatusCode[code.toUpperCase()], ...message && { message } });
        }
        span.end(one.end);
    }
    await provider.shutdown();
}

send(JSON.parse(fs.readFileSync(process.argv[2], 'utf8')), ...process.argv.slice(3));
