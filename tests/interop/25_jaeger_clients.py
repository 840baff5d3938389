"""What apps sent to Jaeger with -> otelc's jaeger receiver -> a fake Jaeger, and a real one.

Go's and Python's Jaeger exporters of the OpenTelemetry SDKs, and Jaeger's own client for Node. What
Jaeger gets by way of otelc is what it gets directly, and what we say to be added.
"""
import os
import subprocess

from harness import otlp
from harness.case import config, each_workers, exporter

import known
from tools import HERE, KNOWN_FILE, Jaeger, environment, send, tool

PORTS = {'grpc': 0, 'http': 1, 'compact': 2, 'binary': 3}
ADDED = tuple(f"('{key}'" for key in ('otel.scope.name', 'otel.scope.version', 'otel.status_code'))


def _receiver(t, exporters):
    otelc = t.collector('\n'.join([
        'receivers:', '  jaeger:', '    protocols:',
        *(f'      {name}: {{endpoint: "127.0.0.{n}:0"}}' for n, name in
          enumerate(('grpc', 'thrift_http', 'thrift_compact', 'thrift_binary'), 1)),
        'exporters:', *(f'  {id}: {settings}' for id, settings in exporters.items()),
        'service:', '  pipelines:',
        f'    traces: {{receivers: [jaeger], exporters: [{", ".join(exporters)}]}}', '']))
    return otelc, {way: otelc.addresses('receivers/jaeger')[n] for way, n in PORTS.items()}


def _way(port):
    return port if port in ('http', 'grpc') else 'udp'


def _go(t, way, address, service):
    send(t, 'go', address, service, '00112233445566778899aabbccddeeff', PROTOCOL=f'jaeger/{way}')


def _program(t, command, way, address, service, **variables):
    run = subprocess.run([*command, way, 'http://%s:%d' % address, service], timeout=60, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                         env=environment(**variables))
    assert run.returncode == 0, run.stdout


def _python(t, *args):
    # Its messages were made for protobuf 3.
    _program(t, [tool(t, 'python-jaeger/ready') and tool(t, 'python-jaeger/bin/python'),
                 os.path.join(HERE, 'jaeger', 'send.py')], *args,
             PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION='python', LC_ALL='C.UTF-8')


def _node(t, *args):
    tool(t, 'node-jaeger/ready')
    _program(t, ['node', os.path.join(HERE, 'jaeger', 'send.js')], *args,
             NODE_PATH=t.path('build', 'tools', 'node-jaeger', 'node_modules'))


# ... each with the ports that it speaks to.
CLIENTS = {'go': (_go, ('http', 'compact'), len(known.KNOWN['spans'])),
           'python': (_python, ('http', 'compact', 'grpc'), 2),
           'node': (_node, ('http', 'binary'), 2)}


def _tags(tags):
    """Without what is another one in each run."""
    return sorted(repr((key, kind, value)) for key, kind, value in tags
                  if key not in ('client-uuid', 'ip', 'hostname'))


def _shape(spans, given=None):
    """{name: what of it is the same in each run}; given: what came directly."""
    names = {span['spanId']: span['operationName'] for _, span in spans}
    out = {}
    for process, span in spans:
        name = span['operationName']
        tags = [tag for tag in _tags(span['tags'])
                if not given or tag in given[name]['tags'] or not tag.startswith(ADDED)]
        out[name] = {
            'process': process['serviceName'], 'process tags': _tags(process['tags']),
            'tags': tags, 'flags': span['flags'],
            'logs': [_tags(log['fields']) for log in span['logs']],
            'references': sorted((kind, names.get(own, own)) for kind, _, own in
                                 span['references'] or [])}
    return out


def _references_of_parents(shape, spans):
    """Not all clients write the parent as a reference too; Jaeger adds it."""
    names = {span['spanId']: span['operationName'] for _, span in spans}
    for _, span in spans:
        one = shape[span['operationName']]
        parent = names.get(span['parentSpanId'], span['parentSpanId'])
        if int(span['parentSpanId'], 16) and not any(to == parent for _, to in one['references']):
            one['references'] = sorted([*one['references'], ('CHILD_OF', parent)])
    return shape


def _direct(t, client, count):
    direct = t.jaeger()
    host, port = direct.address.rsplit(':', 1)
    client(t, 'http', (host, int(port)), 'shop')
    given = direct.wait_spans(count)
    wanted = _references_of_parents(_shape(given), given)
    assert len(wanted) == count, wanted
    return wanted


def _compare(t, language, wanted=None):
    client, ways, count = CLIENTS[language]
    wanted = wanted or _direct(t, client, count)
    for way in ways:
        jaeger = t.jaeger()
        otelc, addresses = _receiver(t, {'jaeger': exporter(jaeger)})
        client(t, _way(way), addresses[way], 'shop')
        came = _shape(jaeger.wait_spans(count), wanted)
        for name, one in wanted.items():
            if way == 'grpc':  # Python's has process tags there, and only there
                one = {**one, 'process tags': came[name]['process tags']}
            assert came[name] == one, (language, way, name, came[name], one)
        assert otelc.stop() == 0 and 'dropped' not in otelc.log, otelc.log


def go_of_the_sdk(t):
    _compare(t, 'go')


def python_of_the_sdk(t):
    _compare(t, 'python')


def jaegers_own_client_for_node(t):
    # It writes all five values of a tag, which our strict reader does not take directly.
    process = {'process': 'shop', 'flags': 1,
               'process tags': _tags([['n', 'DOUBLE', 1.0],
                                      ['jaeger.version', 'STRING', 'Node-3.19.0']])}
    _compare(t, 'node', {
        'parent': {**process, 'logs': [], 'references': [], 'tags': _tags(
            [['b', 'BOOL', True], ['d', 'DOUBLE', 0.5], ['s', 'STRING', 'grüße'],
             ['sampler.param', 'BOOL', True], ['sampler.type', 'STRING', 'const'],
             ['span.kind', 'STRING', 'server']])},
        'child': {**process, 'tags': _tags([['error', 'BOOL', True]]),
                  'logs': [_tags([['event', 'STRING', 'an event'], ['k', 'STRING', 'v']])],
                  'references': [('CHILD_OF', 'parent')]}})


@each_workers
def otelc_to_otelc_to_a_real_jaeger(t):
    jaeger = Jaeger(t)
    shown, count = [], 3
    for service, grpc in (('direct', None), ('by-http', False), ('by-grpc', True)):
        settings = exporter(jaeger)
        if grpc is not None:
            _, addresses = _receiver(t, {'jaeger': exporter(jaeger)})
            url = '%s:%d' % addresses['grpc' if grpc else 'http']
            settings = (f'{{endpoint: "{url}", tls: {{insecure: true}}}}' if grpc
                        else f'{{endpoint: "http://{url}/api/traces"}}')
        otelc = t.collector(config(exporters={'jaeger': settings}))
        own = otlp.trace_id(len(shown) + 1)
        t.grpc(otelc).export_ok(otlp.request(otlp.resource_spans(
            [otlp.span(n, trace=own, name=f'op-{n}', attrs={'n': n, 's': 'grüße'})
             for n in range(count)], service)))
        came = jaeger.wait_spans(service, count)
        for process, _ in came:
            process['serviceName'] = 'shop'
        shown.append(sorted(repr(one).replace(own.hex(), 'N') for one in came))
    assert shown[0] == shown[1] == shown[2], shown
