"""The attributes and resource processors: what changes on the way, and what others still see."""
import hashlib
import os
import struct

from harness import otlp
from harness import protobuf as pb
from harness.case import config, each_workers, exporter

FIELDS = {'traces': 9, 'logs': 6, 'points': 7, 'resource': 1}
PATHS = {'traces': '/v1/traces', 'metrics': '/v1/metrics', 'logs': '/v1/logs'}


def _value(message):
    fields = pb.read(message)
    for number, read in ((1, bytes.decode), (2, bool), (3, int),
                         (4, lambda bits: struct.unpack('<d', bits)[0] if isinstance(bits, bytes)
                          else struct.unpack('<d', struct.pack('<Q', bits))[0])):
        if number in fields:
            return read(fields[number][-1])
    return None


def _attributes(message, kind):
    pairs = [pb.read(pair) for pair in pb.read(message).get(FIELDS[kind], [])]
    return {pb.last(pair, 1, b'').decode(): _value(pb.last(pair, 2, b'')) for pair in pairs}


def _text(processors, pipelines, exporters, http=''):
    """pipelines: {name: (processors, exporters)}."""
    lines = ['receivers:', f'  otlp: {{protocols: {{http: {{endpoint: "127.0.0.1:0"{http}}}}}}}',
             'processors:', *(f'  {id}: {settings}' for id, settings in processors.items()),
             'exporters:', *(f'  {id}: {settings}' for id, settings in exporters.items()),
             'service:', '  pipelines:']
    lines += [f'    {name}: {{receivers: [otlp], processors: {own}, exporters: {to}}}'
              for name, (own, to) in pipelines.items()]
    return '\n'.join(lines) + '\n'


def _to(backend, more=''):
    return f'{{{backend.settings}, compression: none{more}}}'


@each_workers
def one_pipeline_changes_what_the_other_does_not_see(t):
    changed, as_it_came = t.otlp_backend(), t.otlp_backend(http=True)
    otelc = t.collector(_text(
        {'attributes': '{actions: [{key: team, value: cart, action: upsert}, '
                       '{key: secret, action: hash}, {key: gone, action: delete}]}',
         'resource': '{attributes: [{key: env, value: prod, action: insert}]}'},
        {'traces': ('[attributes, resource]', '[otlp]'), 'traces/2': ('[]', '[otlphttp]')},
        {'otlp': _to(changed), 'otlphttp': _to(as_it_came)}))
    attributes = {'a': 1, 'secret': 'pin', 'gone': True, 'z': 0.5}
    for n in range(0, 50, 10):
        assert t.http(otelc).post(otlp.simple(n, count=10, attrs=attributes)).status == 200
    changed.wait_spans(50)
    as_it_came.wait_spans(50)
    for one in changed.delivered:
        for span in one.spans:
            assert _attributes(span['bytes'], 'traces') == {
                'a': 1, 'secret': hashlib.sha256(b'pin').hexdigest(), 'z': 0.5, 'team': 'cart'}
            assert _attributes(span['resource'], 'resource') == {
                'service.name': 'shop', 'env': 'prod'}
            assert span['name'] == 'op'
    for one in as_it_came.delivered:
        for span in one.spans:
            assert _attributes(span['bytes'], 'traces') == attributes
            assert _attributes(span['resource'], 'resource') == {'service.name': 'shop'}
    assert set(changed.ids().values()) == {1} and len(changed.ids()) == 50
    assert otelc.stop() == 0


