"""sending_queue and retry_on_failure: each key at its limit, and whom the clients' answers wait for."""
import re
import signal
import threading
import time

from harness import otlp
from harness.case import config, each_workers, exporter
from harness.grpc_client import frame
from harness.jaeger import Answer
from harness.load import Load
from harness.wait import until

INTERNAL, UNAVAILABLE = 13, 14
AT_ONCE = '{timeout: 0s}'
WAITS = '{wait_for_result: true}'
BLOCKS = '{queue_size: 2, num_consumers: 1, block_on_overflow: true}'

# key: values that are taken, values that are not and what is said of them
QUEUE = (
    ('num_consumers: %s', ('1', '10000'), ('0', '10001', '-1', '1.5')),
    ('queue_size: %s', ('1', '1000000000000'), ('0', '1000000000001')),
    ('sizer: %s', ('requests', 'items', 'bytes'), ('spans',)),
    ('enabled: %s', ('true', 'false'), ('1',)),
    ('block_on_overflow: %s', ('true', 'false'), ('2',)),
    ('wait_for_result: %s', ('true', 'false'), ('2',)),
    ('batch: {flush_timeout: %s}', ('1ms',), ('0s', '-1s')),
    ('sizer: items, queue_size: 100, batch: {min_size: %s}', ('0', '100'), ('101',)),
    ('batch: {min_size: 10, max_size: %s}', ('0', '10', '11'), ('9',)),
    ('batch: {sizer: %s}', ('items', 'bytes'), ('requests',)),
    ('batch: {}, wait_for_result: %s', ('false',), ('true',)),
)
RETRY = (
    ('randomization_factor: %s', ('0', '1'), ('-0.1', '1.1')),
    ('multiplier: %s', ('0', '1', '1000'), ('-1', '1000.5')),
    ('initial_interval: 2s, max_elapsed_time: %s', ('0s', '2s', '3s'), ('1999ms',)),
    ('enabled: %s', ('true', 'false'), ('maybe',)),
)
KEY = re.compile(r'(\w+): %s')


def every_key_has_its_limits(t):
    jaeger = t.jaeger()
    for block, keys in (('queue', QUEUE), ('retry', RETRY)):
        for key, good, bad in keys:
            for value in good:
                code, err = t.validate(config(jaeger, **{block: '{%s}' % (key % value)}))
                assert code == 0, (key, value, err)
            for value in bad:
                code, err = t.validate(config(jaeger, **{block: '{%s}' % (key % value)}))
                assert code == 1 and KEY.search(key).group(1) in err, (key, value, err)


def _taken(t, queue, sizes, batch=None):
    """How many requests of these sizes, in spans, are acknowledged before the first refusal."""
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, batch=batch, queue=queue), workers=1)
    client = t.grpc(otelc)
    jaeger.hold()
    taken, spans = 0, 0
    for n, size in enumerate(sizes):
        reply = client.export(otlp.simple(1000 * n, count=size))
        if reply.status != 0:
            assert reply.status == UNAVAILABLE and reply.retry_delay_s > 0, reply
            break
        taken, spans = taken + 1, spans + size
    jaeger.release()
    jaeger.wait_spans(spans)
    assert otelc.stop() == 0
    assert len(jaeger.ids()) == spans and set(jaeger.ids().values()) == {1}
    return taken


def a_queue_takes_what_it_has_room_for_and_no_more(t):
    """Besides what is on its way to Jaeger: one request here."""
    one = 'num_consumers: 1, '
    for queue, sizes, taken in (
            ('queue_size: 1', [1] * 9, 2),
            ('queue_size: 3', [1] * 9, 4),
            ('sizer: items, queue_size: 10', [3, 5, 5, 1], 3),
            ('sizer: items, queue_size: 10', [3, 5, 4, 1, 1], 4),
            ('sizer: items, queue_size: 10', [3, 5, 6], 2),
            ('sizer: items, queue_size: 10', [3, 99, 1], 2),  # alone it may be larger
            ('enabled: false', [1, 1], 1)):
        got = _taken(t, '{' + one + queue + '}', sizes)
        assert got == taken, (queue, sizes, got)
    size = len(otlp.simple(1)) - 1
    for room, taken in ((3 * size, None), (1000 * size, 999)):
        got = _taken(t, f'{{{one}sizer: bytes, queue_size: {room}}}', [1] * 999)
        assert taken in (None, got) and got > 1, (room, got)


