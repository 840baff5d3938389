"""The collector's own metrics: what was sent is what they tell."""
import os
import re
import signal
import socket
import time

from harness import otlp
from harness.case import config, each_workers
from harness.jaeger import Answer
from harness.wait import until

IN_FORCE = 'The new configuration is in force.'
WHERE = 'telemetry/metrics'
# Another host than the receiver's, so that the kernel picks another port.
READER = '{pull: {exporter: {prometheus: {host: 127.0.0.2, port: 0%s}}}}'


def _telemetry(reader='', more=''):
    return f'{{metrics: {{readers: [{READER % reader}]{more}}}}}'


def _with(text, telemetry=None):
    return text.replace('service:\n', f'service:\n  telemetry: {telemetry or _telemetry()}\n', 1)


def _start(t, text=None, telemetry=None, **more):
    return t.collector(_with(text or config(t.jaeger()), telemetry), metrics=True, **more)


def _get(t, otelc, path='/metrics', method='GET', **fields):
    client = t.http(otelc, otelc.addresses(WHERE)[-1])
    client.raw(client.head(method, path, content_type=None, **fields))
    return client.reply()


def _page(t, otelc):
    reply = _get(t, otelc)
    assert reply.status == 200, reply
    assert reply.headers['content-type'] == 'text/plain; version=0.0.4; charset=utf-8', reply
    return reply.body.decode()


def _read(text):
    """{'name{labels}': value}, without where an exporter sends to: each time another port."""
    text = re.sub(r'^(otelcol_exporter_sen\w+\{exporter="[^"]*"),server_address="127.0.0.1",'
                  r'server_port="\d+"', r'\1', text, flags=re.M)
    lines = [line.rpartition(' ') for line in text.splitlines() if not line.startswith('#')]
    series = {name: float(value) for name, _, value in lines}
    assert len(series) == len(lines), text
    return series


def _values(t, otelc):
    return _read(_page(t, otelc))


def _wait(t, otelc, name, value):
    until(lambda: _values(t, otelc).get(name) == value, what=lambda: _page(t, otelc))


def _reload(otelc, text):
    count = otelc.log.count(IN_FORCE)
    with open(otelc.path, 'w', encoding='utf-8') as file:
        file.write(text)
    otelc.signal(signal.SIGHUP)
    otelc.wait_log(re.escape(IN_FORCE), count=count + 1)


@each_workers
def what_was_sent_is_counted_at_each_stage(t):
    otelc = _start(t)
    for n in range(10):
        t.grpc(otelc).export_ok(otlp.simple(100 * n, count=7))
    t.http(otelc).post_ok(otlp.simple(5000, count=3))
    _wait(t, otelc, 'otelcol_exporter_sent_spans{exporter="jaeger"}', 73)
    values = _values(t, otelc)
    for name, value in (
            ('otelcol_receiver_accepted_spans{receiver="otlp",transport="grpc"}', 70),
            ('otelcol_receiver_accepted_spans{receiver="otlp",transport="http"}', 3),
            ('otelcol_receiver_refused_spans{receiver="otlp",transport="grpc"}', 0),
            ('otelcol_processor_incoming_items{processor="batch",otel_signal="traces"}', 73),
            ('otelcol_processor_outgoing_items{processor="batch",otel_signal="traces"}', 73),
            ('otelcol_processor_batch_batch_send_size_sum{processor="batch"}', 73),
            ('otelcol_exporter_send_failed_spans{exporter="jaeger"}', 0),
            ('otelcol_exporter_queue_size{exporter="jaeger",data_type="traces"}', 0),
            ('otelcol_exporter_queue_capacity{exporter="jaeger",data_type="traces"}', 1000),
            ('otelcol_exporter_in_flight_requests{exporter="jaeger",data_type="traces"}', 0)):
        assert values[name] == value, (name, values.get(name), values)
    tries = values['otelc_exporter_send_duration_count{exporter="jaeger",data_type="traces"}']
    sends = values['otelcol_processor_batch_batch_send_size_count{processor="batch"}']
    assert tries == sends > 0, values
    assert otelc.stop() == 0, otelc.log


