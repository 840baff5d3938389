"""The exporter viewer: traces that are searched for, shown and downloaded; who may ask."""
import json
import re
import signal
import socket
import threading
import time
import urllib.parse

from harness import otlp
from harness import protobuf as pb
from harness.case import config, each_workers
from harness.wait import until

IN_FORCE = 'The new configuration is in force.'
TCP4 = 'transport: tcp4'  # so that the kernel picks another port than the receiver's
WHERE = 'exporters/viewer'
ERROR = pb.text(15, pb.integer(3, 2))


def _config(settings=''):
    return config(exporters={'viewer': f'{{endpoint: "127.0.0.1:0", {TCP4}{settings}}}'})


def _get(t, otelc, path, method='GET', **fields):
    client = t.http(otelc, otelc.addresses(WHERE)[0])
    client.raw(client.head(method, path, content_type=None, **fields))
    reply = client.reply()
    client.close()
    return reply


def _json(t, otelc, path, **parameters):
    query = urllib.parse.urlencode(parameters)
    reply = _get(t, otelc, path + ('?' + query if query else ''))
    assert reply.status == 200, reply
    assert reply.headers['content-type'] == 'application/json', reply
    return json.loads(reply.body)


def _data(t, otelc, path, **parameters):
    answer = _json(t, otelc, path, **parameters)
    assert answer['errors'] is None and answer['limit'] == answer['offset'] == 0, answer
    return answer['data']


def _wait_spans(t, otelc, count, **search):
    """By way of a relay they take a moment."""
    def look():
        return sum(trace['spans'] for trace in
                   _json(t, otelc, '/api/otelc/summary', limit=1500, **search)['traces']) == count
    until(look, 20, lambda: str(_json(t, otelc, '/api/otelc/summary')))


def _id(n):
    return otlp.trace_id(n).hex()


def _found(t, otelc, **search):
    """Which traces are found, by number."""
    traces = _data(t, otelc, '/api/traces', **search)
    summary = _json(t, otelc, '/api/otelc/summary', **search)['traces']
    ids = [trace['traceID'] for trace in traces]
    assert ids == [trace['traceID'] for trace in summary], (ids, summary)
    return sorted(int(trace, 16) & 0xffff for trace in ids)


@each_workers
def spans_of_all_workers_meet_in_their_trace(t):
    otelc = t.collector(_config())
    for n in range(20):  # by connections of their own, which come to different workers
        parent = otlp.span_id(n - 1) if n else b''
        span = otlp.span(n, trace=otlp.trace_id(7), name=f'op-{n}', parent=parent)
        t.http(otelc).post_ok(otlp.request(otlp.resource_spans([span], f'service-{n % 3}')))
    _wait_spans(t, otelc, 20)
    trace, = _data(t, otelc, f'/api/traces/{_id(7)}')
    assert trace['traceID'] == _id(7)
    assert sorted(span['operationName'] for span in trace['spans']) == sorted(
        f'op-{n}' for n in range(20))
    names = {span['spanID']: trace['processes'][span['processID']]['serviceName']
             for span in trace['spans']}
    assert names[otlp.span_id(4).hex()] == 'service-1', names
    summary, = _json(t, otelc, '/api/otelc/summary')['traces']
    assert summary['operation'] == 'op-0' and summary['spans'] == 20, summary
    assert sorted(_data(t, otelc, '/api/services')) == [f'service-{n}' for n in range(3)]
    calls = _data(t, otelc, '/api/dependencies', endTs=1800000000000, lookback=200000000000)
    assert {'parent': 'service-0', 'child': 'service-1', 'callCount': 7} in calls, calls
    assert otelc.stop() == 0, otelc.log


