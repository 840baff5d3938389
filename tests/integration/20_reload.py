"""A new configuration while spans come in: what does not change is not disturbed, nothing is lost."""
import os
import random
import re
import select
import signal
import socket
import ssl
import threading
import time

from harness import otlp
from harness.case import config, each_workers, exporter
from harness.certificates import Authority
from harness.grpc_client import GrpcClient
from harness.http_client import HttpClient
from harness.jaeger import Answer
from harness.wait import until

IN_FORCE = r'The new configuration is in force\.'
UNCHANGED = r'nothing has changed'
LONG_RETRY = '{initial_interval: 1h, max_interval: 1h}'


def _rewrite(otelc, text):
    """In the place of the old file, as editors do."""
    with open(otelc.path + '.new', 'w', encoding='utf-8') as file:
        file.write(text)
    os.replace(otelc.path + '.new', otelc.path)


def _hangup(otelc, says=IN_FORCE):
    count = len(re.findall(says, otelc.log))
    otelc.signal(signal.SIGHUP)
    otelc.wait_log(says, count=count + 1)


def _reload(otelc, text, says=IN_FORCE):
    _rewrite(otelc, text)
    _hangup(otelc, says)


def _free_ports(count):
    """Not of those that the kernel gives to clients, which may keep one from moving."""
    ports = []
    while len(ports) < count:
        port = random.randrange(10000, 32000)
        with socket.socket() as one:
            try:
                one.bind(('', port))
                ports.append(port)
            except OSError:
                pass
    return ports


def _config(jaeger, endpoint='127.0.0.1:0', more='', **changes):
    text = config(jaeger, **changes).replace('127.0.0.1:0', endpoint)
    return text + more


def _exactly(jaegers, numbers, doubles=0):
    """The spans have come, no others, and so many of them more than once."""
    wanted = {otlp.span_id(n).hex() for n in numbers}

    def counts():
        total = jaegers[0].ids()
        for jaeger in jaegers[1:]:
            total += jaeger.ids()
        return total
    until(lambda: wanted <= set(counts()),
          what=lambda: f'{len(wanted - set(counts()))} of {len(wanted)} spans are missing')
    ids = counts()
    assert set(ids) == wanted, f'{len(set(ids) - wanted)} strangers'
    twice = sum(count > 1 for count in ids.values())
    assert twice <= doubles, f'{twice} of {len(wanted)} came twice'


class Load:
    """Clients that send all the time, over gRPC and HTTP, and connect anew when they are told to."""

    def __init__(self, address, clients=4, pause_s=0.0):
        self.address, self.pause_s = address, pause_s
        self.acknowledged, self.sent = set(), 0
        self.connections, self.unanswered, self.refused = 0, 0, 0
        self.problems = []
        self._lock, self._ends = threading.Lock(), threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(n, self._http if n % 2 else self._grpc))
            for n in range(clients)]
        for thread in self._threads:
            thread.start()

    def stop(self):
        self._ends.set()
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()
        assert not self.problems, self.problems
        return self.acknowledged

    def wait_more(self, count=200):
        wanted = len(self.acknowledged) + count
        until(lambda: self.problems or len(self.acknowledged) >= wanted, what='the load has ended')

    def _run(self, thread, talk):
        try:
            number = iter(range(thread * 1_000_000, (thread + 1) * 1_000_000, 2))
            todo = next(number)
            while not self._ends.is_set():
                self.connections += 1
                todo = talk(number, todo)
        except Exception as problem:  # for the test to tell
            self.problems.append(repr(problem))

    def _done(self, first, accepted):
        with self._lock:
            if accepted:
                self.acknowledged.update((first, first + 1))
            else:
                self.refused += 1
        time.sleep(self.pause_s if accepted else 0.02)

    def _grpc(self, number, todo):
        """One connection. Returns what is to be sent next."""
        client = GrpcClient(self.address)
        try:
            while not self._ends.is_set() and client.goaway is None and not client.closed:
                reply = client.export(otlp.simple(todo, count=2))
                if reply.lost:  # else GOAWAY says that it was not looked at
                    self.unanswered += client.closed
                    return todo
                assert reply.status in (0, 14), reply
                self._done(todo, reply.status == 0)
                todo = next(number) if reply.status == 0 else todo
                client.receive(block=False)
            return todo
        finally:
            client.close()

    def _http(self, number, todo):
        client = HttpClient(self.address)
        try:
            # Readable before it has sent anything: closed while it was idle, as any client looks.
            while not self._ends.is_set() and not select.select([client.socket], [], [], 0)[0]:
                try:
                    reply = client.post(otlp.simple(todo, count=2))
                except (BrokenPipeError, ConnectionResetError):
                    reply = None
                if reply is None:
                    self.unanswered += 1
                    return todo
                assert reply.status in (200, 503), reply
                self._done(todo, reply.status == 200)
                todo = next(number) if reply.status == 200 else todo
                if reply.headers.get('connection') == 'close':
                    return todo
            return todo
        finally:
            client.close()


