// Records the trace of known.json with the OpenTelemetry SDK; for Node and for the browser.
'use strict';

const {
    ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, createTraceState, trace,
} = require('@opentelemetry/api');
const { resourceFromAttributes } = require('@opentelemetry/resources');

const values = (attributes) =>
    Object.fromEntries((attributes ?? []).map(([key, , value]) => [key, value]));

const resourceOf = (known, service) =>
    resourceFromAttributes({ ...values(known.resource), 'service.name': service });

// Makes the known spans, and ends them. Provider: the SDK's class.
function record(Provider, spanProcessor, known, service, traceId) {
    const ids = known.spans.map((span) => span.id);
    const context = (spanId, more) =>
        ({ traceId, spanId, traceFlags: TraceFlags.SAMPLED, ...more });
    const provider = new Provider({
        resource: resourceOf(known, service),
        idGenerator: { generateTraceId: () => traceId, generateSpanId: () => ids.shift() },
        spanProcessors: [spanProcessor],
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
}

module.exports = { record, resourceOf, values };
