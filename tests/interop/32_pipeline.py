"""The pipeline's own page in a real browser, as the extension zpages serves it."""
import os
import threading
import time

from harness import otlp
from harness.case import config

from chromium import Chromium
from tools import tool

PICTURE_LIMIT = 200_000
HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
WATCH = '''
window.stopped = [];
addEventListener('securitypolicyviolation', (event) => stopped.push(event.violatedDirective));
'''


SHOP = '''
receivers:
  otlp: {protocols: {grpc: {endpoint: "127.0.0.1:0"}}}
  zipkin: {endpoint: "127.0.0.2:0"}
processors:
  memory_limiter: {check_interval: 1s, limit_percentage: 80}
  filter: {traces: {span: ['name == "GET /health"']}}
  batch: {timeout: 20ms}
connectors:
  span_metrics: {metrics_flush_interval: 1s}
exporters:
  jaeger: {endpoint: "%s"}
  otlp/archive: {endpoint: "127.0.0.1:1", tls: {insecure: true}}
  prometheus: {endpoint: "127.0.0.4:0"}
service:
  pipelines:
    traces:
      receivers: [otlp, zipkin]
      processors: [memory_limiter, filter, batch]
      exporters: [jaeger, otlp/archive, span_metrics]
    metrics:
      receivers: [otlp, span_metrics]
      processors: [batch]
      exporters: [prometheus]
'''


class Stage:
    def __init__(self, t, jaeger=None, metrics_pipeline=False, text=None):
        text = text or config(jaeger or t.jaeger())
        text = text.replace('service:\n', 'service:\n  extensions: [zpages]\n', 1)
        text = 'extensions: {zpages: {endpoint: "127.0.0.1:0", transport: tcp4}}\n' + text
        if metrics_pipeline:
            text = text.replace('exporters:\n', 'exporters:\n  kafka:\n', 1)
            text += '    metrics: {receivers: [otlp], exporters: [kafka]}\n'
        self.t = t
        self.otelc = t.collector(text)
        (host, port), = self.otelc.addresses('extensions/zpages')
        self.url = f'http://{host}:{port}'
        self.browser = Chromium(t)
        self.browser.call('Page.addScriptToEvaluateOnNewDocument', source=WATCH)
        self.browser.look()

    def open(self, path='/'):
        self.browser.open(self.url + path)
        self.see_text('.facts', 'running')

    def see_text(self, selector, text):
        self.browser.see(f'document.querySelector({selector!r})?.textContent.includes({text!r})',
                         (selector, text))

    def check_clean(self):
        assert self.browser.run('stopped') == [], self.browser.run('stopped')
        problems = [one['entry'] for one in self.browser.told('Log.entryAdded')
                    if one['entry']['level'] == 'error']
        assert not problems, problems
        assert not self.browser.told('Page.javascriptDialogOpening')


def a_newcomer_is_told_where_to_send(t):
    stage = Stage(t)
    stage.open()
    stage.see_text('.advice', 'No app has sent anything yet.')
    stage.see_text('.advice', 'OTEL_EXPORTER_OTLP_ENDPOINT')
    (host, port), = stage.otelc.addresses('receivers/otlp')
    stage.see_text('.advice', f'Receivers listen on {host}:{port}.')
    stage.see_text('.graph', 'otlp')
    stage.check_clean()


def spans_are_followed_from_stage_to_stage(t):
    jaeger = t.jaeger()
    stage = Stage(t, jaeger)
    t.grpc(stage.otelc).export_ok(otlp.simple(1, 25))
    jaeger.wait_spans(25)
    stage.open()
    stage.see_text('.advice', '25 items came in and were accepted.')
    stage.see_text('.advice', '25 items went out by jaeger')
    rows = stage.browser.run("[...document.querySelectorAll('.pipeline tbody tr')]"
                             ".map((row) => [...row.cells].map((cell) => cell.textContent))")
    stages = {row[0]: row[1:] for row in rows}
    assert stages['traces: receiver otlp'][0] == '25', stages
    assert stages['traces: processor batch'][:2] == ['25', '25'], stages
    assert stages['traces: exporter jaeger'][1] == '25', stages
    t.grpc(stage.otelc).export_ok(otlp.simple(100, 5))
    stage.see_text('.advice', '30 items came in')
    stage.check_clean()


