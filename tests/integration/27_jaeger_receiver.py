"""The jaeger receiver: gRPC, Thrift over HTTP, and the agent's two UDP ports.

What comes from Jaeger and goes to Jaeger is what it was.
"""
import glob
import gzip
import json
import os
import re
import signal

from harness import jaeger_client as client
from harness import otlp
from harness import protobuf as pb
from harness.backend import Answer
from harness.case import config, each_workers, exporter
from harness.certificates import Authority, tls_keys
from harness.grpc_client import NOT_SERVING, SERVING, frame
from harness.wait import until

POST_SPANS = '/jaeger.api_v2.CollectorService/PostSpans'
PROCESS = {'serviceName': 'shop', 'tags': [['host.name', 'STRING', 'h1']]}
NAMES = ('grpc', 'thrift_http', 'thrift_compact', 'thrift_binary')


def _config(exporters, protocols=NAMES, more=''):
    """jaeger -> exporters, each protocol at an address of its own; more: keys of each block."""
    return '\n'.join([
        'receivers:', '  jaeger:', '    protocols:',
        *(f'      {name}: {{endpoint: "127.0.0.{n}:0"{more}}}'
          for n, name in enumerate(protocols, 1)),
        'exporters:', *(f'  {id}: {settings}' for id, settings in exporters.items()),
        'service:', '  pipelines:',
        f'    traces: {{receivers: [jaeger], exporters: [{", ".join(exporters)}]}}', ''])


class Ports:
    """Ways into a collector: each takes (process, spans)."""

    def __init__(self, t, otelc):
        (self.grpc_address, self.http_address, self.compact,
         self.binary) = otelc.addresses('receivers/jaeger')[-4:]  # the last, where it has reloaded
        self.calls = t.grpc(None, address=self.grpc_address)
        self._http = t.http(None, address=self.http_address)

    def call(self, *batch, **more):
        return self.calls.export(client.post_spans(*batch), path=POST_SPANS, **more)

    def grpc(self, *batch):
        reply = self.call(*batch)
        assert reply.status == 0 and reply.response == b'', reply

    def http(self, *batch, **more):
        reply = self.post(client.thrift(*batch), **more)
        assert reply.status == 202 and reply.body == b'', reply

    def post(self, body, **more):
        more = {'path': '/api/traces?format=jaeger.thrift', 'content_type': 'application/x-thrift',
                **more}
        return self._http.post(body, **more)

    def udp_compact(self, *batch):
        client.send_udp(self.compact, client.packet(*batch))

    def udp_binary(self, *batch):
        client.send_udp(self.binary, client.packet(*batch, compact=False))

    def udp_old(self, *batch):
        client.send_udp(self.binary, client.packet(*batch, compact=False, old=True))

    WAYS = ('grpc', 'http', 'udp_compact', 'udp_binary', 'udp_old')


def _vectors(t):
    for path in sorted(glob.glob(t.path('tests', 'data', 'vectors', '*.jaeger.json'))):
        with open(path, encoding='utf-8') as file:
            yield os.path.basename(path), json.load(file)


def _canonical(process, span, without=()):
    """References are a set, and so are what is left out of api_v2's."""
    span = {k: v for k, v in span.items() if k not in without}
    span['references'] = sorted(map(tuple, span['references']))
    return json.dumps([process['serviceName'], process['tags'], span], sort_keys=True,
                      default=repr)


def _numbers(tree):
    """Doubles that JSON has no word for."""
    if isinstance(tree, list) and len(tree) == 3 and tree[1] == 'DOUBLE':
        return [tree[0], 'DOUBLE', float(tree[2])]
    if isinstance(tree, list):
        return [_numbers(one) for one in tree]
    if isinstance(tree, dict):
        return {k: _numbers(v) for k, v in tree.items()}
    return tree


