"""Who may come in, and how: pages of other sites, secrets, unix sockets, several addresses."""
import base64
import os
import re
import shutil
import socket
import subprocess

from harness import otlp
from harness.case import Skip, config, each_workers, exporter
from harness.grpc_client import SERVING

PAGE = 'https://app.example.com'
ASK = {'method': 'OPTIONS', 'content_type': None, 'access_control_request_method': 'POST'}


def _config(jaeger, http='', grpc='', head=''):
    """Both protocols; http, grpc: more keys of their blocks."""
    text = config(jaeger, grpc=grpc)
    http = f'      http: {{endpoint: "127.0.0.2:0"{", " + http if http else ""}}}\n'
    return head + text.replace('processors:\n', http + 'processors:\n', 1)


def _cors(jaeger):
    return _config(jaeger, 'cors: {allowed_origins: ["https://*.example.com"], max_age: 60}, '
                           'response_headers: {X-Site: north}')


def a_page_of_an_allowed_site_may_send(t):
    jaeger = t.jaeger()
    client = t.http(t.collector(_cors(jaeger)))
    reply = client.post(b'', origin=PAGE, access_control_request_headers='content-type', **ASK)
    assert reply.status == 204 and 'content-length' not in reply.headers, reply
    for name, value in (('origin', PAGE), ('methods', 'POST'), ('headers', 'content-type'),
                        ('credentials', 'true')):
        assert reply.headers[f'access-control-allow-{name}'] == value, reply
    assert reply.headers['access-control-max-age'] == '60', reply
    for body, status in ((otlp.simple(1), 200), (b'\x0a\x7f\x00', 400)):
        reply = client.post(body, origin=PAGE)
        assert reply.status == status and reply.headers['vary'] == 'Origin', reply
        assert reply.headers['access-control-allow-origin'] == PAGE, reply
        assert reply.headers['x-site'] == 'north', reply
    jaeger.wait_spans(1)


def a_page_of_another_site_is_not_told_that_it_may(t):
    jaeger = t.jaeger()
    otelc = t.collector(_cors(jaeger))
    for origin in ('https://example.com', 'https://app.example.com.evil.test', 'null'):
        reply = t.http(otelc).post(b'', origin=origin, **ASK)
        assert reply.status == 204, reply
        assert not any(name.startswith('access-control') for name in reply.headers), reply
        otelc.wait_log(r'refused OPTIONS /v1/traces from .*: cors.allowed_origins does not have '
                       + re.escape(origin))


def a_page_may_ask_over_http2(t):
    jaeger = t.jaeger()
    client = t.grpc(t.collector(_cors(jaeger)))
    reply = client.reply(client.start('/v1/traces', end=True, replace={
        ':method': 'OPTIONS', 'te': None, 'content-type': None, 'origin': PAGE,
        'access-control-request-method': 'POST'}))
    assert reply.http_status == 204, reply
    assert reply.headers['access-control-allow-origin'] == PAGE, reply.headers
    assert reply.headers['x-site'] == 'north', reply.headers


def without_cors_there_are_no_options(t):
    jaeger = t.jaeger()
    reply = t.http(t.collector(_config(jaeger))).post(b'', origin=PAGE, **ASK)
    assert reply.status == 405 and b'cors.allowed_origins' in reply.body, reply
    assert not any(name.startswith('access-control') for name in reply.headers), reply


# ---- secrets ----

BEARER = """extensions:
  bearertokenauth: {tokens: [open-sesame, other-secret]}
"""
BASIC = """extensions:
  basicauth/door:
    htpasswd:
      inline: |
        ann:$$2y$$04$$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW
        bob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=
"""
HIDDEN = ('sesame', 'hidden', 'secret', 'c2VjcmV0')


def _guarded(jaeger, extensions, id):
    text = _config(jaeger, f'auth: {{authenticator: {id}}}', f'auth: {{authenticator: {id}}}',
                   extensions)
    return text.replace('service:\n', f'service:\n  extensions: [{id}]\n')


