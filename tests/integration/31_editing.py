"""The span processor: names and states that are others on the way out; bodies of log records."""
from harness import otlp
from harness import protobuf as pb
from harness.case import each_workers, exporter


def _text(processors, to, signal='traces'):
    """processors: {id: settings}, one after the other; to: an exporter's settings, by its id."""
    lines = ['receivers:', '  otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}', 'processors:',
             *(f'  {id}: {settings}' for id, settings in processors.items()), 'exporters:',
             *(f'  {id}: {settings}' for id, settings in to.items()), 'service:', '  pipelines:',
             f'    {signal}: {{receivers: [otlp], processors: [{", ".join(processors)}], '
             f'exporters: [{", ".join(to)}]}}']
    return '\n'.join(lines) + '\n'


def _to(backend):
    return {'otlp': f'{{{backend.settings}, compression: none}}'}


def _texts(message):
    """The attributes that are texts."""
    pairs = [pb.read(pair) for pair in pb.read(message).get(9, [])]
    values = [pb.read(pb.last(pair, 2, b'')) for pair in pairs]
    return {pb.last(pair, 1, b'').decode(): pb.last(value, 1, b'').decode()
            for pair, value in zip(pairs, values)}


def _status(message):
    """(code, message)"""
    status = pb.read(pb.last(pb.read(message), 15, b''))
    return pb.last(status, 3, 0), pb.last(status, 2, b'').decode()


def _came(backend, count):
    backend.wait_spans(count)
    return {span['spanId']: span for one in backend.delivered for span in one.spans}


@each_workers
def spans_get_other_names(t):
    backend = t.otlp_backend()
    otelc = t.collector(_text(
        {'span/routes': '{name: {to_attributes: {rules: ["^/user/(?P<user_id>[0-9]+)"]}}}',
         'span/queries': '{name: {from_attributes: [db.system, db.operation], separator: " "}}'},
        _to(backend)))
    query = {'db.system': 'mysql', 'db.operation': 'SELECT'}
    spans = []
    for n in range(0, 60, 3):
        spans += [otlp.span(n, f'/user/{n}/cart', attrs={'k': 'v'}), otlp.span(n + 1, 'other'),
                  otlp.span(n + 2, 'query', attrs=query)]
    assert t.http(otelc).post(otlp.request(otlp.resource_spans(spans))).status == 200
    came = _came(backend, 60)
    assert set(backend.ids().values()) == {1} and len(came) == 60
    for n in range(0, 60, 3):
        route, other, db = (came[otlp.span_id(n + i).hex()] for i in range(3))
        assert route['name'] == '/user/{user_id}/cart', route
        assert _texts(route['bytes']) == {'k': 'v', 'user_id': str(n)}
        assert other['bytes'] == spans[n + 1], 'it is another one, though nothing was to change'
        assert db['name'] == 'mysql SELECT' and _texts(db['bytes']) == query
        assert len(pb.read(route['bytes'])[5]) == 1, 'the old name is still there'
    assert otelc.stop() == 0


@each_workers
def states_change_where_they_are_meant_to(t):
    backend = t.otlp_backend()
    otelc = t.collector(_text(
        {'span/not-found': '{include: {match_type: strict, attributes: [{key: http.status_code, '
                           'value: 404}]}, status: {code: Unset}}',
         'span/slow': '{include: {match_type: regexp, span_names: ["^slow"]}, exclude: '
                      '{match_type: strict, services: [batch]}, '
                      'status: {code: Error, description: too slow}}'}, _to(backend)))
    failed = pb.text(15, pb.text(2, 'not found') + pb.integer(3, 2))
    shop = [otlp.span(1, attrs={'http.status_code': 404}, more=failed),
            otlp.span(2, attrs={'http.status_code': 500}, more=failed), otlp.span(3, 'slow one')]
    assert t.http(otelc).post(otlp.request(
        otlp.resource_spans(shop), otlp.resource_spans([otlp.span(4, 'slow two')], 'batch'))
    ).status == 200
    came = {id: _status(span['bytes']) for id, span in _came(backend, 4).items()}
    assert came == {otlp.span_id(1).hex(): (0, ''), otlp.span_id(2).hex(): (2, 'not found'),
                    otlp.span_id(3).hex(): (2, 'too slow'), otlp.span_id(4).hex(): (0, '')}, came
    assert otelc.stop() == 0


