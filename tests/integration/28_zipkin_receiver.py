"""The zipkin receiver, with the zipkin exporter behind it: what Zipkin shows stays as it was."""
import gzip
import json
import struct

from harness import protobuf as pb
from harness.backend import Answer
from harness.case import RETRY, each_workers
from harness.certificates import Authority, tls_keys

JSON, PROTO, THRIFT = 'application/json', 'application/x-protobuf', 'application/x-thrift'
TRACE, START_US = '5b8efff798038103d269b633813fc60c', 1_700_000_000_000_000


def _config(zipkin, more='', queue='{}'):
    return ('receivers: {zipkin: {endpoint: "127.0.0.1:0"' + (', ' + more if more else '') + '}}\n'
            f'exporters: {{zipkin: {{endpoint: "{zipkin.url}", sending_queue: {queue}, '
            f'retry_on_failure: {RETRY}}}}}\n'
            'service: {pipelines: {traces: {receivers: [zipkin], exporters: [zipkin]}}}\n')


def _span(n, service='shop', **more):
    return {'traceId': TRACE, 'id': f'{n:016x}', 'name': f'op-{n}', 'timestamp': START_US + n,
            'duration': 7, 'localEndpoint': {'serviceName': service}, **more}


FULL = [_span(1, kind='CLIENT', parentId=f'{9:016x}', debug=True, shared=True,
              localEndpoint={'serviceName': 'shop', 'ipv4': '10.0.0.1', 'ipv6': '2001:db8::1',
                             'port': 80},
              remoteEndpoint={'serviceName': 'db', 'ipv6': '::1', 'port': 5432},
              annotations=[{'timestamp': START_US + 1, 'value': 'tea "x"'}],
              tags={'text': 'grüße', 'number': '007', 'http.path': '/', 'empty': ''}),
        _span(2, service='cart', kind='SERVER'), _span(3),
        {**_span(4), 'traceId': TRACE[16:]}]


def _post(t, otelc, spans, path='/api/v2/spans', kind=JSON, tls=None, **more):
    body = spans if isinstance(spans, bytes) else json.dumps(spans).encode()
    address = otelc.addresses('receivers/zipkin')[0]
    return t.http(None, address=address, tls=tls).post(body, path=path, content_type=kind, **more)


def _shown(zipkin, count):
    spans = [dict(span) for _, span in zipkin.wait_spans(count)]
    for span in spans:
        del span['spanId']
    return sorted(spans, key=lambda span: span['id'])


def _endpoint(number, name, ipv4=b'', port=0):
    return pb.text(number, pb.text(1, name) + (pb.text(2, ipv4) if ipv4 else b'')
                   + (pb.integer(4, port) if port else b''))


@each_workers
def what_zipkin_shows_stays_as_it_was(t):
    zipkin = t.zipkin()
    otelc = t.collector(_config(zipkin))
    reply = _post(t, otelc, FULL)
    assert (reply.status, reply.body) == (202, b''), reply
    assert _shown(zipkin, 4) == FULL
    reply = _post(t, otelc, gzip.compress(json.dumps([_span(5)]).encode()), content_encoding='gzip')
    assert reply.status == 202, reply
    assert _shown(zipkin, 5)[4] == _span(5)
    assert otelc.stop() == 0


def protobuf_is_taken(t):
    zipkin = t.zipkin()
    otelc = t.collector(_config(zipkin))
    span = (pb.text(1, bytes.fromhex(TRACE)) + pb.text(3, struct.pack('>Q', 1)) + pb.integer(4, 2)
            + pb.text(5, 'op-1') + pb.fixed64(6, START_US + 1) + pb.integer(7, 7)
            + _endpoint(8, 'shop') + _endpoint(9, 'db', bytes([10, 0, 0, 1]), 80)
            + pb.text(10, pb.fixed64(1, START_US) + pb.text(2, 'tea'))
            + pb.text(11, pb.text(1, 'k') + pb.text(2, 'v')))
    assert _post(t, otelc, pb.text(1, span), kind=PROTO).status == 202
    assert _shown(zipkin, 1) == [_span(
        1, kind='SERVER', tags={'k': 'v'},
        remoteEndpoint={'serviceName': 'db', 'ipv4': '10.0.0.1', 'port': 80},
        annotations=[{'timestamp': START_US, 'value': 'tea'}])]
    assert otelc.stop() == 0