def the_process_is_told_of(t):
    otelc = _start(t, args=('--memory-limit', '64'))
    values = _values(t, otelc)
    assert values['otelc_memory_budget_limit'] == 64 << 20, values
    assert 0 < values['otelcol_process_uptime'] < 60, values
    assert 0 < values['otelcol_process_cpu_seconds'] < 60, values
    kept = otelc.status('VmRSS') << 10
    assert kept / 2 < values['otelcol_process_memory_rss'] < kept * 2, (kept, values)
    target, = [name for name in values if name.startswith('target_info{')]
    assert re.fullmatch(r'target_info{service_name="otelc",service_version="[0-9.]+",'
                        r'service_instance_id="[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"}', target)


def what_is_not_delivered_is_seen(t):
    jaeger = t.jaeger()
    otelc = _start(t, config(jaeger, batch=None, queue='{queue_size: 2, num_consumers: 1}'))
    jaeger.hold()
    of = '{exporter="jaeger",data_type="traces"}'
    t.grpc(otelc).export_ok(otlp.simple(1, count=2))
    jaeger.wait_requests(1)
    assert _values(t, otelc)['otelcol_exporter_in_flight_requests' + of] == 1
    t.grpc(otelc).export_ok(otlp.simple(10))
    t.grpc(otelc).export_ok(otlp.simple(20))
    assert _values(t, otelc)['otelcol_exporter_queue_size' + of] == 2
    assert t.grpc(otelc).export(otlp.simple(30, count=5)).status == 14
    values = _values(t, otelc)
    assert values['otelcol_exporter_enqueue_failed_spans{exporter="jaeger"}'] == 5, values
    assert values['otelcol_receiver_refused_spans{receiver="otlp",transport="grpc"}'] == 5, values
    name = 'otelc_server_requests_refused{component="receivers/otlp",reason="UNAVAILABLE"}'
    assert values[name] == 1, values
    jaeger.release()
    _wait(t, otelc, 'otelcol_exporter_sent_spans{exporter="jaeger"}', 4)


def what_is_given_up_has_a_reason(t):
    jaeger = t.jaeger()
    jaeger.always(Answer(400))
    otelc = _start(t, config(jaeger, batch=None))
    t.grpc(otelc).export_ok(otlp.simple(1, count=4))
    name = 'otelc_exporter_dropped_items{exporter="jaeger",data_type="traces",reason="rejected"}'
    _wait(t, otelc, name, 4)
    assert _values(t, otelc)['otelcol_exporter_send_failed_spans{exporter="jaeger"}'] == 4


def refusals_have_their_reason(t):
    otelc = _start(t)
    for request in (dict(path='/nope'), dict(content_type='text/css'), dict(path='/v1/traces')):
        t.http(otelc).post(b'{"', **request)
    t.http(otelc).post(b'{"', content_type='application/json')
    values = _values(t, otelc)
    for reason in ('path', 'content_type', 'INVALID_ARGUMENT'):
        name = f'otelc_server_requests_refused{{component="receivers/otlp",reason="{reason}"}}'
        assert values[name] == (2 if reason == 'INVALID_ARGUMENT' else 1), values


@each_workers
def counters_survive_a_reload_and_gauges_follow(t):
    jaeger = t.jaeger()
    text = _with(config(jaeger))
    otelc = t.collector(text, metrics=True)
    address = otelc.addresses(WHERE)
    t.grpc(otelc).export_ok(otlp.simple(1, count=5))
    _wait(t, otelc, 'otelcol_exporter_sent_spans{exporter="jaeger"}', 5)
    before = _values(t, otelc)
    _reload(otelc, text.replace('timeout: 5s', 'timeout: 6s').replace('timeout: 20ms',
                                                                     'timeout: 21ms'))
    assert otelc.addresses(WHERE) == address
    capacity = 'otelcol_exporter_queue_capacity{exporter="jaeger",data_type="traces"}'
    _wait(t, otelc, capacity, 1000)
    after = _values(t, otelc)
    kinds = dict(re.findall(r'^# TYPE (\S+) (\S+)$', _page(t, otelc), re.M))
    for name, value in before.items():
        family = re.sub('(_bucket|_sum|_count)$', '', name.split('{')[0])
        family = name.split('{')[0] if name.split('{')[0] in kinds else family
        if kinds[family] != 'gauge':
            assert after[name] >= value, (name, value, after[name])
    t.grpc(otelc).export_ok(otlp.simple(10, count=5))
    _wait(t, otelc, 'otelcol_exporter_sent_spans{exporter="jaeger"}', 10)
    assert otelc.stop() == 0, otelc.log