def traces_are_found_by_what_is_known_of_them(t):
    otelc = t.collector(_config())
    second = 1_000_000_000
    for n in range(1, 6):
        span = otlp.span(n, name='even' if n % 2 == 0 else 'odd', duration_ns=n * 1_000_000,
                         start_ns=otlp.START_NS + n * second,
                         attrs={'n': n, 'text': f'a b&{n}', 'half': n / 2, 'yes': n == 3},
                         more=ERROR if n == 4 else b'')
        t.http(otelc).post_ok(otlp.request(otlp.resource_spans([span], 'shop', {'host': f'h{n}'})))
    _wait_spans(t, otelc, 5)
    start = otlp.START_NS // 1000
    for expected, search in (
            ([1, 2, 3, 4, 5], {}), ([2, 4], {'operation': 'even'}), ([], {'operation': 'eve'}),
            ([3, 4, 5], {'minDuration': '3ms'}), ([1, 2], {'maxDuration': '2.5ms'}),
            ([2], {'minDuration': '1001us', 'maxDuration': '2ms'}),
            ([4], {'tags': '{"error":"true"}'}), ([4], {'error': 'true'}),
            ([3], {'tag': 'n:3'}), ([3], {'tags': json.dumps({'text': 'a b&3', 'n': '3'})}),
            ([], {'tags': json.dumps({'text': 'a b&3', 'n': '4'})}), ([3], {'tag': 'yes:true'}),
            ([5], {'tag': 'half:2.5'}), ([2], {'tag': 'host:h2'}), ([], {'tag': 'host:h'}),
            ([3, 4, 5], {'start': start + 3_000_000}), ([1, 2], {'end': start + 2_999_999}),
            ([4, 5], {'limit': 2}), ([], {'lookback': '1h'}),
            ([1, 2, 3, 4, 5], {'lookback': 'custom', 'start': 0, 'end': 2**60})):
        assert _found(t, otelc, service='shop', **search) == expected, (expected, search)
    assert _found(t, otelc, service='other') == []
    by_id = _json(t, otelc, f'/api/traces?traceID={_id(1)}&traceID={_id(99)}')
    assert len(by_id['data']) == 1 and by_id['errors'] == [
        {'msg': 'trace not found', 'traceID': _id(99)}], by_id
    for path in ('/api/services/shop/operations', '/api/services/s%68op/operations'):
        assert sorted(_data(t, otelc, path)) == ['even', 'odd']
    assert {'name': 'odd', 'spanKind': 'server'} in _data(t, otelc, '/api/operations',
                                                          service='shop')


def what_is_new_is_told_by_its_number(t):
    otelc = t.collector(_config())
    t.http(otelc).post_ok(otlp.simple(1))
    _wait_spans(t, otelc, 1)
    seq = _json(t, otelc, '/api/otelc/summary')['seq']
    nothing = _json(t, otelc, '/api/otelc/summary', after=seq)
    assert nothing.pop('store') == _json(t, otelc, '/api/otelc/summary')['store']
    assert nothing == {'seq': seq, 'held': 1, 'traces': []}, nothing
    t.http(otelc).post_ok(otlp.simple(2))
    t.http(otelc).post_ok(otlp.request(otlp.resource_spans(
        [otlp.span(3, trace=otlp.trace_id(1))])))
    _wait_spans(t, otelc, 3)
    new = _json(t, otelc, '/api/otelc/summary', after=seq)
    assert [trace['traceID'] for trace in new['traces']] == [_id(1), _id(2)], new
    assert new['seq'] > seq and new['held'] == 2


