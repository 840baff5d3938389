"""The sending queue: what was acknowledged arrives, whatever Jaeger does meanwhile."""
from harness import otlp
from harness.case import config, each_workers
from harness.jaeger import Answer
from harness.wait import until

UNAVAILABLE = 14
AT_ONCE = '{timeout: 0s}'


def _ids(numbers):
    return {otlp.span_id(n).hex() for n in numbers}


def _exactly(jaeger, numbers):
    """Each of these spans has come, once, and no other."""
    numbers = list(numbers)
    jaeger.wait_spans(len(numbers))
    ids = jaeger.ids()
    assert set(ids) == _ids(numbers), set(ids) ^ _ids(numbers)
    assert set(ids.values()) == {1}, {id: n for id, n in ids.items() if n > 1}


@each_workers
def jaeger_is_down_at_start(t):
    jaeger = t.jaeger(up=False)
    otelc = t.collector(config(jaeger))
    client = t.grpc(otelc)
    for n in range(10):
        client.export_ok(otlp.simple(n))
    line = otelc.wait_log(rf'^.*\twarn\texporters/jaeger\t.*{jaeger.address}.*$').group(0)
    assert 'refused' in line, line
    jaeger.up()
    _exactly(jaeger, range(10))
    assert otelc.stop() == 0


def a_name_that_does_not_resolve_is_retried_and_logged(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger).replace('127.0.0.1:' + str(jaeger.port),
                                               'jaeger.invalid:14268'),
                        args=['--shutdown-timeout', '200ms'])
    t.grpc(otelc).export_ok(otlp.simple(1))
    otelc.wait_log(r'^.*\twarn\texporters/jaeger\t.*jaeger\.invalid.*$')
    otelc.stop()


@each_workers
def temporary_errors_are_retried(t):
    jaeger = t.jaeger()
    client = t.grpc(t.collector(config(jaeger, batch=AT_ONCE)))
    jaeger.next(*(Answer(status) for status in (503, 429, 502, 504, 500, 408)))
    client.export_ok(otlp.simple(1))
    _exactly(jaeger, [1])
    assert jaeger.requests == 7


@each_workers
def lost_connections_are_retried(t):
    jaeger = t.jaeger()
    client = t.grpc(t.collector(config(jaeger, batch=AT_ONCE)))
    jaeger.next(Answer(Answer.CLOSE), Answer(Answer.RESET), Answer(Answer.CLOSE))
    for n in range(4):
        client.export_ok(otlp.simple(n))
        jaeger.wait_spans(n + 1)
    _exactly(jaeger, range(4))


def retry_after_is_obeyed(t):
    jaeger = t.jaeger()
    client = t.grpc(t.collector(config(jaeger, batch=AT_ONCE)))
    jaeger.next(Answer(503, retry_after=1))
    client.export_ok(otlp.simple(1))
    _exactly(jaeger, [1])
    assert jaeger.times[1] - jaeger.times[0] > 0.9, jaeger.times


def junk_in_retry_after_is_ignored(t):
    jaeger = t.jaeger()
    client = t.grpc(t.collector(config(jaeger, batch=AT_ONCE)))
    jaeger.next(*(Answer(503, retry_after=junk) for junk in ('-5', 'soon', '1e9', '\x80\xff')))
    client.export_ok(otlp.simple(1))
    _exactly(jaeger, [1])


def an_answer_that_never_comes_is_given_up(t):
    jaeger = t.jaeger()
    client = t.grpc(t.collector(config(jaeger, batch=AT_ONCE, timeout='100ms')))
    jaeger.next(Answer(Answer.HANG), Answer(Answer.HANG))
    client.export_ok(otlp.simple(1))
    _exactly(jaeger, [1])
    assert jaeger.requests == 3


def permanent_errors_drop_that_batch_only(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, batch=AT_ONCE))
    client = t.grpc(otelc)
    wrong = (400, 401, 403, 404, 307)
    for n, status in enumerate(wrong):
        jaeger.next(Answer(status))
        client.export_ok(otlp.simple(n, count=3))
        jaeger.wait_requests(n + 1)
        otelc.wait_log(rf'^.*\t(error|warn)\texporters/jaeger\t.*{status}.*$')
    client.export_ok(otlp.simple(100))
    _exactly(jaeger, [100])
    assert jaeger.requests == len(wrong) + 1
    assert otelc.stop() == 0


def several_posts_are_in_flight(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, batch=AT_ONCE, queue='{num_consumers: 4}'), workers=1)
    client = t.grpc(otelc)
    jaeger.hold()
    for n in range(12):
        client.export_ok(otlp.simple(n))
    jaeger.wait_requests(4)
    client.export_ok(otlp.simple(12))
    assert jaeger.requests == 4
    jaeger.release()
    _exactly(jaeger, range(13))


def connections_are_kept(t):
    jaeger = t.jaeger()
    client = t.grpc(t.collector(config(jaeger, batch=AT_ONCE)))
    for n in range(20):
        client.export_ok(otlp.simple(n))
        jaeger.wait_spans(n + 1)
    assert jaeger.connections <= 2, jaeger.connections  # one answer may still be under way


def _fill_until_refused(client, first=0):
    """Sends single spans until one is refused; (acknowledged numbers, the refusal)."""
    acknowledged = []
    for n in range(first, first + 2000):
        reply = client.export(otlp.simple(n))
        if reply.status != 0:
            return acknowledged, reply
        acknowledged.append(n)
    raise AssertionError('2000 requests went into a small queue')


