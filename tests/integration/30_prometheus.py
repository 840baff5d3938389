"""The prometheus exporter: a page that is scraped."""
import gzip
import json
import re
import signal
import threading

from harness.case import each_workers
from harness.wait import until

IN_FORCE = 'The new configuration is in force.'
TCP4 = 'transport: tcp4'  # so that the kernel picks another port than the receiver's
OPEN_METRICS = 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5'


def _config(settings='', receiver='', more=''):
    return '\n'.join([
        'receivers:', '  otlp:', f'    protocols: {{http: {{endpoint: "127.0.0.1:0"{receiver}}}}}',
        more or 'exporters:', f'  prometheus: {{endpoint: "127.0.0.1:0", {TCP4}{settings}}}',
        'service:', '  pipelines:', '    metrics: {receivers: [otlp], exporters: [prometheus]}', ''])


def _sum(name, value, attributes=None, delta=False, start=0, time=1):
    keys = [{'key': k, 'value': {'stringValue': v}} for k, v in (attributes or {}).items()]
    point = {'startTimeUnixNano': str(start), 'timeUnixNano': str(time), 'asInt': str(value),
             'attributes': keys}
    return {'name': name, 'sum': {'aggregationTemporality': 1 if delta else 2, 'isMonotonic': True,
                                  'dataPoints': [point]}}


def _send(t, otelc, *metrics, service='shop'):
    resource = {'attributes': [{'key': 'service.name', 'value': {'stringValue': service}}]}
    body = {'resourceMetrics': [{'resource': resource, 'scopeMetrics': [{'metrics': metrics}]}]}
    reply = t.http(otelc).post(json.dumps(body).encode(), path='/v1/metrics',
                               content_type='application/json')
    assert reply.status == 200 and reply.body == b'{}', reply


def _get(t, otelc, path='/metrics', method='GET', **fields):
    client = t.http(otelc, otelc.addresses('exporters/prometheus')[0])
    client.raw(client.head(method, path, content_type=None, **fields))
    return client.reply()


def _samples(t, otelc):
    page = _get(t, otelc).body.decode()
    return dict(line.rsplit(' ', 1) for line in page.splitlines() if not line.startswith('#'))


def _wait_sample(t, otelc, sample, value):
    """Other workers' data comes by way of an inbox."""
    until(lambda: _samples(t, otelc).get(sample) == value, 20, lambda: str(_samples(t, otelc)))


@each_workers
def the_last_values_of_all_workers_are_on_the_page(t):
    otelc = t.collector(_config(', namespace: ns, const_labels: {env: prod}'))
    for n in range(20):  # by connections of their own, which come to different workers
        _send(t, otelc, _sum('calls', n, {'n': str(n)}))
    for n in range(20):
        _wait_sample(t, otelc, f'ns_calls_total{{env="prod",job="shop",n="{n}"}}', str(n))
    assert _samples(t, otelc)['ns_target_info{job="shop"}'] == '1'
    assert otelc.stop() == 0, otelc.log