def all_signals_change(t):
    backend = t.otlp_backend(http=True)
    otelc = t.collector(_text(
        {'attributes': '{actions: [{key: team, value: 5, action: upsert}]}'},
        {signal: ('[attributes]', '[otlphttp]') for signal in PATHS}, {'otlphttp': _to(backend)}))
    point = pb.text(1, otlp.attributes(7, {'k': 'v'}) + pb.fixed64(3, 1))
    metric = pb.text(1, 'metric') + pb.text(5, point + point)
    record = pb.text(5, otlp.value('record')) + otlp.attributes(6, {'k': 'v'})
    requests = {'traces': otlp.simple(1, attrs={'k': 'v'}),
                'metrics': otlp.request(otlp.resource_spans([metric])),
                'logs': otlp.request(otlp.resource_spans([record]))}
    for signal, request in requests.items():
        assert t.http(otelc).post(request, path=PATHS[signal]).status == 200
    backend.wait_spans(3)
    for one in backend.delivered:
        for item in one.spans:
            if one.process == 'metrics':
                points = pb.read(pb.last(pb.read(item['bytes']), 5, b''))[1]
                assert len(points) == 2
                got = [_attributes(point, 'points') for point in points]
            else:
                got = [_attributes(item['bytes'], one.process)]
            assert all(each == {'k': 'v', 'team': 5} for each in got), got
    assert {one.process for one in backend.delivered} == set(PATHS)
    assert otelc.stop() == 0


def only_what_is_meant_changes(t):
    backend = t.otlp_backend()
    otelc = t.collector(_text(
        {'attributes': '{include: {match_type: regexp, services: ["^sh", other]}, exclude: '
                       '{match_type: strict, attributes: [{key: keep, value: true}]}, '
                       'actions: [{key: hit, value: true, action: insert}]}'},
        {'traces': ('[attributes]', '[otlp]')}, {'otlp': _to(backend)}))
    spans = [otlp.span(1), otlp.span(2, attrs={'keep': True}), otlp.span(3, attrs={'keep': 'true'})]
    assert t.http(otelc).post(otlp.request(
        otlp.resource_spans(spans, 'shop'), otlp.resource_spans([otlp.span(4)], 'cart'),
        otlp.resource_spans([otlp.span(5)], 'another'))).status == 200
    backend.wait_spans(5)
    hit = {span['spanId'] for one in backend.delivered for span in one.spans
           if 'hit' in _attributes(span['bytes'], 'traces')}
    assert hit == {otlp.span_id(n).hex() for n in (1, 3, 5)}, hit
    assert otelc.stop() == 0


def what_a_header_field_says_becomes_an_attribute(t):
    backend = t.otlp_backend()
    otelc = t.collector(_text(
        {'resource': '{attributes: [{key: tenant, from_context: metadata.X-Tenant, '
                     'default_value: none, action: upsert}]}'},
        {'traces': ('[resource]', '[otlp]')}, {'otlp': _to(backend)}, ', include_metadata: true'))
    for n, more in enumerate(([], ['X-Tenant: blue'], ['x-tenant: a', 'x-tenant: b'])):
        assert t.http(otelc).post(otlp.simple(n), more=more).status == 200
    backend.wait_spans(3)
    tenants = {span['spanId']: _attributes(span['resource'], 'resource')['tenant']
               for one in backend.delivered for span in one.spans}
    assert tenants == {otlp.span_id(n).hex(): tenant
                       for n, tenant in enumerate(('none', 'blue', 'a;b'))}, tenants
    assert otelc.stop() == 0


@each_workers
def clients_wait_for_what_became_of_it(t):
    backend = t.otlp_backend()
    otelc = t.collector(_text(
        {'attributes': '{actions: [{key: team, value: cart, action: upsert}]}'},
        {'traces': ('[attributes]', '[otlp]')},
        {'otlp': _to(backend, ', sending_queue: {wait_for_result: true}')}))
    for n in range(5):
        assert t.http(otelc).post(otlp.simple(n)).status == 200
        assert len(backend.ids()) == n + 1, 'it was answered before it was delivered'
    assert otelc.stop() == 0


def jaeger_gets_what_has_changed(t):
    for grpc in (False, True):
        jaeger = t.jaeger(grpc=grpc)
        text = config(exporters={'jaeger': exporter(jaeger)})
        otelc = t.collector(text.replace('processors: [batch]', 'processors: [attributes, batch]')
                            .replace('processors:\n', 'processors:\n  attributes: {actions: '
                                     '[{key: team, value: cart, action: upsert}]}\n', 1))
        t.grpc(otelc).export_ok(otlp.simple(1, count=20, attrs={'s': 'text'}))
        jaeger.wait_spans(20)
        for one in jaeger.delivered:
            for span in one.spans:
                for tag in (['s', 'STRING', 'text'], ['team', 'STRING', 'cart']):
                    assert tag in span['tags'], span
        assert otelc.stop() == 0


