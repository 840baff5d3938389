"""What the process has given up, and what it never tells."""
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile

from harness import otlp
from harness.case import Skip, config, each_workers
from harness.certificates import Authority
from harness.jaeger import Answer
from harness.wait import until

SECRET = 'hunter2'  # is a part of every secret here


def _threads(otelc, name):
    """A line of the status of each thread."""
    folder = f'/proc/{otelc.process.pid}/task'
    for thread in os.listdir(folder):
        with open(f'{folder}/{thread}/status', encoding='ascii') as file:
            yield re.search(rf'^{name}:\s*(\S+)', file.read(), re.M).group(1)


@each_workers
def each_thread_is_restricted_while_spans_travel(t):
    if t.is_sanitized:
        raise Skip('a sanitizer build')
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger).replace('127.0.0.1:' + str(jaeger.port),
                                               'localhost:' + str(jaeger.port)))
    t.grpc(otelc).export_ok(otlp.simple(1))
    jaeger.wait_spans(1)
    assert ('running as root' in otelc.log) == (os.geteuid() == 0), otelc.log
    assert set(_threads(otelc, 'Seccomp')) == {'2'}
    assert set(_threads(otelc, 'NoNewPrivs')) == {'1'}
    assert set(_threads(otelc, 'Umask')) == {'0077'}
    with open(f'/proc/{otelc.process.pid}/limits', encoding='ascii') as file:
        assert re.search(r'^Max core file size\s+0\s+0\s', file.read(), re.M)
    assert otelc.stop() == 0


def it_can_be_switched_off(t):
    otelc = t.collector(config(t.jaeger()), env={'OTELC_SANDBOX': 'off'})
    assert set(_threads(otelc, 'Seccomp')) == {'0'}
    assert 'as OTELC_SANDBOX says' in otelc.log or t.is_sanitized
    code, _, err = t.run('validate', '--config', 'yaml:{}', env={'OTELC_SANDBOX': 'never'})
    assert code == 2 and 'OTELC_SANDBOX is one of on, off and kill' in err, err


def a_call_that_is_not_allowed_fails_unless_it_is_a_test(t):
    """The default: whoever gets in gets EPERM; the unit tests have the list."""
    otelc = t.collector(config(t.jaeger()), env={'OTELC_SANDBOX': ''})
    t.grpc(otelc).export_ok(otlp.simple(1))
    assert otelc.stop() == 0


def no_descriptor_would_outlive_an_exec(t):
    authority = Authority(t.directory)
    cert, key = authority.issue()
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, grpc=f'tls: {{cert_file: "{cert}", key_file: "{key}"}}'))
    socket_path = os.path.join(t.directory, 'otlp.sock')
    plain = t.collector(config(jaeger).replace('127.0.0.1:0', 'unix:' + socket_path))
    client = t.grpc(plain, socket_path)
    client.export_ok(otlp.simple(1))
    jaeger.wait_spans(1)
    for one in (otelc, plain):
        others = []
        folder = f'/proc/{one.process.pid}/fdinfo'
        for fd in sorted(map(int, os.listdir(folder))):
            with open(f'{folder}/{fd}', encoding='ascii') as file:
                flags = int(re.search(r'^flags:\s*(\d+)', file.read(), re.M).group(1), 8)
            name = os.readlink(f'/proc/{one.process.pid}/fd/{fd}')
            if fd > 2 and not flags & os.O_CLOEXEC:
                others.append(f'{fd}: {name}')
        assert len(others) <= 2, others  # libcurl talks to itself through a pair
    assert stat.S_IMODE(os.stat(socket_path).st_mode) == 0o660


def certificates_behind_links_are_read_anew(t):
    """As Kubernetes mounts a secret: server.pem -> ..data/server.pem, ..data -> a new folder."""
    authority = Authority(t.directory)
    mount = os.path.join(t.directory, 'mount')
    os.mkdir(mount)

    def put(generation):
        cert, key = authority.issue()
        folder = os.path.join(mount, f'..{generation}')
        os.mkdir(folder)
        os.rename(cert, os.path.join(folder, 'server.pem'))
        os.rename(key, os.path.join(folder, 'server.key'))
        os.symlink(f'..{generation}', os.path.join(mount, '..new'))
        os.rename(os.path.join(mount, '..new'), os.path.join(mount, '..data'))
    put(1)
    for name in ('server.pem', 'server.key'):
        os.symlink(f'..data/{name}', os.path.join(mount, name))
    otelc = t.collector(config(t.jaeger(), grpc=(
        f'tls: {{cert_file: "{mount}/server.pem", key_file: "{mount}/server.key", '
        'reload_interval: 10ms}')))
    put(2)

    def is_told():
        with socket.create_connection(otelc.address, timeout=5):
            pass  # a connection looks at the files
        return 'certificate' in otelc.log.split('Everything is ready')[1]
    until(is_told, 20, lambda: otelc.log)
    assert 'cannot' not in otelc.log and 'ermission' not in otelc.log, otelc.log


