"""The viewer's query API beside that of a real Jaeger: both get the same spans, both say the same."""
import json
import urllib.error
import urllib.parse
import urllib.request

from harness import otlp
from harness import protobuf as pb
from harness.case import config, each_workers
from harness.wait import until

from tools import Jaeger, send

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))

SECOND = 1_000_000_000


def _collector(t, jaeger):
    """What comes goes to both."""
    return t.collector(config(exporters={
        'otlp': f'{{endpoint: "http://{jaeger.otlp["grpc"]}"}}',
        'viewer': '{endpoint: "127.0.0.1:0", transport: tcp4}'}))


def _apis(otelc, jaeger):
    host, port = otelc.addresses('exporters/viewer')[0]
    return jaeger.api, f'http://{host}:{port}/api'


def _get(api, path, **parameters):
    """(status, what it says)"""
    query = urllib.parse.urlencode(parameters, doseq=True)
    try:
        with _direct.open(f'{api}{path}{"?" + query if query else ""}', timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as problem:
        return problem.code, json.load(problem)


def _plain(tag):
    """Its translator is an older one, which writes < > & in lists and maps otherwise."""
    value = tag['value']
    if isinstance(value, str):
        for escaped, plain in (('\\u003c', '<'), ('\\u003e', '>'), ('\\u0026', '&')):
            value = value.replace(escaped, plain)
    return {**tag, 'value': value}


def _key(value):
    return json.dumps(value, sort_keys=True)


def _span(trace, span):
    """Without what is just a number, and what Jaeger wonders about."""
    span = {**span, 'process': trace['processes'][span['processID']]}
    for name in ('processID', 'warnings'):
        del span[name]
    for thing in (span['process'], span):
        thing['tags'] = sorted(map(_plain, thing['tags']), key=_key)
    for log in span['logs']:
        log['fields'].sort(key=_key)
    return span


def _traces(answer):
    return sorted(({'traceID': trace['traceID'], 'members': sorted(trace),
                    'spans': sorted((_span(trace, span) for span in trace['spans']), key=_key)}
                   for trace in answer['data']), key=_key)


def _same(apis, path, shape=lambda answer: answer, **parameters):
    """Returns what both say."""
    (theirs, expected), (ours, said) = (_get(api, path, **parameters) for api in apis)
    assert theirs == ours, (path, parameters, theirs, expected, ours, said)
    assert sorted(expected) == sorted(said), (path, said)
    assert {**expected, 'data': None} == {**said, 'data': None}, (path, expected, said)
    assert shape(expected) == shape(said), (path, parameters, shape(expected), shape(said))
    return shape(said)


def _sorted(answer):
    return sorted(answer['data'], key=_key)


def _spans():
    event = (pb.fixed64(1, otlp.START_NS + 5999) + pb.text(2, 'an event')
             + otlp.attributes(3, {'z': 'v', 'a': 1}))
    bare = pb.fixed64(1, otlp.START_NS + 4000)
    link = pb.text(1, otlp.trace_id(999)) + pb.text(2, otlp.span_id(9))
    short = pb.text(1, bytes(8) + b'\x12' * 8) + pb.text(2, otlp.span_id(8))
    failed = pb.text(15, pb.text(2, 'went wrong') + pb.integer(3, 2))
    state = pb.text(3, 'vendor=1')
    attrs = {'text': 'grüße <&> "\\\x01', 'int': -5, 'large': 2**53 + 1, 'largest': 2**53 - 1,
             'least': -2**63, 'double': 0.5, 'round': 100000.0, 'huge': 1e21, 'tiny': 1e-7,
             'bool': True, 'list': [1, 'x', None], 'map': {'k': None, 'a': 1.5},
             'bytes': b'\x00\xff', 'none': None, 'no bytes': b'', 'ip': 3, 'peer.ipv4': 16909060,
             'http.response.status_code': 200, '': 'no key'}
    more = (pb.text(11, event) + pb.text(11, bare) + pb.text(13, link) + pb.text(13, short)
            + failed + state)
    yield 'shop', [otlp.span(1, trace=otlp.trace_id(1), name='GET /', attrs=attrs, more=more),
                   otlp.span(2, trace=otlp.trace_id(1), name='', parent=otlp.span_id(1)),
                   otlp.span(3, trace=otlp.trace_id(1), name='twice', parent=otlp.span_id(2)),
                   otlp.span(3, trace=otlp.trace_id(1), name='twice', parent=otlp.span_id(2)),
                   otlp.span(4, trace=otlp.trace_id(1), name='backwards', parent=otlp.span_id(1),
                             start_ns=otlp.START_NS + 5000, duration_ns=-4000),
                   otlp.span(5, trace=otlp.trace_id(1), name='orphan', parent=otlp.span_id(77))]
    yield 'db', [otlp.span(n, trace=otlp.trace_id(1), name='select', parent=otlp.span_id(2),
                           duration_ns=n * 1_000_000, more=pb.integer(6, 3)) for n in (6, 7)]
    yield None, [otlp.span(8, trace=otlp.trace_id(1), name='unnamed', parent=otlp.span_id(7))]
    yield '', [otlp.span(9, trace=otlp.trace_id(1), name='empty', more=pb.integer(6, 0))]
    for n in range(10, 15):
        yield 'shop', [otlp.span(n, trace=otlp.trace_id(n), name=f'op-{n % 2}',
                                 start_ns=otlp.START_NS + n * SECOND, duration_ns=n * 1_000_000,
                                 attrs={'n': n, 'even': n % 2 == 0}, more=failed if n == 12 else
                                 b'')]
    yield 'short', [otlp.span(20, trace=bytes(8) + b'\x0a\xbc' * 4)]


def _send(t, otelc, apis):
    for service, spans in _spans():
        t.grpc(otelc).export_ok(otlp.request(otlp.resource_spans(
            spans, service, {'host.name': 'h1', 'large': 2**60})))
    for api in apis:
        until(lambda api=api: len(_get(api, '/services')[1]['data']) == 5
              and len(_get(api, '/traces', service='shop', start=0, end=2**53)[1]['data']) == 6,
              30, lambda api=api: str(_get(api, '/services')))


@each_workers
def it_says_what_jaeger_says(t):
    jaeger = Jaeger(t)
    otelc = _collector(t, jaeger)
    apis = _apis(otelc, jaeger)
    _send(t, otelc, apis)
    services = _same(apis, '/services', _sorted)
    assert len(services) == 5, services
    for service in services:
        _same(apis, f'/services/{service}/operations', _sorted)
        _same(apis, '/operations', _sorted, service=service)
        _same(apis, '/operations', _sorted, service=service, spanKind='client')
        assert _same(apis, '/traces', _traces, service=service, start=0, end=2**53)
    for trace in (otlp.trace_id(1).hex(), otlp.trace_id(1).hex().upper(), '0abc0abc0abc0abc',
                  'abc0abc0abc0abc', f'{"0" * 16}0abc0abc0abc0abc'):
        traces = _same(apis, f'/traces/{trace}', _traces)
        assert len(traces) == 1, traces
    assert len(_same(apis, '/traces', _traces,
                     traceID=[otlp.trace_id(1).hex(), otlp.trace_id(11).hex()])) == 2
    calls = _same(apis, '/dependencies', _sorted, endTs=otlp.START_NS // 10**6 + 60000,
                  lookback=600000)
    assert calls, calls
    assert otelc.stop() == 0, otelc.log


def it_finds_what_jaeger_finds(t):
    jaeger = Jaeger(t)
    otelc = _collector(t, jaeger)
    apis = _apis(otelc, jaeger)
    _send(t, otelc, apis)
    start = otlp.START_NS // 1000
    for count, search in (
            (2, {'operation': 'op-0', 'maxDuration': '12ms'}), (0, {'operation': 'op'}),
            (2, {'minDuration': '11.5ms', 'operation': 'op-0'}), (5, {'minDuration': '10ms'}),
            (1, {'tags': '{"n":"13"}'}), (1, {'tag': 'n:13'}), (2, {'tags': '{"error":"true"}'}),
            (1, {'tags': '{"error":"true","even":"true"}'}), (0, {'tags': '{"n":"1"}'}),
            (1, {'tag': ['n:10', 'even:true']}), (1, {'tag': 'double:0.5'}),
            (6, {'tag': 'host.name:h1'}), (6, {'tag': 'span.kind:server'}),
            (1, {'tag': 'event:an event'}), (1, {'tag': 'z:v'}), (1, {'tag': 'none:'}),
            (6, {'tag': 'otel.scope.name:lib'}), (3, {'start': start + 12_000_000}),
            (3, {'end': start + 11_000_000}), (3, {'limit': 3})):
        found = _same(apis, '/traces', _traces, service='shop', **{'start': 0, 'end': 2**53,
                                                                  **search})
        assert len(found) == count, (search, len(found))


def it_refuses_what_jaeger_refuses(t):
    jaeger = Jaeger(t)
    otelc = _collector(t, jaeger)
    apis = _apis(otelc, jaeger)
    for path, parameters in (
            ('/traces', {}), ('/traces', {'service': 'x', 'limit': 'x'}),
            ('/traces', {'service': 'x', 'minDuration': '5'}),
            ('/traces', {'service': 'x', 'minDuration': '6s', 'maxDuration': '5s'}),
            ('/traces', {'service': 'x', 'start': 'x'}), ('/traces', {'service': 'x', 'tag': 'x'}),
            ('/traces', {'service': 'x', 'tags': '{"a":1}'}), ('/traces/zz', {}),
            ('/traces/1', {}), ('/operations', {}), ('/traces', {'traceID': 'zz'})):
        (theirs, expected), (ours, said) = (_get(api, path, **parameters) for api in apis)
        assert theirs == ours >= 400, (path, parameters, theirs, ours)
        assert {**said, 'errors': None} == {**expected, 'errors': None}, said
        assert said['errors'][0]['code'] == expected['errors'][0]['code'], said


def what_an_sdk_sends_is_shown_as_jaeger_shows_it(t):
    jaeger = Jaeger(t)
    otelc = _collector(t, jaeger)
    apis = _apis(otelc, jaeger)
    host, port = otelc.addresses()[0]
    trace = '00112233445566778899aabbccddee01'
    send(t, 'python', (host, port), 'sdk', trace)
    for api in apis:
        until(lambda api=api: _get(api, f'/traces/{trace}')[0] == 200, 30, lambda: otelc.log)
    _same(apis, f'/traces/{trace}', _traces)
