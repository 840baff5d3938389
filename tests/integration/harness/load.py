"""Apps that send all the time, each in its own way, and remember what became of every span.

    load = Load(lambda: otelc.address)
    ...
    load.end()
    load.check(jaeger.ids())       what was acknowledged is there, and nothing that was never sent

An app sends what was refused again, as an SDK does. Where no answer came it goes on with new spans:
so what comes twice was doubled by the collector.
"""
import gzip
import json
import threading
import time

from . import otlp
from .grpc_client import GrpcClient
from .http_client import HttpClient

PROTOBUF, JSON = 'application/x-protobuf', 'application/json'
UNAVAILABLE = 14
FIRST_EACH = 1 << 40  # the numbers of each app's spans begin so far apart


def json_request(first, count, attrs):
    def pairs(values):
        return [{'key': k, 'value': {'stringValue': v}} for k, v in values.items()]
    spans = [{'traceId': otlp.trace_id(n).hex(), 'spanId': otlp.span_id(n).hex(), 'name': 'op',
              'kind': 2, 'startTimeUnixNano': str(otlp.START_NS),
              'endTimeUnixNano': str(otlp.START_NS + 3000), 'attributes': pairs(attrs)}
             for n in range(first, first + count)]
    return json.dumps({'resourceSpans': [{
        'resource': {'attributes': pairs({'service.name': 'shop'})},
        'scopeSpans': [{'spans': spans}]}]}).encode()


class _Grpc:
    def __init__(self, address, timeout_s, compress=False):
        self.client, self.compress = GrpcClient(address, timeout_s=timeout_s), compress
        self.close = self.client.close

    def send(self, first, count, attrs):
        """Whether it was acknowledged (None: unknown), and what the collector said otherwise."""
        reply = self.client.export(otlp.simple(first, count=count, attrs=attrs),
                                   compress=self.compress)
        self.client.replies.clear()
        if reply.status is None:
            return None, str(reply)
        return reply.status == 0, reply.status


class _Http:
    def __init__(self, address, timeout_s, kind=PROTOBUF, compress=False):
        self.client = HttpClient(address, timeout_s=timeout_s)
        self.kind, self.compress = kind, compress
        self.close = self.client.close

    def send(self, first, count, attrs):
        body = (json_request(first, count, attrs) if self.kind == JSON
                else otlp.simple(first, count=count, attrs=attrs))
        encoding = 'gzip' if self.compress else None
        reply = self.client.post(gzip.compress(body, 1) if self.compress else body,
                                 content_type=self.kind, content_encoding=encoding)
        if reply is None:
            return None, 'the connection ended'
        if reply.headers.get('connection') == 'close':
            self.client.close()  # the next request finds that, and comes on a new one
        return reply.status == 200, reply.status


WAYS = {
    'grpc': _Grpc,
    'grpc gzip': lambda *at: _Grpc(*at, compress=True),
    'protobuf': _Http,
    'json': lambda *at: _Http(*at, kind=JSON),
    'json gzip': lambda *at: _Http(*at, kind=JSON, compress=True),
    'protobuf gzip': lambda *at: _Http(*at, compress=True),
}


class Load:
    def __init__(self, address, ways=('grpc', 'protobuf', 'json', 'grpc gzip'),
                 sizes=((20, {}), (1, {}), (100, {})), pause_s=0.01, timeout_s=60,
                 refused=(UNAVAILABLE, 503), refused_pause_s=0.02):
        """address: a function that tells where to send to; sizes: (spans, attributes of each),
        request by request; pause_s: between requests; refused: the statuses that ask for another
        try, all others end the test."""
        self.address, self.sizes, self.timeout_s = address, sizes, timeout_s
        self.pause_s, self.refused_pause_s = pause_s, refused_pause_s
        self.may_refuse = refused
        self.acknowledged, self.unknown = set(), set()  # numbers of spans
        self.refused = self.lost = 0                    # requests
        self.problems = []
        self._lock, self._ends = threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(WAYS[way], i), daemon=True)
                         for i, way in enumerate(ways)]
        for thread in self._threads:
            thread.start()

    def _run(self, connect, index):
        n, turn, app = (index + 1) * FIRST_EACH, index, None
        try:
            while not self._ends.is_set():
                count, attrs = self.sizes[turn % len(self.sizes)]
                outcome, said = None, 'not sent'
                try:
                    app = app or connect(self.address(), self.timeout_s)
                    said = 'sent'
                    outcome, said = app.send(n, count, attrs)
                except (OSError, ValueError) as problem:  # ValueError: of a closed file
                    said = said == 'sent' and str(problem)
                if outcome is False and said not in self.may_refuse:
                    raise AssertionError(f'answered {said}')
                with self._lock:
                    if outcome:
                        self.acknowledged.update(range(n, n + count))
                    elif outcome is None and said:
                        self.unknown.update(range(n, n + count))
                    self.refused += outcome is False
                    self.lost += outcome is None and bool(said)
                if outcome is None and app:
                    app.close()
                    app = None
                if outcome or (outcome is None and said):
                    n, turn = n + count, turn + 1
                self._ends.wait(self.pause_s if outcome else self.refused_pause_s)
        except Exception as problem:  # pylint: disable=broad-except
            self.problems.append(repr(problem))
        finally:
            if app:
                app.close()

    def count(self):
        return len(self.acknowledged)

    def stop(self):
        """What is under way is still waited for."""
        self._ends.set()
        for thread in self._threads:
            thread.join(self.timeout_s + 10)

    def end(self):
        self.stop()
        assert not any(thread.is_alive() for thread in self._threads), 'an app does not end'
        assert not self.problems, self.problems

    def missing(self, ids):
        return {otlp.span_id(n).hex() for n in self.acknowledged} - set(ids)

    def check(self, ids):
        """ids: how often each came to Jaeger. Returns how many came more than once."""
        missing = self.missing(ids)
        assert not missing, (f'{len(missing)} of {len(self.acknowledged)} spans are lost: '
                             f'{", ".join(sorted(missing)[:5])} to {max(missing)}')
        strange = set(ids) - {otlp.span_id(n).hex() for n in self.acknowledged | self.unknown}
        assert not strange, f'{len(strange)} spans came that were refused'
        return sum(times > 1 for times in ids.values())

    def wait_delivered(self, jaeger, timeout_s=40):
        """Waits until all that was acknowledged has come; returns as check() does."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline and not jaeger.problems:
            if jaeger.count() >= len(self.acknowledged) and not self.missing(jaeger.ids()):
                break
            time.sleep(0.1)
        jaeger.check()
        return self.check(jaeger.ids())
