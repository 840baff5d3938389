"""otelc's own metrics -> a real Prometheus, which is asked for the values; promtool's advice."""
import re
import subprocess
import urllib.request

from harness import otlp
from harness.case import config
from harness.wait import until

from prometheus import Prometheus, tool

OFFICIAL = ', without_type_suffix: false, without_units: false'


def _otelc(t, settings='', level='detailed'):
    reader = f'{{pull: {{exporter: {{prometheus: {{host: 127.0.0.2, port: 0{settings}}}}}}}}}'
    telemetry = f'{{metrics: {{level: {level}, readers: [{reader}]}}}}'
    text = config(t.jaeger()).replace('service:\n', f'service:\n  telemetry: {telemetry}\n')
    otelc = t.collector(text, metrics=True)
    t.grpc(otelc).export_ok(otlp.simple(1, count=7))
    t.http(otelc).post(b'{', path='/nope')
    until(lambda: re.search(r'^otelcol_exporter_sent_spans\w*{.*} 7$', _page(otelc), re.M))
    return otelc


def _target(otelc):
    host, port = otelc.addresses('telemetry/metrics')[0]
    return f'{host}:{port}'


def _page(otelc):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f'http://{_target(otelc)}/metrics', timeout=10) as reply:
        return reply.read().decode()


def prometheus_scrapes_it(t):
    otelc = _otelc(t)
    prometheus = Prometheus(t, _target(otelc))
    [(labels, value)] = prometheus.wait('otelcol_exporter_sent_spans')
    assert value == '7' and labels['exporter'] == 'jaeger', (labels, value)
    [(labels, value)] = prometheus.wait('otelcol_receiver_accepted_spans')
    assert value == '7' and labels['transport'] == 'grpc', (labels, value)
    [(labels, value)] = prometheus.wait(
        'histogram_quantile(0.99, otelc_exporter_send_duration_bucket)')
    assert 0 < float(value) < 30, (labels, value)
    for name in set(re.findall(r'^(\w+)', _page(otelc), re.M)):
        prometheus.wait(name)
    targets = prometheus.get('targets')['activeTargets']
    assert [target['health'] for target in targets] == ['up'], targets


def _lint(page):
    done = subprocess.run([tool('promtool'), 'check', 'metrics'], input=page.encode(),
                          capture_output=True, check=False)
    return done.stderr.decode().splitlines()


def promtool_has_nothing_to_say(t):
    assert _lint(_page(_otelc(t, OFFICIAL))) == []


def of_the_usual_names_promtool_misses_total_only(t):
    for line in _lint(_page(_otelc(t))):
        assert line.endswith('counter metrics should have "_total" suffix'), line