def a_download_is_what_came(t):
    otelc = t.collector(_config())
    event = pb.fixed64(1, otlp.START_NS) + pb.text(2, 'an event')
    span = otlp.span(1, attrs={'k': 'grüße', 'list': [1, 'x'], 'bytes': b'\x00\xff'},
                     more=pb.text(11, event) + ERROR)
    t.http(otelc).post_ok(otlp.request(otlp.resource_spans([span], 'shop', {'host': 'h'})))
    _wait_spans(t, otelc, 1)
    reply = _get(t, otelc, f'/api/otelc/traces/{_id(1)}/otlp')
    assert reply.status == 200 and re.fullmatch(
        rf'attachment; filename="trace-{_id(1)}.otlp.json"', reply.headers['content-disposition'])
    first = _get(t, otelc, f'/api/otelc/traces/{_id(1)}/jaeger')
    assert 'attachment' in first.headers['content-disposition']
    assert first.body == _get(t, otelc, f'/api/traces/{_id(1)}').body
    # What was downloaded may be sent again.
    other = t.collector(_config())
    sent = t.http(other).post(reply.body, content_type='application/json')
    assert sent.status == 200 and sent.body == b'{}', sent
    _wait_spans(t, other, 1)
    assert _get(t, other, f'/api/traces/{_id(1)}').body == first.body
    assert _get(t, other, f'/api/otelc/traces/{_id(1)}/otlp').body == reply.body


def the_page_is_served_with_what_makes_browsers_careful(t):
    otelc = t.collector(_config(', response_headers: {Cache-Control: no-cache, X-Mine: "1"}'))
    page = _get(t, otelc, '/')
    assert page.status == 200 and page.headers['content-type'] == 'text/html; charset=utf-8'
    assert page.headers['x-content-type-options'] == 'nosniff'
    assert page.headers['referrer-policy'] == 'no-referrer'
    policy = page.headers['content-security-policy']
    assert "default-src 'none'" in policy and "'unsafe" not in policy, policy
    assert page.headers['cache-control'] == 'no-cache' and page.headers['x-mine'] == '1'
    for path in ('/search?service=x', f'/trace/{_id(1)}', '/pipeline'):
        assert _get(t, otelc, path).body == page.body, path
    for path in re.findall(r'(?:src|href)="(/[^"]+\.(?:js|css|svg))"', page.body.decode()):
        reply = _get(t, otelc, path)
        assert reply.status == 200 and reply.body, path
        assert reply.headers['content-type'].startswith(
            {'js': 'text/javascript', 'css': 'text/css', 'svg': 'image/svg'}[path.split('.')[-1]])
    client = t.http(otelc, otelc.addresses(WHERE)[0])
    client.raw(client.head('HEAD', '/', content_type=None, connection='close'))
    assert client.stream.read().endswith(b'\r\n\r\n')
    for path in ('/nothing', '/../etc/passwd', '/index.html/x', '/%2e%2e/x'):
        assert _get(t, otelc, path).status == 404, path
    reply = _get(t, otelc, '/api/traces', method='POST', content_length=0)
    assert reply.status == 405 and reply.headers['allow'] == 'GET, HEAD', reply
    assert reply.headers['x-content-type-options'] == 'nosniff'


def hostile_parameters_are_refused(t):
    otelc = t.collector(_config())
    t.http(otelc).post_ok(otlp.simple(1))
    _wait_spans(t, otelc, 1)
    for query in ('', 'service=', 'service=%', 'service=%2', 'service=%zz', 'service=%00',
                  'service=%ff', 'service=x&limit=-1', 'service=x&limit=1e3', 'service=x&start=x',
                  'service=x&start=99999999999999999999', 'service=x&minDuration=5',
                  'service=x&minDuration=-5s', 'service=x&maxDuration=1s&minDuration=2s',
                  'service=x&tag=nothing', 'service=x&tags=[1]', 'service=x&tags={"a":{}}',
                  'service=x&tags={"a":"b"', 'service=x&tags={"a":"b"}x', 'service=x&error=maybe',
                  'service=x&tags=' + '[' * 5000, '&'.join(['tag=a:b'] * 40 + ['service=x']),
                  '&'.join(['a=b'] * 100), 'traceID=xyz', 'traceID=' + '1' * 33):
        reply = _get(t, otelc, '/api/traces?' + query.replace('"', '%22'))
        assert reply.status == 400, (query, reply)
        answer = json.loads(reply.body)
        assert answer['data'] is None and answer['errors'][0]['code'] == 400, answer
        assert answer['errors'][0]['msg'], answer
    for path in ('/api/traces/', '/api/traces/x', '/api/traces/%zz', '/api/traces/' + '1' * 33,
                 '/api/dependencies?endTs=x', '/api/operations', '/api/otelc/summary?after=x',
                 '/api/otelc/traces/x/otlp'):
        assert _get(t, otelc, path).status == 400, path
    for path in ('/api/traces/1', '/api/', '/api/nothing', '/api/otelc/traces/1/zip',
                 '/api/services/shop', f'/api/otelc/traces/{_id(1)}'):
        assert _get(t, otelc, path).status == 404, path
    assert _get(t, otelc, '/api/traces?service=' + 'x' * 9000).status == 414
    assert _get(t, otelc, '/api/traces?service=' + 'x' * 8000).status == 200
    assert _get(t, otelc, '/api/traces/' + _id(1).upper()).status == 200
    assert otelc.stop() == 0, otelc.log