def v1_is_taken_as_json_and_thrift(t):
    zipkin = t.zipkin()
    otelc = t.collector(_config(zipkin))
    host = {'serviceName': 'shop'}
    old = [{'traceId': TRACE, 'id': f'{1:016x}', 'name': 'op-1', 'annotations': [
        {'timestamp': START_US + 1, 'value': 'sr', 'endpoint': host},
        {'timestamp': START_US + 8, 'value': 'ss', 'endpoint': host}],
        'binaryAnnotations': [{'key': 'k', 'value': 'v', 'endpoint': host}]}]
    assert _post(t, otelc, old, path='/api/v1/spans').status == 202
    name = struct.pack('>bhi', 11, 3, 4) + b'shop'
    note = b''.join(struct.pack('>bhq', 10, 1, at) + struct.pack('>bhi', 11, 2, 2) + code
                    + b'\x0c\0\3' + name + b'\0\0'
                    for at, code in ((START_US + 2, b'cs'), (START_US + 9, b'cr')))
    thrift = (b'\x0c' + struct.pack('>i', 1) + b'\x0a\0\1' + bytes.fromhex(TRACE[16:])
              + b'\x0a\0\x0c' + bytes.fromhex(TRACE[:16]) + struct.pack('>bhq', 10, 4, 2)
              + struct.pack('>bhi', 11, 3, 4) + b'op-2' + b'\x0f\0\6\x0c' + struct.pack('>i', 2)
              + note + b'\0')
    assert _post(t, otelc, thrift, path='/api/v1/spans', kind=THRIFT).status == 202
    assert _shown(zipkin, 2) == [_span(1, kind='SERVER', tags={'k': 'v'}, shared=True),
                                 _span(2, kind='CLIENT')]
    assert otelc.stop() == 0


def what_is_wrong_is_told(t):
    zipkin = t.zipkin()
    otelc = t.collector(_config(zipkin, 'max_request_body_size: 10000'))
    v1, v2 = '/api/v1/spans', '/api/v2/spans'
    for body, path, kind, status, told in (
            ([_span(1), {**_span(2), 'id': 'x'}], v2, JSON, 400, 'span 2, id: has a character'),
            (b'{}', v2, JSON, 400, 'a list is wanted here'),
            (b'', v2, JSON, 400, 'a list is wanted here'),
            (b'\x0a', v2, PROTO, 400, 'not a ListOfSpans'),
            (b'\x0c\0\0\0\1\0', v1, THRIFT, 400, 'span 1: traceId'),
            (b'[]', v2, THRIFT, 415, 'application/x-protobuf, application/json'),
            (b'[]', v1, PROTO, 415, 'application/json, application/x-thrift'),
            (b'[]', v2, 'text/plain', 415, 'application/json'),
            (b'[]', '/api/v3/spans', JSON, 404, '/api/v2/spans'),
            (b' ' * 10001, v2, JSON, 413, '')):
        reply = _post(t, otelc, body, path=path, kind=kind)
        assert reply.status == status and told in reply.body.decode(), (body[:9], reply)
    assert _post(t, otelc, b'[]').status == 202
    assert zipkin.requests == 0
    assert otelc.stop() == 0


def what_does_not_fit_is_refused_for_now(t):
    zipkin = t.zipkin()
    zipkin.always(Answer(503))
    otelc = t.collector(_config(zipkin, queue='{queue_size: 1, num_consumers: 1}'))
    refused = None
    for n in range(1, 10):
        reply = _post(t, otelc, [_span(n)])
        if reply.status != 202:
            refused = reply
            break
    assert refused and refused.status == 503 and int(refused.headers['retry-after']) > 0, refused
    zipkin.always()
    zipkin.wait_spans(n - 1)
    assert otelc.stop() == 0