def _all_delivered(jaegers, load, more=()):
    """What was acknowledged, once; and, where an answer was lost and its request sent again, such."""
    acknowledged = load.stop() | set(more)
    seen = {int(id, 16) & 0xfffffffffffff for jaeger in jaegers for id in jaeger.ids()}
    strangers = seen - acknowledged
    assert len(strangers) <= 2 * load.unanswered, strangers
    _exactly(jaegers, acknowledged | strangers, doubles=2 * load.unanswered)


# ---- what stays ----

@each_workers
def nothing_is_disturbed_where_nothing_changes(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, batch='{timeout: 1h, send_batch_size: 4}',
                               queue='{num_consumers: 2}'))
    grpc, http = t.grpc(otelc), t.http(otelc)
    jaeger.hold()
    for n in range(0, 30, 2):
        grpc.export_ok(otlp.simple(n))
        http.post_ok(otlp.simple(n + 1))
    for _ in range(3):
        _hangup(otelc)
    jaeger.release()
    for n in range(30, 60, 2):
        grpc.export_ok(otlp.simple(n))
        http.post_ok(otlp.simple(n + 1))
    _hangup(otelc)
    for n in (60, 62, 64, 66):
        grpc.export_ok(otlp.simple(n))
        http.post_ok(otlp.simple(n + 1))
    assert grpc.goaway is None
    assert otelc.log.count('listening on') == 1, otelc.log
    assert otelc.stop() == 0
    _exactly([jaeger], range(68))


@each_workers
def a_batch_that_is_gathered_stays(t):
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, batch='{timeout: 1h}'), workers=1)
    client = t.grpc(otelc)
    client.export_ok(otlp.simple(1))
    _reload(otelc, config(jaeger, batch='{timeout: 1h}', timeout='4s'))  # another exporter
    client.export_ok(otlp.simple(2))
    assert jaeger.requests == 0
    _reload(otelc, config(jaeger, batch='{timeout: 30s}', timeout='4s'))  # what it has goes out
    _exactly([jaeger], [1, 2])
    assert jaeger.requests == 1
    client.export_ok(otlp.simple(3))
    assert client.goaway is None


@each_workers
def connections_stay_when_pipelines_come_and_go(t):
    jaeger, second = t.jaeger(), t.jaeger()
    otelc = t.collector(config(jaeger))
    client, http = t.grpc(otelc), t.http(otelc)
    metrics = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export'
    assert client.export(b'', path=metrics).status == 12
    assert http.post(b'', path='/v1/metrics').status == 404
    both = config(exporters={'jaeger': exporter(jaeger), 'jaeger/2': exporter(second)})
    both = both.replace('exporters: [jaeger, jaeger/2]',
                        'exporters: [jaeger]}\n    traces/2: {receivers: [otlp], exporters: '
                        '[jaeger/2]}\n    metrics: {receivers: [otlp], exporters: [nop]')
    _reload(otelc, both.replace('exporters:\n', 'exporters:\n  nop:\n', 1))
    client.export_ok(otlp.simple(1))
    http.post_ok(otlp.simple(2))
    assert client.export(b'', path=metrics).status == 0
    assert http.post(b'', path='/v1/metrics').status == 200
    _exactly([jaeger], [1, 2])
    _exactly([second], [1, 2])
    _reload(otelc, config(jaeger))
    client.export_ok(otlp.simple(3))
    http.post_ok(otlp.simple(4))
    assert client.export(b'', path=metrics).status == 12
    assert http.post(b'', path='/v1/metrics').status == 404
    _exactly([jaeger], [1, 2, 3, 4])
    _exactly([second], [1, 2])
    assert otelc.stop() == 0


