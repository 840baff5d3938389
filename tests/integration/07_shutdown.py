"""The end: nothing that was acknowledged is lost while Jaeger is up, and it always comes in time."""
import re
import signal
import socket
import threading

from harness import otlp
from harness.case import config, each_workers
from harness.grpc_client import GrpcClient, frame
from harness.jaeger import Answer
from harness.wait import until


def _load(otelc, first, acknowledged, lock):
    """Sends until the collector will not take more."""
    client = GrpcClient(otelc.address)
    try:
        for n in range(first, first + 1_000_000, 20):
            reply = client.export(otlp.simple(n, count=20))
            if reply.status == 0:
                with lock:
                    acknowledged.update(range(n, n + 20))
            elif reply.status != 14:
                assert reply.lost, reply
                return
    except (OSError, AssertionError):
        pass
    finally:
        client.close()


@each_workers
def under_load_nothing_acknowledged_is_lost(t):
    jaeger = t.jaeger()
    jaeger.always(Answer(delay_s=0.01))
    otelc = t.collector(config(jaeger, batch='{timeout: 100ms, send_batch_size: 200}',
                               queue='{queue_size: 20, num_consumers: 2}'))
    acknowledged, lock = set(), threading.Lock()
    threads = [threading.Thread(target=_load, args=(otelc, 1_000_000 * n, acknowledged, lock))
               for n in range(4)]
    for thread in threads:
        thread.start()
    until(lambda: len(acknowledged) > 2000)
    assert otelc.stop() == 0
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    missing = {otlp.span_id(n).hex() for n in acknowledged} - set(jaeger.ids())
    assert not missing, f'{len(missing)} of {len(acknowledged)} spans are lost:\n{otelc.log}'
    assert set(jaeger.ids().values()) == {1}


@each_workers
def a_request_under_way_is_answered(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, batch='{timeout: 1h}'))
    client = t.grpc(otelc)
    whole = frame(otlp.simple(1, count=5))
    stream = client.start()
    client.send(stream, whole[:50], end=False)
    client.ping()
    otelc.signal(signal.SIGTERM)
    client.wait(lambda: client.goaway is not None)
    assert client.goaway == 0, client.goaway
    client.send(stream, whole[50:])
    assert client.reply(stream).status == 0
    assert otelc.wait_exit() == 0
    assert len(jaeger.ids()) == 5


def new_connections_are_refused_meanwhile(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, batch='{timeout: 0s}'))
    client = t.grpc(otelc)
    jaeger.hold()
    client.export_ok(otlp.simple(1))
    jaeger.wait_requests(1)
    otelc.signal(signal.SIGTERM)
    def is_refused():
        try:
            socket.create_connection(otelc.address, timeout=1).close()
            return False
        except OSError:
            return True
    until(is_refused)
    assert otelc.is_alive()  # it still has a span
    jaeger.release()
    assert otelc.wait_exit() == 0
    assert len(jaeger.ids()) == 1


def idle_connections_do_not_hold_it_up(t):
    otelc = t.collector(config(t.jaeger()), args=['--shutdown-timeout', '1h'])
    t.grpc(otelc).export_ok(b'')
    t.http(otelc).post_ok(b'')
    silent = socket.create_connection(otelc.address)
    assert otelc.stop() == 0
    silent.close()


def a_request_that_never_ends_does_not_either(t):
    otelc = t.collector(config(t.jaeger()), args=['--shutdown-timeout', '300ms'])
    client = t.grpc(otelc)
    client.send(client.start(), frame(otlp.simple(1))[:20], end=False)
    client.ping()
    other = t.http(otelc)
    other.raw(other.head(content_length=1000) + 'x')
    otelc.stop()


@each_workers
def with_jaeger_down_it_ends_by_the_deadline_and_reports(t):
    jaeger = t.jaeger(up=False)
    otelc = t.collector(config(jaeger), args=['--shutdown-timeout', '500ms'])
    client = t.grpc(otelc)
    for n in range(6):
        client.export_ok(otlp.simple(10 * n, count=7))
    assert otelc.stop() == 3
    lines = [line for line in otelc.log.splitlines()
             if re.search(r'\t(warn|error)\t', line) and re.search(r'\b42\b', line)]
    assert lines, otelc.log


@each_workers
def with_a_jaeger_that_hangs_it_ends_by_the_deadline(t):
    jaeger = t.jaeger()
    jaeger.always(Answer(Answer.HANG))
    otelc = t.collector(config(jaeger, batch='{timeout: 0s}'), args=['--shutdown-timeout', '500ms'])
    t.grpc(otelc).export_ok(otlp.simple(1))
    jaeger.wait_requests(1)
    assert otelc.stop() == 3


def retries_go_on_while_it_drains(t):
    jaeger = t.jaeger()
    jaeger.always(Answer(503))
    otelc = t.collector(config(jaeger, batch='{timeout: 0s}',
                               retry='{initial_interval: 1h, max_interval: 1h}'))
    t.grpc(otelc).export_ok(otlp.simple(1))
    jaeger.wait_requests(1)
    jaeger.always()
    assert otelc.stop() == 0  # the wait of an hour is cut
    assert len(jaeger.ids()) == 1


@each_workers
def a_second_signal_ends_it_at_once(t):
    jaeger = t.jaeger()
    jaeger.always(Answer(Answer.HANG))
    otelc = t.collector(config(jaeger, batch='{timeout: 0s}'), args=['--shutdown-timeout', '1h'])
    t.grpc(otelc).export_ok(otlp.simple(1))
    jaeger.wait_requests(1)
    otelc.signal(signal.SIGTERM)
    otelc.wait_log('Starting shutdown')
    otelc.signal(signal.SIGTERM)
    assert otelc.wait_exit() == 3  # an exit code, not a death


def a_signal_during_the_start_is_not_lost(t):
    otelc = t.collector(config(t.jaeger()), wait_ready=False)
    until(lambda: 'listening' in otelc.log or otelc.process.poll() is not None)
    otelc.signal(signal.SIGTERM)
    assert otelc.wait_exit() == 0, otelc.log