@each_workers
def what_came_from_jaeger_goes_to_jaeger_as_it_was(t):
    for grpc in (False, True):
        jaeger = t.jaeger(grpc)
        otelc = t.collector(_config({'jaeger': exporter(jaeger)}))
        ports = Ports(t, otelc)
        without = ('parentSpanId',) if grpc else ()
        count = 0
        for name, batches in _vectors(t):
            for batch in map(_numbers, batches):
                process = {k: batch[k] for k in ('serviceName', 'tags')}
                if not batch['spans']:
                    continue
                wanted = sorted(_canonical(process, span, without) for span in batch['spans'])
                for way in Ports.WAYS:
                    getattr(ports, way)(process, batch['spans'])
                    count += len(batch['spans'])
                    came = jaeger.wait_spans(count)[-len(batch['spans']):]
                    assert sorted(_canonical(*one, without) for one in came) == wanted, (name, way)
        assert otelc.stop() == 0, otelc.log


@each_workers
def our_exporter_and_our_receiver_understand_each_other(t):
    request = otlp.request(otlp.resource_spans(
        [otlp.span(n, attrs={'s': 'x', 'n': n}) for n in range(10)], 'shop', {'host.name': 'h1'}))
    direct = t.jaeger()
    t.grpc(t.collector(config(direct))).export_ok(request)
    wanted = sorted(_canonical(*one) for one in direct.wait_spans(10))
    for grpc in (False, True):
        jaeger = t.jaeger()
        second = t.collector(_config({'jaeger': exporter(jaeger)}))
        address = second.addresses('receivers/jaeger')[0 if grpc else 1]
        url = f'{address[0]}:{address[1]}'
        settings = (f'{{endpoint: "{url}", tls: {{insecure: true}}}}' if grpc
                    else f'{{endpoint: "http://{url}/api/traces"}}')
        first = t.collector(config(exporters={'jaeger': settings}))
        t.grpc(first).export_ok(request)
        assert sorted(_canonical(*one) for one in jaeger.wait_spans(10)) == wanted
        assert first.stop() == 0 and second.stop() == 0


def it_becomes_otlp(t):
    backend = t.otlp_backend()
    otelc = t.collector(_config({'otlp': f'{{endpoint: "http://{backend.address}"}}'}))
    ports = Ports(t, otelc)
    for n, way in enumerate(Ports.WAYS):
        getattr(ports, way)(PROCESS, [client.span(n)])
        backend.wait_spans(n + 1)
    assert otelc.stop() == 0


def types_and_encodings_of_http(t):
    jaeger = t.jaeger()
    ports = Ports(t, t.collector(_config({'jaeger': exporter(jaeger)})))
    body = client.thrift(PROCESS, [client.span(1)])
    for content_type in ('application/x-thrift', 'application/vnd.apache.thrift.binary',
                         'Application/X-Thrift; charset=utf-8'):
        assert ports.post(body, content_type=content_type).status == 202
    assert ports.post(gzip.compress(body), content_encoding='gzip').status == 202
    assert ports.post(body + b'more', path='/api/traces').status == 202
    jaeger.wait_spans(5)
    for content_type in ('application/json', 'application/vnd.apache.thrift.compact', None):
        reply = ports.post(body, content_type=content_type)
        assert reply.status == 415 and b'application/x-thrift' in reply.body, reply


def what_is_wrong_is_told(t):
    ports = Ports(t, t.collector(_config({'nop': ''})))
    reply = ports.post(client.thrift(PROCESS, [client.span(1)])[:-20])
    assert reply.status == 400 and re.search(rb'jaeger.thrift Batch: .* \(at byte \d+\)',
                                             reply.body), reply
    assert reply.headers['content-type'].startswith('text/plain'), reply
    assert ports.post(b'').status == 400
    for path, said in (('/v1/traces', b'otlp receiver'), ('/api/v2/spans', b'zipkin receiver'),
                       ('/sampling', b'sampling'), ('/x', b'POST Jaeger')):
        reply = ports.post(b'', path=path)
        assert reply.status == 404 and said in reply.body, reply
    grpc = t.grpc(None, address=ports.grpc_address)
    reply = grpc.export(client.post_spans(PROCESS, [client.span(1)])[:-3], path=POST_SPANS)
    assert reply.status == 3 and 'PostSpansRequest' in reply.message, reply
    reply = grpc.export(b'', path='/jaeger.api_v2.SamplingManager/GetSamplingStrategy')
    assert reply.status == 12 and 'sampling' in reply.message, reply
    reply = grpc.export(b'', path=otlp.EXPORT)
    assert reply.status == 12 and 'otlp receiver' in reply.message, reply
    zero = client.span(1, traceId='0' * 32)
    reply = ports.post(client.thrift(PROCESS, [zero]))
    assert reply.status == 400, reply