def a_reload_may_move_or_end_it(t):
    jaeger = t.jaeger()
    otelc = _start(t, config(jaeger))
    t.grpc(otelc).export_ok(otlp.simple(1, count=5))
    _wait(t, otelc, 'otelcol_exporter_sent_spans{exporter="jaeger"}', 5)
    first = otelc.addresses(WHERE)[-1]
    text = _with(config(jaeger), _telemetry(', without_type_suffix: false'))
    _reload(otelc, text)
    assert _values(t, otelc)['otelcol_exporter_sent_spans_total{exporter="jaeger"}'] == 5
    _reload(otelc, _with(config(jaeger), '{metrics: {level: none}}'))

    def is_gone():
        try:
            socket.create_connection(first, timeout=1).close()
            return False
        except OSError:
            return True
    until(is_gone)
    _reload(otelc, text)
    assert _values(t, otelc)['otelcol_exporter_sent_spans_total{exporter="jaeger"}'] == 5
    assert otelc.stop() == 0, otelc.log


def names_are_as_they_are_asked_for(t):
    more = (', without_type_suffix: false, without_units: false, without_scope_info: false, '
            'with_resource_constant_labels: {included: ["team*"]}')
    telemetry = _telemetry(more).replace(
        '{metrics:', '{resource: {team.name: "a\\"b", service.instance.id: null}, metrics:')
    otelc = _start(t, telemetry=telemetry)
    page = _page(t, otelc)
    assert re.search(r'^otelcol_process_uptime_seconds_total\{otel_scope_name="otelc",'
                     r'otel_scope_version="[0-9.]+",team_name="a\\"b"\} ', page, re.M), page
    assert '\notelcol_process_memory_rss_bytes{' in page, page
    assert re.search(r'^target_info\{service_name="otelc",service_version="[0-9.]+",'
                     r'team_name="a\\"b"\} 1$', page, re.M), page


def the_resource_takes_no_label_of_a_request(t):
    telemetry = _telemetry(', with_resource_constant_labels: {included: ["*"]}').replace(
        '{metrics:', '{resource: {http.route: a, server.address: b, error.type: c}, metrics:')
    page = _page(t, _start(t, telemetry=telemetry))
    for label in ('http_route="a"', 'server_address="b"', 'error_type="c"'):
        assert f',exported_{label}' in page, page


def levels_show_more_or_less(t):
    names = {}
    for level in ('basic', 'normal', 'detailed'):
        otelc = _start(t, telemetry=_telemetry(more=f', level: {level}'))
        t.grpc(otelc).export_ok(otlp.simple(1))
        _wait(t, otelc, 'otelcol_exporter_sent_spans{exporter="jaeger"}', 1)
        names[level] = {name for name, _ in re.findall(r'^# TYPE (\S+) (\S+)$', _page(t, otelc),
                                                       re.M)}
    assert names['basic'] < names['normal'] < names['detailed'], names
    assert 'otelcol_processor_batch_batch_send_size' in names['normal'] - names['basic']
    assert names['detailed'] - names['normal'] >= {
        'otelcol_exporter_enqueue_size', 'otelcol_exporter_enqueue_size_bytes',
        'otelcol_processor_batch_batch_send_size_bytes', 'http_client_request_body_size',
        'http_client_request_duration', 'http_server_request_body_size',
        'http_server_request_duration', 'http_server_response_body_size',
        'otelcol_processor_internal_duration', 'rpc_server_call_duration'}


def _labels(name):
    return dict(re.findall(r'(\w+)="([^"]*)"', name))


def _series(page, family):
    """[(labels, value)] of one family."""
    found = re.findall(rf'^{family}(?:\{{(.*)\}})? (\S+)$', page, re.M)
    return [(_labels(labels), float(value)) for labels, value in found]


def _one(page, family, **labels):
    """The value of the one series that has these labels, whatever others it has."""
    found = [value for has, value in _series(page, family) if labels.items() <= has.items()]
    assert len(found) == 1, (family, labels, page)
    return found[0]