# ---- spans that wait ----

@each_workers
def spans_that_waited_for_a_dead_jaeger_go_to_the_new_one(t):
    dead, jaeger = t.jaeger(up=False), t.jaeger()
    otelc = t.collector(config(dead, retry=LONG_RETRY))
    client = t.grpc(otelc)
    for n in range(20):
        client.export_ok(otlp.simple(n))
    otelc.wait_log('Will retry the request')
    _reload(otelc, config(jaeger, retry=LONG_RETRY))
    client.export_ok(otlp.simple(20))
    _exactly([jaeger], range(21))
    assert client.goaway is None
    assert otelc.stop() == 0


@each_workers
def everything_is_full_and_everything_changes(t):
    """The queue, the batch processor and the fan-out hold spans for a Jaeger that is gone."""
    dead, other, jaeger = t.jaeger(up=False), t.jaeger(), t.jaeger()
    small = '{queue_size: 2, num_consumers: 1}'

    def both(first, batch):
        return config(batch=batch, exporters={
            'jaeger': exporter(first, queue=small, retry=LONG_RETRY), 'jaeger/2': exporter(other)})
    otelc = t.collector(both(dead, '{timeout: 10ms, send_batch_size: 1}'),
                        args=['--memory-limit', '16'])
    clients = [t.grpc(otelc) for _ in range(4)]
    acknowledged, refused, number = set(), 0, 0
    while refused < 40:
        reply = clients[number % 4].export(otlp.simple(number, attrs={'blob': 'x' * 10000}))
        refused += reply.status == 14
        acknowledged |= {number} if reply.status == 0 else set()
        number += 1
    _reload(otelc, both(jaeger, '{timeout: 20ms, send_batch_size: 1}'))
    _exactly([jaeger], acknowledged)
    _exactly([other], acknowledged)
    for n in range(number, number + 20):
        clients[n % 4].export_ok(otlp.simple(n))
        acknowledged.add(n)
    _exactly([jaeger], acknowledged)
    assert otelc.stop() == 0


@each_workers
def an_exporter_that_goes_delivers_what_it_has(t):
    jaeger, new = t.jaeger(), t.jaeger()
    otelc = t.collector(config(jaeger, batch='{timeout: 1h}'))
    client = t.grpc(otelc)
    jaeger.hold()
    for n in range(10):
        client.export_ok(otlp.simple(n))
    _reload(otelc, config(new, name='jaeger/new', batch='{timeout: 1h, send_batch_size: 1}'))
    client.export_ok(otlp.simple(10))
    _exactly([new], [10])
    assert jaeger.count() == 0
    jaeger.release()
    _exactly([jaeger], range(10))
    assert otelc.stop() == 0


@each_workers
def the_end_waits_for_what_has_retired(t):
    jaeger, new = t.jaeger(), t.jaeger()
    otelc = t.collector(config(jaeger))
    client = t.grpc(otelc)
    jaeger.hold()
    for n in range(10):
        client.export_ok(otlp.simple(n))
    _reload(otelc, config(new, name='jaeger/new', batch='{timeout: 30ms}'))
    client.export_ok(otlp.simple(10))
    otelc.signal(signal.SIGTERM)
    otelc.wait_log('Starting shutdown')
    _exactly([new], [10])
    assert otelc.is_alive()
    jaeger.release()
    assert otelc.wait_exit() == 0, otelc.log
    _exactly([jaeger], range(10))


def the_end_tells_what_has_retired_and_is_not_delivered(t):
    dead, new = t.jaeger(up=False), t.jaeger()
    otelc = t.collector(config(dead), args=['--shutdown-timeout', '300ms'])
    t.grpc(otelc).export_ok(otlp.simple(1, count=3))
    otelc.wait_log('Will retry the request')
    _reload(otelc, config(new, name='jaeger/new'))
    assert otelc.stop() == 3
    assert '3 items were acknowledged and not delivered' in otelc.log, otelc.log


# ---- under load ----

