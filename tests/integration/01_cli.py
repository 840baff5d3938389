"""The command line: what it prints, where, and the exit codes 0, 1 configuration, 2 usage, 3 run
time."""
import os
import re
import resource
import socket
import subprocess

from harness import otlp
from harness.case import Skip, config
from harness.wait import until

NOP = """\
receivers: {nop: }
exporters: {nop: }
service: {pipelines: {traces: {receivers: [nop], exporters: [nop]}}}
"""


def _listener(host='127.0.0.1'):
    taken = socket.socket()
    taken.bind((host, 0))
    taken.listen(1)
    return taken, taken.getsockname()[1]


def _read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def version_is_one_line(t):
    for option in ('--version', '-v'):
        code, out, err = t.run(option)
        assert code == 0 and re.fullmatch(r'otelc version \d+\.\d+\.\d+\n', out), (code, out, err)
        assert err == '', err


def help_names_the_commands_and_options(t):
    for option in ('--help', '-h'):
        code, out, err = t.run(option)
        assert code == 0 and err == '', (code, err)
        for word in ('--config', '--set', '--workers', '--shutdown-timeout', '--version', 'validate',
                     'components', 'health', '--if-served'):
            assert word in out, (word, out)


def help_of_one_command_has_its_options(t):
    for words in (('replay', '--help'), ('--help', 'replay'), ('help', 'replay'), ('replay', '-h')):
        code, out, err = t.run(*words)
        assert (code, err) == (0, ''), (words, code, err)
        assert out.startswith('Usage: otelc replay FILE ... --to ENDPOINT\n'), out
        assert '--retime' in out and '--seed' not in out and len(out.splitlines()) < 20, out
    assert t.run('help') == t.run('--help')
    assert t.run('version') == t.run('--version')


def components_are_listed(t):
    code, out, err = t.run('components')
    assert code == 0 and err == '', (code, err)
    kinds = re.split(r'^(receivers|processors|exporters|extensions):', out, flags=re.M)
    lists = dict(zip(kinds[1::2], kinds[2::2]))
    assert 'otlp' in lists['receivers'] and 'batch' in lists['processors'], out
    for name in ('jaeger', 'debug', 'nop'):
        assert name in lists['exporters'], out


def the_reference_is_what_the_docs_hold(t):
    code, out, err = t.run('reference')
    with open(os.path.join(os.path.dirname(__file__), '../../docs/configuration.md')) as file:
        assert code == 0 and out == file.read(), 'docs/configuration.md is old: run `make docs`'


def no_arguments_is_a_usage_error(t):
    code, out, err = t.run()
    assert code == 2 and out == '' and '--config' in err, (code, out, err)


def an_unknown_word_is_a_usage_error(t):
    code, out, err = t.run('explode')
    assert code == 2 and out == '' and 'explode' in err, (code, out, err)


def an_unknown_option_is_a_usage_error(t):
    code, _, err = t.run('--confg', 'x.yaml')
    assert code == 2 and 'confg' in err, (code, err)


def what_is_misspelt_gets_the_nearest(t):
    for words, told in ((('--confg', 'x.yaml'), 'unknown option: --confg; did you mean --config?'),
                        (('validate', '--strikt', '--config', 'x'), 'did you mean --strict?'),
                        (('validat',), 'unknown command: validat; did you mean validate?'),
                        (('components', '--json'), "unknown option: --json\nTry 'otelc --help'.")):
        code, out, err = t.run(*words)
        assert code == 2 and out == '' and told in err, (words, code, out, err)


def an_option_of_another_command_is_a_usage_error(t):
    for words, told in ((('generate', '--retime'), '--retime goes with replay only'),
                        (('--seed=3', 'health'), '--seed goes with generate only'),
                        (('--man', '--config', 'x.yaml'), '--man goes with reference only'),
                        (('--strict=1',), 'an option without a value: --strict=1'),
                        (('validate', '--config'), 'a value is missing after: --config')):
        code, out, err = t.run(*words)
        assert code == 2 and out == '' and told in err, (words, code, out, err)


def a_path_without_config_gets_the_hint(t):
    path = t.file('collector.yaml', NOP)
    code, _, err = t.run(path)
    assert code == 2 and '--config' in err and 'collector.yaml' in err, (code, err)


def half_of_what_is_printed_does_not_pass_for_all(t):
    for words in (['--help'], ['--version'], ['components'], ['reference', '--man'], ['schema'],
                  ['explain'], ['print-config', '--config', t.path('config', 'quickstart.yaml')]):
        with open('/dev/full', 'w', encoding='utf-8') as full:
            done = subprocess.run([t.binary, *words], stdout=full, stderr=subprocess.PIPE,
                                  timeout=20, check=False, text=True)
        assert done.returncode == 3, (words, done)
        assert done.stderr.endswith('otelc: cannot write to stdout: No space left on device\n'), done