def _basic(name, password):
    return 'Basic ' + base64.b64encode(f'{name}:{password}'.encode()).decode()


def _no_secret_in(log):
    assert not any(word in log for word in HIDDEN), log


@each_workers
def only_clients_with_a_token_may_send(t):
    jaeger = t.jaeger()
    otelc = t.collector(_guarded(jaeger, BEARER, 'bearertokenauth'))
    sent = 0
    for address in otelc.addresses():
        for value, good in ((None, False), ('Bearer hidden', False), ('Bearer open-sesam', False),
                            ('open-sesame', False), ('Bearer open-sesame', True),
                            ('bearer other-secret', True), ('Basic open-sesame', False)):
            reply = t.http(otelc, address).post(otlp.simple(sent), authorization=value)
            assert reply.status == (200 if good else 401), (value, reply)
            if not good:
                assert reply.headers['www-authenticate'] == 'Bearer realm="otelc"', reply
            more = [('authorization', value)] if value else []
            reply = t.grpc(otelc, address).export(otlp.simple(sent), more=more)
            assert reply.status == (0 if good else 16), (value, reply)
            sent += 2 * good
    jaeger.wait_spans(sent)
    otelc.wait_log('refused POST .*credentials')
    _no_secret_in(otelc.log)


def two_secrets_are_one_too_many(t):
    otelc = t.collector(_guarded(t.jaeger(), BEARER, 'bearertokenauth'))
    good = 'authorization: Bearer open-sesame'
    for more in ([good, good], ['authorization: x', good]):
        assert t.http(otelc).post(b'', more=more).status == 401


def users_with_their_password_may_send(t):
    jaeger = t.jaeger()
    otelc = t.collector(_guarded(jaeger, BASIC, 'basicauth/door'))
    client, sent = t.http(otelc), 0
    for _ in range(2):
        for name, password, good in (('ann', 'secret', True), ('bob', 'secret', True),
                                     ('ann', 'hidden', False), ('eve', 'secret', False)):
            reply = client.post(otlp.simple(1), authorization=_basic(name, password))
            assert reply.status == (200 if good else 401), (name, reply)
            sent += good
    assert reply.headers['www-authenticate'].startswith('Basic '), reply
    jaeger.wait_spans(sent)
    _no_secret_in(otelc.log)


def a_stranger_is_refused_before_the_body_is_read(t):
    otelc = t.collector(_guarded(t.jaeger(), BEARER, 'bearertokenauth'))
    client = t.http(otelc)
    client.raw(client.head(content_length=50 << 20, expect='100-continue'))
    assert client.reply().status == 401 and client.at_end()
    client = t.grpc(otelc)
    assert client.reply(client.start()).status == 16


def health_is_told_to_everybody(t):
    otelc = t.collector(_guarded(t.jaeger(), BEARER, 'bearertokenauth'))
    for more in ([], [('authorization', 'Bearer hidden')]):
        for path, status in (('/grpc.health.v1.Health/Check', 0),
                             ('/grpc.health.v1.Health/List', 16)):
            reply = t.grpc(otelc).export(b'', path=path, more=more)
            assert reply.status == status, (path, reply)
        assert t.grpc(otelc).watch().next() == SERVING
    _no_secret_in(otelc.log)


def a_browser_may_ask_without_a_secret(t):
    http = 'auth: {authenticator: bearertokenauth}, cors: {allowed_origins: ["*"], ' \
           'allowed_headers: [Authorization]}'
    text = _config(t.jaeger(), http, 'auth: {authenticator: bearertokenauth}', BEARER)
    otelc = t.collector(text.replace('service:\n', 'service:\n  extensions: [bearertokenauth]\n'))
    address = otelc.addresses()[1]
    reply = t.http(otelc, address).post(b'', origin=PAGE, **ASK,
                                        access_control_request_headers='authorization')
    assert reply.status == 204, reply
    assert reply.headers['access-control-allow-headers'] == 'authorization', reply
    reply = t.http(otelc, address).post(otlp.simple(1), origin=PAGE)
    assert reply.status == 401, reply
    assert reply.headers['access-control-allow-origin'] == PAGE, reply