def spans_without_ids_are_left_out_and_told(t):
    jaeger = t.jaeger()
    otelc = t.collector(_config({'jaeger': exporter(jaeger)}))
    Ports(t, otelc).http(PROCESS, [client.span(1), client.span(2, traceId='0' * 32)])
    jaeger.wait_spans(1)
    otelc.wait_log('left out 1 spans from 127.0.0.1:.*: ')
    assert otelc.stop() == 0


def a_client_on_the_other_port_is_served_or_told(t):
    jaeger = t.jaeger()
    ports = Ports(t, t.collector(_config({'jaeger': exporter(jaeger)})))
    grpc, http = t.grpc(None, address=ports.http_address), t.http(None, address=ports.grpc_address)
    reply = grpc.export(client.post_spans(PROCESS, [client.span(1)]), path=POST_SPANS)
    assert reply.status == 0, reply
    reply = http.post(client.thrift(PROCESS, [client.span(2)]), path='/api/traces',
                      content_type='application/x-thrift')
    assert reply.status == 202, reply
    jaeger.wait_spans(2)


@each_workers
def health_is_told_by_grpc(t):
    jaeger = t.jaeger()
    otelc = t.collector(_config({'jaeger': exporter(jaeger)}))
    calls = Ports(t, otelc).calls
    for service, status in (('', 0), (POST_SPANS.split('/')[1], 0), ('jaeger', 5)):
        body = pb.text(1, service) if service else b''
        assert calls.export(body, path=otlp.HEALTH).status == status, service
    watch = calls.watch()
    assert watch.next() == SERVING
    otelc.signal(signal.SIGTERM)
    assert watch.next() == NOT_SERVING
    assert otelc.wait_exit() == 0, otelc.log


def both_are_served_by_tls(t):
    jaeger = t.jaeger()
    authority = Authority(t.directory)
    otelc = t.collector(_config({'jaeger': exporter(jaeger)}, NAMES[:2],
                                f', {tls_keys(*authority.issue("localhost"))}'))
    grpc, http = otelc.addresses('receivers/jaeger')
    context = authority.client()
    context.check_hostname = False
    reply = t.grpc(None, address=grpc, tls=context).export(
        client.post_spans(PROCESS, [client.span(1)]), path=POST_SPANS)
    assert reply.status == 0, reply
    body = client.thrift(PROCESS, [client.span(2)])
    kind = {'path': '/api/traces', 'content_type': 'application/x-thrift'}
    context = authority.client(('http/1.1',))
    context.check_hostname = False
    assert t.http(None, address=http, tls=context).post(body, **kind).status == 202
    reply = t.http(None, address=http).post(body, **kind)
    assert reply.status == 400 and b'TLS' in reply.body, reply
    jaeger.wait_spans(2)
    assert otelc.stop() == 0