def resources_say_where_it_runs(t):
    backend = t.otlp_backend()
    env = {'OTEL_RESOURCE_ATTRIBUTES': 'deployment.environment=a%20b,service.name=other'}
    otelc = t.collector(_text(
        {'resourcedetection': '{detectors: [env, system], override: false, '
                              'system: {hostname_sources: [os], '
                              'resource_attributes: {os.type: {enabled: false}}}}'},
        {'traces': ('[resourcedetection]', '[otlp]')}, {'otlp': _to(backend)}), env=env)
    assert t.http(otelc).post(otlp.simple(1)).status == 200
    backend.wait_spans(1)
    assert _attributes(backend.delivered[0].spans[0]['resource'], 'resource') == {
        'service.name': 'shop', 'deployment.environment': 'a b', 'host.name': os.uname().nodename}
    assert otelc.stop() == 0


@each_workers
def what_must_not_be_seen_is_not(t):
    backend = t.otlp_backend()
    otelc = t.collector(_text(
        {'redaction': '{allowed_keys: [card, note, service.name], blocked_values: '
                      '["4[0-9]{15}"], summary: info}'},
        {'traces': ('[redaction]', '[otlp]'), 'logs': ('[redaction]', '[otlp]')},
        {'otlp': _to(backend)}))
    card = '4111111111111111'
    event = pb.text(11, pb.fixed64(1, 5) + pb.text(2, 'paid') + otlp.attributes(3, {
        'card': card, 'x': card}))
    link = pb.text(13, pb.text(1, otlp.trace_id(9)) + pb.text(2, otlp.span_id(9))
                   + otlp.attributes(4, {'card': card}))
    spans = otlp.simple(1, count=10, attrs={'card': f'card {card}!', 'secret': card, 'note': 5},
                        more=event + link, resource={'x': card})
    record = pb.text(5, otlp.value(f'paid with {card}')) + otlp.attributes(6, {'card': card})
    assert t.http(otelc).post(spans).status == 200
    assert t.http(otelc).post(otlp.request(otlp.resource_spans([record])),
                              path='/v1/logs').status == 200
    backend.wait_spans(11)
    for one in backend.delivered:
        for item in one.spans:
            assert card.encode() not in item['bytes'] + item['resource'] + item['scope'], item
            got = _attributes(item['bytes'], one.process)
            assert got['redaction.masked.count'] == 1, got
            if one.process == 'traces':
                assert got['card'] == 'card ****!' and got['note'] == 5 and 'secret' not in got, got
                fields = pb.read(item['bytes'])
                assert b'paid' in fields[11][0] and b'****' in fields[11][0]
                assert b'****' in fields[13][0] and otlp.trace_id(9) in fields[13][0]
    assert otelc.stop() == 0


def what_is_wrong_is_told_at_its_place(t):
    for block, told in (
            ('attributes: {}', 'actions needs at least one action'),
            ('attributes: {actions: {key: a}}', 'processors.attributes.actions: '),
            ('attributes: {actions: [{key: a, action: upset, value: 1}]}', 'did you mean upsert?'),
            ('attributes: {actions: [{key: a, action: insert}]}', 'insert needs one of value'),
            ('attributes: {actions: [{key: a, action: extract, pattern: "(a)"}]}', 'named group'),
            ('attributes: {include: {services: [a]}, actions: [{key: a, action: delete}]}',
             'needs match_type'),
            ('resource: {attributes: [{key: a, action: delete, value: 1}]}', 'delete has no value'),
            ('resource_detection: {detectors: [sytem]}', 'did you mean system?'),
            ('redaction: {allow_all_keys: true, blocked_values: ["("]}', 'blocked_values[0]'),
            ('resource: {actions: [{key: a, action: delete}]}', 'unknown key')):
        id = block.split(':')[0]
        code, err = t.validate(_text({id: block.split(':', 1)[1]}, {'traces': (f'[{id}]', '[nop]')},
                                     {'nop': '{}'}))
        assert code == 1 and told in err and f'processors.{id}' in err, err
