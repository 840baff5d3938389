"""Spans go in over OTLP and come out at Jaeger, each as the translation says."""
import collections
import glob
import gzip
import json
import os
import shutil
import subprocess

from harness import otlp
from harness.case import Skip, config, each_workers
from harness.grpc_client import frame
from harness import protobuf as pb


def _canonical(process, span):
    """A span with its process, in a form that compares and sorts: text."""
    def tag(one):
        key, kind, value = one
        if kind == 'DOUBLE':
            value = repr(float(value))
        return [key, kind, value]
    out = {k: v for k, v in span.items() if k not in ('tags', 'logs')}
    out['tags'] = [tag(one) for one in span['tags']]
    out['logs'] = [[log['timestamp'], [tag(one) for one in log['fields']]] for log in span['logs']]
    out['process'] = [process['serviceName'], [tag(one) for one in process['tags']]]
    return json.dumps(out, sort_keys=True)


def _vectors(t):
    paths = sorted(glob.glob(t.path('tests', 'data', 'vectors', '*.otlp.json')))
    assert paths, 'no vectors'
    for path in paths:
        with open(path, encoding='utf-8') as file:
            given = file.read()
        with open(path.replace('.otlp.', '.jaeger.'), encoding='utf-8') as file:
            wanted = [(batch, span) for batch in json.load(file) for span in batch['spans']]
        yield os.path.basename(path), given, wanted


def _send_as_protobuf(t, otelc):
    client = t.grpc(otelc)
    def send(given):
        reply = client.export(otlp.from_json(json.loads(given)))
        return reply.status == 0 and otlp.rejected(reply.response)[0] == 0, reply
    return send


def _send_as_json(t, otelc):
    client = t.http(otelc)
    def send(given):
        reply = client.post(given.encode(), content_type='application/json')
        return reply.status == 200 and reply.body == b'{}', reply
    return send


def _compare_vectors(t, jaeger, without=(), sender=_send_as_protobuf):
    otelc = t.collector(config(jaeger, batch='{timeout: 0s}'))
    send = sender(t, otelc)
    wrong = []
    for name, given, wanted in _vectors(t):
        before = len(jaeger.delivered)
        good, reply = send(given)
        if not good:
            wrong.append((name, reply))
            continue
        def came():
            return [(one.process, span) for one in jaeger.delivered[before:] for span in one.spans]
        jaeger.wait_spans(sum(len(one.spans) for one in jaeger.delivered[:before]) + len(wanted))
        def lines(pairs):
            return collections.Counter(
                _canonical(process, {k: v for k, v in span.items() if k not in without})
                for process, span in pairs)
        if lines(came()) != lines(wanted):
            wrong.append((name, 'missing', list(lines(wanted) - lines(came())),
                          'instead', list(lines(came()) - lines(wanted))))
    assert not wrong, '\n'.join(map(str, wrong))


@each_workers
def one_span_over_grpc(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger))
    reply = t.grpc(otelc).export_ok(otlp.simple(1))
    assert reply.response == b'' and reply.headers['content-type'] == 'application/grpc', reply
    (process, span), = jaeger.wait_spans(1)
    assert process == {'serviceName': 'shop', 'tags': []}
    assert span == {
        'traceId': otlp.trace_id(1).hex(), 'spanId': otlp.span_id(1).hex(),
        'parentSpanId': '0' * 16, 'operationName': 'op', 'references': [], 'flags': 0,
        'startTime': otlp.START_NS // 1000, 'duration': 3, 'logs': [],
        'tags': [['otel.scope.name', 'STRING', 'lib'], ['span.kind', 'STRING', 'server']]}, span
    assert otelc.stop() == 0


def every_vector_arrives_over_thrift(t):
    _compare_vectors(t, t.jaeger())


def every_vector_as_json(t):
    _compare_vectors(t, t.jaeger(), sender=_send_as_json)


def every_vector_arrives_over_jaegers_grpc(t):
    _compare_vectors(t, t.jaeger(grpc=True), without=('parentSpanId',))


@each_workers
def the_users_config_works_byte_for_byte(t):
    jaeger = t.jaeger()
    # Its endpoints are the default ports; a loopback address of this test's own keeps them apart.
    host = f'127.{os.getpid() >> 14 & 63 | 64}.{os.getpid() >> 7 & 127}.{os.getpid() & 127 | 128}'
    otelc = t.collector(args=['--config', t.path('otel-collector-config.yaml'),
                              '--set', f'exporters.jaeger.endpoint={jaeger.url}'],
                        env={'OTELC_LISTEN_HOST': host})
    assert sorted(otelc.addresses()) == [(host, 4317), (host, 4318)], otelc.log
    t.grpc(otelc).export_ok(otlp.simple(1))
    t.http(otelc).post_ok(otlp.simple(2))
    assert jaeger.spans() == []  # batch: timeout: 5s
    assert otelc.stop() == 0
    assert len(jaeger.wait_spans(2)) == 2


