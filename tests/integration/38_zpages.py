"""The zpages extension: what runs, how it fares, and what was refused; for its own pages alone."""
import json
import os
import re
import signal

from harness import otlp
from harness.case import config, each_workers
from harness.wait import until

WHERE = 'extensions/zpages'
HERE = 'endpoint: "127.0.0.1:0", transport: tcp4'  # so that the port is not the receiver's
MARKUP = '<img src=x onerror=alert(1)>'


def _config(t, settings='', jaeger=None, **more):
    text = config(jaeger or t.jaeger(), **more)
    text = text.replace('service:\n', 'service:\n  extensions: [zpages]\n', 1)
    return f'extensions: {{zpages: {{{settings or HERE}}}}}\n' + text


def _get(t, otelc, path, where=WHERE, method='GET', **fields):
    client = t.http(otelc, otelc.addresses(where)[-1])
    client.raw(client.head(method, path, content_type=None, **fields))
    return client.reply()


def _overview(t, otelc, where=WHERE):
    reply = _get(t, otelc, '/api/otelc/overview', where)
    assert reply.status == 200 and reply.headers['content-type'] == 'application/json', reply
    return json.loads(reply.body)


@each_workers
def the_overview_tells_what_runs(t):
    otelc = t.collector(_config(t))
    now = _overview(t, otelc)
    assert now['phase'] == 'running' and now['workers'] == t.workers, now
    assert now['startUnixMs'] <= now['configUnixMs'] <= now['nowUnixMs'], now
    assert 0 <= now['memory']['used'] < now['memory']['limit'], now
    assert otelc.path in now['files'], now['files']
    assert 'send_batch_size: 8192' in now['config'], now['config']
    pipeline, = now['pipelines']
    assert pipeline == {'id': 'traces', 'signal': 'traces', 'notServed': None,
                        'receivers': ['receivers/otlp'], 'processors': ['processors/batch'],
                        'exporters': ['exporters/jaeger']}, pipeline
    parts = {part['where']: part for part in now['components']}
    assert set(parts) == {'receivers/otlp', 'processors/batch', 'exporters/jaeger', WHERE}, parts
    for where in ('receivers/otlp', WHERE):
        bound = [f'{host}:{port}' for host, port in otelc.addresses(where)]
        assert parts[where]['endpoints'] == bound and not bound[0].endswith(':0'), parts
    assert all(part['used'] and part['help'] for part in parts.values()), parts
    assert otelc.stop() == 0, otelc.log


@each_workers
def what_was_refused_is_told_with_reason_and_peer(t):
    otelc = t.collector(_config(t))
    for _ in range(3):
        t.http(otelc).post(b'x', path='/v1/trace', user_agent='sdk/1')
    t.http(otelc).post(b'\xff', user_agent='sdk/2')
    t.http(otelc).post(otlp.request(otlp.resource_spans([otlp.span(1, id=bytes(8))])))
    reasons = {refused['why']: refused for refused in _overview(t, otelc)['refused']}
    wrong_path = reasons['not found: POST OTLP to /v1/traces, /v1/metrics or /v1/logs']
    assert wrong_path['times'] == 3 and wrong_path['what'] == 'POST /v1/trace', wrong_path
    assert wrong_path['agent'] == 'sdk/1' and wrong_path['where'] == 'receivers/otlp', wrong_path
    assert re.fullmatch(r'127\.0\.0\.1:\d+', wrong_path['peer']), wrong_path
    assert any(why.startswith('not a valid ExportTraceServiceRequest') for why in reasons), reasons
    assert 'trace_id must be 16 bytes and span_id 8, not all zero' in reasons, reasons


def a_grpc_call_that_is_refused_is_told_too(t):
    otelc = t.collector(_config(t))
    client = t.grpc(otelc)
    assert client.call(b'', path='/nothing.Service/Export').status == 12
    refused, = _overview(t, otelc)['refused']
    assert refused['what'] == 'POST /nothing.Service/Export', refused


def a_client_that_speaks_tls_is_told(t):
    otelc = t.collector(_config(t))
    t.http(otelc).raw(b'\x16\x03\x01\x02\x00\x01')
    def told():
        return [refused['why'] for refused in _overview(t, otelc)['refused']]
    until(lambda: any('speaks TLS' in why for why in told()))


