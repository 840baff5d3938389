"""The filter processor: conditions as people write them, through the binary."""
from harness import otlp
from harness import protobuf as pb
from harness.case import each_workers


def _text(settings, backend, signals=('traces',)):
    return '\n'.join([
        'receivers:', '  otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}',
        'processors:', '  filter:', *('    ' + line for line in settings.splitlines()),
        'exporters:', f'  otlp: {{{backend.settings}, compression: none}}' if backend else
        '  otlp: {endpoint: "127.0.0.1:1"}', 'service:', '  pipelines:',
        *(f'    {signal}: {{receivers: [otlp], processors: [filter], exporters: [otlp]}}'
          for signal in signals)]) + '\n'


def _names(backend):
    return sorted(item['name'] for one in backend.delivered for item in one.spans)


def _event(name):
    return pb.text(11, pb.fixed64(1, otlp.START_NS) + pb.text(2, name))


def _spans():
    error = pb.text(15, pb.text(2, 'broken') + pb.integer(3, 2))
    return otlp.request(
        otlp.resource_spans([
            otlp.span(1, name='GET /healthz', attrs={'http.route': '/healthz'}),
            otlp.span(2, name='GET /readyz', attrs={'http.target': '/readyz?x=1'}),
            otlp.span(3, name='POST /cart', attrs={'http.status_code': 500}, more=error),
            otlp.span(4, name='GET /cart', parent=otlp.span_id(3), attrs={'http.status_code': 200}),
            otlp.span(5, name='redis', duration_ns=5_000_000_000, more=_event('retry')
                      + _event('done'))]),
        otlp.resource_spans([otlp.span(6, name='load')], service='load-test'))


ALL = ['GET /cart', 'GET /healthz', 'GET /readyz', 'POST /cart', 'load', 'redis']

CONDITIONS = (
    ('''error_mode: ignore
traces:
  span:
    - 'attributes["http.route"] == "/healthz"'
    - 'IsMatch(attributes["http.target"], "^/(healthz|readyz)")'
''', {'GET /healthz', 'GET /readyz'}),
    ('''traces:
  span:
    - attributes["http.route"] == "/healthz" or attributes["http.route"] == "/metrics"
    - resource.attributes["service.name"] == "load-test"
''', {'GET /healthz', 'load'}),
    ('''trace_conditions:
  - IsMatch(span.name, ".*/(healthz|readyz)$")
  - span.status.code != STATUS_CODE_ERROR and span.attributes["http.status_code"] < 400
''', {'GET /healthz', 'GET /readyz', 'GET /cart'}),
    ('''trace_conditions:
  - (span.end_time_unix_nano - span.start_time_unix_nano) < 1000000
''', {'GET /healthz', 'GET /readyz', 'POST /cart', 'GET /cart', 'load'}),
    ('''trace_conditions:
  - context: resource
    conditions: ['IsMatch(attributes["service.name"], "^load")']
  - context: span
    error_mode: silent
    conditions:
      - not IsRootSpan()
      - kind == SPAN_KIND_SERVER and HasSuffix(name, "healthz")
''', {'load', 'GET /cart', 'GET /healthz'}),
    ('''spans:
  include:
    match_type: regexp
    span_names: ['^GET ', '^POST ']
  exclude:
    match_type: strict
    attributes: [{key: http.route, value: /healthz}]
''', {'load', 'redis', 'GET /healthz'}),
)


def conditions_as_people_write_them(t):
    for settings, dropped in CONDITIONS:
        backend = t.otlp_backend()
        otelc = t.collector(_text(settings, backend))
        wanted = [name for name in ALL if name not in dropped]
        assert t.http(otelc).post(_spans()).status == 200
        backend.wait_spans(len(wanted))
        assert otelc.stop() == 0
        assert _names(backend) == sorted(wanted), (settings, _names(backend))


@each_workers
def events_go_and_the_span_stays(t):
    backend = t.otlp_backend()
    otelc = t.collector(_text('trace_conditions: [\'spanevent.name == "retry"\']', backend))
    for _ in range(5):
        assert t.http(otelc).post(_spans()).status == 200
    backend.wait_spans(5 * len(ALL))
    for one in backend.delivered:
        for span in one.spans:
            events = [pb.last(pb.read(event), 2, b'')
                      for event in pb.read(span['bytes']).get(11, [])]
            assert events == ([b'done'] if span['name'] == 'redis' else []), events
    assert otelc.stop() == 0


