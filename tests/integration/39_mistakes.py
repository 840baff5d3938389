"""What people get wrong in a configuration: each message has the place, and the edit that mends it.

Each case is an edit of a configuration that is right, and what validate says of it, but for the
file's name.
"""

RIGHT = """\
receivers:
  otlp:
    protocols:
      grpc:
        endpoint: 0.0.0.0:4317
      http:

processors:
  batch:
    timeout: 1s

exporters:
  jaeger:
    endpoint: jaeger:14250
    tls:
      insecure: true
  debug:

service:
  pipelines:
    traces:
      receivers: [otlp]
      processors: [batch]
      exporters: [jaeger, debug]
"""


def _check(t, *cases):
    for before, after, told in cases:
        assert RIGHT.count(before) >= 1, before
        text = RIGHT.replace(before, after, 1)
        code, err = t.validate(text)
        err = err.replace(t.directory + '/config.yaml:', '')
        wanted = told if isinstance(told, str) else '\n'.join(told)
        assert err == (wanted + '\n' if wanted else ''), (after, err)
        worst = not all(' warning: ' in line or ' note: ' in line for line in err.splitlines())
        assert code == worst, (after, code, err)


def what_is_right_is_not_spoken_of(t):
    _check(t, ('', '', ''))


def the_form_of_yaml(t):
    _check(
        t,
        ('    timeout: 1s', '\ttimeout: 1s', '10:1: a tab in the indentation: YAML wants blanks'),
        ('  batch:\n', '  batch\n', '9:3: a ":" is missing behind "batch"'),
        ('endpoint: jaeger', 'endpoint jaeger', '14:5: a ":" is missing behind "endpoint"'),
        ('endpoint: jaeger', 'endpoint:jaeger',
         '14:5: a blank is missing behind the ":" of "endpoint:jaeger:14250"'),
        ('timeout: 1s', 'timeout:1s', '10:5: processors.batch: wants a map of settings, not a '
         'string: write "timeout: 1s", with a blank'),
        ('    endpoint: jaeger', '  endpoint: jaeger', '15:5: is indented deeper than line 14, '
         'which has a value already: indent both alike'),
        ('    endpoint: jaeger', '      endpoint: jaeger',
         '15:5: is indented by 4, line 14 above by 6: indent what belongs together alike'),
        ('[jaeger, debug]', '[jaeger, debug',
         '24:18: a list in [ ] needs "," between its items and "]" at its end'),
        ('jaeger:14250', '"jaeger:14250', '14:15: the quotes that open here are not closed'),
        ('  batch:', '<<<<<<< HEAD\n  batch:', '9:1: a merge left both sides here: keep one, and '
         'take out the lines with <<<, === and >>>'),
        ('jaeger:14250', '{{ .Values.jaeger }}', '14:16: a key must be a word ("{{ }}" belongs to '
         'templates: fill them in first)'),
    )


def what_stands_where(t):
    _check(
        t,
        ('timeout: 1s', 'timeuot: 1s',
         '10:5: processors.batch.timeuot: unknown key; did you mean timeout?'),
        ('      grpc:', '      gprc:',
         '4:7: receivers.otlp.protocols.gprc: unknown key; did you mean grpc?'),
        ('    protocols:\n      grpc:\n        endpoint: 0.0.0.0:4317\n      http:\n',
         '    endpoint: 0.0.0.0:4317\n    protocols: {grpc: }\n',
         '3:5: receivers.otlp.endpoint: unknown key; did you mean protocols.grpc.endpoint?'),
        ('    protocols:\n      grpc:\n        endpoint: 0.0.0.0:4317\n      http:\n',
         '    protocols: [grpc, http]\n',
         '3:16: receivers.otlp.protocols: wants a map, not a list: write {grpc: {}, http: {}}'),
        ('  pipelines:\n    traces:\n', '  traces:\n',
         '20:3: service.traces: unknown key; did you mean service.pipelines.traces?'),
        ('service:\n', 'pipelines: {}\nservice:\n',
         '19:1: pipelines: unknown key; did you mean service.pipelines?'),
        ('  jaeger:\n    endpoint: jaeger:14250\n    tls:\n      insecure: true\n  debug:\n',
         '  - jaeger\n  - debug\n',
         '13:3: exporters: wants a map of exporters, not a list: write "jaeger:"'),
        ('processors:\n', 'processors:\n  batch:\n',
         '10:3: processors.batch: repeated key: it stands in line 9 already'),
    )


def names(t):
    _check(
        t,
        ('  jaeger:\n', '  jeager:\n',
         ('13:3: warning: exporters.jeager: there is no exporter jeager; did you mean jaeger? it '
          'is left out: no pipeline uses it',
          '24:19: service.pipelines.traces.exporters[0]: no exporter "jaeger" is defined: line 13 '
          'spells it jeager')),
        ('[jaeger, debug]', '[jaegr, debug]', '24:19: service.pipelines.traces.exporters[0]: no '
         'exporter "jaegr" is defined; did you mean jaeger?'),
        ('[jaeger, debug]', '[jaeger, debug, zipkin]', '24:34: service.pipelines.traces.exporters'
         '[2]: no exporter "zipkin" is defined: add it under exporters'),
        ('[jaeger, debug]', '[jaeger, debug, batch]', '24:34: service.pipelines.traces.exporters'
         '[2]: no exporter "batch" is defined: it is defined under processors only'),
        ('    traces:', '    trace:', '21:5: service.pipelines.trace: "trace" is no signal: a '
         'pipeline is called traces, metrics or logs, or traces/NAME; did you mean traces?'),
        ('receivers: [otlp]', 'receivers: otlp',
         '22:18: service.pipelines.traces.receivers: wants a list of ids: write [otlp]'),
    )