def a_guard_that_is_not_there_is_found_before_the_start(t):
    good = _guarded(t.jaeger(), BEARER, 'bearertokenauth')
    assert t.validate(good)[0] == 0
    for old, new, wanted in (
            ('  extensions: [bearertokenauth]\n', '', 'add it to service.extensions'),
            ('authenticator: bearertokenauth', 'authenticator: bearertokenaut',
             'did you mean bearertokenauth?'),
            ('{authenticator: bearertokenauth}', '{}', 'names nobody'),
            ('bearertokenauth', 'oidc', 'does not have the extension oidc')):
        code, err = t.validate(good.replace(old, new))
        assert code == 1 and wanted in err, (wanted, err)


def a_guard_on_the_wrong_side_is_found_before_the_start(t):
    jaeger = t.jaeger()
    client = 'extensions:\n  basicauth: {client_auth: {username: ann, password: hidden}}\n'
    text = _guarded(jaeger, client, 'basicauth')
    code, err = t.validate(text)
    place = r'config.yaml:\d+:\d+: receivers.otlp.protocols.grpc.auth.authenticator: '
    assert code == 1 and re.search(place + 'extensions.basicauth is not set up for receivers: it '
                                   'wants htpasswd, to check clients with', err), err
    text = config(exporters={'jaeger': exporter(jaeger)[:-1] + ', auth: {authenticator: '
                                       'basicauth/door}}'})
    text = BASIC + text.replace('service:\n', 'service:\n  extensions: [basicauth/door]\n')
    code, err = t.validate(text)
    place = r'config.yaml:\d+:\d+: exporters.jaeger.auth.authenticator: '
    assert code == 1 and re.search(place + 'extensions.basicauth/door is not set up for '
                                   'exporters: it wants client_auth, to have something', err), err


# ---- addresses ----


@each_workers
def a_unix_socket_serves_both_protocols(t):
    jaeger = t.jaeger()
    path = os.path.join(t.directory, 'otlp.sock')
    unix = f'{{endpoint: "{path}", transport: unix}}'
    text = _config(jaeger).replace('{endpoint: "127.0.0.1:0"}', unix).replace(
        '{endpoint: "127.0.0.2:0"}', unix)
    otelc = t.collector(text)
    otelc.wait_log(f'listening on unix:{re.escape(path)}')
    for n in range(4):
        t.grpc(otelc, path).export_ok(otlp.simple(2 * n))
        t.http(otelc, path).post_ok(otlp.simple(2 * n + 1))
    jaeger.wait_spans(8)
    assert t.http(otelc, path).post(b'', path='/nowhere').status == 404
    otelc.wait_log('from unix ')
    code, _, err = t.run('--config', t.file('second.yaml', text))
    assert code == 3 and 'another process listens there' in err, err
    assert t.http(otelc, path).post(b'').status == 200
    assert otelc.stop() == 0
    assert not os.path.exists(path)


def a_socket_that_was_left_behind_is_replaced(t):
    jaeger = t.jaeger()
    path = os.path.join(t.directory, 'otlp.sock')
    text = config(jaeger).replace('"127.0.0.1:0"', f'"unix://{path}", transport: unix')
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(path)
    t.grpc(t.collector(text), path).export_ok(otlp.simple(1))
    jaeger.wait_spans(1)


