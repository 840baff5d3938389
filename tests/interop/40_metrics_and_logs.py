"""Metrics and logs of the OpenTelemetry SDKs -> otelc -> its debug exporter, beside their traces.

They arrive item by item as they were recorded; where nothing takes them, the app's own log says why
and its traces go on.
"""
import re

from harness.case import config, exporter

import known
from known_signals import compare_logs, compare_metrics
from relay import Relay
from tools import run_sender, send

# The SDKs that note the span beside a measurement.
HAVE_EXEMPLARS = {'go', 'java', 'python'}

# How each sends; Java's compression is that of its traces (10_sdks.py), and starting it takes long.
WAYS = [
    ('python', 'grpc', None), ('python', 'grpc', 'gzip'), ('python', 'http/protobuf', None),
    ('python', 'http/protobuf', 'gzip'), ('python', 'http/protobuf', 'deflate'),
    ('go', 'grpc', None), ('go', 'grpc', 'gzip'), ('go', 'http/protobuf', None),
    ('go', 'http/protobuf', 'gzip'), ('java', 'grpc', None), ('java', 'http/protobuf', 'gzip'),
    ('node', 'grpc', None), ('node', 'grpc', 'gzip'), ('node', 'http/protobuf', None),
    ('node', 'http/protobuf', 'gzip'), ('node', 'http/json', None), ('node', 'http/json', 'gzip'),
]
SIGNALS = ('METRICS', 'LOGS')
TRACE_ID = '00112233445566778899aabbccddeeff'


def _service(language):
    return f'interop-{language}-größe'


def _otelc(t, jaeger, exporters=None):
    """With pipelines of metrics and logs where they have an exporter."""
    definitions = {'jaeger': exporter(jaeger), 'debug': '{verbosity: detailed}',
                   'prometheusremotewrite': '{endpoint: "127.0.0.1:0"}', 'loki': '{}'}
    text = config(exporters=definitions).replace('[' + ', '.join(definitions) + ']', '[jaeger]')
    for signal, name in (exporters or {}).items():
        text += f'    {signal}: {{receivers: [otlp], processors: [batch], exporters: [{name}]}}\n'
    return t.collector(text)


def _check_traces(jaeger, language):
    known.compare(jaeger.wait_spans(len(known.KNOWN['spans'])),
                  known.expected(language, _service(language), TRACE_ID))


def _arrives(language, protocol, compression):
    def test(t):
        jaeger = t.jaeger()
        otelc = _otelc(t, jaeger, {'metrics': 'debug', 'logs': 'debug'})
        relay = Relay(t, otelc.address)
        options = {'COMPRESSION': compression} if compression else {}
        send(t, language, relay.address, _service(language), TRACE_ID, SIGNALS, PROTOCOL=protocol,
             **options)
        assert otelc.stop() == 0, otelc.log
        relay.check(protocol, compression)
        compare_metrics(otelc.log, _service(language), TRACE_ID, language in HAVE_EXEMPLARS)
        compare_logs(otelc.log, _service(language), TRACE_ID)
        _check_traces(jaeger, language)
    name = ', '.join(filter(None, [f'{language} sdk by {protocol}', compression]))
    globals()[name] = test


for _way in WAYS:
    _arrives(*_way)


# ---- where nothing takes them ----

REASON = ('no pipeline takes {}: add one under service.pipelines, or set OTEL_{}_EXPORTER=none in '
          'the app')
SAYS_NOTHING = {('python', 'grpc'): {'LOGS'}}  # of metrics it does


def _is_told(language, protocol):
    def test(t):
        jaeger = t.jaeger()
        otelc = _otelc(t, jaeger)
        said = run_sender(t, language, otelc.address, _service(language), TRACE_ID, SIGNALS,
                          PROTOCOL=protocol)
        _check_traces(jaeger, language)
        assert otelc.stop() == 0, otelc.log
        for signal in SIGNALS:
            reason = REASON.format(signal.lower(), signal)
            assert otelc.log.count(reason) == 1, otelc.log
            assert reason in said or signal in SAYS_NOTHING.get((language, protocol), ()), said
        assert otelc.log.count('\trefused ') == len(SIGNALS), otelc.log
    globals()[f'{language} sdk by {protocol} is told that no pipeline takes them'] = test


for _language in ('python', 'go', 'java', 'node'):
    for _protocol in ('grpc', 'http/protobuf'):
        _is_told(_language, _protocol)


# The SDKs that tell of a partial success; the others are content with it.
TELL_PARTIAL_SUCCESS = {'go', 'node'}


def _is_content(language, protocol):
    def test(t):
        jaeger = t.jaeger()
        otelc = _otelc(t, jaeger, {'metrics': 'prometheusremotewrite', 'logs': 'loki'})
        said = run_sender(t, language, otelc.address, _service(language), TRACE_ID, SIGNALS,
                          PROTOCOL=protocol)
        _check_traces(jaeger, language)
        assert otelc.stop() == 0, otelc.log
        for signal, name in (('metrics', 'prometheusremotewrite'), ('logs', 'loki')):
            reason = (f'{signal} are not served by this collector: otelc does not have the '
                      f'exporter {name}')
            assert (reason in said) == (language in TELL_PARTIAL_SUCCESS), said
            for told in ('drops the .* that clients send', 'dropped [0-9]+ .*'):
                assert len(re.findall(f'\t{told}: {reason}', otelc.log)) == 1, otelc.log
        assert language in TELL_PARTIAL_SUCCESS or not said, said
    globals()[f'{language} sdk by {protocol} goes on where they are not served'] = test


for _language, _protocol in (('python', 'http/protobuf'), ('go', 'grpc'), ('java', 'grpc'),
                             ('node', 'http/json')):
    _is_content(_language, _protocol)