def tags_become_numbers_where_that_is_wanted(t):
    backend = t.otlp_backend(http=True)
    otelc = t.collector(
        'receivers: {zipkin: {endpoint: "127.0.0.1:0", parse_string_tags: true}}\n'
        f'exporters: {{otlphttp: {{{backend.settings}, compression: none}}}}\n'
        'service: {pipelines: {traces: {receivers: [zipkin], exporters: [otlphttp]}}}\n')
    assert _post(t, otelc, [_span(1, tags={'i': '42', 't': 'true', 's': 'x'})]).status == 202
    (_, span), = backend.wait_spans(1)
    attributes = pb.read(span['bytes'])[9]
    values = {pb.last(one, 1, b''): pb.read(pb.last(one, 2, b'')) for one in map(pb.read, attributes)}
    assert values == {b'i': {3: [42]}, b't': {2: [1]}, b's': {1: [b'x']}}, values
    assert otelc.stop() == 0


def it_is_served_by_tls(t):
    zipkin = t.zipkin()
    authority = Authority(t.directory)
    otelc = t.collector(_config(zipkin, tls_keys(*authority.issue())))
    assert _post(t, otelc, [_span(1)], tls=authority.client(('http/1.1',))).status == 202
    reply = _post(t, otelc, [_span(2)])
    assert reply.status == 400 and b'TLS' in reply.body, reply
    assert _shown(zipkin, 1) == [_span(1)]
    assert otelc.stop() == 0


@each_workers
def only_who_is_known_may_send(t):
    zipkin = t.zipkin()
    for extension, secret in (
            ('bearertokenauth: {token: open-sesame}', 'Bearer open-sesame'),
            ('basicauth: {htpasswd: {inline: "ann:open"}}', 'Basic YW5uOm9wZW4=')):
        name = extension.partition(':')[0]
        text = _config(zipkin, f'auth: {{authenticator: {name}}}').replace(
            'service: {', f'service: {{extensions: [{name}], ')
        otelc = t.collector(f'extensions: {{{extension}}}\n' + text)
        for path in ('/api/v1/spans', '/api/v2/spans'):
            for wrong in (None, secret[:-2], secret.swapcase()):
                reply = _post(t, otelc, [_span(1)], path, authorization=wrong)
                assert reply.status == 401, (path, wrong, reply)
                assert reply.headers['www-authenticate'].startswith(secret.split()[0]), reply
        assert _post(t, otelc, [_span(1)], authorization=secret).status == 202
        assert secret.split()[1] not in otelc.log and otelc.stop() == 0
    zipkin.wait_spans(2)


def pages_of_other_sites_may_send_where_they_are_named(t):
    zipkin = t.zipkin()
    otelc = t.collector(_config(zipkin, 'cors: {allowed_origins: ["https://*.example.com"]}'))
    for origin, good in (('https://app.example.com', True), ('https://example.org', False)):
        ask = _post(t, otelc, b'', kind=None, method='OPTIONS', origin=origin,
                    access_control_request_method='POST',
                    access_control_request_headers='content-type')
        assert ask.status == 204, ask
        sent = _post(t, otelc, [_span(1)], origin=origin)
        assert sent.status == 202, sent
        for reply in (ask, sent):
            told = reply.headers.get('access-control-allow-origin')
            assert told == (origin if good else None), reply
    zipkin.wait_spans(2)


def the_example_and_wrong_settings(t):
    code, out, err = t.run('validate', '--config', t.path('config', 'zipkin-in.yaml'))
    assert (code, out, err) == (0, '', ''), (code, out, err)
    for more, told in (('max_request_body_size: 0', 'max_request_body_size'),
                       ('endpoint: 5, tls: {cert_file: x}', 'endpoint'),
                       ('parse_string_tags: perhaps', 'parse_string_tags'),
                       ('protocols: {}', 'protocols'),
                       ('auth: {authenticator: nobody}', 'nobody')):
        code, err = t.validate('receivers: {zipkin: {' + more + '}}\nexporters: {debug: {}}\n'
                               'service: {pipelines: {traces: {receivers: [zipkin], '
                               'exporters: [debug]}}}\n')
        assert code == 1 and told in err, (more, code, err)
