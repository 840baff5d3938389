"""What a test function gets: collectors, Jaegers and clients that end with the test.

    @each_workers
    def a_span_arrives(t):
        jaeger = t.jaeger()
        otelc = t.collector(t.to_jaeger(jaeger))
        t.grpc(otelc).export_ok(otlp.simple(1))
        jaeger.wait_spans(1)

Every function of a test file that has one parameter, t, and whose name has no underscore in front
is a test. Its name is a sentence.
"""
import os
import tempfile

from .collector import Collector
from .grpc_client import GrpcClient
from .http_client import HttpClient
from .jaeger import CountingJaeger, FakeJaegerGrpc, FakeJaegerHttp
from .otlp_backend import FakeOtlpGrpc, FakeOtlpHttp
from .zipkin import FakeZipkin


class Skip(Exception):
    """Raised by a test that cannot run here; says what is missing."""


def each_workers(function):
    """The test runs with one worker, and with two."""
    function.workers = (1, 2)
    return function


class Test:
    def __init__(self, build, root, workers):
        self.build, self.root, self.workers = build, root, workers
        self.binary = os.path.join(build, 'otelc')
        self._directory = tempfile.TemporaryDirectory(prefix='otelc-test-')
        self.directory = self._directory.name
        self._ends = []
        self.collectors = []
        self._backends = []

    def end(self):
        """Ends everything that the test has started, last first."""
        while self._ends:
            self._ends.pop()()
        self._directory.cleanup()

    def check(self):
        """What must hold after every test that went well."""
        for backend in self._backends:
            backend.check()
        for collector in self.collectors:
            code = collector.process.poll()
            assert code is None or code >= 0, f'died of signal {-code}:\n{collector.log}'
            assert 'Sanitizer' not in collector.log, collector.log

    @property
    def is_sanitized(self):
        """Sizes and speed mean nothing then."""
        with open(self.binary, 'rb') as file:
            content = file.read()
            return b'__asan_init' in content or b'__tsan_init' in content

    def keep(self, thing, end):
        self._ends.append(end)
        return thing

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    # ---- what tests use ----

    def collector(self, config=None, **more):
        more.setdefault('workers', self.workers)
        collector = Collector(self.binary, self.directory, config, **more)
        self.collectors.append(collector)
        return self.keep(collector, collector.kill)

    def run(self, *args, env=None):
        """A command that ends by itself, as (exit code, stdout, stderr)."""
        command = self.collector(args=args, workers=None, env=env, wait_ready=False)
        code = command.wait_exit()
        return code, command.out, command.log

    def validate(self, config):
        """(exit code, stderr) of `otelc validate` on the text."""
        code, _, err = self.run('validate', '--config', self.file('config.yaml', config))
        return code, err

    def file(self, name, content):
        path = os.path.join(self.directory, name)
        with open(path, 'wb') as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return path

    def jaeger(self, grpc=False, up=True, tls=None, counting=False):
        return self._backend(CountingJaeger if counting else FakeJaegerGrpc if grpc
                             else FakeJaegerHttp, up, tls)

    def otlp_backend(self, http=False, up=True, tls=None):
        return self._backend(FakeOtlpHttp if http else FakeOtlpGrpc, up, tls)

    def zipkin(self, up=True, tls=None):
        return self._backend(FakeZipkin, up, tls)

    def _backend(self, kind, up, tls):
        backend = kind(up, tls)
        self._backends.append(backend)
        return self.keep(backend, backend.stop)

    def grpc(self, collector, address=None, **more):
        client = GrpcClient(address or collector.address, **more)
        return self.keep(client, client.close)

    def http(self, collector, address=None, **more):
        client = HttpClient(address or collector.address, **more)
        return self.keep(client, client.close)


RETRY = '{initial_interval: 20ms, max_interval: 100ms}'


def config(jaeger=None, batch='{timeout: 20ms}', grpc='', queue='{}', retry=RETRY, timeout='5s',
           exporters=None, name='jaeger'):
    """OTLP -> batch -> Jaeger on a port that the kernel picks.

    grpc: more keys of the receiver's block; batch: None for no batch processor; exporters: several
    in place of the one, as {id: settings}.
    """
    if exporters is None:
        exporters = {name: exporter(jaeger, queue, retry, timeout)}
    processors = 'processors: [batch], ' if batch else ''
    lines = ['receivers:', '  otlp:', '    protocols:',
             f'      grpc: {{endpoint: "127.0.0.1:0"{", " + grpc if grpc else ""}}}']
    lines += ['processors:', f'  batch: {batch}'] if batch else []
    lines += ['exporters:', *(f'  {id}: {settings}' for id, settings in exporters.items()),
              'service:', '  pipelines:',
              f'    traces: {{receivers: [otlp], {processors}exporters: [{", ".join(exporters)}]}}']
    return '\n'.join(lines) + '\n'


def exporter(jaeger, queue='{}', retry=RETRY, timeout='5s'):
    """The settings of a jaeger exporter."""
    if hasattr(jaeger, 'url'):
        endpoint = f'endpoint: "{jaeger.url}"'
    else:
        endpoint = f'endpoint: "{jaeger.address}", tls: {{insecure: true}}'
    return f'{{{endpoint}, timeout: {timeout}, sending_queue: {queue}, retry_on_failure: {retry}}}'