@each_workers
def only_who_is_known_may_send(t):
    jaeger = t.jaeger()
    for extension, secret in (
            ('bearertokenauth: {token: open-sesame}', 'Bearer open-sesame'),
            ('basicauth: {htpasswd: {inline: "ann:open"}}', 'Basic YW5uOm9wZW4=')):
        name = extension.partition(':')[0]
        text = _config({'jaeger': exporter(jaeger)}).replace(
            'service:\n', f'extensions: {{{extension}}}\nservice:\n  extensions: [{name}]\n')
        for protocol in NAMES[:2]:
            text = re.sub(f'({protocol}: {{.*?)}}', fr'\1, auth: {{authenticator: {name}}}}}', text)
        otelc = t.collector(text)
        ports = Ports(t, otelc)
        batch = PROCESS, [client.span(1)]
        for value in (None, secret[:-2], secret.swapcase(), secret):
            good = value == secret
            reply = ports.call(*batch, more=[('authorization', value)] if value else [])
            assert reply.status == (0 if good else 16), (value, reply)
            reply = ports.post(client.thrift(*batch), authorization=value)
            assert reply.status == (202 if good else 401), (value, reply)
        assert ports.calls.watch().next() == SERVING  # without any
        assert secret.split()[1] not in otelc.log and otelc.stop() == 0
    jaeger.wait_spans(4)


def what_is_not_named_is_not_served(t):
    otelc = t.collector(_config({'nop': ''}, protocols=['grpc']))
    (address,) = otelc.addresses('receivers/jaeger')
    reply = t.http(None, address=address).post(b'', path='/api/traces',
                                               content_type='application/x-thrift')
    assert reply.status == 404 and b'thrift_http is not on' in reply.body, reply
    assert otelc.stop() == 0


def packets_that_are_none_are_dropped_counted_and_told(t):
    jaeger = t.jaeger()
    otelc = t.collector(_config({'jaeger': exporter(jaeger)},
                                protocols=('thrift_compact', 'thrift_binary'),
                                more=', max_packet_size: 2000'))
    compact, binary = otelc.addresses('receivers/jaeger')
    good = client.packet(PROCESS, [client.span(1)])
    client.send_udp(compact, good[:-10])
    otelc.wait_log(r'dropped a packet from 127.0.0.1: .* \(at byte \d+\)')
    client.send_udp(binary, good)
    otelc.wait_log('this is the port of thrift_binary, not of thrift_compact')
    client.send_udp(compact, client.packet(PROCESS, [client.span(1)], compact=False))
    otelc.wait_log('this is the port of thrift_compact, not of thrift_binary')
    client.send_udp(compact, client.packet(PROCESS, [client.span(1, name='x' * 3000)]))
    otelc.wait_log('larger than max_packet_size')
    client.send_udp(compact, b'')
    client.send_udp(compact, b'\x82\x21\x01\x0femitZipkinBatch\0')
    otelc.wait_log('emitZipkinBatch is not offered')
    client.send_udp(compact, good)
    jaeger.wait_spans(1)
    assert otelc.stop() == 0
    assert re.search(r'dropped 6 packets', otelc.log), otelc.log


@each_workers
def packets_that_wait_at_the_end_are_read(t):
    jaeger = t.jaeger()
    otelc = t.collector(_config({'jaeger': exporter(jaeger)}, protocols=('thrift_compact',)))
    (address,) = otelc.addresses('receivers/jaeger')
    for n in range(100):
        client.send_udp(address, client.packet(PROCESS, [client.span(n)]))
    assert otelc.stop() == 0, otelc.log
    assert len(jaeger.ids()) == 100


def refused_for_now_is_told_with_a_delay_and_dropped_of_udp(t):
    jaeger = t.jaeger()
    jaeger.always(Answer(503))
    otelc = t.collector(_config({'jaeger': exporter(jaeger, queue='{queue_size: 1, num_consumers: '
                                                                   '1}')}))
    ports = Ports(t, otelc)

    def refused():
        reply = ports.post(client.thrift(PROCESS, [client.span(1)]))
        assert reply.status in (202, 503), reply
        return reply.status == 503 and reply
    reply = until(refused)
    assert int(reply.headers['retry-after']) >= 1, reply
    grpc = t.grpc(None, address=ports.grpc_address)
    reply = grpc.call(frame(client.post_spans(PROCESS, [client.span(1)])), path=POST_SPANS)
    assert reply.status == 14 and reply.retry_delay_s > 0, reply
    ports.udp_compact(PROCESS, [client.span(1)])
    otelc.wait_log('dropped a packet from 127.0.0.1: ')
    jaeger.always()
    assert otelc.stop() == 0