def several_addresses_and_families(t):
    jaeger = t.jaeger()
    text = config(jaeger).replace('"127.0.0.1:0"', '"localhost:0"')
    text = text.replace('processors:\n', """      http: {endpoint: "127.0.0.2:0", transport: tcp4}
  otlp/six: {protocols: {http: {endpoint: "localhost:0", transport: tcp6}}}
processors:
""", 1).replace('receivers: [otlp]', 'receivers: [otlp, otlp/six]')
    otelc = t.collector(text)
    found = re.findall(r'(\S+):(\d+)(?:,| \(gRPC)', otelc.log)
    hosts = [host.strip('[]') for host, _ in found]
    assert sorted(hosts) == ['127.0.0.1', '127.0.0.2', '::1', '::1'], otelc.log
    for n, (host, port) in enumerate(found):
        t.grpc(otelc, (host.strip('[]'), int(port))).export_ok(otlp.simple(n))
    jaeger.wait_spans(4)


# ---- being a client ----


def the_exporter_sends_its_secret(t):
    tokens = t.file('tokens', 'first-token\n')
    extensions = f"""extensions:
  basicauth/jaeger: {{client_auth: {{username: ann, password: secret}}}}
  bearertokenauth: {{filename: "{tokens}"}}
"""
    thrift, grpc = t.jaeger(), t.jaeger(grpc=True)
    with_auth = [exporter(jaeger)[:-1] + f', auth: {{authenticator: {id}}}}}'
                 for jaeger, id in ((thrift, 'basicauth/jaeger'), (grpc, 'bearertokenauth'))]
    text = extensions + config(exporters={'jaeger/1': with_auth[0], 'jaeger/2': with_auth[1]})
    otelc = t.collector(text.replace(
        'service:\n', 'service:\n  extensions: [basicauth/jaeger, bearertokenauth]\n'))
    t.grpc(otelc).export_ok(otlp.simple(1))
    for jaeger, wanted in ((thrift, _basic('ann', 'secret')), (grpc, 'Bearer first-token')):
        jaeger.wait_spans(1)
        headers = jaeger.delivered[0].headers
        assert headers['authorization'] == wanted, headers
    _no_secret_in(otelc.log)
    assert 'first-token' not in otelc.log


def the_proxy_of_the_environment_is_shown(t):
    jaeger = t.jaeger()
    env = {'http_proxy': 'http://ann:hidden@127.0.0.1:1', 'no_proxy': '127.0.0.1'}
    otelc = t.collector(config(jaeger), env=env)
    otelc.wait_log(r'exporters/jaeger\tgoes through a proxy: '
                   r'http_proxy=http://\*\*\*\*@127.0.0.1:1, no_proxy=127.0.0.1$')
    assert 'hidden' not in otelc.log
    t.grpc(otelc).export_ok(otlp.simple(1))
    jaeger.wait_spans(1)
    otelc = t.collector(config(t.jaeger()), env={**env, 'no_proxy': ''})
    t.grpc(otelc).export_ok(otlp.simple(2))
    otelc.wait_log('connection refused')  # it is obeyed
    assert 'hidden' not in otelc.log


# ---- the process ----


def its_memory_is_for_nobody_else(t):
    """No core dump, no look through /proc: the kernel gives those files to root."""
    path = t.file('config.yaml', config(t.jaeger()))
    other = 65534 if os.getuid() == 0 else None
    os.chmod(t.directory, 0o755)
    binary = os.path.join(t.directory, 'otelc')  # the other user may not come to where it was built
    shutil.copy(t.binary, binary)
    process = subprocess.Popen([binary, '--config', path], user=other, group=other,
                               extra_groups=None if other is None else [],
                               stderr=subprocess.PIPE, text=True)
    t.keep(process, process.kill)
    log = ''
    while 'Everything is ready' not in log:
        line = process.stderr.readline()
        assert line, log
        log += line
    environ = f'/proc/{process.pid}/environ'
    if t.is_sanitized:
        raise Skip('a leak checker needs to look')
    assert os.stat(environ).st_uid == 0 and process.poll() is None
    process.terminate()
    assert process.wait(20) == 0