def names_that_lead_here_from_outside_are_refused(t):
    otelc = t.collector(_config(', allowed_hosts: [traces.example.com, "*.corp"]'))
    for host in ('localhost', 'localhost:16686', 'x.localhost', '127.0.0.1', '127.9.9.9:1', '[::1]',
                 '[::1]:80', '192.0.2.7:80', 'TRACES.example.com', 'traces.example.com:443',
                 'a.corp'):
        assert _get(t, otelc, '/api/services', host=host).status == 200, host
        assert _get(t, otelc, '/', host=host).status == 200, host
    for host in ('evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'corp',
                 'traces.example.com.evil', 'evil-localhost', '1.2.3', '[::1', ':80'):
        for path in ('/', '/api/services', '/app.js'):
            reply = _get(t, otelc, path, host=host)
            assert reply.status in (400, 403), (host, reply)
        if reply.status == 403:
            assert b'allowed_hosts' in reply.body, reply
    reply = _get(t, otelc, '/api/services', host='evil.example')
    assert json.loads(reply.body)['errors'][0]['code'] == 403, reply
    assert 'allowed_hosts' in otelc.log


def pages_of_other_sites_get_nothing(t):
    otelc = t.collector(_config())
    host, port = otelc.addresses(WHERE)[0]
    own = f'http://{host}:{port}'
    assert _get(t, otelc, '/api/services', origin=own).status == 200
    assert _get(t, otelc, '/api/services', origin=own, sec_fetch_site='same-origin').status == 200
    assert _get(t, otelc, '/api/services', sec_fetch_site='none').status == 200
    for fields in ({'origin': 'http://evil.example'}, {'origin': 'null'},
                   {'origin': f'http://{host}:{port + 1}'}, {'sec_fetch_site': 'cross-site'},
                   {'sec_fetch_site': 'same-site'},
                   {'sec_fetch_site': 'cross-site', 'sec_fetch_mode': 'navigate'}):
        reply = _get(t, otelc, '/api/services', **fields)
        assert reply.status == 403 and b'cors.allowed_origins' in reply.body, (fields, reply)
        assert 'access-control-allow-origin' not in reply.headers
    link = _get(t, otelc, f'/trace/{_id(1)}', sec_fetch_site='cross-site',
                sec_fetch_mode='navigate')
    assert link.status == 200, link
    otelc = t.collector(_config(', cors: {allowed_origins: ["https://grafana.example"]}'))
    reply = _get(t, otelc, '/api/services', origin='https://grafana.example',
                 sec_fetch_site='cross-site')
    assert reply.status == 200, reply
    assert reply.headers['access-control-allow-origin'] == 'https://grafana.example'
    assert _get(t, otelc, '/api/services', origin='https://evil.example').status == 403


def who_has_no_password_sees_nothing(t):
    text = _config(', auth: {authenticator: basicauth}').replace(
        'service:', 'extensions:\n  basicauth: {htpasswd: {inline: "me:secret"}}\n'
        'service:\n  extensions: [basicauth]')
    otelc = t.collector(text)
    for path in ('/', '/api/services', '/app.js'):
        assert _get(t, otelc, path).status == 401
        assert _get(t, otelc, path, authorization='Basic bWU6c2VjcmV0').status == 200