def jaeger_shows_the_new_name(t):
    for grpc in (False, True):
        jaeger = t.jaeger(grpc=grpc)
        otelc = t.collector(_text(
            {'span': '{name: {to_attributes: {rules: ["^get (?P<what>.*)$"]}}, '
                     'status: {code: Error, description: it broke}}'},
            {'jaeger': exporter(jaeger)}))
        assert t.http(otelc).post(otlp.simple(1, name='get a book')).status == 200
        jaeger.wait_spans(1)
        span = jaeger.delivered[0].spans[0]
        assert span['operationName'] == 'get {what}', span
        for tag in (['what', 'STRING', 'a book'], ['error', 'BOOL', True],
                    ['otel.status_description', 'STRING', 'it broke']):
            assert tag in span['tags'], span
        assert otelc.stop() == 0


def what_is_in_bodies_is_hidden(t):
    backend = t.otlp_backend()
    otelc = t.collector(_text(
        {'redaction': '{allow_all_keys: true, blocked_values: ["4[0-9]{15}"], '
                      'blocked_key_patterns: [password], summary: debug}'}, _to(backend), 'logs'))
    card = 4111111111111111
    bodies = {'a number': card, 'a map': {'user': {'password': 'secret', 'cards': [5, card]}},
              'a text': f'paid with {card}!'}
    records = [pb.text(5, otlp.value({'what': what, 'it': body})) for what, body in bodies.items()]
    assert t.http(otelc).post(otlp.request(otlp.resource_spans(records)),
                              path='/v1/logs').status == 200
    backend.wait_requests(1)
    told = set()
    for item in backend.delivered[0].spans:
        assert pb.varint(card) not in item['bytes'] and str(card).encode() not in item['bytes']
        assert b'secret' not in item['bytes'] and b'****' in item['bytes']
        pairs = [pb.read(pair) for pair in pb.read(item['bytes'])[6]]
        told |= {(pb.last(pair, 1, b''), pb.last(pb.read(pb.last(pair, 2, b'')), 1, b''))
                 for pair in pairs if b'keys' in pb.last(pair, 1, b'')}
    assert told == {(b'redaction.body.masked.keys', names) for names in
                    (b'it', b'it.user.cards.[1],it.user.password')}, told
    assert otelc.stop() == 0


def the_example_is_right(t):
    with open(t.path('config', 'span.yaml')) as file:
        code, err = t.validate(file.read())
    assert code == 0 and 'span' not in err, err


def what_is_wrong_is_told_at_its_place(t):
    for block, told in (
            ('{}', 'span: changes nothing: it needs name.from_attributes'),
            ('{name: {to_attributes: {rules: ["(?P<a>x)", "("]}}}', 'rules[1]: '),
            ('{name: {to_atributes: {rules: [a]}}}', 'to_attributes'),
            ('{name: {to_attributes: {rules: ["(?=a)"]}}}', 'lookahead'),
            ('{status: {code: Good}}', 'status.code: '),
            ('{status: {code: Ok, description: x}}', 'only an Error has a description'),
            ('{status: {code: Ok}, include: {match_type: strict}}', 'needs at least one of')):
        code, err = t.validate(_text({'span': block}, {'nop': '{}'}))
        assert code == 1 and told in err and 'processors.span' in err, err
    code, err = t.validate(_text({'span': '{status: {code: Ok}}'}, {'nop': '{}'}, 'logs'))
    assert 'span' in err and 'traces' in err, err
    for block, told in (
            ('{detectors: [system], system: {hostname_sources: [dns, hosts]}}',
             'hostname_sources[1]: no source of names: "hosts"'),
            ('{detectors: [docker], timeout: 2m}', 'at most 60s'),
            ('{detectors: [system], system: {resource_attributes: {host.nam: {enabled: true}}}}',
             'host.name')):
        code, err = t.validate(_text({'resource_detection': block}, {'nop': '{}'}))
        assert code == 1 and told in err, err
