"""The image, as its users run it. docker/test builds it and finds the engine."""
import json
import os
import subprocess
import sys

from harness.wait import until

sys.path.append(os.path.join(os.path.dirname(__file__), '..', 'interop'))
import known  # noqa: E402
from tools import JaegerQuery, send, tool  # noqa: E402

READY = 'Everything is ready. Begin running and processing data.'
IMAGE = os.environ['IMAGE']
CONFIG = '/etc/otel-collector-config.yaml'
GOAL_BYTES = 20 * 1000 * 1000


def _docker(*words, code=0):
    """What it prints; it must end with that code."""
    run = subprocess.run(['docker', *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, timeout=80, check=False)
    assert run.returncode == code, f'docker {" ".join(words)}: {run.returncode}\n{run.stdout}'
    return run.stdout.strip()


def _inspect(thing, form):
    return json.loads(_docker('inspect', '--format', f'{{{{json {form}}}}}', thing))


def _start(t, *words):
    """A container in the background, gone at the end of the test."""
    container = _docker('run', '--detach', *words)
    return t.keep(container, lambda: _docker('rm', '--force', '--volumes', container))


def _wait_log(container, text):
    def look():
        return text in _docker('logs', container) or not _inspect(container, '.State.Running')
    until(look, 30, lambda: _docker('logs', container))
    log = _docker('logs', container)
    assert text in log, log
    return log


def _publish(port):
    """As in the documentation where all ports are ours, else one that the kernel picks."""
    return f'{port}:{port}' if 'OTELC_OWN_ENGINE' in os.environ else f'127.0.0.1::{port}'


def _published(container, port):
    host, _, number = _docker('port', container, f'{port}/tcp').splitlines()[0].rpartition(':')
    return ('127.0.0.1' if host == '0.0.0.0' else host), int(number)


def it_is_small(t):
    size = _inspect(IMAGE, '.Size')
    assert size <= GOAL_BYTES, f'{size} bytes'


def it_tells_its_version(t):
    assert _docker('run', '--rm', IMAGE, '--version').startswith('otelc version ')


def it_runs_its_own_configuration_without_arguments(t):
    container = _start(t, IMAGE)
    log = _wait_log(container, READY)
    assert '0.0.0.0:4317' in log and '0.0.0.0:4318' in log, log


def it_tells_the_engine_that_it_is_well(t):
    container = _start(t, '--health-interval', '200ms', IMAGE)
    until(lambda: _inspect(container, '.State.Health.Status') == 'healthy', 30,
          lambda: _docker('inspect', container))
    _docker('exec', container, '/otelc', 'health')


def one_without_health_check_is_well_too(t):
    container = _ours(t, '--health-interval', '200ms')
    until(lambda: _inspect(container, '.State.Health.Status') == 'healthy', 30,
          lambda: _docker('inspect', container))
    _docker('exec', container, '/otelc', 'health', code=1)


def it_has_the_names_of_the_official_images(t):
    for name in ('otelcol', 'otelcol-contrib'):
        _docker('run', '--rm', '--entrypoint', f'/{name}', IMAGE, 'validate', '--config',
                f'/etc/{name}/config.yaml')


def the_default_command_reads_what_is_mounted_over_any_of_the_usual_paths(t):
    bad = t.file('config.yaml', 'mounted: here\n')
    os.chmod(t.directory, 0o755)
    for name in ('otelcol', 'otelcol-contrib'):
        out = _docker('run', '--rm', '--volume', f'{bad}:/etc/{name}/config.yaml:ro', IMAGE, code=1)
        assert 'mounted' in out, out


def there_is_no_shell_and_nothing_that_others_may_write(t):
    _docker('run', '--rm', '--entrypoint', '/bin/sh', IMAGE, '-c', 'true', code=127)
    container = _docker('create', IMAGE)
    t.keep(container, lambda: _docker('rm', container))
    tar = os.path.join(t.directory, 'image.tar')
    _docker('export', '--output', tar, container)
    listing = subprocess.run(['tar', '-tvf', tar], stdout=subprocess.PIPE, text=True, check=True)
    files = [line for line in listing.stdout.splitlines() if line[0] in '-d']
    # What the engine itself adds under /dev, /etc, /proc and /sys is empty.
    assert not [line for line in files if line[8] == 'w' and line.split()[2] != '0'], files
    assert not [line for line in files if line.endswith(('/sh', '/bash', '/busybox'))], files


def _ours(t, *words):
    """The command that users have, but for the image's name."""
    config = t.path('otel-collector-config.yaml')
    return _start(t, '--publish', _publish(4317), '--volume', f'{config}:{CONFIG}', *words,
                  IMAGE, '--config', CONFIG)


def it_runs_as_nobody_on_a_read_only_root_without_any_right(t):
    container = _ours(t, '--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges')
    log = _wait_log(container, READY)
    # The engine's own filter lets ours be set. Landlock is a matter of the machine's kernel.
    assert 'system calls are not restricted' not in log and 'running as root' not in log, log
    assert 'sandbox' in log, log
    assert _inspect(IMAGE, '.Config.User') == '10001:10001'
    assert _docker('top', container, '-eo', 'pid,uid,gid').splitlines()[1].split()[1:] == [
        '10001', '10001']
    assert _stop(container) == 0


def _stop(container):
    """docker stop, which kills after 10 s; the exit code."""
    _docker('stop', container)
    return _inspect(container, '.State.ExitCode')


def _jaeger(t, network):
    """The real one, in a container that the others of the network call jaeger."""
    program = tool(t, 'jaeger-*')
    container = _start(t, '--network', network, '--network-alias', 'jaeger', '--volume',
                       f'{program}:/jaeger:ro', '--entrypoint', '/jaeger', '--publish',
                       _publish(16686), IMAGE)
    host, port = _published(container, 16686)
    jaeger = JaegerQuery(f'http://{host}:{port}/api')
    until(jaeger.is_up, 60, lambda: _docker('logs', container)[-3000:])
    return jaeger


def a_trace_goes_in_at_4317_and_comes_out_in_jaeger_and_a_stop_loses_nothing(t):
    network = _docker('network', 'create', f'otelc-{os.getpid()}')
    t.keep(network, lambda: _docker('network', 'rm', network))
    jaeger = _jaeger(t, network)
    container = _ours(t, '--network', network, '--read-only', '--cap-drop', 'ALL')
    _wait_log(container, READY)
    trace_id = '00112233445566778899aabbccddeeff'
    send(t, 'python', _published(container, 4317), 'docker', trace_id)
    # The batch would wait for 5 s; a stop sends it at once, and tells how it went.
    assert _stop(container) == 0, _docker('logs', container)
    known.compare(jaeger.wait_spans('docker', len(known.KNOWN['spans'])),
                  known.expected('python', 'docker', trace_id), ('parentSpanId',))