def a_reload_finds_what_lies_in_its_folders_and_tells_of_other_ones(t):
    if t.is_sanitized:
        raise Skip('a sanitizer build')
    authority = Authority(t.directory)
    cert, key = authority.issue()
    home = os.path.join(t.directory, 'home')  # beside the configuration
    os.mkdir(home)
    away = tempfile.mkdtemp(prefix='otelc-test-')
    t.keep(away, lambda: shutil.rmtree(away))
    for folder in (home, away):
        for path in (cert, key):
            shutil.copy(path, folder)
    jaeger = t.jaeger()

    def text(folder, names):
        return config(jaeger, grpc=f'tls: {{cert_file: "{folder}/{names[0]}", '
                                   f'key_file: "{folder}/{names[1]}"}}')
    names = os.path.basename(cert), os.path.basename(key)
    otelc = t.collector(text(home, names))
    for name in names:
        os.rename(os.path.join(home, name), os.path.join(home, 'new-' + name))

    def reload(content, wanted):
        with open(otelc.path, 'w', encoding='utf-8') as file:
            file.write(content)
        before = len(otelc.log)
        otelc.signal(signal.SIGHUP)
        until(lambda: re.search(wanted, otelc.log[before:]), 20, lambda: otelc.log)
    reload(text(away, names), 'the sandbox keeps folders closed .*: restart otelc')
    reload(text(home, ['new-' + name for name in names]),
           'The new configuration is in force')
    assert otelc.stop() == 0


def a_queue_is_kept_on_disk(t):
    jaeger = t.jaeger()
    jaeger.always(Answer(503))
    text = config(jaeger, queue='{storage: file_storage}')
    text = text.replace('receivers:', 'extensions:\n  file_storage: {directory: '
                        f'"{t.directory}/queue", create_directory: true}}\nreceivers:', 1)
    text = text.replace('service:', 'service:\n  extensions: [file_storage]', 1)
    otelc = t.collector(text)
    for n in range(20):
        t.grpc(otelc).export_ok(otlp.simple(n))
    otelc.kill()
    t.collectors.remove(otelc)
    folder = os.path.join(t.directory, 'queue')
    assert stat.S_IMODE(os.stat(folder).st_mode) & 0o77 == 0
    assert not [name for name in os.listdir(folder)
                if stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode) & 0o77]
    jaeger.always()
    again = t.collector(text)
    jaeger.wait_spans(20)
    assert again.stop() == 0