@each_workers
def settings_change_under_load(t):
    jaegers = [t.jaeger(), t.jaeger()]
    jaegers[0].always(Answer(delay_s=0.005))
    endpoint = f'127.0.0.1:{_free_ports(1)[0]}'
    variants = [_config(jaegers[i % 2], endpoint,
                        batch=f'{{timeout: {10 + i % 3}ms, send_batch_size: 50}}',
                        grpc=f'max_concurrent_streams: {100 + i // 4}',
                        queue=f'{{queue_size: {100 + i % 5}}}') for i in range(20)]
    otelc = t.collector(variants[0])
    load = Load(otelc.address)
    for text in variants[1:]:
        load.wait_more(100)
        _reload(otelc, text)
    load.stop()
    assert otelc.stop() == 0
    _all_delivered(jaegers, load)


@each_workers
def a_receiver_changes_and_keeps_its_port(t):
    jaeger = t.jaeger()
    endpoint = f'127.0.0.1:{_free_ports(1)[0]}'
    otelc = t.collector(_config(jaeger, endpoint))
    idle, idle_http = t.grpc(otelc), t.http(otelc)
    idle.export_ok(otlp.simple(5_000_000))
    idle_http.post_ok(otlp.simple(5_000_001))
    load = Load(otelc.address)
    for i in range(10):
        load.wait_more(100)
        _reload(otelc, _config(jaeger, endpoint, grpc=f'max_concurrent_streams: {i + 1}'))
    load.wait_more(100)
    load.stop()
    assert load.connections > 4 * 10, load.connections
    idle.receive()
    assert idle.goaway == 0
    assert idle_http.at_end()
    assert otelc.stop() == 0
    _all_delivered([jaeger], load, (5_000_000, 5_000_001))


def _open_files(otelc):
    """Those that are no connection, which come and go: what each descriptor is."""
    kinds = {}
    for fd in os.listdir(f'/proc/{otelc.process.pid}/fd'):
        try:
            kind = os.readlink(f'/proc/{otelc.process.pid}/fd/{fd}').split(':')[0]
        except FileNotFoundError:
            continue
        kinds[kind] = kinds.get(kind, 0) + 1
    return kinds


@each_workers
def a_hundred_reloads_leave_nothing(t):
    jaeger = t.jaeger()
    endpoint = f'127.0.0.1:{_free_ports(1)[0]}'

    def variant(i):
        return _config(jaeger, endpoint, batch=f'{{timeout: {10 + i % 2}ms}}',
                       grpc=f'max_concurrent_streams: {100 + i % 2}', timeout=f'{5 + i % 2}s')
    otelc = t.collector(variant(0))
    load = Load(otelc.address, clients=4, pause_s=0.002)
    for i in range(20):
        _reload(otelc, variant(i + 1))
    before, rss_kb = otelc.descriptors(), otelc.status('VmRSS')
    for i in range(100):
        _reload(otelc, variant(i + 1))
    load.stop()
    until(lambda: otelc.descriptors() <= before,
          what=lambda: f'{before} descriptors became {otelc.descriptors()}: {_open_files(otelc)}')
    grown_kb = otelc.status('VmRSS') - rss_kb
    assert grown_kb < 4096 or t.is_sanitized, f'{grown_kb} kB more'
    assert otelc.stop() == 0
    _all_delivered([jaeger], load)


# ---- ports ----

def _is_refused(port):
    """By all workers."""
    for _ in range(20):
        try:
            socket.create_connection(('127.0.0.1', port), timeout=5).close()
            return False
        except ConnectionRefusedError:
            pass
    return True


@each_workers
def receivers_come_and_go(t):
    jaeger = t.jaeger()
    first, second = _free_ports(2)
    one = _config(jaeger, f'127.0.0.1:{first}')
    two = one.replace('processors:\n', '  otlp/2: {protocols: {http: {endpoint: '
                      f'"127.0.0.1:{second}"}}}}}}\nprocessors:\n', 1)
    two = two.replace('receivers: [otlp]', 'receivers: [otlp, otlp/2]')
    otelc = t.collector(one)
    client = t.grpc(otelc)
    assert _is_refused(second)
    for i in range(3):
        _reload(otelc, two)
        http = t.http(otelc, ('127.0.0.1', second))
        http.post_ok(otlp.simple(10 * i))
        client.export_ok(otlp.simple(10 * i + 1))
        _reload(otelc, one)
        assert _is_refused(second)
        assert http.at_end()
        client.export_ok(otlp.simple(10 * i + 2))
    assert client.goaway is None
    assert otelc.stop() == 0
    _exactly([jaeger], [0, 1, 2, 10, 11, 12, 20, 21, 22])


