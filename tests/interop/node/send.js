// Sends what is known with the OpenTelemetry SDK: send.js known.json SERVICE TRACE_ID
//
// Where to and how say the SDK's own variables: OTEL_EXPORTER_OTLP_ENDPOINT, ..._PROTOCOL,
// ..._COMPRESSION, ..._CERTIFICATE and so on. Metrics and logs go too where OTEL_METRICS_EXPORTER
// and OTEL_LOGS_EXPORTER are otlp.
'use strict';

const fs = require('fs');
const { DiagConsoleLogger, DiagLogLevel, TraceFlags, diag } = require('@opentelemetry/api');
const { BasicTracerProvider, BatchSpanProcessor } = require('@opentelemetry/sdk-trace-base');
const { record, resourceOf } = require('../record.js');
const { sendLogs, sendMetrics } = require('./signals.js');

const PACKAGES = { 'grpc': 'grpc', 'http/protobuf': 'proto', 'http/json': 'http' };

function exporter(signal, name) {
    const way = PACKAGES[process.env.OTEL_EXPORTER_OTLP_PROTOCOL];
    return new (require(`@opentelemetry/exporter-${signal}-otlp-${way}`)[name])();
}

async function send(file, service, traceId) {
    const known = JSON.parse(fs.readFileSync(file, 'utf8'));
    const resource = resourceOf(known, service);
    const context = (spanId) => ({ traceId, spanId, traceFlags: TraceFlags.SAMPLED });
    const processor = new BatchSpanProcessor(exporter('trace', 'OTLPTraceExporter'));

    diag.setLogger(new DiagConsoleLogger(), DiagLogLevel[process.env.OTEL_LOG_LEVEL]);
    record(BasicTracerProvider, processor, known, service, traceId);
    await processor.shutdown();
    if (process.env.OTEL_METRICS_EXPORTER === 'otlp')
        await sendMetrics(exporter('metrics', 'OTLPMetricExporter'), known, resource, context);
    if (process.env.OTEL_LOGS_EXPORTER === 'otlp')
        await sendLogs(exporter('logs', 'OTLPLogExporter'), known, resource, context);
}

send(...process.argv.slice(2));
