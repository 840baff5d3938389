"""Metrics of an OpenTelemetry SDK -> otelc -> a real Prometheus, which is asked for the values."""
import subprocess
import urllib.request

from harness.wait import until

from prometheus import Prometheus, tool
from tools import send

SERVICE = 'interop-prometheus'
TRACE_ID = '00112233445566778899aabbccddeeff'


def _otelc(t, more=''):
    return t.collector('\n'.join([
        'receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}', 'exporters:',
        f'  prometheus: {{endpoint: "127.0.0.1:0", transport: tcp4, namespace: shop{more}}}',
        '  debug:', 'service:', '  pipelines:',
        '    metrics: {receivers: [otlp], exporters: [prometheus]}',
        '    traces: {receivers: [otlp], exporters: [debug]}', '']))


def _target(otelc):
    host, port = otelc.addresses('exporters/prometheus')[0]
    return f'{host}:{port}'


def _page(otelc, accept='text/plain'):
    request = urllib.request.Request(f'http://{_target(otelc)}/metrics', headers={'Accept': accept})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as reply:
        return reply.read()


def _scraped(open_metrics):
    def test(t):
        otelc = _otelc(t, ', enable_open_metrics: true' if open_metrics else '')
        prometheus = Prometheus(t, _target(otelc))
        send(t, 'python', otelc.address, SERVICE, TRACE_ID, ('METRICS',), PROTOCOL='http/protobuf')
        until(lambda: b'_bucket' in _page(otelc), 20, lambda: _page(otelc).decode())
        page = _page(otelc).decode()
        families = [line.split(' ')[2:4] for line in page.splitlines()
                    if line.startswith('# TYPE ')]
        assert {'counter', 'gauge', 'histogram'} <= {kind for _, kind in families}, page
        samples = [line for line in page.splitlines() if not line.startswith('#')]
        for name, kind in families:
            sample = name + ('_count' if kind == 'histogram' else '')
            found = prometheus.wait(f'{{__name__="{sample}"}}')
            shown = sorted(line.rsplit(' ', 1)[1] for line in samples
                           if line.split('{')[0] == sample)
            assert sorted(map(float, (value for _, value in found))) == \
                sorted(map(float, shown)), (found, shown)
            for labels, _ in found:
                assert labels['job'] == SERVICE, labels
        targets = prometheus.get('targets')['activeTargets']
        assert [target['health'] for target in targets] == ['up'], targets
        assert not targets[0]['lastError'], targets
    name = 'prometheus scrapes what an SDK measured' + (', OpenMetrics' if open_metrics else '')
    globals()[name] = test


for _open_metrics in (False, True):
    _scraped(_open_metrics)


def promtool_takes_the_page(t):
    """Its parser; of its advice there may be some, as the units are the app's."""
    promtool = tool('promtool')
    otelc = _otelc(t)
    send(t, 'python', otelc.address, SERVICE, TRACE_ID, ('METRICS',), PROTOCOL='http/protobuf')
    until(lambda: b'_bucket' in _page(otelc), 20, lambda: _page(otelc).decode())
    done = subprocess.run([promtool, 'check', 'metrics'], input=_page(otelc), capture_output=True,
                          check=False)
    assert b'error while linting' not in done.stderr and done.returncode in (0, 3), done