def a_split_at_every_byte_changes_nothing(t):
    jaeger = t.jaeger()
    client = t.grpc(t.collector(config(jaeger)))
    whole = frame(otlp.simple(1, attrs={'a': 'b'}))
    for at in range(1, len(whole)):
        stream = client.start()
        client.send(stream, whole[:at], end=False)
        client.send(stream, whole[at:])
        assert client.reply(stream).status == 0
    for size in (1, 2, 3, 5):
        assert client.call(whole, chunk=size).status == 0
    jaeger.wait_spans(len(whole) - 1 + 4)


def end_of_stream_may_come_in_an_empty_frame(t):
    jaeger = t.jaeger()
    client = t.grpc(t.collector(config(jaeger)))
    stream = client.start()
    client.send(stream, frame(otlp.simple(1)), end=False)
    client.send(stream, b'', end=True)
    assert client.reply(stream).status == 0
    jaeger.wait_spans(1)


def messages_of_4_mib_never_stall(t):
    jaeger = t.jaeger()
    client = t.grpc(t.collector(config(jaeger)))
    padding = 'x' * 20000
    request = otlp.simple(1, count=200, attrs={'padding': padding})
    assert 3.9e6 < len(request) < 4.19e6
    streams = [client.start() for _ in range(3)]
    for stream in streams:  # the later ones wait for window behind the first ones
        client.send(stream, frame(request))
    for stream in streams:
        assert client.reply(stream).status == 0
    assert set(jaeger.wait_spans(600)[0][1]) and set(jaeger.ids().values()) == {3}


def compressed_requests_are_read(t):
    jaeger = t.jaeger()
    client = t.grpc(t.collector(config(jaeger)))
    assert client.export(otlp.simple(1, count=100), compress=True).status == 0
    # The header only announces; the flag decides.
    assert client.export(otlp.simple(101), encoding='gzip').status == 0
    assert client.export(otlp.simple(102), encoding='identity').status == 0
    # Two gzip members after each other are one text.
    parts = otlp.simple(103, count=5)
    twice = gzip.compress(parts[:50]) + gzip.compress(parts[50:])
    assert client.call(frame(twice, 1), encoding='gzip').status == 0
    jaeger.wait_spans(107)


def zstd_requests_are_read(t):
    if shutil.which('zstd') is None:
        raise Skip('no zstd program')
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger))
    packed = subprocess.run(['zstd', '-c'], input=otlp.simple(1, count=100), check=True,
                            stdout=subprocess.PIPE).stdout  # streamed: its size is not inside
    assert t.grpc(otelc).call(frame(packed, 1), encoding='zstd').status == 0
    assert t.http(otelc).post(packed, content_encoding='zstd').status == 200
    jaeger.wait_spans(200)


def an_empty_request_is_fine(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger))
    client = t.grpc(otelc)
    for request in (b'', pb.text(1, b''), otlp.request(otlp.resource_spans([]))):
        assert client.export_ok(request).response == b''
        assert t.http(otelc).post_ok(request).body == b''
    assert otelc.stop() == 0
    assert jaeger.spans() == []


@each_workers
def many_requests_on_many_connections(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger))
    clients = [t.grpc(otelc) for _ in range(8)]
    for turn in range(10):
        streams = []
        for number, client in enumerate(clients):
            first = 1000 * number + 100 * turn
            stream = client.start()
            client.send(stream, frame(otlp.simple(first, count=20)))
            streams.append((client, stream))
        for client, stream in streams:
            assert client.reply(stream).status == 0
    jaeger.wait_spans(1600)
    assert set(jaeger.ids().values()) == {1} and len(jaeger.ids()) == 1600
    assert otelc.stop() == 0


def both_protocols_are_served_on_either_port(t):
    jaeger = t.jaeger()
    text = config(jaeger).replace('      grpc:', '      http: {endpoint: "127.0.0.2:0"}\n'
                                  '      grpc:')
    otelc = t.collector(text)
    assert len(otelc.addresses()) == 2, otelc.log
    for address in otelc.addresses():
        t.grpc(otelc, address=address).export_ok(otlp.simple(1))
        t.http(otelc, address=address).post_ok(otlp.simple(2))
    jaeger.wait_spans(4)


def health_is_serving(t):
    client = t.grpc(t.collector(config(t.jaeger())))
    reply = client.call(frame(b''), otlp.HEALTH)
    assert reply.status == 0 and pb.read(reply.response) == {1: [1]}, reply


def invalid_text_is_made_valid(t):
    jaeger = t.jaeger()
    client = t.grpc(t.collector(config(jaeger)))
    client.export_ok(otlp.simple(1, name=b'caf\xe9 \xf0\x9f\x98\x80', attrs={'k': 'v'}))
    (_, span), = jaeger.wait_spans(1)
    assert span['operationName'] == 'caf� \U0001F600', span


def text_may_have_anything_in_it(t):
    jaeger = t.jaeger()
    client = t.grpc(t.collector(config(jaeger)))
    name = 'zero \0, ünï, 日本, \U0001F600'
    client.export_ok(otlp.simple(1, name=name, attrs={name: name}))
    (_, span), = jaeger.wait_spans(1)
    assert span['operationName'] == name and [name, 'STRING', name] in span['tags'], span