def the_unit_file_is_one_that_systemd_takes(t):
    if not shutil.which('systemd-analyze'):
        raise Skip('no systemd-analyze')
    with open(t.path('docker', 'otelc.service'), encoding='utf-8') as file:
        unit = file.read().replace('/usr/local/bin/otelc', t.binary)
    verify = subprocess.run(['systemd-analyze', 'verify', t.file('otelc.service', unit)],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert (verify.returncode, verify.stdout) == (0, b''), verify.stdout.decode()


# ---- secrets ----

SECRETS = """
extensions:
  basicauth/server:
    htpasswd: {{inline: "ann:{{SHA}}{secret}"}}
  basicauth/client:
    client_auth: {{username: ann, password: "{secret}-password"}}
  basicauth/file:
    client_auth: {{username: ann, password_file: "{file}"}}
  bearertokenauth: {{tokens: ["{secret}-token-1", "{secret}-token-2"]}}
receivers:
  otlp:
    protocols:
      grpc: {{endpoint: "127.0.0.1:0", auth: {{authenticator: bearertokenauth}}}}
exporters:
  jaeger:
    endpoint: "http://127.0.0.1:{port}/api/traces"
    headers: {{x-api-key: "${{env:API_KEY}}", x-other: "{secret}-header"}}
    retry_on_failure: {{initial_interval: 20ms, max_interval: 20ms}}
    auth: {{authenticator: basicauth/client}}
  debug: {{verbosity: detailed}}
service:
  extensions: [basicauth/server, basicauth/client, basicauth/file, bearertokenauth]
  telemetry: {{logs: {{level: debug}}}}
  pipelines:
    traces: {{receivers: [otlp], exporters: [jaeger, debug]}}
"""
ENVIRONMENT = {'API_KEY': SECRET + '-env', 'CONTROL': SECRET + '\n-control'}


def _secrets(t, port=1):
    return SECRETS.format(secret=SECRET, port=port, file=t.file('password', SECRET + '-file'))


def no_secret_is_logged_while_it_runs(t):
    jaeger = t.jaeger()
    jaeger.next(Answer(503), Answer(429), Answer(Answer.RESET), Answer(401, message='no'))
    otelc = t.collector(_secrets(t, jaeger.port), env=ENVIRONMENT)
    for token in ('wrong-' + SECRET, SECRET + '-token-', 'Bearer ' + SECRET):
        client = t.grpc(otelc)
        reply = client.export(otlp.simple(1), more=[('authorization', token)])
        assert reply.status == 16, reply
        assert SECRET not in repr(reply), reply
    client = t.grpc(otelc)
    for n in range(2):
        reply = client.export(otlp.simple(n), more=[
            ('authorization', f'Bearer {SECRET}-token-2')])
        assert reply.status == 0, reply
    until(lambda: jaeger.delivered, 20, lambda: otelc.log)
    assert jaeger.delivered[0].headers['x-api-key'] == ENVIRONMENT['API_KEY']
    otelc.stop()
    assert SECRET not in otelc.log + otelc.out, otelc.log


def no_secret_of_an_endpoint_is_logged(t):
    for endpoint in ('http://ann:{}-userinfo@127.0.0.1:1/api/traces?key={}-query',
                     'http://ann:{}@userinfo@127.0.0.1:1/', 'ann:{}-userinfo@127.0.0.1:1'):
        good = _secrets(t).replace('http://127.0.0.1:1/api/traces', endpoint.replace('{}', SECRET))
        otelc = t.collector(good, args=['--shutdown-timeout', '100ms'], env=ENVIRONMENT)
        reply = t.grpc(otelc).export(otlp.simple(1), more=[
            ('authorization', f'Bearer {SECRET}-token-1')])
        assert reply.status == 0, reply
        otelc.wait_log('warn.*exporters/jaeger')
        assert otelc.stop() == 3
        assert SECRET not in otelc.log + otelc.out, otelc.log


# What is wrong with it, as the one change to the text above: (from, to).
BAD = [
    ('x-other: "', 'x other: "'),
    ('x-other: "hunter2-header"', 'x-other: "${env:CONTROL}"'),
    ('x-other: "hunter2-header"', 'x-other: [hunter2-header]'),
    ('x-other: "hunter2-header"', 'x-other: {hunter2: hunter2-header}'),
    ('headers: {', 'headers: "hunter2-headers", header: {'),
    ('headers: {', 'heders: {'),
    ('["hunter2-token-1", "hunter2-token-2"]', '{hunter2: hunter2-token}'),
    ('["hunter2-token-1", "hunter2-token-2"]', '["${env:CONTROL}"]'),
    ('["hunter2-token-1", "hunter2-token-2"]', '["hunter2-a", [hunter2-b]]'),
    ('["hunter2-token-1", "hunter2-token-2"]', '["hunter2-a", 12]'),
    ('tokens: ["hunter2-token-1", "hunter2-token-2"]', 'token: 0hunter2, tokens: [hunter2-a]'),
    ('tokens: ["hunter2-token-1", "hunter2-token-2"]', 'token: {a: hunter2-a}'),
    ('tokens: ["hunter2-token-1", "hunter2-token-2"]', 'tokn: hunter2-token'),
    ('"ann:{SHA}hunter2"', '"hunter2"'),
    ('"ann:{SHA}hunter2"', '"ann:hunter2"'),
    ('"ann:{SHA}hunter2"', '"ann:$$2y$$99$$hunter2"'),
    ('"ann:{SHA}hunter2"', '[hunter2]'),
    ('password: "hunter2-password"', 'password: [hunter2-password]'),
    ('password: "hunter2-password"', 'pasword: hunter2-password'),
    ('password: "hunter2-password"', 'password: hunter2-password, password_file: x'),
    ('username: ann, password: "', 'username: "ann:b", password: "'),
    ('"http://127.0.0.1', '"http://ann:hunter2-userinfo@127.0.0.1'),
    ('"http://127.0.0.1', '"ftp://ann:hunter2-userinfo@127.0.0.1'),
    ('"http://127.0.0.1', '"ann:hunter2-userinfo@127.0.0.1'),
    ('"http://127.0.0.1:1/api/traces"', '"http://127.0.0.1:1/api/traces?key=hunter2-query"'),
    ('"http://127.0.0.1:1/api/traces"', '"http://127.0.0.1:1:1/api/traces?key=hunter2-query"'),
    ('service:', 'more: ${env:API_KEY}\nservice:'),
    ('pipelines:', 'pipelines: {"${env:API_KEY}": {}}\n  pipelines:'),
    ('endpoint: "127.0.0.1:0",', 'endpoint: "127.0.0.1:0", tls: {cert_pem: hunter2, '
     'key_pem: hunter2},'),
    ('endpoint: "127.0.0.1:0",', 'endpoint: "127.0.0.1:0", tls: {cert_pem: [hunter2], '
     'key_pem: {a: hunter2}},'),
]


def no_problem_of_a_configuration_shows_a_secret(t):
    good = _secrets(t)
    code, out, err = t.run('validate', '--config', t.file('good.yaml', good), env=ENVIRONMENT)
    assert SECRET not in out + err, err
    assert code == 0, err
    shown = []
    for n, (old, new) in enumerate(BAD):
        assert old in good, old
        path = t.file(f'bad-{n}.yaml', good.replace(old, new, 1))
        code, out, err = t.run('validate', '--config', path, env=ENVIRONMENT)
        if SECRET in out + err:
            shown.append(f'{new}\n{out}{err}')
    assert not shown, '\n'.join(shown)
