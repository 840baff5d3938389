// Sends the known metrics and logs (known.json) with the OpenTelemetry SDK.
'use strict';

const { ROOT_CONTEXT, ValueType, trace } = require('@opentelemetry/api');
const { BatchLogRecordProcessor, LoggerProvider } = require('@opentelemetry/sdk-logs');
const {
    AggregationType, MeterProvider, PeriodicExportingMetricReader,
} = require('@opentelemetry/sdk-metrics');
const { values } = require('../record.js');

const EXPONENTIAL = 'exponential histogram';
const INSTRUMENTS = { // how each is made, and written to
    'counter': ['createCounter', 'add'],
    'up-down counter': ['createUpDownCounter', 'add'],
    'gauge': ['createGauge', 'record'],
    'histogram': ['createHistogram', 'record'],
    [EXPONENTIAL]: ['createHistogram', 'record'],
};

const within = ({ span }, context) =>
    span ? trace.setSpanContext(ROOT_CONTEXT, context(span)) : ROOT_CONTEXT;

// context: makes that of a span, by its id. Resolves when all is sent.
function sendMetrics(exporter, known, resource, context) {
    const reader = new PeriodicExportingMetricReader({ exporter }); // when it ends
    const views = known.metrics.filter(({ kind }) => kind === EXPONENTIAL).map(({ name }) =>
        ({ instrumentName: name, aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }));
    const provider = new MeterProvider({ resource, readers: [reader], views });
    const meter = provider.getMeter(...known.scope);
    for (const { name, description, unit, kind, type, bounds, records } of known.metrics) {
        const [create, write] = INSTRUMENTS[kind];
        const instrument = meter[create](name, {
            description, unit, valueType: ValueType[type.toUpperCase()],
            advice: bounds && { explicitBucketBoundaries: bounds },
        });
        for (const one of records)
            instrument[write](one.value, values(one.attributes), within(one, context));
    }
    return provider.shutdown();
}

function sendLogs(exporter, known, resource, context) {
    const provider = new LoggerProvider({
        resource, processors: [new BatchLogRecordProcessor(exporter)],
    });
    const logger = provider.getLogger(...known.scope);
    for (const one of known.logs) {
        const [severityNumber, severityText] = one.severity;
        logger.emit({
            timestamp: one.time, severityNumber, severityText, body: one.body[1],
            attributes: values(one.attributes), eventName: one.event,
            context: within(one, context),
        });
    }
    return provider.shutdown();
}

module.exports = { sendLogs, sendMetrics };