@each_workers
def a_port_moves_to_all_addresses(t):
    jaeger = t.jaeger()
    port = _free_ports(1)[0]
    otelc = t.collector(_config(jaeger, f'localhost:{port}'))
    load = Load(('127.0.0.1', port), pause_s=0.005)
    for endpoint in ('0.0.0.0', 'localhost', '127.0.0.1') * 2:
        load.wait_more(20)
        _reload(otelc, _config(jaeger, f'{endpoint}:{port}'))
    load.wait_more(20)
    load.stop()
    assert otelc.stop() == 0
    _all_delivered([jaeger], load)


@each_workers
def a_port_that_is_taken_changes_nothing(t):
    jaeger, other = t.jaeger(), t.jaeger()
    first, second = _free_ports(2)
    otelc = t.collector(_config(jaeger, f'127.0.0.1:{first}'))
    client, http = t.grpc(otelc), t.http(otelc)
    client.export_ok(otlp.simple(1))
    http.post_ok(otlp.simple(2))
    with socket.create_server(('127.0.0.1', second)):
        _reload(otelc, _config(other, f'127.0.0.1:{second}', batch='{timeout: 1h}'), UNCHANGED)
        line = re.search(r'^.*\terror\tservice\tcannot change to the new configuration: (.*)$',
                         otelc.log, re.M).group(1)
        assert f'cannot listen on 127.0.0.1:{second}: the port is taken by' in line, line
        client.export_ok(otlp.simple(3))
        http.post_ok(otlp.simple(4))
        _exactly([jaeger], [1, 2, 3, 4])
    _hangup(otelc)  # it is free now
    assert _is_refused(first)
    t.grpc(otelc, ('127.0.0.1', second)).export_ok(otlp.simple(5))
    assert otelc.stop() == 0
    _exactly([other], [5])


# ---- what is wrong ----

@each_workers
def what_is_wrong_changes_nothing_and_is_told(t):
    jaeger = t.jaeger()
    good = config(jaeger)
    otelc = t.collector(good)
    client = t.grpc(otelc)
    wrong = [
        ('receivers: [', r'config-.*\.yaml:\d+:\d+: '),
        (good.replace('batch', 'btach'), r'btach'),
        (good.replace('timeout: 20ms', 'timeout: 20'), r':\d+:\d+: processors\.batch\.timeout: '),
        (good.replace('exporters: [jaeger]', 'exporters: [jaeger/2]'), r'jaeger/2'),
        (good.replace(jaeger.url, 'jaeger'), r'exporters\.jaeger\.endpoint'),
        ('', r'service'),
    ]
    for n, (text, says) in enumerate(wrong):
        _reload(otelc, text, r'the configuration is not valid: nothing has changed')
        assert re.search(says, otelc.log), f'no {says} in:\n{otelc.log}'
        client.export_ok(otlp.simple(n))
    os.remove(otelc.path)
    _hangup(otelc, r'the configuration is not valid: nothing has changed')
    assert 'No such file' in otelc.log or 'no such file' in otelc.log, otelc.log
    client.export_ok(otlp.simple(len(wrong)))
    _reload(otelc, good)
    client.export_ok(otlp.simple(len(wrong) + 1))
    assert otelc.stop() == 0
    _exactly([jaeger], range(len(wrong) + 2))


# ---- files that the configuration names ----

def _served_certificate(address, authority):
    context = ssl.create_default_context(cafile=authority.file)
    with socket.create_connection(address) as tcp:
        with context.wrap_socket(tcp, server_hostname='127.0.0.1') as tls:
            return tls.getpeercert()['serialNumber']