def the_oldest_traces_go(t):
    otelc = t.collector(_config(', max_traces: 10'))
    for n in range(1, 31):
        t.http(otelc).post_ok(otlp.simple(n))
    until(lambda: _get(t, otelc, f'/api/traces/{_id(30)}').status == 200, 20, lambda: otelc.log)
    assert _found(t, otelc, service='shop') == list(range(21, 31))
    assert _get(t, otelc, f'/api/traces/{_id(1)}').status == 404


def memory_stays_within_its_limit(t):
    otelc = t.collector(_config(', max_memory_mib: 2'))
    client = t.grpc(otelc)
    for first in range(0, 20000, 500):
        client.export_ok(otlp.simple(first, 500, attrs={'pad': 'x' * 200}))
    until(lambda: _get(t, otelc, f'/api/traces/{_id(19999)}').status == 200, 20,
          lambda: otelc.log)
    held = _json(t, otelc, '/api/otelc/summary', limit=1)['held']
    assert 1000 < held < 8000, held
    assert otelc.stop() == 0, otelc.log


def a_large_trace_is_shown_and_a_slow_reader_harms_nobody(t):
    otelc = t.collector(_config())
    client = t.grpc(otelc)
    for first in range(0, 10000, 1000):
        spans = [otlp.span(n, trace=otlp.trace_id(1), attrs={'n': n, 'text': 'x' * 50})
                 for n in range(first, first + 1000)]
        client.export_ok(otlp.request(otlp.resource_spans(spans)))
    _wait_spans(t, otelc, 10000)
    slow = []
    for _ in range(4):  # they ask, and read nothing
        client = t.http(otelc, otelc.addresses(WHERE)[0])
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.raw(client.head('GET', f'/api/traces/{_id(1)}', content_type=None))
        slow.append(client)
    answers = []
    readers = [threading.Thread(target=lambda: answers.append(
        _data(t, otelc, f'/api/traces/{_id(1)}'))) for _ in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert len(answers) == 4 and all(len(a[0]['spans']) == 10000 for a in answers)
    assert all(b'200 OK' in client.stream.readline() for client in slow)
    for client in slow:
        client.close()
    assert otelc.stop() == 0, otelc.log


def searches_let_spans_in(t):
    """How long a span waits meanwhile is printed; that all are answered is what counts."""
    otelc = t.collector(_config(), args=['--workers', '1'])
    client = t.grpc(otelc)
    for first in range(0, 50000, 1000):
        client.export_ok(otlp.simple(first, 1000, attrs={'http.route': '/cart', 'n': first}))
    _wait_spans(t, otelc, 1500)
    waits, answers = [], []

    def search():
        answers.append(_get(t, otelc, '/api/otelc/summary?tag=http.route:/nothing').status)
    searches = [threading.Thread(target=search) for _ in range(20)]
    for thread in searches:
        thread.start()
    while any(thread.is_alive() for thread in searches):
        begun = time.monotonic()
        client.export_ok(otlp.simple(100000 + len(waits)))
        waits.append(time.monotonic() - begun)
    assert answers == [200] * 20, answers
    print(f'20 searches over 50,000 spans: {len(waits)} requests meanwhile, '
          f'the longest took {max(waits) * 1000:.1f} ms')
    assert otelc.stop() == 0, otelc.log


def without_memory_the_answer_is_later(t):
    otelc = t.collector(_config(), args=['--memory-limit', '16'])
    spans = [otlp.span(n, trace=otlp.trace_id(1), attrs={'text': '\x01' * 2000})
             for n in range(1000)]
    client = t.grpc(otelc)
    for first in range(0, 1000, 100):
        client.export_ok(otlp.request(otlp.resource_spans(spans[first:first + 100])))
    until(lambda: _json(t, otelc, '/api/otelc/summary')['traces'], 20, lambda: otelc.log)
    reply = _get(t, otelc, f'/api/traces/{_id(1)}')
    assert reply.status in (200, 503), reply
    if reply.status == 503:
        assert reply.headers['retry-after'] == '1', reply
        assert json.loads(reply.body)['errors'][0]['code'] == 503, reply
    client.export_ok(otlp.simple(5))
    assert otelc.stop() == 0, otelc.log


def markup_stays_text(t):
    otelc = t.collector(_config())
    evil = '</script><img src=x onerror=alert(1)>\u2028"\\'
    span = otlp.span(1, name=evil, attrs={evil: evil})
    t.http(otelc).post_ok(otlp.request(otlp.resource_spans([span], evil, {evil: evil})))
    _wait_spans(t, otelc, 1)
    assert _data(t, otelc, '/api/services') == [evil]
    path = '/api/services/' + urllib.parse.quote(evil, safe='') + '/operations'
    assert _data(t, otelc, path) == [evil]
    assert _found(t, otelc, service=evil, operation=evil, tags=json.dumps({evil: evil})) == [1]
    reply = _get(t, otelc, f'/api/traces/{_id(1)}')
    assert reply.headers['content-type'] == 'application/json'
    assert reply.headers['x-content-type-options'] == 'nosniff'


def a_reload_keeps_the_traces(t):
    otelc = t.collector(_config())
    for n in range(1, 6):
        t.http(otelc).post_ok(otlp.simple(n))
    _wait_spans(t, otelc, 5)
    before = _json(t, otelc, '/api/otelc/summary')
    for settings, held in ((', max_memory_mib: 32', 5), (', max_traces: 2', 2)):
        count = otelc.log.count(IN_FORCE)
        with open(otelc.path, 'w', encoding='utf-8') as file:
            file.write(_config(settings))
        otelc.signal(signal.SIGHUP)
        otelc.wait_log(re.escape(IN_FORCE), count=count + 1)
        after = _json(t, otelc, '/api/otelc/summary')
        assert after['traces'] == before['traces'][:held], (before, after)
    assert otelc.stop() == 0, otelc.log


def a_reload_answers_who_has_asked(t):
    otelc = t.collector(_config())
    client = t.grpc(otelc)
    for first in range(0, 10000, 1000):
        client.export_ok(otlp.simple(first, 1000, trace=otlp.trace_id(1)))
    _wait_spans(t, otelc, 10000)
    answers, over = [], threading.Event()

    def ask():
        while not over.is_set():
            answers.append(len(_data(t, otelc, f'/api/traces/{_id(1)}')[0]['spans']))
    readers = [threading.Thread(target=ask) for _ in range(4)]
    for reader in readers:
        reader.start()
    for n in range(5):
        count = otelc.log.count(IN_FORCE)
        with open(otelc.path, 'w', encoding='utf-8') as file:
            file.write(_config(f', max_traces: {1000 + n}'))
        otelc.signal(signal.SIGHUP)
        otelc.wait_log(re.escape(IN_FORCE), count=count + 1)
        client.export_ok(otlp.simple(20000 + n))
    over.set()
    for reader in readers:
        reader.join()
    assert set(answers) == {10000}, set(answers)
    assert otelc.stop() == 0, otelc.log


def bad_settings_are_told(t):
    for settings, told in ((', max_memory_mib: 0', 'max_memory_mib'),
                           (', max_memory_mib: 99999', 'max_memory_mib'),
                           (', max_traces: x', 'max_traces'),
                           (', allowed_hosts: ["http://x/"]', 'write its name alone'),
                           (', port: 5', 'port')):
        code, err = t.validate(_config(settings))
        assert code == 1 and told in err, err
    code, err = t.validate(_config().replace('pipelines:', 'pipelines:\n    metrics: {receivers: '
                                             '[otlp], exporters: [viewer]}'))
    assert code == 1 and 'metrics' in err, err