def what_is_missing(t):
    _check(
        t,
        (RIGHT[RIGHT.index('service:'):], '',
         '1:1: there is no service section, which says what runs: add service: {pipelines: '
         '{traces: {receivers: [otlp], exporters: [jaeger]}}}'),
        ('      receivers: [otlp]\n', '', '21:5: service.pipelines.traces: a pipeline needs at '
         'least one receiver: write receivers: [otlp]'),
        ('      processors: [batch]\n', '', '9:3: note: processors.batch: no pipeline uses it: add '
         'it to the processors of one, or take it out'),
        ('exporters:\n', 'extensions:\n  health_check:\nexporters:\n', '13:3: note: extensions.'
         'health_check: is not on: add it to service.extensions, or take it out'),
        ('exporters:\n', 'connectors:\n  forward:\nexporters:\n', '13:3: note: connectors.forward: '
         'no pipeline uses it: add it to the exporters of one and the receivers of another, or '
         'take it out'),
        ('    endpoint: jaeger:14250\n', '', '14:5: exporters.jaeger: endpoint is missing: write '
         'endpoint: jaeger:14250 for gRPC, or endpoint: http://jaeger:14268/api/traces for Thrift '
         'over HTTP'),
        ('jaeger:14250', '${env:NOT_SET_ANYWHERE}:14250', '14:15: exporters.jaeger.endpoint: '
         'environment variable NOT_SET_ANYWHERE is not set: set it, or write '
         '${env:NOT_SET_ANYWHERE:-default}'),
    )


def endpoints(t):
    place = '5:19: receivers.otlp.protocols.grpc.endpoint: '
    _check(
        t,
        ('0.0.0.0:4317', '4317', place + '4317 is a number: write "0.0.0.0:4317"'),
        ('0.0.0.0:4317', '"4317"', place + '"4317" has no host: write localhost:4317, or :4317 for '
         'all addresses'),
        ('0.0.0.0:4317', 'localhost', place + 'missing port in "localhost": write localhost:4317'),
        ('0.0.0.0:4317', 'http://0.0.0.0:4317',
         place + '"http://0.0.0.0:4317" is a URL: write 0.0.0.0:4317 to listen there'),
        ('0.0.0.0:4317', '0.0.0.0:4317/v1/traces',
         place + '"0.0.0.0:4317/v1/traces" has a path: write 0.0.0.0:4317 to listen there'),
        ('0.0.0.0:4317', '0.0.0.0:99999',
         place + 'port of "0.0.0.0:99999" is not a number from 0 to 65535'),
        ('0.0.0.0:4317', '":::4317"',
         place + 'an IPv6 address needs brackets, as in [::1]:4317: ":::4317"'),
    )


def exporters_that_send_to_their_own_receiver(t):
    circle = ('receivers/otlp listens there, whose data it sends: they would go round in a circle; '
              'send them to another host or port')
    for exporter, endpoint in (('otlp', 'localhost:4317'), ('otlp', 'http://127.0.0.1:4317'),
                               ('otlphttp', 'http://localhost:4318')):
        text = RIGHT.replace('  jaeger:\n', f'  {exporter}:\n').replace('jaeger:14250', endpoint)
        code, err = t.validate(text.replace('[jaeger', f'[{exporter}'))
        assert code == 0 and err.endswith(f':14:15: warning: exporters.{exporter}.endpoint: '
                                          f'{circle}\n'), (endpoint, err)
        assert err.count('\n') == 1, err
    for endpoint in ('jaeger:4317', 'localhost:5317', 'http://jaeger:4317'):
        text = RIGHT.replace('  jaeger:\n', '  otlp:\n').replace('jaeger:14250', endpoint)
        assert t.validate(text.replace('[jaeger', '[otlp')) == (0, ''), endpoint


def types(t):
    _check(
        t,
        ('timeout: 1s', 'timeout: 5', '10:14: processors.batch.timeout: 5 has no unit: write 5s '
         'for seconds, 5ms for milliseconds'),
        ('timeout: 1s', 'timeout: [1s]', '10:14: processors.batch.timeout: wants a duration like '
         '200ms, 5s or 1m30s, not a list'),
        ('timeout: 1s', 'send_batch_size: 8k', '10:22: processors.batch.send_batch_size: wants a '
         'whole number, not "8k"'),
        ('insecure: true', 'insecure: yes',
         '16:17: exporters.jaeger.tls.insecure: yes is a string: write true'),
        ('tls:\n      insecure: true', 'tls: true',
         '15:10: exporters.jaeger.tls: wants a map, not "true"'),
    )