def a_queue_gathers_batches(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, batch=None, queue='{batch: {flush_timeout: 1h, min_size: 10, '
                                                         'max_size: 15}}'))
    client = t.grpc(otelc)
    for n in range(9):
        client.export_ok(otlp.simple(n))
    assert jaeger.requests == 0
    client.export_ok(otlp.simple(9, count=27))  # 36: 15, 15 and 6, which stay
    jaeger.wait_spans(30)
    assert [len(one.spans) for one in jaeger.delivered] == [15, 15], jaeger.delivered
    assert otelc.stop() == 0
    assert len(jaeger.ids()) == 36 and set(jaeger.ids().values()) == {1}


def a_queue_does_not_keep_a_batch_beyond_flush_timeout(t):
    jaeger = t.jaeger()
    client = t.grpc(t.collector(config(jaeger, batch=None, queue='{batch: {flush_timeout: 50ms}}')))
    client.export_ok(otlp.simple(1))
    jaeger.wait_spans(1)


# ---- giving up ----

def what_is_given_up_is_logged_with_its_reason(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, batch=AT_ONCE,
                               retry='{initial_interval: 20ms, max_interval: 50ms, '
                                     'max_elapsed_time: 300ms}'))
    client = t.grpc(otelc)
    for n, (status, words) in enumerate(((400, 'answers 400'), (401, 'answers 401'),
                                         (503, 'max_elapsed_time.*answers 503'))):
        jaeger.always(Answer(status))
        client.export_ok(otlp.simple(100 * n, count=7 + n))
        otelc.wait_log(rf'\terror\texporters/jaeger\tExporting failed\. Dropping data\. {7 + n} '
                       rf'items: .*{words}')
    jaeger.always()
    client.export_ok(otlp.simple(1000))
    jaeger.wait_spans(1)
    assert otelc.stop() == 0
    assert len(jaeger.ids()) == 1, jaeger.ids()


# ---- wait_for_result ----

def _under_way(t, otelc, n=1, count=5):
    """A request that is sent whole, over gRPC and over HTTP."""
    grpc, http = t.grpc(otelc), t.http(otelc)
    body = otlp.simple(n + 1000, count=count)
    http.raw(http.head(content_length=len(body)).encode() + body)
    stream = grpc.start()
    grpc.send(stream, frame(otlp.simple(n, count=count)))
    return grpc, stream, http


@each_workers
def the_answer_comes_with_the_result(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, batch=None, queue=WAITS))
    jaeger.hold()
    grpc, stream, http = _under_way(t, otelc)
    jaeger.wait_requests(2)
    grpc.ping()
    assert not grpc.replies[stream].ended
    assert jaeger.count() == 0
    jaeger.release()
    assert grpc.reply(stream).status == 0 and http.reply().status == 200
    assert len(jaeger.ids()) == 10  # they were there before the answers
    jaeger.next(Answer(503), Answer(503))  # is tried again meanwhile
    assert grpc.export(otlp.simple(5000)).status == 0
    assert otlp.span_id(5000).hex() in jaeger.ids()
    assert otelc.stop() == 0


@each_workers
def a_permanent_refusal_reaches_the_client(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, batch=None, queue=WAITS,
                               retry='{initial_interval: 10ms, max_interval: 20ms, '
                                     'max_elapsed_time: 100ms}'))
    for status in (400, 503):
        jaeger.always(Answer(status))
        grpc, stream, http = _under_way(t, otelc)
        reply, answer = grpc.reply(stream), http.reply()
        assert reply.status == INTERNAL and f'answers {status}' in reply.message, reply
        assert answer.status == 500 and f'answers {status}'.encode() in answer.body, answer
    jaeger.always()
    assert grpc.export(otlp.simple(1)).status == 0
    assert otelc.stop() == 0


@each_workers
def a_refusal_of_one_of_two_exporters_reaches_the_client(t):
    """Also where the other one has its result much later."""
    one, two = t.jaeger(), t.jaeger()
    otelc = t.collector(config(batch=None, exporters={
        'jaeger/1': exporter(one, queue=WAITS, retry='{enabled: false}'),
        'jaeger/2': exporter(two, queue=WAITS)}))
    one.always(Answer(503))
    two.hold()
    grpc, stream, http = _under_way(t, otelc)
    otelc.wait_log(r'Dropping data\. 5 items', count=2)
    two.release()
    reply, answer = grpc.reply(stream), http.reply()
    assert reply.status == INTERNAL and reply.message == 'Jaeger answers 503', reply
    assert answer.status == 500 and b'Jaeger answers 503' in answer.body, answer
    assert otelc.stop() == 0


@each_workers
def with_two_exporters_the_answer_waits_for_both(t):
    one, two = t.jaeger(), t.jaeger()
    otelc = t.collector(config(batch=None, exporters={'jaeger/1': exporter(one, queue=WAITS),
                                                      'jaeger/2': exporter(two, queue=WAITS)}))
    two.hold()
    grpc, stream, http = _under_way(t, otelc)
    one.wait_spans(10)
    grpc.ping()
    assert not grpc.replies[stream].ended
    two.release()
    assert grpc.reply(stream).status == 0 and http.reply().status == 200
    assert otelc.stop() == 0