@each_workers
def certificates_are_read_again(t):
    authority = Authority(t.directory)
    jaeger = t.jaeger()
    certificate, key = authority.issue()
    otelc = t.collector(config(jaeger, grpc=f'tls: {{cert_file: "{certificate}", '
                                            f'key_file: "{key}"}}'))
    client = t.grpc(otelc, tls=ssl.create_default_context(cafile=authority.file))
    before = _served_certificate(otelc.address, authority)
    new_certificate, new_key = authority.issue()
    os.replace(new_certificate, certificate)
    os.replace(new_key, key)
    assert _served_certificate(otelc.address, authority) == before  # reload_interval is 0
    _hangup(otelc)
    after = {_served_certificate(otelc.address, authority) for _ in range(10)}
    assert len(after) == 1 and before not in after, after
    client.export_ok(otlp.simple(1))
    with open(key, 'w', encoding='ascii') as file:
        file.write('no key')
    _hangup(otelc, UNCHANGED)
    assert {_served_certificate(otelc.address, authority) for _ in range(10)} == after
    client.export_ok(otlp.simple(2))
    assert otelc.stop() == 0
    _exactly([jaeger], [1, 2])


def roots_of_an_exporter_are_read_with_each_connection(t):
    old, new = Authority(t.directory, 'old'), Authority(t.directory, 'new')
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*old.issue())
    jaeger = t.jaeger(tls=tls)
    trusted = t.file('trusted.pem', open(old.file, 'rb').read())
    settings = exporter(jaeger)[:-1] + f', tls: {{ca_file: "{trusted}"}}}}'
    otelc = t.collector(config(exporters={'jaeger': settings}))
    client = t.grpc(otelc)
    client.export_ok(otlp.simple(1))
    _exactly([jaeger], [1])
    tls.load_cert_chain(*new.issue())  # Jaeger has another certificate from now on
    jaeger.next(Answer(Answer.CLOSE))
    client.export_ok(otlp.simple(2))
    otelc.wait_log(r'warn\texporters/jaeger\t.*certificate')
    t.file('trusted.pem', open(new.file, 'rb').read())
    _exactly([jaeger], [1, 2])
    assert otelc.stop() == 0


@each_workers
def password_files_are_read_again(t):
    jaeger = t.jaeger()
    passwords = t.file('htpasswd', 'anna:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n')  # password
    more = f'extensions: {{basicauth: {{htpasswd: {{file: "{passwords}"}}}}}}\n'
    text = config(jaeger, grpc='auth: {authenticator: basicauth}') + more
    otelc = t.collector(text.replace('service:\n', 'service:\n  extensions: [basicauth]\n'))
    anna = [('authorization', 'Basic YW5uYTpwYXNzd29yZA==')]
    bert = [('authorization', 'Basic YmVydDpwYXNzd29yZA==')]
    client = t.grpc(otelc)
    client.export_ok(otlp.simple(1), more=anna)
    assert client.export(otlp.simple(2), more=bert).status == 16
    t.file('htpasswd', 'bert:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n')
    _hangup(otelc)
    until(lambda: client.export(otlp.simple(2), more=bert).status == 0)
    assert client.export(otlp.simple(3), more=anna).status == 16
    assert client.goaway is None


@each_workers
def passwords_in_the_configuration_change(t):
    """The receiver changes with the extension that it names, and only then."""
    jaeger = t.jaeger()

    def users(line):
        text = _config(jaeger, endpoint, grpc='auth: {authenticator: basicauth}')
        return text.replace('service:\n', 'service:\n  extensions: [basicauth]\n') + (
            f'extensions: {{basicauth: {{htpasswd: {{inline: "{line}"}}}}}}\n')
    endpoint = f'127.0.0.1:{_free_ports(1)[0]}'
    hashed = ':{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g='  # password
    anna = [('authorization', 'Basic YW5uYTpwYXNzd29yZA==')]
    bert = [('authorization', 'Basic YmVydDpwYXNzd29yZA==')]
    otelc = t.collector(users('anna' + hashed))
    client = t.grpc(otelc)
    _reload(otelc, users('anna' + hashed))
    client.export_ok(otlp.simple(1), more=anna)
    assert client.goaway is None
    _reload(otelc, users('bert' + hashed))
    client = t.grpc(otelc)
    assert client.export(otlp.simple(2), more=anna).status == 16
    client.export_ok(otlp.simple(3), more=bert)
    _exactly([jaeger], [1, 3])
    assert otelc.stop() == 0


# ---- --watch ----

