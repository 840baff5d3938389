"""What tests/interop/install-tools has made, as the tests use it."""
import glob
import json
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from harness.case import Skip
from harness.wait import until

HERE = os.path.dirname(os.path.abspath(__file__))
KNOWN_FILE = os.path.join(HERE, 'known.json')

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # through no proxy

WIRE = '@jaeger@format'  # a tag in which Jaeger notes how a span came


def tool(t, pattern):
    found = glob.glob(t.path('build', 'tools', pattern))
    if not found:
        raise Skip(f'no build/tools/{pattern}; see make interop-tools')
    return found[0]


def environment(**more):
    """Nothing of the user's settings but where programs are."""
    return {'PATH': os.environ['PATH'], 'HOME': os.environ.get('HOME', '/'), **more}


def _java(t, provider):
    """provider: of HTTP clients, of which that SDK has two."""
    folder = os.path.dirname(tool(t, 'java/ready'))
    return ['java', '-XX:TieredStopAtLevel=1', '-cp', f'{folder}:{folder}/*',
            '-Dio.opentelemetry.exporter.internal.http.HttpSenderProvider='
            f'io.opentelemetry.exporter.sender.{provider}', 'Send']


SENDERS = {
    'go': lambda t: [tool(t, 'send-go')],
    'java': lambda t: _java(t, 'okhttp.internal.OkHttpHttpSenderProvider'),
    'java-jdk': lambda t: _java(t, 'jdk.internal.JdkHttpSenderProvider'),
    'node': lambda t: [tool(t, 'node/ready') and 'node', os.path.join(HERE, 'node', 'send.js')],
    'python': lambda t: [tool(t, 'python/ready') and tool(t, 'python/bin/python'),
                         os.path.join(HERE, 'python', 'send.py')],
}


def run_sender(t, language, address, service, trace_id, signals=(), **options):
    """Sends the known trace to host:port with the SDK of that language, and returns what that says.

    signals: "METRICS", "LOGS", which go too; options: more of its variables, without their
    OTEL_EXPORTER_OTLP_. By gRPC where no PROTOCOL is given, and by TLS to localhost where a
    CERTIFICATE is: Node has a warning for one of an address.
    """
    host, port = address
    url = f'https://localhost:{port}' if 'CERTIFICATE' in options else f'http://{host}:{port}'
    options.setdefault('PROTOCOL', 'grpc')
    variables = {f'OTEL_EXPORTER_OTLP_{key}': value for key, value in options.items()}
    variables |= {f'OTEL_{signal}_EXPORTER': 'otlp' if signal in signals else 'none'
                  for signal in ('METRICS', 'LOGS')}
    # Node warns of any TLS without a client's certificate.
    variables['OTEL_LOG_LEVEL'] = 'ERROR' if 'CERTIFICATE' in options else 'WARN'
    run = subprocess.run(
        [*SENDERS[language](t), KNOWN_FILE, service, trace_id], timeout=60, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        env=environment(OTEL_EXPORTER_OTLP_ENDPOINT=url,
                        LC_ALL='C.UTF-8',  # how Java reads its arguments
                        NODE_PATH=t.path('build', 'tools', 'node', 'node_modules'), **variables))
    assert run.returncode == 0, f'{run.returncode}\n{run.stdout}'
    return run.stdout


def send(*args, **more):
    """The same, where the SDK must have nothing to say."""
    said = run_sender(*args, **more)
    assert not said, said


def _tag(tag):
    kind = {'string': 'STRING', 'bool': 'BOOL', 'int64': 'LONG', 'float64': 'DOUBLE',
            'binary': 'BINARY'}[tag['type']]
    return [tag['key'], kind, str(tag['value']) if kind == 'LONG' else tag['value']]


def _process(process):
    return {'serviceName': process['serviceName'], 'tags': [_tag(tag) for tag in process['tags']]}


def _span(span):
    # It wonders about the time between a span and its link, and about a parent that is not here.
    assert not [w for w in span['warnings'] or [] if 'clock skew' not in w], span
    return {'traceId': span['traceID'].zfill(32), 'spanId': span['spanID'].zfill(16),
            'operationName': span['operationName'],
            'references': [[r['refType'], r['traceID'].zfill(32), r['spanID'].zfill(16)]
                           for r in span['references']],
            'flags': span.get('flags', 0), 'startTime': span['startTime'],
            'duration': span['duration'],
            'tags': [_tag(tag) for tag in span['tags'] if tag['key'] != WIRE],
            'logs': [{'timestamp': log['timestamp'], 'fields': [_tag(tag) for tag in log['fields']]}
                     for log in span['logs']]}