def _queue_pushes_back(t, **more):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, queue='{queue_size: 4, num_consumers: 2}', **more))
    client = t.grpc(otelc)
    jaeger.hold()
    acknowledged, reply = _fill_until_refused(client)
    assert reply.status == UNAVAILABLE and reply.message, reply
    assert reply.retry_delay_s is not None and 0 < reply.retry_delay_s <= 30, reply.retry_delay_s
    other = t.http(otelc).post(otlp.simple(5000))
    if other.status == 200:  # another connection may have the other worker
        acknowledged.append(5000)
    else:
        assert other.status == 503 and int(other.headers['retry-after']) >= 1, other
    jaeger.release()
    # It recovers by itself: the same request is taken, once there is room.
    for n in range(6000, 6050):
        until(lambda: client.export(otlp.simple(n)).status == 0)
        acknowledged.append(n)
    _exactly(jaeger, acknowledged)
    assert otelc.stop() == 0
    _exactly(jaeger, acknowledged)


@each_workers
def a_full_queue_pushes_back(t):
    _queue_pushes_back(t, batch=None)


@each_workers
def a_full_queue_pushes_back_through_batch(t):
    _queue_pushes_back(t, batch='{timeout: 10ms, send_batch_size: 5, send_batch_max_size: 5}')


def a_queue_of_bytes_pushes_back(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, batch=None, queue='{sizer: bytes, queue_size: 100000}'))
    jaeger.hold()
    acknowledged, reply = _fill_until_refused(t.grpc(otelc))
    assert reply.status == UNAVAILABLE and len(acknowledged) > 100, (reply, len(acknowledged))
    jaeger.release()
    _exactly(jaeger, acknowledged)


def one_slow_jaeger_loses_nothing(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, queue='{queue_size: 8, num_consumers: 2}',
                               batch='{timeout: 5ms, send_batch_size: 20}'))
    client = t.grpc(otelc)
    jaeger.always(Answer(delay_s=0.02))
    for turn in range(60):
        until(lambda: client.export(otlp.simple(20 * turn, count=20)).status == 0)
    assert otelc.stop() == 0
    _exactly(jaeger, range(1200))


def without_retries_an_error_drops_and_is_logged(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, batch=AT_ONCE, retry='{enabled: false}'))
    client = t.grpc(otelc)
    jaeger.next(Answer(503))
    client.export_ok(otlp.simple(1, count=7))
    otelc.wait_log(r'^.*\terror\texporters/jaeger\t.*\b7\b.*$')
    client.export_ok(otlp.simple(100))
    _exactly(jaeger, [100])


def max_elapsed_time_drops_and_is_logged(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, batch=AT_ONCE,
                               retry='{initial_interval: 20ms, max_interval: 50ms, '
                                     'max_elapsed_time: 200ms}'))
    jaeger.always(Answer(503))
    t.grpc(otelc).export_ok(otlp.simple(1, count=7))
    otelc.wait_log(r'^.*\terror\texporters/jaeger\t.*\b7\b.*$')
    jaeger.always()
    assert jaeger.requests > 1
    assert otelc.stop() == 0 and jaeger.spans() == []


@each_workers
def jaegers_grpc_is_retried_and_dropped_too(t):
    jaeger = t.jaeger(grpc=True)
    otelc = t.collector(config(jaeger, batch=AT_ONCE))
    client = t.grpc(otelc)
    jaeger.next(Answer(14, message='busy'), Answer(8), Answer(Answer.RESET), Answer(4))
    client.export_ok(otlp.simple(1))
    _exactly(jaeger, [1])
    jaeger.next(Answer(3, message='no%20good'))
    client.export_ok(otlp.simple(2))
    otelc.wait_log(r'^.*\terror\texporters/jaeger\t.*no good.*$')
    client.export_ok(otlp.simple(3))
    _exactly(jaeger, [1, 3])
    assert otelc.stop() == 0


def jaegers_grpc_may_be_down_at_start(t):
    jaeger = t.jaeger(grpc=True, up=False)
    otelc = t.collector(config(jaeger))
    t.grpc(otelc).export_ok(otlp.simple(1, count=500))
    otelc.wait_log(rf'^.*\twarn\texporters/jaeger\t.*{jaeger.address}.*$')
    jaeger.up()
    _exactly(jaeger, range(1, 501))


def what_is_too_large_for_jaeger_is_sent_in_halves(t):
    for grpc in (False, True):
        jaeger = t.jaeger(grpc=grpc)
        jaeger.size_max = 10000
        otelc = t.collector(config(jaeger, batch=AT_ONCE))
        small = [otlp.span(n) for n in range(500)]
        small[321] = otlp.span(321, attrs={'impossible': 'x' * 20000})
        client = t.grpc(otelc)
        client.export_ok(otlp.request(otlp.resource_spans(small)))
        client.export_ok(otlp.simple(1000))
        _exactly(jaeger, [n for n in range(500) if n != 321] + [1000])
        otelc.wait_log(r'\terror\texporters/jaeger\tExporting failed\. Dropping data\. 1 items: ')
        assert len(otelc.wait_log(r'^.*sent again in halves.*$').group(0)) < 300
        assert otelc.stop() == 0


def the_old_names_work(t):
    for name, settings in (('jaeger_thrift', {}), ('jaeger/2', {}),
                           ('jaeger', {'grpc': True})):
        jaeger = t.jaeger(**settings)
        text = config(jaeger, name=name)
        if settings:  # the form before `tls:` was a block
            text = text.replace('tls: {insecure: true}', 'insecure: true')
            assert 'tls' not in text
        t.grpc(t.collector(text)).export_ok(otlp.simple(1))
        _exactly(jaeger, [1])