@each_workers
def requests_are_measured_where_metrics_are_detailed(t):
    jaeger = t.jaeger()
    otelc = _start(t, config(jaeger), _telemetry(more=', level: detailed'))
    body = otlp.simple(1)
    for n in range(3):
        t.http(otelc).post_ok(body)
        t.grpc(otelc).export_ok(otlp.simple(10 + n))
    t.http(otelc).post(b'{', content_type='application/json')
    assert t.grpc(otelc).call(b'', '/opentelemetry.proto.collector.trace.v1.TraceService/No').status == 12
    jaeger.wait_spans(6)
    _, port = otelc.address
    server = dict(server_address='127.0.0.1', server_port=str(port), url_scheme='http')
    good = dict(server, http_request_method='POST', http_response_status_code='200',
                http_route='/v1/traces', network_protocol_name='http',
                network_protocol_version='1.1')
    until(lambda: len(_series(_page(t, otelc), 'http_client_request_duration_count')) > 0)
    page = _page(t, otelc)
    assert _one(page, 'http_server_request_duration_count', **good) == 3
    assert 0 < _one(page, 'http_server_request_duration_sum', **good) < 30
    assert _one(page, 'http_server_request_duration_bucket', **good, le='0.005') <= 3
    assert _one(page, 'http_server_request_body_size_sum', **good) == 3 * len(body)
    assert _one(page, 'http_server_response_body_size_count', **good) == 3
    bad = dict(good, http_response_status_code='400')
    assert _one(page, 'http_server_request_body_size_sum', **bad) == 1
    method = 'opentelemetry.proto.collector.trace.v1.TraceService/Export'
    for method, code, count in ((method, 'OK', 3), ('_OTHER', 'UNIMPLEMENTED', 1)):
        assert _one(page, 'rpc_server_call_duration_count', rpc_method=method,
                    rpc_response_status_code=code, rpc_system_name='grpc') == count
    sent = dict(good, server_port=str(jaeger.port), http_response_status_code='202')
    del sent['http_route']
    assert _one(page, 'http_client_request_duration_count', **sent) > 0
    assert _one(page, 'http_client_request_body_size_sum', **sent) > 0
    assert _one(page, 'otelcol_exporter_enqueue_size_sum', exporter='jaeger') == 6
    assert otelc.stop() == 0, otelc.log


def hostile_requests_make_few_series(t):
    otelc = _start(t, telemetry=_telemetry(more=', level: detailed'))
    for n in range(50):
        client = t.http(otelc)
        client.raw(client.head('GET', f'/nope/{n}?x="', content_length=0, host=f'evil{n}:{n}'))
        assert client.reply().status == 404
        assert t.grpc(otelc).call(b'', f'/evil.Service{n}/Method').status == 12
    page = _page(t, otelc)
    assert 'evil' not in page and 'nope' not in page, page
    assert _one(page, 'http_server_request_duration_count', http_request_method='GET',
                http_response_status_code='404') == 50
    assert _one(page, 'rpc_server_call_duration_count', rpc_method='_OTHER') == 50


@each_workers
def what_is_given_up_tells_its_error_where_metrics_are_detailed(t):
    jaeger = t.jaeger()
    jaeger.always(Answer(400))
    text = config(jaeger, batch=None)
    name = 'otelcol_exporter_send_failed_spans'
    place = dict(exporter='jaeger', server_address='127.0.0.1', server_port=str(jaeger.port))
    otelc = _start(t, text)
    t.grpc(otelc).export_ok(otlp.simple(1, count=4))
    until(lambda: _series(_page(t, otelc), name) == [(place, 4)])
    _reload(otelc, _with(text, _telemetry(more=', level: detailed')))
    t.grpc(otelc).export_ok(otlp.simple(10, count=5))
    with_error = dict(place, error_type='InvalidArgument', error_permanent='true')
    until(lambda: _series(_page(t, otelc), name) == [(place, 4), (with_error, 5)],
          what=lambda: _page(t, otelc))
    assert otelc.stop() == 0, otelc.log


