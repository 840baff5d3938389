"""The known metrics and logs (known.json) by the OpenTelemetry SDK."""
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogs
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcMetrics
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogs
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpMetrics
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View

METRICS = {'grpc': GrpcMetrics, 'http/protobuf': HttpMetrics}
LOGS = {'grpc': GrpcLogs, 'http/protobuf': HttpLogs}
EXPONENTIAL = 'exponential histogram'


def _record(meter, metric, values, within):
    about = {'unit': metric.get('unit', ''), 'description': metric.get('description', '')}
    if 'bounds' in metric:
        about['explicit_bucket_boundaries_advisory'] = metric['bounds']
    create, write = {
        'counter': (meter.create_counter, 'add'),
        'up-down counter': (meter.create_up_down_counter, 'add'),
        'gauge': (meter.create_gauge, 'set'),
        'histogram': (meter.create_histogram, 'record'),
        EXPONENTIAL: (meter.create_histogram, 'record'),
    }[metric['kind']]
    instrument = create(metric['name'], **about)
    for one in metric['records']:
        getattr(instrument, write)(one['value'], values(one), within(one))


def send_metrics(known, resource, protocol, values, within):
    """values, within: a thing's attributes, and the context of its span."""
    views = [View(instrument_name=metric['name'],
                  aggregation=ExponentialBucketHistogramAggregation())
             for metric in known['metrics'] if metric['kind'] == EXPONENTIAL]
    reader = PeriodicExportingMetricReader(METRICS[protocol]())  # when it ends
    provider = MeterProvider([reader], resource, views=views)
    meter = provider.get_meter(*known['scope'])
    for metric in known['metrics']:
        _record(meter, metric, values, within)
    provider.shutdown()


def send_logs(known, resource, protocol, values, within, ns):
    provider = LoggerProvider(resource)
    provider.add_log_record_processor(BatchLogRecordProcessor(LOGS[protocol]()))
    logger = provider.get_logger(*known['scope'])
    for one in known['logs']:
        number, text = one['severity']
        logger.emit(LogRecord(timestamp=ns(one['time']), context=within(one), severity_text=text,
                              severity_number=SeverityNumber(number), body=one['body'][1],
                              attributes=values(one), event_name=one.get('event')))
    provider.shutdown()