def nothing_that_is_left_is_no_request(t):
    backend = t.otlp_backend()
    otelc = t.collector(_text('trace_conditions: [\'span.name != "keep"\']', backend))
    for _ in range(3):
        assert t.http(otelc).post(_spans()).status == 200
    assert t.http(otelc).post(otlp.simple(9, name='keep')).status == 200
    backend.wait_spans(1)
    assert otelc.stop() == 0
    assert _names(backend) == ['keep'] and len(backend.delivered) == 1


def metrics_and_logs_are_filtered(t):
    backend = t.otlp_backend()
    otelc = t.collector(_text('''metric_conditions:
  - metric.name == "noise"
  - datapoint.attributes["k"] == "drop"
logs:
  log_record:
    - severity_number < SEVERITY_NUMBER_WARN
    - IsMatch(body, "heartbeat")
''', backend, ('metrics', 'logs')))
    points = [otlp.attributes(7, {'k': k}) + pb.fixed64(3, 1) for k in ('drop', 'stay')]
    metrics = [pb.text(1, name) + pb.text(5, b''.join(pb.text(1, point) for point in points))
               for name in ('noise', 'signal')]
    records = [pb.integer(2, severity) + pb.text(5, otlp.value(body))
               for severity, body in ((9, 'info'), (17, 'failed'), (17, 'a heartbeat'))]
    for path, items in (('/v1/metrics', metrics), ('/v1/logs', records)):
        assert t.http(otelc).post(otlp.request(otlp.resource_spans(items)), path=path).status == 200
    backend.wait_spans(2)
    assert otelc.stop() == 0
    for one in backend.delivered:
        assert len(one.spans) == 1
        if one.process == 'metrics':
            metric = pb.read(one.spans[0]['bytes'])
            assert pb.last(metric, 1, b'') == b'signal'
            assert pb.read(pb.last(metric, 5, b''))[1] == [points[1]]
        else:
            assert one.spans[0]['bytes'] == records[1]


def log_records_match_blocks(t):
    backend = t.otlp_backend()
    otelc = t.collector(_text('''logs:
  include: {match_type: strict, severity_number: {min: WARN}}
  exclude: {match_type: regexp, bodies: [heartbeat]}
''', backend, ('logs',)))
    records = [pb.integer(2, severity) + pb.text(5, otlp.value(body))
               for severity, body in ((9, 'info'), (17, 'failed'), (17, 'a heartbeat'), (0, 'x'))]
    request = otlp.request(otlp.resource_spans(records))
    assert t.http(otelc).post(request, path='/v1/logs').status == 200
    backend.wait_spans(1)
    assert otelc.stop() == 0
    assert [span['bytes'] for one in backend.delivered for span in one.spans] == [records[1]]


def a_condition_that_cannot_be_told_may_refuse(t):
    backend = t.otlp_backend()
    otelc = t.collector(_text('''error_mode: propagate
traces: {span: ['HasPrefix(attributes["http.status_code"], "4")']}
''', backend))
    answer = t.http(otelc).post(_spans())
    assert answer.status == 500 and b'HasPrefix wants a string' in answer.body, answer.body
    assert otelc.stop() == 0
    assert not backend.delivered


def a_pattern_that_runs_away_stops_nobody(t):
    backend = t.otlp_backend()
    otelc = t.collector(_text('''trace_conditions: ['IsMatch(span.name, "^(a+)+$")']''', backend))
    assert t.http(otelc).post(otlp.simple(1, count=20, name='a' * 60 + 'b')).status == 200
    backend.wait_spans(20)
    assert otelc.stop() == 0
    assert 'takes too long' in otelc.log


def what_is_wrong_is_told_at_its_place(t):
    for settings, told in (
            ('trace_conditions: [\'span.nmae == "x"\']', 'did you mean name?'),
            ('trace_conditions: [\'name == "x"\']', 'it does not say what it is about'),
            ('traces: {span: [\'name = "x"\']}', 'at character 6: a comparison is written =='),
            ('traces: {span: [\'IsInCIDR(name, ["10.0.0.0/8"])\']}',
             'does not have the function IsInCIDR yet'),
            ('traces: {span: [\'IsMatch(name, "a(?!b)")\']}', 'RE2 has no lookaheads'),
            ('error_mode: fail', 'error_mode: must be'),
            ('spans: {include: {services: [a]}}', 'match_type')):
        code, err = t.validate(_text(settings, None))
        assert code == 1 and told in err and 'processors.filter' in err, err
