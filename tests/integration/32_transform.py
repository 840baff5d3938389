"""The transform processor: statements as people write them, through the binary."""
from harness import otlp
from harness.case import each_workers


def _text(settings, backend):
    return '\n'.join([
        'receivers:', '  otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}',
        'processors:', '  transform:', *('    ' + line for line in settings.splitlines()),
        'exporters:', f'  otlp: {{{backend.settings}, compression: none}}' if backend else
        '  otlp: {endpoint: "127.0.0.1:1"}', 'service:', '  pipelines:',
        '    traces: {receivers: [otlp], processors: [transform], exporters: [otlp]}']) + '\n'


@each_workers
def statements_as_people_write_them(t):
    backend = t.otlp_backend()
    otelc = t.collector(_text('''error_mode: ignore
trace_statements:
  - context: resource
    statements:
      - set(attributes["service.name"], "renamed") where attributes["service.name"] == "shop"
  - context: span
    statements:
      - replace_pattern(name, "/[0-9]+", "/{id}")
      - set(attributes["team"], "cart") where resource.attributes["service.name"] == "renamed"
      - delete_key(attributes, "secret")
      - set(name, "slow") where end_time - start_time > Duration("1s")
''', backend))
    request = otlp.request(
        otlp.resource_spans([otlp.span(1, name='GET /users/17', attrs={'secret': 'x', 'keep': 1})]),
        otlp.resource_spans([otlp.span(2, name='other', duration_ns=2_000_000_000)], 'other'))
    for _ in range(3):
        assert t.http(otelc).post(request).status == 200
    backend.wait_spans(6)
    assert otelc.stop() == 0
    for one in backend.delivered:
        for span in one.spans:
            if span['spanId'] == otlp.span_id(2).hex():
                assert span['name'] == 'slow' and b'cart' not in span['bytes']
                continue
            assert span['name'] == 'GET /users/{id}', span
            for pair in ({'keep': 1}, {'team': 'cart'}):
                assert otlp.attributes(9, pair) in span['bytes']
            assert b'secret' not in span['bytes']
            assert otlp.attributes(1, {'service.name': 'renamed'}) == span['resource']


def what_is_wrong_is_told_at_its_place(t):
    for settings, told in (
            ('trace_statements: [\'sett(span.name, "x")\']', 'did you mean set?'),
            ('trace_statements: [\'set(name, "x")\']', 'it does not say what it is about'),
            ('trace_statements: [{context: spanevent, statements: [\'set(name, "x")\']}]',
             'does not change events of spans yet'),
            ('error_mode: fail', 'error_mode: must be')):
        code, err = t.validate(_text(settings, None))
        assert code == 1 and told in err and 'processors.transform' in err, err