@each_workers
def deltas_of_many_connections_add_up(t):
    otelc = t.collector(_config())
    senders = [threading.Thread(target=lambda n=n: _send(
        t, otelc, _sum('calls', 5, {'n': str(n % 4)}, delta=True))) for n in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    for n in range(4):
        _wait_sample(t, otelc, f'calls_total{{job="shop",n="{n}"}}', '5')
    for n in range(4):
        _send(t, otelc, _sum('calls', 7, {'n': str(n)}, delta=True, start=1, time=2))
        _wait_sample(t, otelc, f'calls_total{{job="shop",n="{n}"}}', '12')


def formats_and_encodings_are_those_asked_for(t):
    otelc = t.collector(_config(', enable_open_metrics: true'))
    _send(t, otelc, _sum('calls', 3))
    plain = _get(t, otelc)
    assert plain.status == 200
    assert plain.headers['content-type'] == 'text/plain; version=0.0.4; charset=utf-8'
    assert b'# TYPE calls_total counter\n' in plain.body, plain
    wanted = _get(t, otelc, accept=OPEN_METRICS, accept_encoding='deflate, gzip;q=0.5')
    assert wanted.headers['content-type'] == \
        'application/openmetrics-text; version=1.0.0; charset=utf-8'
    assert wanted.headers['content-encoding'] == 'gzip'
    page = gzip.decompress(wanted.body)
    assert b'# TYPE calls counter\n' in page and page.endswith(b'# EOF\n'), page


def without_the_setting_nobody_gets_open_metrics(t):
    otelc = t.collector(_config())
    reply = _get(t, otelc, accept=OPEN_METRICS)
    assert reply.headers['content-type'] == 'text/plain; version=0.0.4; charset=utf-8', reply


def wrong_requests_are_told_so(t):
    otelc = t.collector(_config())
    reply = _get(t, otelc, path='/')
    assert reply.status == 404 and b'the metrics are at /metrics' in reply.body, reply
    reply = _get(t, otelc, method='POST', content_length=0)
    assert reply.status == 405 and reply.headers['allow'] == 'GET, HEAD', reply
    assert _get(t, otelc).status == 200
    assert otelc.stop() == 0


def series_go_when_nothing_comes(t):
    otelc = t.collector(_config(', metric_expiration: 300ms'))
    _send(t, otelc, _sum('calls', 3))
    until(lambda: not _samples(t, otelc), 20, lambda: str(_samples(t, otelc)))


def scrapers_need_the_password(t):
    text = _config(', auth: {authenticator: basicauth}').replace(
        'service:', 'extensions:\n  basicauth: {htpasswd: {inline: "prom:secret"}}\n'
        'service:\n  extensions: [basicauth]')
    otelc = t.collector(text)
    assert _get(t, otelc).status == 401
    assert _get(t, otelc, authorization='Basic cHJvbTpzZWNyZXQ=').status == 200


def _reload(otelc, text):
    count = otelc.log.count(IN_FORCE)
    with open(otelc.path, 'w', encoding='utf-8') as file:
        file.write(text)
    otelc.signal(signal.SIGHUP)
    otelc.wait_log(re.escape(IN_FORCE), count=count + 1)


def a_reload_keeps_what_was_counted(t):
    otelc = t.collector(_config())
    _send(t, otelc, _sum('calls', 3))
    before = _samples(t, otelc)
    _reload(otelc, _config(', metric_expiration: 1h'))
    assert _samples(t, otelc) == before and before, otelc.log
    _reload(otelc, _config(', namespace: other'))
    _send(t, otelc, _sum('calls', 4))
    assert _samples(t, otelc)['other_calls_total{job="shop"}'] == '4'
    assert otelc.stop() == 0, otelc.log


def two_cannot_listen_at_one_place(t):
    config = _config().replace(f'  prometheus: {{endpoint: "127.0.0.1:0", {TCP4}}}',
                               '  prometheus: {endpoint: "127.0.0.1:4319"}\n'
                               '  prometheus/2: {endpoint: "0.0.0.0:4319"}').replace(
                                   '[prometheus]', '[prometheus, prometheus/2]')
    code, err = t.validate(config)
    assert code == 1 and 'listens where exporters/prometheus does (port 4319)' in err, err
    code, err = t.validate(_config().replace('"127.0.0.1:0"', '"a:4319"').replace(TCP4, ''))
    assert code == 1 and 'listens where receivers/otlp does (port 4319)' in err, err


def bad_settings_are_told(t):
    for settings, told in (('', 'endpoint is missing'), ('endpoint: x', 'has no port'),
                           ('endpoint: "x:1", const_labels: {le: "1"}', "Prometheus' own")):
        code, err = t.validate(_config().replace(f'endpoint: "127.0.0.1:0", {TCP4}', settings))
        assert code == 1 and told in err, err
