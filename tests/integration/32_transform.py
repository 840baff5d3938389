"""The transform processor: statements as people write them, through the binary."""
import re

from harness import otlp
from harness import protobuf as pb
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


def _event(name, attributes):
    return pb.text(11, pb.fixed64(1, 5) + pb.text(2, name) + otlp.attributes(3, attributes))


@each_workers
def events_change_and_lift_what_they_say(t):
    backend = t.otlp_backend()
    otelc = t.collector(_text('''trace_statements:
  - context: spanevent
    conditions: [name == "exception"]
    statements:
      - set(span.attributes["error.type"], attributes["exception.type"])
      - delete_key(attributes, "exception.stacktrace")
      - replace_all_patterns(attributes, "value", "(token=)[^&]*", "$${1}***")
''', backend))
    spans = [otlp.span(1, more=_event('exception', {'exception.type': 'IOError',
                                                    'exception.stacktrace': 'at main.c',
                                                    'url': 'http://a/?token=secret&x=1'})
                       + _event('message', {'id': 7})),
             otlp.span(2, more=_event('message', {'exception.type': 'other'}))]
    assert t.http(otelc).post(otlp.request(otlp.resource_spans(spans))).status == 200
    backend.wait_spans(2)
    assert otelc.stop() == 0
    got = {span['spanId']: span['bytes'] for one in backend.delivered for span in one.spans}
    first, second = got[otlp.span_id(1).hex()], got[otlp.span_id(2).hex()]
    assert otlp.attributes(9, {'error.type': 'IOError'}) in first
    assert otlp.attributes(3, {'url': 'http://a/?token=***&x=1'}) in first
    assert b'stacktrace' not in first and _event('message', {'id': 7}) in first
    assert second == spans[1]


def the_examples_of_the_page_are_good(t):
    """Each of docs/ottl.md, in a pipeline of each signal."""
    with open(t.path('docs', 'ottl.md'), encoding='utf-8') as file:
        examples = re.findall(r'^```yaml\n(.*?)^```', file.read(), re.M | re.S)
    assert len(examples) == 3, len(examples)
    for example in examples:
        name = re.search(r'^  (\w+):', example, re.M).group(1)
        code, err = t.validate('\n'.join([
            'receivers: {otlp: {protocols: {http: }}}', example,
            'exporters: {debug: }', 'service:', '  pipelines:',
            *(f'    {signal}: {{receivers: [otlp], processors: [{name}], exporters: [debug]}}'
              for signal in ('traces', 'metrics', 'logs'))]) + '\n')
        assert code == 0 and not err.strip(), err


def what_is_wrong_is_told_at_its_place(t):
    for settings, told in (
            ('trace_statements: [\'sett(span.name, "x")\']', 'did you mean set?'),
            ('trace_statements: [\'set(name, "x")\']', 'it does not say what it is about'),
            ('trace_statements: [{context: spanevent, statements: [\'set(kind, 1)\']}]',
             'a spanevent has no "kind"'),
            ('trace_statements: [{context: span, conditions: [\'nmae == 1\'], statements: '
             '[\'set(name, "x")\']}]', 'conditions[0]: at character 1: a span has no "nmae"'),
            ('trace_statements: [\'replace_match(span.name, "{a", "x")\']', 'has no }'),
            ('trace_statements: [\'limit(span.attributes, -1, [])\']', 'limit is not negative'),
            ('error_mode: fail', 'error_mode: must be')):
        code, err = t.validate(_text(settings, None))
        assert code == 1 and told in err and 'processors.transform' in err, err