@each_workers
def with_wait_for_result_nothing_is_lost_under_faults(t):
    jaeger = t.jaeger(counting=True)
    otelc = t.collector(config(jaeger, batch=None, queue=WAITS))
    load = Load(lambda: otelc.address, ways=('grpc', 'protobuf') * 4)
    t.keep(load, load.stop)
    for answer in (Answer(503), Answer(Answer.RESET), Answer(Answer.IN_BODY), Answer(delay_s=0.2)):
        count = load.count()
        until(lambda: load.problems or load.count() > count + 200)
        jaeger.always(answer)
        time.sleep(0.5)
        jaeger.always()
    count = load.count()
    until(lambda: load.problems or load.count() > count + 200)
    jaeger.down()
    otelc.process.kill()  # nothing else keeps what was acknowledged: it is delivered
    load.stop()
    t.collectors.clear()
    twice = load.check(jaeger.ids())
    print(f'{load.count()} spans were acknowledged, {twice} came more than once')


def clients_that_vanish_while_they_wait_do_no_harm(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, batch=None, queue=WAITS))
    jaeger.hold()
    for n in range(20):
        grpc, _, http = _under_way(t, otelc, n * 10)
        grpc.ping()
        grpc.vanish()
        http.close()
    jaeger.wait_requests(10)
    jaeger.release()
    jaeger.wait_spans(100)
    t.grpc(otelc).export_ok(otlp.simple(5000))
    assert otelc.stop() == 0
    assert set(jaeger.ids().values()) == {1}


@each_workers
def the_end_does_not_say_ok_for_what_was_not_delivered(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, batch=None, queue=WAITS),
                        args=['--shutdown-timeout', '500ms'])
    jaeger.hold()
    grpc, stream, http = _under_way(t, otelc)
    jaeger.wait_requests(2)
    print('exit code', otelc.stop())
    reply, answer = grpc.reply(stream), http.reply()
    assert reply.lost or reply.status == UNAVAILABLE, reply
    assert answer is None or answer.status == 503, answer
    assert jaeger.count() == 0


# ---- block_on_overflow ----

def clients_wait_where_the_queue_blocks(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, batch=None, queue=BLOCKS), workers=1)
    jaeger.hold()
    client = t.grpc(otelc)
    for n in range(3):
        client.export_ok(otlp.simple(n))  # one is on its way, two wait
    streams = [client.start() for _ in range(5)]
    for n, stream in enumerate(streams):
        client.send(stream, frame(otlp.simple(10 + n)))
    client.ping()
    assert not any(client.replies[stream].ended for stream in streams)
    jaeger.release()
    assert all(client.reply(stream).status == 0 for stream in streams)
    jaeger.wait_spans(8)
    assert otelc.stop() == 0
    assert len(jaeger.ids()) == 8 and set(jaeger.ids().values()) == {1}


def the_end_does_not_wait_for_clients_of_a_queue_that_blocks(t):
    """They are answered within the deadline: delivered, or to be sent again."""
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, batch=None, queue=BLOCKS), workers=1)
    jaeger.hold()
    client = t.grpc(otelc)
    for n in range(3):
        client.export_ok(otlp.simple(n))
    stream = client.start()
    client.send(stream, frame(otlp.simple(10)))
    client.ping()
    otelc.signal(signal.SIGTERM)
    otelc.wait_log('Starting shutdown')
    threading.Timer(0.3, jaeger.release).start()
    reply = client.reply(stream)
    assert otelc.wait_exit() == 0
    wanted = 4 if reply.status == 0 else 3
    assert len(jaeger.ids()) >= wanted, (reply, jaeger.ids())


@each_workers
def a_queue_that_blocks_loses_nothing_under_load(t):
    jaeger = t.jaeger(counting=True)
    jaeger.always(Answer(delay_s=0.02))
    otelc = t.collector(config(jaeger, batch=None, queue=BLOCKS))
    load = Load(lambda: otelc.address, pause_s=0, ways=('grpc', 'protobuf', 'json', 'grpc') * 2)
    t.keep(load, load.stop)
    until(lambda: load.problems or load.count() > 3000)
    jaeger.down()
    time.sleep(1)
    jaeger.up()
    count = load.count()
    until(lambda: load.problems or load.count() > count + 1000)
    load.end()
    twice = load.wait_delivered(jaeger)
    assert load.refused == 0, 'clients were refused'
    print(f'{load.count()} spans were acknowledged, {twice} came more than once')
    assert otelc.stop() == 0