class JaegerQuery:
    """What a Jaeger has stored, by its query API: http://host:port/api."""

    def __init__(self, api):
        self.api = api

    def traces(self, service):
        """The service's traces, as the query API has them; [] where it knows none."""
        query = urllib.parse.urlencode({'service': service, 'start': 0, 'end': 2**53})
        with _direct.open(f'{self.api}/traces?{query}', timeout=20) as answer:
            return json.load(answer)['data']

    def is_up(self):
        try:
            with _direct.open(f'{self.api}/services', timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def wait_spans(self, service, count):
        """[(process, span)] of the service's one trace, in the form of the fake Jaegers."""
        def look():
            traces = self.traces(service)
            assert len(traces) <= 1, traces
            return traces and len(traces[0]['spans']) >= count and traces[0]
        trace = until(look, 30, lambda: f'Jaeger has of {service}: {self.traces(service)}')
        return [(_process(trace['processes'][span['processID']]), _span(span))
                for span in trace['spans']]


class Jaeger(JaegerQuery):
    """The real one. Each listener has a loopback address of its own and a port from the kernel."""

    FLAGS = {'collector.grpc-server': '127.0.0.2', 'collector.http-server': '127.0.0.3',
             'query.http-server': '127.0.0.4', 'query.grpc-server': '127.0.0.5',
             'admin.http': '127.0.0.6', 'collector.otlp.grpc': '127.0.0.7',
             'collector.otlp.http': '127.0.0.8'}

    def __init__(self, t):
        log = t.file('jaeger.log', '')
        with open(log, 'wb') as file:
            self.process = t.keep(*self._start(t, file))
        self.ports = until(self._listening, 60, lambda: open(log, encoding='utf-8').read()[-3000:])
        self.url = f'http://127.0.0.3:{self.ports["127.0.0.3"]}/api/traces'
        self.address = f'127.0.0.2:{self.ports["127.0.0.2"]}'
        self.otlp = {protocol: f'{host}:{self.ports[host]}' for protocol, host in
                     (('grpc', '127.0.0.7'), ('http', '127.0.0.8'))}
        super().__init__(f'http://127.0.0.4:{self.ports["127.0.0.4"]}/api')

    def _start(self, t, log):
        process = subprocess.Popen(
            [tool(t, 'jaeger-*'), '--query.enable-tracing=false',
             *(f'--{flag}.host-port={host}:0' for flag, host in self.FLAGS.items())],
            env=environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)

        def end():
            process.kill()
            process.wait()
        return process, end

    def _listening(self):
        """{host: port} of its sockets once all are there."""
        assert self.process.poll() is None, 'Jaeger has ended'
        inodes = set()
        for link in glob.glob(f'/proc/{self.process.pid}/fd/*'):
            try:
                inodes.add(os.readlink(link).removeprefix('socket:[').removesuffix(']'))
            except FileNotFoundError:  # closed in the meantime
                pass
        ports = {}
        with open(f'/proc/{self.process.pid}/net/tcp', encoding='ascii') as file:
            for fields in map(str.split, list(file)[1:]):
                if fields[3] == '0A' and fields[9] in inodes:  # TCP_LISTEN
                    host, port = (int(part, 16) for part in fields[1].split(':'))
                    ports['.'.join(map(str, host.to_bytes(4, 'little')))] = port
        return len(ports) == len(self.FLAGS) and ports


class Zipkin:
    """The real one, with its spans in memory."""

    def __init__(self, t):
        jar = tool(t, 'zipkin-server-*.jar')
        if not shutil.which('java'):
            raise Skip('no java')
        self.log = t.file('zipkin.log', '')
        log = open(self.log, 'wb')
        self.process = subprocess.Popen(
            ['java', '-Xmx256m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-jar', jar,
             '--armeria.ports[0].port=0', '--armeria.ports[0].ip=127.0.0.1'],
            env=environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        t.keep(self.process, self._end)
        self.port = until(self._listening, 80, lambda: self._said()[-3000:])
        self.address = f'127.0.0.1:{self.port}'
        self.url = f'http://{self.address}/api/v2/spans'

    def _end(self):
        self.process.kill()
        self.process.wait()

    def _said(self):
        with open(self.log, encoding='utf-8') as file:
            return file.read()

    def _listening(self):
        assert self.process.poll() is None, 'Zipkin has ended'
        found = re.search(r'Serving HTTP at .*http://127\.0\.0\.1:(\d+)/', self._said())
        return found and int(found[1])

    def trace(self, trace_id):
        """Its spans, as Zipkin's API shows them, by id; [] where it has none."""
        try:
            with _direct.open(f'http://{self.address}/api/v2/trace/{trace_id}',
                              timeout=20) as answer:
                return sorted(json.load(answer), key=lambda span: (span['id'], repr(span)))
        except urllib.error.HTTPError as problem:
            assert problem.code == 404, problem
            return []

    def wait_spans(self, trace_id, count):
        def look():
            spans = self.trace(trace_id)
            return len(spans) >= count and spans
        return until(look, 30, lambda: f'Zipkin has of {trace_id}: {self.trace(trace_id)}')

    def post(self, body, path='/api/v2/spans', kind='application/json'):
        """Straight to it. Returns the status."""
        request = urllib.request.Request(f'http://{self.address}{path}', data=body,
                                         headers={'Content-Type': kind})
        with _direct.open(request, timeout=20) as answer:
            return answer.status