def closed_standard_files_are_not_taken_by_others(t):
    log = os.path.join(t.directory, 'log')
    text = config(t.jaeger()) + (
        f'  telemetry: {{metrics: {{level: none}}, logs: {{output_paths: [{log}]}}}}\n')
    closing = ['sh', '-c', 'exec "$@" <&- >&- 2>&-', 'sh', t.binary]
    command = subprocess.Popen([*closing, '--config', t.file('closed.yaml', text)])
    t.keep(command, command.kill)
    until(lambda: os.path.exists(log) and 'Everything is ready' in _read(log), 20)
    for fd in range(3):
        assert os.readlink(f'/proc/{command.pid}/fd/{fd}') == '/dev/null'
    command.terminate()
    assert command.wait(20) == 0
    assert subprocess.run([*closing, 'schema'], timeout=20, check=False).returncode == 3


def a_lack_of_threads_is_told(t):
    if os.geteuid() != 0:
        raise Skip('needs root, to be a user without processes')

    def have_few_threads():
        os.setuid(61184)
        resource.setrlimit(resource.RLIMIT_NPROC, (3, 3))

    with open(t.binary, 'rb') as file:  # its folder may be closed to that user
        done = subprocess.run(
            ['otelc', '--config', 'yaml:' + config(exporters={'nop': '{}'}), '--workers', '9'],
            executable=f'/proc/self/fd/{file.fileno()}', pass_fds=[file.fileno()],
            preexec_fn=have_few_threads, capture_output=True, timeout=20, check=False, text=True)
    assert done.returncode == 3, done
    assert 'cannot start: cannot make a thread: ' in done.stderr, done
    assert 'service.workers to less than 9' in done.stderr, done


def set_without_equal_sign_is_a_usage_error(t):
    code, _, err = t.run('--config', t.file('c.yaml', NOP), '--set', 'exporters.nop')
    assert code == 2 and 'exporters.nop' in err, (code, err)


def a_good_config_validates_in_silence(t):
    code, out, err = t.run('validate', '--config', t.file('c.yaml', NOP))
    assert (code, out, err) == (0, '', ''), (code, out, err)


def config_can_be_given_with_an_equal_sign(t):
    code, out, err = t.run('validate', '--config=' + t.file('c.yaml', NOP))
    assert (code, out, err) == (0, '', ''), (code, out, err)


def a_config_that_cannot_be_read_is_named(t):
    missing = os.path.join(t.directory, 'nothing.yaml')
    cases = [('--config', missing, 'nothing.yaml'), ('--config', t.directory, t.directory)]
    if os.getuid() != 0:
        locked = t.file('locked.yaml', NOP)
        os.chmod(locked, 0)
        cases.append(('--config', locked, 'locked.yaml'))
    for command in ([], ['validate']):
        for option, path, word in cases:
            code, out, err = t.run(*command, option, path)
            assert code == 1 and out == '' and word in err, (command, path, code, out, err)


def an_empty_config_says_what_is_missing(t):
    for content in ('', '\n', '# nothing but this\n', '---\n', '{}\n'):
        code, err = t.validate(content)
        assert code == 1 and 'config.yaml' in err, (content, code, err)


def a_binary_config_is_refused(t):
    for content in (bytes(range(256)) * 16, b'\x7fELF' + bytes(4096), b'\xff' * 5000,
                    b'\0', os.urandom(1 << 16)):
        code, err = t.validate(content)
        assert code == 1 and 'config.yaml' in err, (content[:20], code, err)
        assert len(err) < 10000 and not re.search(r'[\x00-\x08\x0b-\x1f\x7f]', err), err


def a_huge_or_deep_config_is_refused(t):
    for content in ('receivers: ' + '{a: ' * 20000 + '}' * 20000, '[' * 100000,
                    '# ' + 'x' * (2 << 20) + '\n' + NOP,
                    'a: &a [x, x, x, x, x, x, x, x, x, x]\n'
                    + ''.join(f'{c}: &{c} [' + ', '.join([f'*{b}'] * 10) + ']\n'
                              for b, c in zip('abcdefghi', 'bcdefghij'))):
        code, err = t.validate(content)
        assert code == 1 and 'config.yaml' in err, (content[:40], code, err[:1000])


def all_errors_come_at_once_with_their_places(t):
    code, err = t.validate("""\
receivers:
  otlp:
    protocols:
      grpc:
        endpont: 127.0.0.1:0
processors:
  batch:
    timeout: soon
    send_batch_size: -1
exporters:
  jaegr:
  jaeger:
    endpoint: "http://jaeger:14268/api/traces"
service:
  pipelines:
    traces:
      receivers: [otlp]
      processors: [batch/2]
      exporters: [jaeger]
""")
    assert code == 1, (code, err)
    for place, words in (('5:9', ('receivers.otlp.protocols.grpc.endpont', 'endpoint')),
                         ('8:14', ('processors.batch.timeout', 'soon')),
                         ('9:22', ('processors.batch.send_batch_size', '-1')),
                         ('11:3', ('jaegr', 'jaeger')),
                         ('18:20', ('batch/2',))):
        line = next((line for line in err.splitlines() if f'config.yaml:{place}:' in line), None)
        assert line is not None, (place, err)
        assert all(word in line for word in words), (words, line)


