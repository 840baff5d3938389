"""Limits of the otlp receiver, as the configuration sets them."""
import gzip

from harness import otlp
from harness.case import config
from harness.grpc_client import frame

ENHANCE_YOUR_CALM, CANCEL = 11, 8
HEADER_LIST_SIZE = 6  # the setting of HTTP/2


def _http(jaeger, http, grpc=''):
    text = config(jaeger, grpc=grpc)
    return text.replace('processors:\n', f'      http: {{endpoint: "127.0.0.2:0", {http}}}\n'
                                         'processors:\n', 1)


def _addresses(otelc):
    """Of gRPC's and of HTTP's endpoint."""
    return sorted(otelc.addresses())


def an_answer_that_nobody_takes_is_given_up_in_time(t):
    jaeger = t.jaeger()
    otelc = t.collector(_http(jaeger, 'write_timeout: 1s'))
    for address in _addresses(otelc):
        client = t.grpc(otelc, address, window=0)
        assert client.reply(client.start(end=True)).status == 13  # it has no body to wait for
        stream = client.start()
        client.send(stream, frame(otlp.simple(1)))
        reply = client.reply(stream)
        assert reply.headers[':status'] == '200' and reply.reset == CANCEL, reply
        client.ping()


def header_lists_have_the_size_that_is_set(t):
    otelc = t.collector(_http(t.jaeger(), 'max_header_list_size: 8192',
                              'max_header_list_size: 65536'))
    for address, size in zip(_addresses(otelc), (65536, 8192)):
        client = t.grpc(otelc, address)
        client.ping()
        assert client.settings[HEADER_LIST_SIZE] == size, client.settings
        fields = {'host': t.http(otelc, address).host, 'content-type': 'application/x-protobuf',
                  'content-length': '0'}
        used = sum(len(name) + len(value) + 32 for name, value in fields.items())
        count = 4
        each = (size - used) // count - len('x-a') - 32
        for more, good in ((-1, True), (0, True), (count, False)):
            lines = [f'x-a: {"x" * each}'] * (count - 1)
            lines += [f'x-a: {"x" * (each + more)}']
            reply = t.http(otelc, address).post(b'', more=lines)
            assert reply.status == (200 if good else 431), (size, more, reply)
        assert f'{size} bytes together' in reply.body.decode(), reply


def requests_come_in_the_encodings_that_are_listed(t):
    jaeger = t.jaeger()
    otelc = t.collector(_http(jaeger, 'compression_algorithms: ["", zstd]'))
    client = t.http(otelc, _addresses(otelc)[1])
    client.post_ok(otlp.simple(1))
    reply = client.post(gzip.compress(otlp.simple(2)), content_encoding='gzip')
    assert reply.status == 415 and reply.headers['accept-encoding'] == 'identity, zstd', reply
    t.grpc(otelc).export_ok(otlp.simple(3), compress=True)  # gRPC is not asked
    jaeger.wait_spans(2)


def pings_come_as_often_as_is_set(t):
    policy = 'keepalive: {enforcement_policy: {%s}}'
    for keys, calmed in (('min_time: 1h', True), ('permit_without_stream: false', True),
                         ('min_time: 1h, permit_without_stream: true', True), ('', False)):
        client = t.grpc(t.collector(config(t.jaeger(), grpc=policy % keys)))
        for _ in range(3):
            client.ping()
        client.http2.ping(b'too many')
        client.flush()
        if calmed:
            while not client.closed:
                client.receive()
        else:
            client.ping()
        assert client.goaway == (ENHANCE_YOUR_CALM if calmed else None), (keys, client.goaway)


def buffers_of_any_size_do(t):
    for size in (0, 1, 16777216):
        jaeger = t.jaeger()
        otelc = t.collector(config(jaeger, grpc=f'read_buffer_size: {size}, '
                                                f'write_buffer_size: {size}'))
        client = t.grpc(otelc)
        streams = [client.start() for _ in range(20)]
        for number, stream in enumerate(streams):
            client.send(stream, frame(otlp.simple(number * 100, 100)))
        for stream in streams:
            assert client.reply(stream).status == 0
        http = t.http(otelc)
        body = otlp.simple(2000, 1000)
        http.raw(2 * (http.head(content_length=len(body)).encode() + body))
        for _ in range(2):
            assert http.reply().status == 200
        jaeger.wait_spans(3000)