def two_receivers_at_one_place_are_an_error(t):
    def validate(first, second):
        return t.validate(f'receivers: {{jaeger/1: {{protocols: {first}}}, '
                          f'jaeger/2: {{protocols: {second}}}}}\nexporters: {{nop: }}\n'
                          'service: {pipelines: {traces: {receivers: [jaeger/1, jaeger/2], '
                          'exporters: [nop]}}}\n')
    for protocol in NAMES:
        code, err = validate(f'{{{protocol}: }}', f'{{{protocol}: }}')
        assert code != 0 and 'listens where receivers/jaeger/1 does' in err, err
    code, err = validate('{thrift_compact: {endpoint: "localhost:14268"}}', '{thrift_http: }')
    assert code == 0, err


def settings_that_cannot_be(t):
    for protocols, said in (
            ('{}', 'names no protocol'), ('{grcp: }', 'grpc'),
            ('{thrift_compact: {endpoint: localhost}}', 'missing port'),
            ('{thrift_compact: {max_packet_size: 0}}', 'max_packet_size'),
            ('{thrift_compact: {max_packet_size: 70000}}', 'max_packet_size'),
            ('{thrift_compact: {endpoint: "x:1"}, thrift_binary: {endpoint: "x:1"}}',
             'thrift_compact has this endpoint'),
            ('{thrift_http: {compression_algorithms: [x]}}', 'must be of gzip')):
        code, err = t.validate(f'receivers: {{jaeger: {{protocols: {protocols}}}}}\n'
                               'exporters: {nop: }\nservice: {pipelines: {traces: '
                               '{receivers: [jaeger], exporters: [nop]}}}\n')
        assert code != 0 and said in err, (protocols, err)


def keys_without_effect_have_a_note(t):
    code, err = t.validate(
        'receivers: {jaeger: {protocols: {thrift_compact: {queue_size: 5, workers: 3}}, '
        'remote_sampling: {host_endpoint: x}}}\nexporters: {nop: }\n'
        'service: {pipelines: {traces: {receivers: [jaeger], exporters: [nop]}}}\n')
    assert code == 0 and all(key in err for key in ('queue_size', 'workers', 'remote_sampling')), err


@each_workers
def a_reload_loses_no_port(t):
    jaeger = t.jaeger()
    text = _config({'jaeger': exporter(jaeger)})
    otelc = t.collector(text)
    ports = Ports(t, otelc)
    ports.udp_compact(PROCESS, [client.span(1)])
    jaeger.wait_spans(1)
    with open(otelc.path, 'w', encoding='utf-8') as file:
        file.write(text.replace('thrift_compact: {endpoint: "127.0.0.3:0"}',
                                'thrift_compact: {endpoint: "127.0.0.3:0", max_packet_size: 60000}'))
    otelc.signal(1)
    otelc.wait_log('The new configuration is in force')
    before, ports = ports, Ports(t, otelc)
    assert (ports.http_address, ports.compact) == (before.http_address, before.compact)
    for n, way in enumerate(Ports.WAYS):
        getattr(ports, way)(PROCESS, [client.span(n)])
        jaeger.wait_spans(n + 2)
    assert otelc.stop() == 0, otelc.log


def a_port_that_is_taken_is_an_error(t):
    otelc = t.collector(_config({'nop': ''}, protocols=('thrift_compact',)))
    (_, port), = otelc.addresses('receivers/jaeger')
    other = t.collector(_config({'nop': ''}, protocols=('thrift_compact',)).replace(
        '127.0.0.1:0', f'127.0.0.1:{port}'), wait_ready=False)
    assert other.wait_exit() == 3
    assert 'the UDP port is taken' in other.log, other.log


def the_example_validates(t):
    code, out, err = t.run('validate', '--config', t.path('config', 'jaeger-clients.yaml'))
    assert (code, out, err) == (0, '', ''), (code, out, err)