@each_workers
def a_replaced_file_is_noticed(t):
    first, second = t.jaeger(), t.jaeger()
    otelc = t.collector(config(first), args=['--watch'])
    client = t.grpc(otelc)
    client.export_ok(otlp.simple(1))
    _rewrite(otelc, config(second))
    otelc.wait_log(IN_FORCE)
    client.export_ok(otlp.simple(2))
    _exactly([first], [1])
    _exactly([second], [2])
    _rewrite(otelc, 'receivers: [')
    otelc.wait_log(UNCHANGED)
    client.export_ok(otlp.simple(3))
    _exactly([second], [2, 3])
    assert otelc.stop() == 0


def a_config_map_is_noticed(t):
    """Kubernetes links a directory anew: config.yaml -> ..data/config.yaml, ..data -> ..1"""
    first, second = t.jaeger(), t.jaeger()
    for version, jaeger in (('..1', first), ('..2', second)):
        os.mkdir(os.path.join(t.directory, version))
        t.file(f'{version}/config.yaml', config(jaeger))
    link = os.path.join(t.directory, '..data')
    os.symlink('..1', link)
    path = os.path.join(t.directory, 'config.yaml')
    os.symlink('..data/config.yaml', path)
    otelc = t.collector(args=['--watch', '--config', path])
    client = t.grpc(otelc)
    client.export_ok(otlp.simple(1))
    os.symlink('..2', link + '_tmp')
    os.rename(link + '_tmp', link)
    otelc.wait_log(IN_FORCE)
    client.export_ok(otlp.simple(2))
    _exactly([first], [1])
    _exactly([second], [2])
    assert otelc.stop() == 0


def a_file_that_a_value_names_is_noticed(t):
    first, second = t.jaeger(), t.jaeger()
    path = t.file('endpoint', first.url)
    text = config(first).replace(first.url, '${file:%s}' % path)
    assert path in text
    otelc = t.collector(text, args=['--watch'])
    client = t.grpc(otelc)
    client.export_ok(otlp.simple(1))
    t.file('endpoint', second.url)
    otelc.wait_log(IN_FORCE)
    client.export_ok(otlp.simple(2))
    _exactly([first], [1])
    _exactly([second], [2])
    assert otelc.stop() == 0


# ---- data on disk ----

def _durable(t, jaeger, storage='', **more):
    more.setdefault('queue', '{storage: file_storage}')
    return _config(jaeger, **more).replace(
        'service:\n', f'extensions: {{file_storage: {{directory: "{t.directory}/queue", '
                      f'create_directory: true{storage}}}}}\n'
                      'service:\n  extensions: [file_storage]\n')


@each_workers
def a_storage_goes_on(t):
    dead, jaeger = t.jaeger(up=False), t.jaeger()
    otelc = t.collector(_durable(t, dead, retry=LONG_RETRY, batch='{timeout: 1h}'))
    client = t.grpc(otelc)
    for n in range(20):
        client.export_ok(otlp.simple(n))
    _reload(otelc, _durable(t, dead, ', max_size: 100000000', retry=LONG_RETRY))
    assert len(re.findall(r'warn\textensions/file_storage\tits changes count from the next start',
                          otelc.log)) == 1, otelc.log
    client.export_ok(otlp.simple(20))
    otelc.wait_log('Will retry the request')
    _reload(otelc, _durable(t, jaeger, batch='{timeout: 50ms}'))
    client.export_ok(otlp.simple(21))
    _exactly([jaeger], range(22))
    assert client.goaway is None
    assert otelc.stop() == 0
    assert 'stay on disk' not in otelc.log, otelc.log


@each_workers
def a_storage_goes_on_under_load(t):
    jaeger = t.jaeger()
    endpoint = f'127.0.0.1:{_free_ports(1)[0]}'
    otelc = t.collector(_durable(t, jaeger, endpoint=endpoint))
    load = Load(otelc.address)
    for i in range(20):
        load.wait_more(20)
        queue = ('{storage: file_storage}', '{}')[i % 4 == 3]  # to memory and back
        _reload(otelc, _durable(t, jaeger, endpoint=endpoint, queue=queue,
                                batch=f'{{timeout: {10 + i % 2}ms}}', timeout=f'{3 + i % 3}s',
                                grpc=f'max_concurrent_streams: {100 + i // 4}'))
    load.stop()
    assert otelc.stop() == 0
    _all_delivered([jaeger], load)
    assert 'stay on disk' not in otelc.log, otelc.log