def several_readers_and_the_old_address(t):
    two = f'{{metrics: {{readers: [{READER % ""}, {{pull: {{exporter: {{prometheus: {{host: "::1", ' \
          'port: 0, without_type_suffix: false}}}}]}}'
    otelc = _start(t, telemetry=two)
    lines = re.findall(rf'\t{WHERE}\tlistening on (.*) \(GET /metrics\)', otelc.log)
    assert len(lines) == 2 and lines[0].startswith('127.0.0.2:'), otelc.log
    assert lines[1].startswith('[::1]:'), lines
    otelc = _start(t, telemetry='{metrics: {address: "127.0.0.2:0"}}')
    assert 'write it as readers' in otelc.log, otelc.log
    assert _values(t, otelc)['otelcol_process_uptime'] > 0


def none_opens_no_port(t):
    otelc = _start(t, telemetry='{metrics: {level: none}}')
    assert WHERE not in otelc.log, otelc.log
    assert otelc.stop() == 0


@each_workers
def processors_are_timed_at_level_detailed(t):
    jaeger = t.jaeger()
    text = config(jaeger).replace('processors:\n', 'processors:\n  attributes: {actions: '
                                  '[{key: a, value: b, action: insert}]}\n', 1)
    text = text.replace('processors: [', 'processors: [attributes, ')
    otelc = _start(t, text, _telemetry(more=', level: normal'))
    t.grpc(otelc).export_ok(otlp.simple(1))
    jaeger.wait_spans(1)
    name = 'otelcol_processor_internal_duration_%s{processor="attributes",otel_signal="traces"%s}'
    assert not [each for each in _values(t, otelc) if 'internal_duration' in each]
    _reload(otelc, _with(text, _telemetry(more=', level: detailed')))
    for n in range(3):
        t.grpc(otelc).export_ok(otlp.simple(10 * n + 10))
    _wait(t, otelc, name % ('count', ''), 3)
    values = _values(t, otelc)
    assert 0 < values[name % ('sum', '')] < 5, values
    assert values[name % ('bucket', ',le="5"')] == 3, values
    assert values[name % ('bucket', ',le="0.000001"')] <= 3, values
    _reload(otelc, _with(text, _telemetry(more=', level: basic')))
    t.grpc(otelc).export_ok(otlp.simple(100))
    jaeger.wait_spans(5)
    _reload(otelc, _with(text, _telemetry(more=', level: detailed')))
    assert _values(t, otelc)[name % ('count', '')] == 3
    assert otelc.stop() == 0, otelc.log


TAIL = '''
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:0"}}}}
processors:
  tail_sampling:
    decision_wait: 200ms
    policies:
      - {name: roots, type: ottl_condition, ottl_condition: {span: ['name == "root"']}}
      - {name: odd, type: ottl_condition, ottl_condition: {span: ['HasPrefix(attributes["none"], "a")']}}
exporters: {debug: }
service:
  pipelines: {traces: {receivers: [otlp], processors: [tail_sampling], exporters: [debug]}}
'''


@each_workers
def tail_sampling_tells_what_it_takes(t):
    otelc = _start(t, TAIL)
    of = 'otelcol_processor_tail_sampling_'

    def send(first, name):
        spans = [otlp.span(n, name=name, trace=otlp.trace_id(n % 4 + 1)) for n in range(first, first + 4)]
        t.grpc(otelc).export_ok(otlp.request(otlp.resource_spans(spans)))
    send(0, 'root')
    send(4, 'child')
    _wait(t, otelc, of + 'global_count_traces_sampled{sampled="true",decision="sampled"}', 4)
    values = _values(t, otelc)
    assert values[of + 'sampling_trace_removal_age_count'] == 4, values
    assert values[of + 'sampling_trace_removal_age_bucket{le="5"}'] == 4, values
    assert values[of + 'sampling_decision_timer_latency_count'] > 0, values
    assert values[of + 'sampling_policy_evaluation_error'] == 4, values
    for policy in ('roots', 'odd'):
        assert values[of + f'sampling_policy_execution_count{{policy="{policy}"}}'] == 4, values
        assert values[of + f'sampling_policy_execution_time_sum{{policy="{policy}"}}'] > 0, values
    send(8, 'late')
    name = of + 'early_releases_from_cache_decision{sampled="%s"}'
    _wait(t, otelc, name % 'true', 4)
    values = _values(t, otelc)
    assert values[name % 'false'] == 0 and values[of + 'sampling_late_span_age_count'] == 4, values
    assert otelc.stop() == 0, otelc.log


