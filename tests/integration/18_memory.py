"""Memory: the budget, what is refused at its end, and memory_limiter."""
import threading
import time

from harness import otlp
from harness.case import config, each_workers
from harness.jaeger import Answer
from harness.wait import until

UNAVAILABLE, MIB = 14, 1 << 20
BLOB = 'x' * 20_000
# RSS beyond what it was at the start and the whole budget: what malloc keeps, and the constants.
CONSTANT_MIB = 24


def _large(n, count=3):
    """A request of 60 KB."""
    return otlp.simple(n, count=count, attrs={'blob': BLOB})


def _ids(first, count=3):
    return {otlp.span_id(n).hex() for n in range(first, first + count)}


def the_budget_is_told_and_can_be_set(t):
    jaeger = t.jaeger()
    for args, memory, budget in (([], None, r'\d+'), ([], '{limit_mib: 77}', '77'),
                                 (['--memory-limit', '33'], '{limit_mib: 77}', '33'),
                                 (['--memory-limit=50%'], None, r'\d+')):
        text = config(jaeger)
        if memory:
            text += f'  memory: {memory}\n'
        otelc = t.collector(text, args=args)
        otelc.wait_log(rf'^.*\tinfo\tservice\tmemory budget: {budget} MiB$')
        assert otelc.stop() == 0
    for wrong in ('0', 'x', '101%', '-1', '1e3', ''):
        code, _, err = t.run('--memory-limit', wrong)
        assert code == 2 and '--memory-limit' in err, (code, err)


class _Flood:
    """Clients that send large requests as fast as they are answered."""
    def __init__(self, t, otelc, clients):
        self.acknowledged, self.refusals, self.problems = set(), [], []
        self.ends = False
        self.threads = [threading.Thread(target=self._send, args=(t.grpc(otelc), i * 1_000_000))
                        for i in range(clients)]
        for thread in self.threads:
            thread.start()

    def _send(self, client, n):
        try:
            while not self.ends:
                reply = client.export(_large(n))
                if reply.status == 0:
                    self.acknowledged |= _ids(n)
                    n += 3
                else:
                    self.refusals.append(reply)
                    time.sleep(0.01)
        except Exception as problem:
            self.problems.append(repr(problem))

    def end(self):
        self.ends = True
        for thread in self.threads:
            thread.join()
        assert not self.problems, self.problems


@each_workers
def more_than_jaeger_takes_stays_within_the_budget(t):
    budget_mib = 32
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, batch=None,
                               queue='{queue_size: 100000, num_consumers: 2}'),
                        args=['--memory-limit', str(budget_mib)])
    at_start_mib = otelc.status('VmRSS') / 1024
    jaeger.always(Answer(delay_s=0.1))
    flood = _Flood(t, otelc, 4)
    until(lambda: len(flood.refusals) > 100, 40, lambda: f'{len(flood.acknowledged)} and no end')
    time.sleep(1)
    flood.end()
    peak_mib = otelc.status('VmHWM') / 1024
    print(f'{at_start_mib:.1f} MiB at the start, {peak_mib:.1f} at most, '
          f'{len(flood.acknowledged)} spans held, {len(flood.refusals)} requests refused')
    for reply in flood.refusals:
        assert reply.status == UNAVAILABLE and 0 < (reply.retry_delay_s or 0) <= 30, reply
    assert len(flood.acknowledged) * 20_000 > budget_mib * MIB / 2, len(flood.acknowledged)
    assert t.is_sanitized or peak_mib < at_start_mib + budget_mib + CONSTANT_MIB, peak_mib
    jaeger.always()
    jaeger.wait_spans(len(flood.acknowledged), 40)
    ids = jaeger.ids()
    assert set(ids) == flood.acknowledged and set(ids.values()) == {1}
    assert t.grpc(otelc).export(_large(9_000_000)).status == 0
    assert otelc.stop() == 0


def _fill(t, otelc):
    """Sends until something is refused."""
    client, acknowledged = t.grpc(otelc), set()
    for n in range(0, 9000, 3):
        reply = client.export(_large(n))
        if reply.status != 0:
            return client, acknowledged, reply
        acknowledged |= _ids(n)
    raise AssertionError('nothing was refused')


def at_the_end_of_the_budget_bodies_are_refused_before_they_are_read(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, batch=None, queue='{queue_size: 100000}'),
                        args=['--memory-limit', '16'])
    jaeger.hold()
    client, acknowledged, reply = _fill(t, otelc)
    assert reply.status == UNAVAILABLE and reply.retry_delay_s > 0, reply
    http = t.http(otelc)
    http.raw(b'POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\n'
             b'Content-Length: 8000000\r\n\r\n')
    answer = http.reply()
    assert answer.status == 503 and answer.headers['retry-after'] == '1', answer
    http = t.http(otelc)
    http.raw(b'POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\n'
             b'Content-Length: 20000000\r\n\r\n')  # more than the budget: never
    assert http.reply().status == 413
    jaeger.release()
    jaeger.wait_spans(len(acknowledged))
    assert set(jaeger.ids()) == acknowledged
    until(lambda: client.export(_large(1_000_000)).status == 0)
    assert otelc.stop() == 0


@each_workers
def memory_limiter_refuses_above_its_soft_limit_and_resumes(t):
    jaeger = t.jaeger()
    text = config(jaeger, queue='{queue_size: 100000}').replace(
        'processors:\n', 'processors:\n  memory_limiter: {check_interval: 50ms, limit_mib: 20, '
        'spike_limit_mib: 4}\n').replace('[batch]', '[memory_limiter, batch]')
    otelc = t.collector(text)
    otelc.wait_log(r'^.*\tprocessors/memory_limiter\tMemory limiter configured.*limit_mib 20.*$')
    jaeger.hold()
    client, acknowledged, reply = _fill(t, otelc)
    assert reply.status == UNAVAILABLE and reply.retry_delay_s > 0, reply
    assert reply.message == 'data refused due to high memory usage', reply
    assert 8 * MIB < len(acknowledged) * 20_000 < 16 * MIB, len(acknowledged)
    other = t.http(otelc).post(_large(2_000_000))
    assert other.status == 503 and int(other.headers['retry-after']) >= 1, other
    otelc.wait_log('Memory usage is above soft limit. Refusing data')
    jaeger.release()
    otelc.wait_log('Memory usage back within limits. Resuming normal operation')
    until(lambda: client.export(_large(3_000_000)).status == 0)
    jaeger.wait_spans(len(acknowledged) + 3)
    assert set(jaeger.ids()) == acknowledged | _ids(3_000_000)
    assert otelc.stop() == 0


def idle_connections_do_not_keep_data_out(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger), args=['--memory-limit', '16'])
    client = t.grpc(otelc)
    client.export_ok(otlp.simple(1))
    before = otelc.descriptors()
    idle = [t.http(otelc) for _ in range(500)]  # half of the budget is for about 340
    until(lambda: otelc.descriptors() - before >= 300)
    otelc.wait_log('too many connections: new ones wait')
    assert otelc.descriptors() - before < 400, otelc.descriptors()
    for n in range(2, 20):
        client.export_ok(otlp.simple(n))
    for one in idle:
        one.close()
    t.grpc(otelc).export_ok(otlp.simple(20))
    jaeger.wait_spans(20)
    assert otelc.stop() == 0