@each_workers
def clients_are_told_by_name(t):
    otelc = t.collector(_config(t))
    kept = t.http(otelc)
    for number in range(3):
        kept.raw(kept.head(content_length=0, user_agent=f'sdk/{number}'))
        assert kept.reply().status == 200
    t.grpc(otelc).export_ok(otlp.simple(1))
    clients = {client['agent']: client for client in _overview(t, otelc)['clients']
               if client['where'] == 'receivers/otlp'}
    assert clients['sdk/0']['requests'] == 3 and clients['sdk/0']['connections'] == 1, clients
    assert len(clients) == 2, clients


def hostile_texts_stay_texts(t):
    otelc = t.collector(_config(t))
    agent = MARKUP + '"\\ \xff\x80 ' + 'a' * 300
    client = t.http(otelc)
    client.raw(client.head(path='/' + MARKUP.replace(' ', '_') + 'b' * 300, content_length=0,
                           user_agent=agent))
    assert client.reply().status == 404
    now = _overview(t, otelc)
    assert now['refused'][0]['agent'].startswith(MARKUP + '"\\ \ufffd\ufffd aaa'), now['refused']
    for path in ('servicez', 'pipelinez', 'extensionz', 'featurez'):
        assert b'<img' not in _get(t, otelc, f'/debug/{path}').body, path


def a_flood_of_refusals_and_names_is_bounded(t):
    otelc = t.collector(_config(t))
    client = t.http(otelc)
    for number in range(200):
        assert client.post(b'', path=f'/nothing/{number}').status == 404
        t.http(otelc).post(b'', user_agent=f'sdk/{number}')
    now = _overview(t, otelc)
    assert len(now['refused']) == 64 and len(now['clients']) <= 65, len(now['clients'])
    assert now['refused'][0]['what'].endswith('/199'), now['refused'][0]


def tables_are_there_without_scripts(t):
    otelc = t.collector(_config(t))
    for path, words in (('servicez', ('Uptime', 'Workers')), ('extensionz', ('zpages', '127.0.0.1')),
                        ('pipelinez', ('traces', 'otlp', 'batch', 'jaeger', 'runs')),
                        ('featurez', ('no feature gates',))):
        reply = _get(t, otelc, f'/debug/{path}')
        assert reply.status == 200 and reply.headers['content-type'].startswith('text/html'), reply
        text = reply.body.decode()
        assert all(word in text for word in words), (path, text)
        assert '<script' not in text, path
    assert _get(t, otelc, '/debug/tracez').status == 404
    assert _get(t, otelc, '/debug/').status == 404


def the_page_and_its_files_are_served(t):
    otelc = t.collector(_config(t))
    page = _get(t, otelc, '/')
    assert page.status == 200 and page.headers['content-type'].startswith('text/html'), page
    assert "default-src 'none'; script-src 'self'" in page.headers['content-security-policy']
    assert page.headers['x-content-type-options'] == 'nosniff', page.headers
    seen, left = set(), re.findall(r'(?:src|href)="(/[\w.]+\.\w+)"', page.body.decode())
    while left:
        path = left.pop()
        reply = _get(t, otelc, path)
        assert reply.status == 200, path
        kind = {'js': 'text/javascript', 'css': 'text/css', 'svg': 'image/svg+xml'}
        assert reply.headers['content-type'].startswith(kind[path.rsplit('.')[-1]]), reply
        seen.add(path)
        for name in re.findall(r"from '\./([\w.]+)'", reply.body.decode()):
            left += [f'/{name}'] if f'/{name}' not in seen else []
    assert '/pipeline_graph.js' in seen and '/app.css' in seen, seen
    assert _get(t, otelc, '/../etc/passwd').status == 404
    assert _get(t, otelc, '/', method='POST', content_length=0).status == 405