def a_taken_port_tells_which_key_to_change(t):
    taken = socket.create_server(('127.0.0.2', 0))
    t.keep(taken, taken.close)
    port = taken.getsockname()[1]
    otelc = _start(t, telemetry=_telemetry().replace('port: 0', f'port: {port}'), wait_ready=False)
    assert otelc.wait_exit() == 3, otelc.log
    assert f'127.0.0.2:{port}: the port is taken' in otelc.log, otelc.log
    assert 'service.telemetry.metrics.readers' in otelc.log, otelc.log


def wrong_settings_are_told(t):
    for telemetry, told in (
            ('{metrics: {level: much}}', 'service.telemetry.metrics.level'),
            ('{metrics: {readers: []}}', 'level: none'),
            ('{metrics: {readers: [{}]}}', 'wants pull'),
            ('{metrics: {readers: [{pull: {exporter: {}}}]}}', 'wants pull'),
            ('{metrics: {readers: [{pull: {exporter: {prometheus: {port: 99999}}}}]}}', 'port'),
            ('{metrics: {readers: [{pull: {exporter: {prometheus: {porr: 1}}}}]}}', 'porr'),
            ('{metrics: {readers: yes}}', 'service.telemetry.metrics.readers'),
            ('{metrics: {address: localhost}}', 'wants host:port'),
            ('{metrics: {address: "localhost:x"}}', 'wants host:port'),
            ('{metrics: yes}', 'service.telemetry.metrics'),
            ('{resource: [a]}', 'service.telemetry.resource'),
            ('{resource: {a: {b: c}}}', 'service.telemetry.resource.a'),
            ('{resource: {attributes: [{nam: c}]}}', 'name and value')):
        code, err = t.validate(_with(config(t.jaeger()), telemetry))
        assert code == 1 and told in err, (telemetry, code, err)
    for telemetry, told in (
            ('{metrics: {views: [{}]}}', 'views'),
            ('{metrics: {address: "a:1", readers: [' + READER % '' + ']}}', 'beside readers')):
        code, err = t.validate(_with(config(t.jaeger()), telemetry))
        assert code == 0 and told in err, (telemetry, code, err)
    code, err = t.validate(_with(config(t.jaeger()).replace('127.0.0.1:0', '127.0.0.1:8888'),
                                 '{}'))
    assert code == 1 and 'port 8888' in err, err


def only_the_page_is_served(t):
    otelc = _start(t)
    reply = _get(t, otelc, '/')
    assert reply.status == 404 and b'/metrics' in reply.body, reply
    assert _get(t, otelc, method='POST', content_length=0).status == 405
    head = t.http(otelc, otelc.addresses(WHERE)[-1])
    head.raw(head.head('HEAD', '/metrics', content_type=None, connection='close'))
    answer = head.stream.read()
    assert answer.startswith(b'HTTP/1.1 200') and answer.endswith(b'\r\n\r\n'), answer


def a_client_that_does_not_read_stalls_nobody(t):
    otelc = _start(t)
    address = otelc.addresses(WHERE)[-1]
    slow = []
    for _ in range(20):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(address)
        connection.setblocking(False)
        try:
            while True:
                connection.send(b'GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n' * 100)
        except BlockingIOError:
            pass
        slow.append(t.keep(connection, connection.close))
    for n in range(5):
        start = time.monotonic()
        t.grpc(otelc).export_ok(otlp.simple(n * 10))
        _page(t, otelc)
        assert time.monotonic() - start < 10
    assert len(slow) == 20 and (t.is_sanitized or otelc.status('VmRSS') < 200 << 10)


def it_is_served_while_data_are_drained(t):
    jaeger = t.jaeger()
    otelc = _start(t, config(jaeger))
    jaeger.hold()
    t.grpc(otelc).export_ok(otlp.simple(1))
    jaeger.wait_requests(1)
    otelc.signal(signal.SIGTERM)
    otelc.wait_log('Starting shutdown')
    name = 'otelcol_exporter_in_flight_requests{exporter="jaeger",data_type="traces"}'
    assert _values(t, otelc)[name] == 1
    jaeger.release()
    assert otelc.wait_exit() == 0, otelc.log


def the_example_is_fine(t):
    path = os.path.join(os.path.dirname(__file__), '../../config/metrics.yaml')
    code, _, err = t.run('validate', '--strict', '--config', path)
    assert code == 0, err