def connectors_have_numbers_for_each_pipeline(t):
    jaeger = t.jaeger()
    stage = Stage(t, text=SHOP % jaeger.url)
    client = t.http(stage.otelc)
    client.post_ok(otlp.simple(1, 25))
    stage.open()
    stage.browser.see("[...document.querySelectorAll('.graph .connectors .line')]"
                      ".some((line) => /^25 → [1-9]/.test(line.textContent))")
    title = stage.browser.run("document.querySelector('.graph .connectors title').textContent")
    assert 'connectors/span_metrics' in title and '25 came from traces' in title, title
    assert 'went to metrics' in title, title
    rows = stage.browser.run("[...document.querySelectorAll('.pipeline tbody tr')]"
                             ".map((row) => [...row.cells].map((cell) => cell.textContent))")
    stages = {row[0]: row[1:] for row in rows}
    assert stages['traces: connector span_metrics'][:2] == ['25', '–'], stages
    came, went = stages['metrics: connector span_metrics'][:2]
    assert came == '–' and int(went) > 0, stages
    ended = threading.Event()
    load = threading.Thread(target=_load, args=(client, ended))
    load.start()
    try:
        stage.browser.see("[...document.querySelectorAll('.graph .edge.metrics.flows text')]"
                          ".some((text) => text.getAttribute('text-anchor') === 'end' && "
                          "text.textContent.endsWith('/s'))")
    finally:
        ended.set()
        load.join()
    stage.check_clean()


def what_is_refused_is_told_with_what_to_do(t):
    stage = Stage(t, metrics_pipeline=True)
    stage.open()
    t.http(stage.otelc).post(b'x', path='/v1/trace', user_agent=HOSTILE)
    stage.see_text('.advice', 'did not take POST /v1/trace from 127.0.0.1')
    stage.see_text('.advice', HOSTILE)
    stage.see_text('.advice', 'The path is wrong.')
    stage.see_text('.advice', 'The pipeline metrics does not run')
    assert stage.browser.run("document.querySelectorAll('.pipeline img, .pipeline script').length") == 0
    stage.check_clean()


def a_backend_that_is_down_is_named(t):
    stage = Stage(t, t.jaeger(up=False))
    t.grpc(stage.otelc).export_ok(otlp.simple(1))
    stage.open()
    stage.see_text('.advice', 'exporters/jaeger delivers nothing just now')
    stage.see_text('.advice', 'onnection refused')
    stage.check_clean()


def it_says_when_the_collector_has_gone(t):
    stage = Stage(t)
    stage.open()
    assert stage.otelc.stop() == 0
    stage.see_text('.told', 'otelc does not answer')


def it_can_be_paused_by_keyboard(t):
    stage = Stage(t)
    stage.open()
    stage.browser.run("document.querySelector('.pipeline button').focus()")
    stage.browser.press('Enter')
    stage.browser.see("document.querySelector('.pipeline button').getAttribute('aria-pressed') === 'true'")
    stage.browser.press('Enter')
    stage.browser.see("document.querySelector('.pipeline button').getAttribute('aria-pressed') === 'false'")


def nothing_stands_in_the_way_of_anyone(t):
    stage = Stage(t, t.jaeger(up=False), metrics_pipeline=True)
    t.http(stage.otelc).post(b'x', path='/v1/trace', user_agent=HOSTILE)
    t.grpc(stage.otelc).export_ok(otlp.simple(1))
    with open(os.path.join(os.path.dirname(tool(t, 'browser/ready')), 'node_modules', 'axe-core',
                           'axe.min.js'), encoding='utf-8') as file:
        axe = file.read()
    for scheme in ('light', 'dark'):
        for width in (1280, 480):
            stage.browser.look(scheme, width)
            for path in ('/', '/debug/pipelinez', '/debug/servicez'):
                stage.browser.open(stage.url + path)
                if path == '/':
                    stage.see_text('.facts', 'running')
                stage.browser.run(axe + '\n;0')
                found = stage.browser.run(
                    'axe.run().then(({violations}) => violations.map((one) => [one.id, one.help, '
                    'one.nodes.map((node) => node.html + node.failureSummary)]))')
                assert not found, (path, scheme, width, found)
    stage.check_clean()


def _load(client, ended):
    """Spans, until it is told to end."""
    number = 1
    while not ended.is_set():
        names = ['GET /cart', 'POST /checkout', 'GET /health', 'charge card']
        client.post_ok(otlp.request(*(otlp.resource_spans([otlp.span(number + n, name=name)
                                                           for n in range(20)]) for name in names)))
        number += 20
        time.sleep(0.05)


def pictures_of_the_pipeline(t):
    """Into the folder that OTELC_PICTURES names, by `make screenshots`."""
    jaeger = t.jaeger()
    stage = Stage(t, text=SHOP % jaeger.url)
    t.http(stage.otelc).post(b'{}', path='/v1/trace', content_type='application/json',
                             user_agent='OTel-OTLP-Exporter-Python/1.27.0')
    ended = threading.Event()
    load = threading.Thread(target=_load, args=(t.http(stage.otelc), ended))
    load.start()
    try:
        for scheme in ('light', 'dark'):
            stage.browser.look(scheme, 1280, 960)
            stage.open()
            stage.see_text('.advice', 'otlp/archive delivers nothing')
            stage.browser.see("document.querySelectorAll('.graph .edge.flows').length >= 5")
            png = stage.browser.picture()
            assert len(png) < PICTURE_LIMIT, (scheme, len(png))
            with open(os.path.join(os.environ.get('OTELC_PICTURES', t.directory),
                                   f'pipeline-{scheme}.png'), 'wb') as file:
                file.write(png)
    finally:
        ended.set()
        load.join()
    stage.check_clean()