def pages_of_others_do_not_get_to_read_it(t):
    otelc = t.collector(_config(t, HERE + ', allowed_hosts: [pages.example]'))
    for fields, status in (({'host': 'evil.example'}, 403), ({'host': 'pages.example:80'}, 200),
                           ({'host': 'localhost:55679'}, 200), ({'host': '127.0.0.1'}, 200),
                           ({'origin': 'http://evil.example'}, 403),
                           ({'sec_fetch_site': 'cross-site'}, 403),
                           ({'sec_fetch_site': 'same-origin'}, 200)):
        for path in ('/api/otelc/overview', '/debug/servicez'):
            assert _get(t, otelc, path, **fields).status == status, (fields, path)
    reply = _get(t, otelc, '/', host='evil.example')
    assert b'allowed_hosts of extensions.zpages' in reply.body, reply


def each_endpoint_is_told_as_it_is_bound(t):
    unix = os.path.join(t.directory, 'otlp.sock')
    receivers = f'''receivers:
  otlp: {{protocols: {{grpc: {{endpoint: "localhost:0"}}, http: {{endpoint: "{unix}", transport: unix}}}}}}
  jaeger: {{protocols: {{thrift_compact: {{endpoint: "127.0.0.3:0"}}}}}}
'''
    text = re.sub(r'receivers:\n(  .*\n)+', receivers, _config(t), count=1)
    text = text.replace('[otlp]', '[otlp, jaeger]')
    otelc = t.collector(text)
    parts = {part['where']: part['endpoints'] for part in _overview(t, otelc)['components']}
    grpc, http = parts['receivers/otlp']
    assert re.fullmatch(r'127\.0\.0\.1:[1-9]\d*(, \[::1\]:[1-9]\d*)?', grpc), parts
    assert http == f'unix:{unix}', parts
    assert re.fullmatch(r'udp:127\.0\.0\.3:[1-9]\d*', *parts['receivers/jaeger']), parts
    assert parts['exporters/jaeger'] == [], parts


@each_workers
def a_reload_shows_the_new_pipelines(t):
    jaeger = t.jaeger()
    otelc = t.collector(_config(t, jaeger=jaeger))
    before = _overview(t, otelc)
    changed = _config(t, jaeger=jaeger).replace('traces: {', 'traces/new: {').replace(
        '[jaeger]}', '[jaeger, debug]}').replace('exporters:\n', 'exporters:\n  debug:\n', 1)
    with open(otelc.path, 'w', encoding='utf-8') as file:
        file.write(changed)
    otelc.signal(signal.SIGHUP)
    otelc.wait_log('The new configuration is in force.')
    now = _overview(t, otelc)
    assert [pipeline['id'] for pipeline in now['pipelines']] == ['traces/new'], now['pipelines']
    assert 'exporters/debug' in now['pipelines'][0]['exporters'], now['pipelines']
    assert now['startUnixMs'] == before['startUnixMs'], now
    assert now['configUnixMs'] > before['configUnixMs'], now
    with open(otelc.path, 'w', encoding='utf-8') as file:
        file.write(changed.replace('[zpages]', '[]'))
    otelc.signal(signal.SIGHUP)
    otelc.wait_log('The new configuration is in force.', count=2)
    assert otelc.stop() == 0, otelc.log


def secrets_are_not_shown(t):
    text = _config(t).replace('tcp4', 'tcp4, response_headers: {x-secret: hunter2}', 1)
    text = text.replace('exporters:\n', 'exporters:\n  otlp: {endpoint: "a:1", headers: {k: hunter2}}\n', 1)
    otelc = t.collector(text)
    assert 'hunter2' in text and 'hunter2' not in json.dumps(_overview(t, otelc))
    assert '[REDACTED]' in _overview(t, otelc)['config']


CONNECTORS = '''
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
connectors: {forward: , span_metrics: {metrics_flush_interval: 100ms}}
exporters: {debug: , debug/2: }
service:
  pipelines:
    traces/in: {receivers: [otlp], exporters: [forward, span_metrics]}
    traces/a: {receivers: [forward], exporters: [debug]}
    traces/b: {receivers: [forward], exporters: [span_metrics]}
    metrics: {receivers: [span_metrics], exporters: [debug/2]}
extensions: {zpages: {%s}}
''' % HERE


