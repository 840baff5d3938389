// Sends the known trace with the OpenTelemetry SDK: send.js trace.json SERVICE TRACE_ID
//
// Where to and how say the SDK's own variables: OTEL_EXPORTER_OTLP_ENDPOINT, ..._PROTOCOL,
// ..._COMPRESSION, ..._CERTIFICATE and so on.
'use strict';

const fs = require('fs');
const { BasicTracerProvider, BatchSpanProcessor } = require('@opentelemetry/sdk-trace-base');
const { record } = require('../record.js');

const EXPORTERS = {
    'grpc': '@opentelemetry/exporter-trace-otlp-grpc',
    'http/protobuf': '@opentelemetry/exporter-trace-otlp-proto',
    'http/json': '@opentelemetry/exporter-trace-otlp-http',
};
const { OTLPTraceExporter } = require(EXPORTERS[process.env.OTEL_EXPORTER_OTLP_PROTOCOL]);

const processor = new BatchSpanProcessor(new OTLPTraceExporter());
const known = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
record(BasicTracerProvider, processor, known, ...process.argv.slice(3));
processor.shutdown();
