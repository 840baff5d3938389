"""Everything that a gRPC client can do wrong has its own answer, and the next request is served."""
import base64
import gzip
import os
import re
import socket
import ssl
import struct

from harness import otlp
from harness import protobuf as pb
from harness.case import config, each_workers
from harness.grpc_client import GrpcClient, frame
from harness.wait import until

OK, INVALID_ARGUMENT, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED = 0, 3, 4, 8
UNIMPLEMENTED, INTERNAL = 12, 13
ENHANCE_YOUR_CALM = 11


def _start(t, **more):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, **more))
    return jaeger, otelc, t.grpc(otelc)


def _still_good(jaeger, client, otelc):
    """The same connection serves a good request, and only that has come to Jaeger."""
    client.export_ok(otlp.simple(7777))
    jaeger.wait_spans(1)
    assert set(jaeger.ids()) == {otlp.span_id(7777).hex()}, jaeger.ids()
    assert otelc.is_alive()


def _any_value(depth):
    out = pb.text(1, 'x')
    for _ in range(depth - 1):
        out = pb.text(5, pb.text(1, out))
    return out


def _span_with_value(value):
    return otlp.request(otlp.resource_spans(
        [otlp.span(1, more=pb.text(9, pb.text(1, 'k') + pb.text(2, value)))]))