@each_workers
def what_goes_through_connectors_is_counted_for_each_pipeline(t):
    otelc = t.collector(CONNECTORS.replace('service:\n', 'service:\n  extensions: [zpages]\n'))
    for n in range(4):
        t.http(otelc).post_ok(otlp.simple(10 * n, count=5))

    def counted():
        found = {}
        for metric in _overview(t, otelc)['metrics']:
            if metric['name'].startswith('otelc_connector_'):
                labels = dict(re.findall(r'(\w+)="([^"]*)"', metric['labels']))
                found[labels['connector'], labels['pipeline'],
                      metric['name'].removeprefix('otelc_connector_')] = metric['value']
        return found
    expected = {('forward', 'traces/in', 'incoming_items'): 20,
                ('forward', 'traces/a', 'outgoing_items'): 20,
                ('forward', 'traces/b', 'outgoing_items'): 20,
                ('span_metrics', 'traces/in', 'incoming_items'): 20,
                ('span_metrics', 'traces/b', 'incoming_items'): 20}
    until(lambda: counted().items() >= expected.items(), what=counted)
    until(lambda: counted()['span_metrics', 'metrics', 'outgoing_items'] > 0, what=counted)
    assert len(counted()) == len(expected) + 1, counted()
    with open(otelc.path, encoding='utf-8') as file:
        text = file.read()
    with open(otelc.path, 'w', encoding='utf-8') as file:
        file.write(text.replace('traces/a', 'traces/c'))
    otelc.signal(signal.SIGHUP)
    otelc.wait_log('The new configuration is in force.')
    t.http(otelc).post_ok(otlp.simple(100, count=5))
    until(lambda: counted().get(('forward', 'traces/c', 'outgoing_items')) == 5, what=counted)
    assert counted()['forward', 'traces/a', 'outgoing_items'] == 20, counted()
    assert counted()['forward', 'traces/b', 'outgoing_items'] == 25, counted()
    assert counted()['forward', 'traces/in', 'incoming_items'] == 25, counted()
    assert otelc.stop() == 0, otelc.log


def a_pipeline_that_does_not_run_is_told(t):
    text = _config(t) + '    metrics: {receivers: [otlp], exporters: [kafka]}\n'
    otelc = t.collector(text.replace('exporters:\n', 'exporters:\n  kafka:\n', 1))
    pipelines = {pipeline['id']: pipeline for pipeline in _overview(t, otelc)['pipelines']}
    assert pipelines['traces']['notServed'] is None, pipelines
    assert 'kafka' in pipelines['metrics']['notServed'], pipelines
    assert b'kafka' in _get(t, otelc, '/debug/pipelinez').body


def warnings_are_told(t):
    jaeger = t.jaeger(up=False)
    otelc = t.collector(_config(t, jaeger=jaeger))
    t.grpc(otelc).export_ok(otlp.simple(1))
    def told():
        return [line['text'] for line in _overview(t, otelc)['warnings']
                if line['where'] == 'exporters/jaeger']
    until(lambda: any('refused' in text for text in told()))


def the_viewer_has_the_same_overview(t):
    text = _config(t).replace('exporters:\n', f'exporters:\n  viewer: {{{HERE}}}\n', 1).replace(
        '[jaeger]}', '[jaeger, viewer]}')
    otelc = t.collector(text)
    ours, theirs = _overview(t, otelc), _overview(t, otelc, 'exporters/viewer')
    assert ours['pipelines'] == theirs['pipelines'] and ours['components'] == theirs['components']
    assert _get(t, otelc, '/pipeline', 'exporters/viewer').status == 200


def settings_that_are_wrong_are_told(t):
    for settings, said in (('endpoint: [1]', 'endpoint'), ('auth: {authenticator: a}', 'auth'),
                           ('allowed_hosts: ["http://a/"]', 'is not a host'),
                           ('endpiont: "a:1"', 'did you mean endpoint')):
        code, err = t.validate(_config(t, settings))
        assert code == 1 and said in err and 'extensions.zpages' in err, (settings, err)
    code, err = t.validate(_config(t, HERE + ', expvar: {enabled: true}'))
    assert code == 0 and 'note: extensions.zpages.expvar' in err, err


def the_example_is_fine(t):
    code, _, err = t.run('validate', '--strict', '--config', t.path('config', 'zpages.yaml'))
    assert code == 0, err