def a_component_of_upstream_is_told_from_a_typo(t):
    code, err = t.validate(NOP.replace('nop: }\ns', 'nop: , kafka: }\ns').replace(
        'exporters: [nop]', 'exporters: [nop, kafka]'))
    assert code == 1 and 'kafka' in err and 'yet' in err, (code, err)


def what_no_pipeline_uses_is_only_a_warning(t):
    code, err = t.validate(NOP.replace('nop: }\ns', 'nop: , kafka: , debug: }\ns'))
    assert code == 0 and 'warning' in err and 'kafka' in err, (code, err)


def the_configs_of_the_repository_validate(t):
    paths = [t.path('otel-collector-config.yaml'), t.path('config', 'quickstart.yaml')]
    for path in paths:
        code, out, err = t.run('validate', '--config', path)
        assert (code, out, err) == (0, '', ''), (path, code, out, err)


def a_port_in_use_is_exit_code_3(t):
    taken, port = _listener()
    text = config(t.jaeger()).replace('127.0.0.1:0', f'127.0.0.1:{port}')
    otelc = t.collector(text, wait_ready=False)
    assert otelc.wait_exit() == 3, otelc.log
    assert f':{port}' in otelc.log and 'taken' in otelc.log, otelc.log
    # This process holds it, and its name is in /proc.
    assert str(os.getpid()) in otelc.log, otelc.log
    taken.close()


def a_second_collector_on_the_same_port_is_refused(t):
    first = t.collector(config(t.jaeger()))
    text = config(t.jaeger()).replace('127.0.0.1:0', f'127.0.0.1:{first.address[1]}')
    second = t.collector(text, wait_ready=False)
    assert second.wait_exit() == 3, second.log
    assert str(first.process.pid) in second.log and 'otelc' in second.log, second.log
    assert first.is_alive()


def an_address_that_is_not_ours_is_exit_code_3(t):
    text = config(t.jaeger()).replace('127.0.0.1:0', '192.0.2.1:4317')
    otelc = t.collector(text, wait_ready=False)
    assert otelc.wait_exit() == 3 and '192.0.2.1:4317' in otelc.log, otelc.log
    assert 'does not have that address' in otelc.log, otelc.log


def several_configs_and_set_merge_in_order(t):
    jaeger = t.jaeger()
    base = t.file('base.yaml', config(jaeger))
    other = t.file('other.yaml', 'exporters: {jaeger: {endpoint: "http://192.0.2.1:1/"}}\n')
    otelc = t.collector(args=['--config', base, '--config', other,
                              '--set', f'exporters.jaeger.endpoint={jaeger.url}'])
    t.http(otelc).post_ok(b'')
    assert otelc.stop() == 0


def the_environment_fills_in(t):
    jaeger = t.jaeger()
    text = config(jaeger, batch='{timeout: "${env:TEST_NOT_SET:-20ms}"}') \
        .replace(jaeger.url, '${env:TEST_JAEGER}')
    otelc = t.collector(text, env={'TEST_JAEGER': jaeger.url})
    t.grpc(otelc).export_ok(otlp.simple(1))
    jaeger.wait_spans(1)
    assert otelc.stop() == 0


def strict_makes_warnings_and_notes_errors(t):
    text = NOP.replace('exporters: {nop: }', 'exporters: {nop: , mystery: }')
    code, out, err = t.run('validate', '--config', 'yaml:' + text)
    assert code == 0 and 'warning: exporters.mystery' in err, err
    code, out, err = t.run('validate', '--strict', '--config', 'yaml:' + text)
    assert code == 1 and 'exporters.mystery: there is no' in err and 'warning' not in err, err
    assert t.run('validate', '--strict', '--config', 'yaml:' + NOP)[0] == 0


def options_of_long_ago_are_taken_and_told(t):
    for option, today in (('--log-level=debug', 'service.telemetry.logs.level'),
                          ('--metrics-addr=:8888', 'service.telemetry.metrics.address'),
                          ('--mem-ballast-size-mib=64', 'no garbage collector'),
                          ('--feature-gates=-x', 'there are none')):
        code, out, err = t.run('validate', '--config', 'yaml:' + NOP, option)
        assert code == 0 and today in err, (option, code, err)


def the_gate_that_moved_default_endpoints_still_does(t):
    text = 'yaml:' + NOP.replace('receivers: {', 'receivers: {otlp: {protocols: {grpc: }}, ')
    for options, host in (((), 'localhost'),
                          (('--feature-gates=-component.UseLocalHostAsDefaultHost',), '0.0.0.0')):
        code, out, _ = t.run('print-config', '--config', text, *options)
        assert code == 0 and f'{host}:4317' in out, (options, out)


def sigterm_and_sigint_are_exit_code_0(t):
    for number in (15, 2):
        otelc = t.collector(config(t.jaeger()))
        otelc.signal(number)
        assert otelc.wait_exit() == 0, otelc.log


def stopping_says_so(t):
    otelc = t.collector(config(t.jaeger()))
    assert otelc.stop() == 0
    assert otelc.out == '', otelc.out
    assert otelc.log.index('Starting shutdown') < otelc.log.index('Shutdown complete.'), otelc.log
