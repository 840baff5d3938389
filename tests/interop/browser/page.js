// What a page runs to send the known trace with the OpenTelemetry SDK for the web.
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BatchSpanProcessor, WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import { record } from '../record.js';

const EXPORTERS = { 'http/json': JsonExporter, 'http/protobuf': ProtobufExporter };

// The SDK takes the first way that it can: a beacon where there are no headers of one's own, then
// fetch, then XMLHttpRequest.
const PREPARE = {
    beacon: (options) => { delete options.headers; },
    fetch: () => {},
    XMLHttpRequest: () => { delete window.fetch; },
};

// Gives what the exporter has to say: "" where all went well. Not flushed, the spans wait for the
// page's end.
window.send = async ({ protocol, way, options, flush, known, service, traceId }) => {
    PREPARE[way](options);
    const processor = new BatchSpanProcessor(new EXPORTERS[protocol](options));
    record(WebTracerProvider, processor, known, service, traceId);
    try {
        if (flush)
            await processor.forceFlush();
        return '';
    } catch (error) {
        return error.message;
    }
};