GOOD = otlp.simple(1, count=3, attrs={'k': 'v', 'n': 5})
MALFORMED = {
    'cut in the middle': GOOD[:len(GOOD) // 2],
    'one byte short': GOOD[:-1],
    'a varint without end': b'\x08' + b'\xff' * 11,
    'a length past the end': b'\x0a\x7f\x00',
    'a length of 2^63': b'\x0a' + b'\xff' * 9 + b'\x01',
    'field number 0': b'\x02\x00',
    'wire type 6': pb.key(99, 6) + b'\0',
    'wire type 7': pb.key(99, 7) + b'\0',
    'an end of a group that never began': pb.key(99, 4),
    'spans as varint': pb.integer(1, 5),
    'a name as fixed64': otlp.request(otlp.resource_spans([otlp.span(1) + pb.fixed64(5, 1)])),
    'a start time as varint': otlp.request(otlp.resource_spans([otlp.span(1) + pb.integer(7, 1)])),
    'an unknown field, cut': otlp.simple(1) + pb.key(4000, 2) + b'\x05ab',
    'values nested 10,000 deep': _span_with_value(_any_value(10_000)),
    'maps nested 10,000 deep in the resource': None,
    'text': b'GET / HTTP/1.1\r\n\r\n',
    'JSON': b'{"resourceSpans":[]}',
    'noise': bytes(range(255, 0, -1)) * 64,
}


def _kvlists(depth):
    out = pb.text(1, 'x')
    for _ in range(depth - 1):
        out = pb.text(6, pb.text(1, pb.text(1, 'k') + pb.text(2, out)))
    return out


MALFORMED['maps nested 10,000 deep in the resource'] = otlp.request(
    pb.text(1, pb.text(1, pb.text(1, 'k') + pb.text(2, _kvlists(10_000)))))


@each_workers
def malformed_protobuf_is_invalid_argument(t):
    jaeger, otelc, client = _start(t)
    for name, request in MALFORMED.items():
        reply = client.export(request)
        assert reply.status == INVALID_ARGUMENT, (name, reply)
        assert len(reply.message) > 5, (name, reply)  # it says why
    _still_good(jaeger, client, otelc)


def values_may_nest_64_deep_and_no_more(t):
    jaeger, _, client = _start(t)
    assert client.export(_span_with_value(_any_value(64))).status == OK
    reply = client.export(_span_with_value(_any_value(65)))
    assert reply.status == INVALID_ARGUMENT, reply
    jaeger.wait_spans(1)


def single_bad_spans_are_a_partial_success(t):
    jaeger, _, client = _start(t)
    spans = [otlp.span(1), otlp.span(2, trace=bytes(16)), otlp.span(3, id=bytes(8)),
             otlp.span(4, trace=b'short'), otlp.span(5, id=b'much too long'), otlp.span(6),
             otlp.span(7, trace=b''), otlp.span(8, parent=b'odd'), otlp.span(9, parent=bytes(8))]
    reply = client.export_ok(otlp.request(otlp.resource_spans(spans)))
    count, why = otlp.rejected(reply.response)
    assert count == 6 and 'id' in why, (count, why)
    jaeger.wait_spans(3)
    assert set(jaeger.ids()) == {otlp.span_id(n).hex() for n in (1, 6, 9)}, jaeger.ids()


def only_bad_spans_are_a_partial_success_too(t):
    jaeger, otelc, client = _start(t)
    reply = client.export_ok(otlp.simple(1, trace=bytes(16), count=5))
    assert otlp.rejected(reply.response)[0] == 5, reply
    _still_good(jaeger, client, otelc)


def other_signals_say_what_is_missing(t):
    jaeger, otelc, client = _start(t)
    for signal in ('metrics', 'logs'):
        path = f'/opentelemetry.proto.collector.{signal}.v1.{signal.title()}Service/Export'
        reply = client.export(b'', path=path)
        assert reply.status == UNIMPLEMENTED, reply
        assert signal in reply.message and 'pipeline' in reply.message, reply
    _still_good(jaeger, client, otelc)


def unknown_methods_are_unimplemented(t):
    jaeger, otelc, client = _start(t)
    for path in ('/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
                 '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
                 otlp.EXPORT + '2', '/x', '/', otlp.EXPORT.lower()):
        for request in (b'', GOOD, bytes(100_000)):
            reply = client.export(request, path=path)
            assert (reply.status, reply.http_status) == (UNIMPLEMENTED, 200), (path, reply)
            assert not reply.trailers and not reply.body, 'trailers-only is one HEADERS frame'
    _still_good(jaeger, client, otelc)


def framing_that_is_wrong(t):
    jaeger, otelc, client = _start(t)
    whole = frame(GOOD)
    for name, body, more in (
            ('no message', b'', {}),
            ('half a prefix', whole[:3], {}),
            ('body ends inside the message', whole[:-1], {}),
            ('two messages', whole + whole, {}),
            ('bytes after the message', whole + b'x', {}),
            ('flag 2', frame(GOOD, 2), {}),
            ('flag 255', frame(GOOD, 255), {}),
            ('compressed without encoding', frame(gzip.compress(GOOD), 1), {}),
            ('compressed as identity', frame(gzip.compress(GOOD), 1), {'encoding': 'identity'}),
            ('not gzip', frame(GOOD, 1), {'encoding': 'gzip'}),
            ('gzip, cut', frame(gzip.compress(GOOD)[:-9], 1), {'encoding': 'gzip'}),
            ('gzip, wrong sum', frame(gzip.compress(GOOD)[:-8] + bytes(8), 1),
             {'encoding': 'gzip'}),
            ('gzip of nothing', frame(b'', 1), {'encoding': 'gzip'}),
            ('not zstd', frame(GOOD, 1), {'encoding': 'zstd'})):
        reply = client.call(body, **more)
        assert reply.status == INTERNAL and reply.message, (name, reply)
    _still_good(jaeger, client, otelc)


def an_unknown_encoding_names_the_known_ones(t):
    jaeger, otelc, client = _start(t)
    reply = client.call(frame(GOOD, 1), encoding='br')
    assert reply.status == UNIMPLEMENTED and 'br' in reply.message, reply
    accepted = {**reply.headers, **reply.trailers}.get('grpc-accept-encoding', '')
    assert 'gzip' in accepted and 'identity' in accepted, reply.headers
    _still_good(jaeger, client, otelc)


def messages_at_the_limit_and_over_it(t):
    jaeger, otelc, client = _start(t, grpc='max_recv_msg_size_mib: 1')
    limit = 1 << 20
    def padded(size):
        bare = otlp.simple(7777) + pb.text(4000, b'')
        return otlp.simple(7777) + pb.text(4000, bytes(size - len(bare) - 2))
    assert len(padded(limit)) == limit
    for compress in (False, True):
        for size in (limit - 1, limit):
            client.export_ok(padded(size), compress=compress)
        reply = client.export(padded(limit + 1), compress=compress)
        assert reply.status == RESOURCE_EXHAUSTED and reply.retry_delay_s is None, reply
    # The length in the prefix is enough: the answer comes before the body.
    for length in (limit + 1, 0xFFFFFFFF):
        stream = client.start()
        client.send(stream, struct.pack('>BI', 0, length), end=False)
        reply = client.reply(stream)
        assert reply.status == RESOURCE_EXHAUSTED and str(length) in reply.message, reply
    _still_good(jaeger, client, otelc)


def a_gzip_bomb_is_refused_and_costs_no_memory(t):
    jaeger, otelc, client = _start(t)
    before = otelc.status('VmHWM')
    bomb = gzip.compress(bytes(256 << 20), 9)
    assert len(bomb) < 300_000
    for _ in range(3):
        reply = client.call(frame(bomb, 1), encoding='gzip')
        assert reply.status == RESOURCE_EXHAUSTED, reply
    if not t.is_sanitized:
        assert otelc.status('VmHWM') < before + (150 << 10), (before, otelc.status('VmHWM'))
    _still_good(jaeger, client, otelc)


def many_empty_spans_cost_little_memory(t):
    jaeger, otelc, client = _start(t, grpc='max_recv_msg_size_mib: 8')
    before = otelc.status('VmHWM')
    spans = pb.text(2, pb.text(1, b'') + pb.text(2, b'') * 1_000_000)
    reply = client.export(pb.text(1, spans))
    assert reply.status in (OK, INVALID_ARGUMENT, RESOURCE_EXHAUSTED), reply
    if not t.is_sanitized:
        assert otelc.status('VmHWM') < before + (100 << 10), (before, otelc.status('VmHWM'))
    _still_good(jaeger, client, otelc)


def headers_that_are_wrong(t):
    jaeger, otelc, client = _start(t)
    for name, replace, check in (
            ('content type', {'content-type': 'text/plain'}, lambda r: r.http_status == 415),
            ('no content type', {'content-type': None}, lambda r: r.http_status == 415),
            ('GET', {':method': 'GET'}, lambda r: r.http_status == 405),
            ('timeout without a unit', {'grpc-timeout': '5'}, lambda r: r.status == INTERNAL),
            ('timeout of letters', {'grpc-timeout': 'soon'}, lambda r: r.status == INTERNAL),
            ('timeout of nine digits', {'grpc-timeout': '123456789S'},
             lambda r: r.status == INTERNAL)):
        reply = client.call(frame(GOOD), replace=replace)
        assert check(reply), (name, reply)
    for kind in ('application/grpc+proto', 'application/grpc;x=y'):
        client.export_ok(otlp.simple(7777), replace={'content-type': kind})
    client.export_ok(otlp.simple(7777), replace={'te': None})
    client.export_ok(otlp.simple(7777), more=[('x-bin', base64.b64encode(b'\0\xff').decode())])
    for timeout in ('99999999H', '5S', '30000m'):
        client.export_ok(otlp.simple(7777), replace={'grpc-timeout': timeout})
    _still_good(jaeger, client, otelc)


def a_deadline_passes_before_the_message_is_there(t):
    jaeger, otelc, client = _start(t)
    stream = client.start(replace={'grpc-timeout': '50m'})
    client.send(stream, frame(GOOD)[:20], end=False)
    assert client.reply(stream).status == DEADLINE_EXCEEDED
    _still_good(jaeger, client, otelc)


def large_headers_are_refused(t):
    jaeger, otelc, client = _start(t)
    for more in ([('x-one', 'v' * 20_000)], [(f'x-{n}', 'v' * 100) for n in range(400)]):
        try:
            reply = client.call(frame(GOOD), more=more)
        except AssertionError:
            pass  # the connection may end
        else:
            assert reply.http_status == 431 or reply.reset or reply.lost, reply
        client = t.grpc(otelc)
    client.export_ok(otlp.simple(7777), more=[('x-one', 'v' * 8000)])
    _still_good(jaeger, t.grpc(otelc), otelc)


def a_header_block_without_end_ends_the_connection(t):
    jaeger, otelc, client = _start(t)
    def frame_of(kind, flags, stream, payload):
        return struct.pack('>I', len(payload))[1:] + struct.pack('>BBI', kind, flags, stream) \
            + payload
    # Literal fields without indexing, HEADERS without END_HEADERS, then CONTINUATION for ever.
    field = b'\x00\x05x-abc\x7f\x80\x01' + b'v' * 255
    client.raw(frame_of(1, 0, 1, field * 10))
    sent = 0
    while not client.closed and sent < 8 << 20:
        client.raw(frame_of(9, 0, 1, field * 50))
        sent += 50 * len(field)
        client.receive(block=False)
    assert client.closed, f'{sent} bytes of CONTINUATION were taken'
    _still_good(jaeger, t.grpc(otelc), otelc)


def rapid_resets_are_cut_off(t):
    jaeger, otelc, client = _start(t)
    try:
        for _ in range(3000):
            stream = client.start()
            client.http2.reset_stream(stream, 8)
            client.flush()
            client.receive(block=False)
            if client.closed or client.goaway is not None:
                break
        else:
            client.ping()
    except AssertionError:
        pass
    assert client.goaway == ENHANCE_YOUR_CALM or client.closed, client.goaway
    _still_good(jaeger, t.grpc(otelc), otelc)


def a_flood_of_pings_is_cut_off(t):
    jaeger, otelc, client = _start(t)
    for _ in range(5000):
        client.http2.ping(b'flooding')
        client.flush()
        client.receive(block=False)
        if client.closed or client.goaway is not None:
            break
    else:
        until(lambda: not client.receive() or client.goaway is not None, what='no GOAWAY')
    assert client.goaway == ENHANCE_YOUR_CALM or client.closed, client.goaway
    _still_good(jaeger, t.grpc(otelc), otelc)


def streams_are_limited(t):
    jaeger, otelc, client = _start(t, grpc='max_concurrent_streams: 3')
    client.wait(lambda: client.settings is not None)
    assert client.http2.remote_settings.max_concurrent_streams == 3
    for _ in range(3):
        client.start()
    client.http2.remote_settings._settings[3].clear()  # the limit is not ours to know
    client.http2.remote_settings._settings[3].append(100)
    over = client.reply(client.start())
    assert over.reset in (1, 7) or client.goaway == 1, (over, client.goaway)
    client = t.grpc(otelc)
    streams = [client.start() for _ in range(3)]
    for stream in streams:
        client.send(stream, frame(otlp.simple(7777)))
        assert client.reply(stream).status == OK
    _still_good(jaeger, client, otelc)


@each_workers
def clients_that_vanish_leave_nothing_behind(t):
    jaeger, otelc, client = _start(t)
    client.export_ok(otlp.simple(7777))
    jaeger.wait_spans(1)
    before = otelc.descriptors()
    for turn in range(40):
        other = GrpcClient(otelc.address)
        stream = other.start()
        other.send(stream, struct.pack('>BI', 0, 3 << 20) + bytes(50_000 if turn % 2 else 10),
                   end=False)
        if turn % 4 < 2:
            other.ping()
        other.vanish() if turn % 3 else other.close()
    until(lambda: otelc.descriptors() <= before, what='connections are still open')
    _still_good(jaeger, client, otelc)


def a_client_that_vanishes_before_its_answer(t):
    jaeger, otelc, client = _start(t)
    for _ in range(20):
        other = GrpcClient(otelc.address)
        stream = other.start()
        other.send(stream, frame(otlp.simple(7777)))
        other.vanish()
    _still_good(jaeger, client, otelc)


def a_reset_stream_goes_no_further(t):
    jaeger, otelc, client = _start(t)
    stream = client.start()
    client.send(stream, frame(GOOD)[:-1], end=False)
    client.http2.reset_stream(stream, 8)
    client.flush()
    _still_good(jaeger, client, otelc)


def noise_instead_of_a_preface(t):
    jaeger, otelc, client = _start(t)
    context = ssl.create_default_context()
    for noise in (b'\0' * 100, os.urandom(1000), b'PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n' + bytes(50),
                  b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + os.urandom(1000), b'\x16\x03\x01\x02',
                  b'\xff' * 20_000):
        other = socket.create_connection(otelc.address, timeout=20)
        try:
            other.sendall(noise)
            other.shutdown(socket.SHUT_WR)
            while other.recv(65536):
                pass
        except ConnectionError:
            pass
        other.close()
    with socket.create_connection(otelc.address, timeout=20) as other:
        try:
            context.wrap_socket(other, server_hostname='localhost')
            raise AssertionError('TLS on a plain port')
        except (ssl.SSLError, ConnectionError):
            pass
    _still_good(jaeger, client, otelc)


def a_client_that_reads_nothing_is_not_waited_for(t):
    jaeger, otelc, client = _start(t)
    other = t.grpc(otelc, window=0, auto_window=False)
    streams = [other.start() for _ in range(50)]
    for stream in streams:  # answers need window that never comes
        other.send(stream, frame(otlp.simple(7777)))
    jaeger.wait_spans(50)
    client.export_ok(otlp.simple(7777))
    other.vanish()
    _still_good_any(jaeger, client)


def _still_good_any(jaeger, client):
    client.export_ok(otlp.simple(7777))
    assert set(jaeger.ids()) == {otlp.span_id(7777).hex()}


def bad_input_does_not_fill_the_log(t):
    _, otelc, client = _start(t)
    for _ in range(500):
        assert client.export(b'\x0a\x7f\x00').status == INVALID_ARGUMENT
    assert otelc.stop() == 0
    assert len(otelc.log.splitlines()) < 60, len(otelc.log.splitlines())
    assert not re.search(r'[\x00-\x08\x0b-\x1f]', otelc.log)
