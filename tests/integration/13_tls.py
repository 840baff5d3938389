"""TLS: on the receiver's ports, with and without clients' certificates, and towards Jaeger."""
import os
import re
import shutil
import socket
import ssl
import struct

from harness import otlp
from harness.case import config, each_workers, exporter
from harness.certificates import Authority, tls_keys
from harness.wait import until


def _start(t, more='', authority=None, **issue):
    """(Jaeger, collector with TLS, the CA of its certificate)"""
    authority = authority or Authority(t.directory)
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, grpc=tls_keys(*authority.issue(**issue), more)))
    return jaeger, otelc, authority


@each_workers
def grpc_and_http_by_tls(t):
    jaeger, otelc, authority = _start(t)
    client = t.grpc(otelc, tls=authority.client())
    assert client.socket.selected_alpn_protocol() == 'h2'
    assert client.socket.version() == 'TLSv1.3'
    client.export_ok(otlp.simple(1))
    for n, alpn in ((2, ('http/1.1',)), (3, ('http/1.1', 'h2')), (4, ())):
        http = t.http(otelc, tls=authority.client(alpn))
        http.post_ok(otlp.simple(n))
    old = authority.client()
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    t.grpc(otelc, tls=old).export_ok(otlp.simple(5))
    jaeger.wait_spans(5)
    assert 'gRPC and HTTP, TLS' in otelc.log


def large_requests_and_many(t):
    jaeger, otelc, authority = _start(t)
    client = t.grpc(otelc, tls=authority.client())
    spans = [otlp.span(n, name='x' * 1000) for n in range(1, 3001)]
    client.export_ok(otlp.request(otlp.resource_spans(spans, 'shop')))
    for n in range(4001, 4101):
        client.export_ok(otlp.simple(n))
    http = t.http(otelc, tls=authority.client(()))
    for n in range(5001, 5101):
        http.post_ok(otlp.simple(n))
    jaeger.wait_spans(3200)
    assert otelc.stop() == 0


def the_end_is_announced(t):
    _, otelc, authority = _start(t)
    http = t.http(otelc, tls=authority.client(()))
    http.socket.suppress_ragged_eofs = False
    assert http.post(otlp.simple(1), connection='close').status == 200
    assert http.socket.recv(1) == b''  # an error without close_notify


def _refused(t, otelc, context, words):
    """A client that does not get in, and what the log says about it."""
    count = len(re.findall(words, otelc.log))
    try:
        http = t.http(otelc, tls=context)
        reply = http.post(otlp.simple(9))
        assert reply is None, reply
    except OSError:  # an alert
        pass
    otelc.wait_log(words, count=count + 1)


def clients_show_their_certificates(t):
    clients, strangers = Authority(t.directory, 'clients'), Authority(t.directory, 'strangers')
    jaeger, otelc, authority = _start(t, f', client_ca_file: "{clients.file}"')
    good = authority.client(pair=clients.issue('app'))
    t.grpc(otelc, tls=good).export_ok(otlp.simple(1))
    for pair, words in ((None, 'the client has no certificate, which client_ca_file asks for'),
                        (strangers.issue('app'), 'of a CA that client_ca_file does not name'),
                        (clients.issue('app', days=-1), 'the client\'s certificate has expired')):
        for newest in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
            context = authority.client((), pair)
            context.maximum_version = newest
            _refused(t, otelc, context, words)
    t.grpc(otelc, tls=good).export_ok(otlp.simple(2))
    jaeger.wait_spans(2)


def handshakes_that_fail(t):
    jaeger, otelc, authority = _start(t)
    old = authority.client()
    old.set_ciphers('ALL:@SECLEVEL=0')
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    _refused(t, otelc, old, 'no version of TLS that is spoken here')
    _refused(t, otelc, authority.client(('spdy/1',)), 'neither h2 nor http/1.1')
    weak = authority.client()
    weak.set_ciphers('ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0')
    weak.maximum_version = ssl.TLSVersion.TLSv1_2
    _refused(t, otelc, weak, 'no cipher suite that is spoken here')
    _refused(t, otelc, ssl.create_default_context(), 'does not know the CA of our certificate')
    t.grpc(otelc, tls=authority.client()).export_ok(otlp.simple(1))
    jaeger.wait_spans(1)


def plain_text_on_the_tls_port(t):
    jaeger, otelc, authority = _start(t)
    http = t.http(otelc)
    reply = http.post(otlp.simple(9))
    assert reply.status == 400 and reply.body == b'this port speaks TLS: use https\n', reply
    assert http.at_end()
    otelc.wait_log('no TLS with .*: it speaks HTTP without TLS')
    assert t.grpc(otelc).export(otlp.simple(9)).lost
    otelc.wait_log('no TLS with .*: it speaks HTTP/2 without TLS')
    for junk in (b'\0' * 100, b'\x16' * 100, b'\x16\x03\x01\xff\xff' + b'x' * 70000):
        client = t.http(otelc)
        client.raw(junk)
        client.at_end()
    t.grpc(otelc, tls=authority.client()).export_ok(otlp.simple(1))
    assert jaeger.wait_spans(1) and jaeger.count() == 1


def a_client_that_goes_in_the_midst_is_told_of(t):
    _, otelc, authority = _start(t)
    with socket.create_connection(otelc.address):
        pass  # a probe
    with socket.create_connection(otelc.address) as client:
        client.sendall(b'\x16\x03\x01\x02\x00\x01\x00\x01')
    otelc.wait_log('no TLS with .*: it closed the connection in the midst of the handshake')
    t.grpc(otelc, tls=authority.client()).export_ok(otlp.simple(1))
    assert otelc.log.count('no TLS with') == 1, otelc.log


def many_handshakes_that_fail_leave_few_lines(t):
    jaeger, otelc, authority = _start(t)
    for n in range(40):
        with socket.create_connection(otelc.address) as client:
            client.sendall(b'junk')
            assert client.recv(1) == b''
    t.grpc(otelc, tls=authority.client()).export_ok(otlp.simple(1))
    jaeger.wait_spans(1)
    assert 10 <= otelc.log.count('no TLS with') <= 13, otelc.log


def a_handshake_without_end(t):
    _, otelc, authority = _start(t)
    client = socket.create_connection(otelc.address, timeout=30)
    client.sendall(b'\x16\x03\x01\x02\x00\x01\x00\x01')
    assert client.recv(1) == b''
    otelc.wait_log('the handshake did not end in 10 s')
    client.close()
    t.grpc(otelc, tls=authority.client()).export_ok(otlp.simple(1))


def aborted_handshakes_leave_nothing(t):
    _, otelc, authority = _start(t)

    def abort():
        hello = ssl.MemoryBIO()
        session = authority.client().wrap_bio(ssl.MemoryBIO(), hello, server_hostname='127.0.0.1')
        try:
            session.do_handshake()
        except ssl.SSLWantReadError:
            pass
        client = socket.create_connection(otelc.address)
        client.sendall(hello.read())
        client.recv(100)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        client.close()
    for _ in range(20):
        abort()
    before, descriptors = otelc.status('VmRSS'), otelc.descriptors()
    for _ in range(200):
        abort()
    until(lambda: otelc.descriptors() <= descriptors, what='connections stay open')
    if not t.is_sanitized:
        assert otelc.status('VmRSS') < before + (4 << 10), (before, otelc.status('VmRSS'))
    t.grpc(otelc, tls=authority.client()).export_ok(otlp.simple(1))


def _serial(otelc, context):
    with socket.create_connection(otelc.address) as plain, \
            context.wrap_socket(plain, server_hostname='127.0.0.1') as client:
        return client.getpeercert()['serialNumber']


def _replace(pair, target):
    for source, to in zip(pair, target):
        shutil.copy(source, to + '.new')
        os.rename(to + '.new', to)


def certificates_are_reloaded(t):
    authority = Authority(t.directory)
    first, second = authority.issue(), authority.issue()
    used = [os.path.join(t.directory, name) for name in ('used.pem', 'used.key')]
    _replace(first, used)
    jaeger = t.jaeger()
    otelc = t.collector(config(jaeger, grpc=tls_keys(*used, ', reload_interval: 1ms')))
    context = authority.client()
    stays = t.grpc(otelc, tls=context)
    stays.export_ok(otlp.simple(1))
    assert _serial(otelc, context) == '03E9'
    _replace(second, used)
    assert _serial(otelc, context) == '03EA'
    otelc.wait_log('new certificates are used')
    stays.export_ok(otlp.simple(2))
    _replace((first[0], second[1]), used)  # a key of another certificate
    assert _serial(otelc, context) == '03EA'
    otelc.wait_log('the old ones stay: key_file: .*used.key is not the key of the certificate')
    with open(used[0], 'w', encoding='ascii') as file:
        file.write('garbage')
    assert _serial(otelc, context) == '03EA'
    otelc.wait_log('the old ones stay: cert_file: .*used.pem holds no certificate')
    _replace(first, used)
    assert _serial(otelc, context) == '03E9'
    stays.export_ok(otlp.simple(3))
    jaeger.wait_spans(3)


def what_is_wrong_with_the_files_is_said(t):
    authority = Authority(t.directory)
    good, key = authority.issue()
    other = authority.issue()[1]
    late = authority.issue(days=-1)
    loose = authority.issue(mode=0o644)
    jaeger = t.jaeger()
    for tls, code, words in (
            (tls_keys(good, key), 0, ''),
            ('tls: {}', 1, 'protocols.grpc.tls: needs cert_file and key_file'),
            (f'tls: {{cert_file: "{good}"}}', 1, 'cert_file needs key_file'),
            (tls_keys('/nowhere.pem', key), 1, 'cert_file: cannot read /nowhere.pem: No such file'),
            (tls_keys(key, key), 1, f'cert_file: {key} holds no certificate in PEM form'),
            (tls_keys(good, good), 1, f'key_file: {good} holds no private key in PEM form'),
            (tls_keys(good, other), 1, f'key_file: {other} is not the key of the certificate'),
            (tls_keys(t.directory, key), 1, f'cannot read {t.directory}: Is a directory'),
            (tls_keys(good, key, ', client_ca_file: /dev/null'), 1, 'holds no certificate'),
            (tls_keys(*late), 0, f'the certificate of {late[0]} has expired on'),
            (tls_keys(*loose), 0, f'{loose[1]} can be read by other users: run chmod 600 {loose[1]}'),
            (tls_keys(good, key, ', min_version: "1.3", max_version: "1.2"'), 1, 'above max_version'),
            (tls_keys(good, key, ', min_version: "1.0"'), 0, 'TLS 1.0 is not safe and stays off'),
            (tls_keys(good, key, ', cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA]'), 1, 'names no suite'),
            (tls_keys(good, key, ', cipher_suites: [TLS_AES]'), 1, 'unknown cipher suite "TLS_AES"'),
            (tls_keys(good, key, ', curve_preferences: [P1]'), 1, 'unknown curve "P1"'),
            (tls_keys(good, key, f', ca_file: "{good}"'), 0, 'write it as client_ca_file')):
        got, err = t.validate(config(jaeger, grpc=tls))
        assert got == code and words in err, (tls, got, err)
    for tls, words in ((tls_keys(*loose), f'key_file: {loose[1]} can be read by other users'),
                       (tls_keys(good, key), '')):
        to = f'{{endpoint: "https://127.0.0.1:14268/api/traces", {tls}}}'
        got, err = t.validate(config(exporters={'jaeger': to}))
        assert got == 0 and words in err and ('chmod' in err) == (words != ''), err
    text = config(jaeger).replace('grpc: {endpoint: "127.0.0.1:0"}',
                                  'grpc: {endpoint: "127.0.0.1:4317"}\n'
                                  f'      http: {{endpoint: "127.0.0.1:4317", {tls_keys(good, key)}}}')
    got, err = t.validate(text)
    assert got == 1 and 'their tls must say the same' in err, err


def _to_jaeger(t, pair, tls, name='127.0.0.1', env=None, client_ca=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    if client_ca:
        context.load_verify_locations(client_ca.file)
        context.verify_mode = ssl.CERT_REQUIRED
    jaeger = t.jaeger(tls=context)
    settings = exporter(jaeger).replace('127.0.0.1', name)[:-1] + f', tls: {tls}}}'
    otelc = t.collector(config(exporters={'jaeger': settings}), env=env)
    t.grpc(otelc).export_ok(otlp.simple(1))
    return jaeger, otelc


def jaeger_behind_tls(t):
    authority = Authority(t.directory)
    clients = Authority(t.directory, 'clients')
    certificate, key = clients.issue('otelc')
    pair, other = authority.issue(), authority.issue('jaeger.example')
    ca = f'ca_file: "{authority.file}"'
    for tls, used, env, client_ca in (
            (f'{{{ca}}}', pair, None, None),
            ('{insecure_skip_verify: true}', other, None, None),
            (f'{{{ca}, max_version: "1.2", curve_preferences: [P256], '
             'cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]}', pair, None, None),
            (f'{{{ca}, server_name_override: jaeger.example}}', other, None, None),
            (f'{{{ca}, cert_file: "{certificate}", key_file: "{key}"}}', pair, None, clients),
            ('{}', pair, {'SSL_CERT_FILE': authority.file}, None)):
        jaeger, _ = _to_jaeger(t, used, tls, env=env, client_ca=client_ca)
        jaeger.wait_spans(1)


def jaeger_by_grpc_behind_tls(t):
    authority = Authority(t.directory)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue())
    context.set_alpn_protocols(['h2'])
    jaeger = t.jaeger(grpc=True, tls=context)
    otelc = t.collector(config(exporters={
        'jaeger': f'{{endpoint: "{jaeger.address}", tls: {{ca_file: "{authority.file}"}}}}'}))
    for n in (1, 2):
        t.grpc(otelc).export_ok(otlp.simple(n))
        jaeger.wait_spans(n)


def a_jaeger_that_cannot_be_trusted(t):
    authority, other = Authority(t.directory), Authority(t.directory, 'other')
    ca = f'{{ca_file: "{authority.file}"}}'
    for pair, words in (
            (authority.issue(days=-1), 'a certificate that has expired'),
            ((other.file, other.file[:-4] + '.key'), 'does not vouch for'),
            (other.issue(), 'does not vouch for'),
            (authority.issue('elsewhere.example'), 'certificate for another name')):
        jaeger, otelc = _to_jaeger(t, pair, ca)
        otelc.wait_log(words)
        assert jaeger.count() == 0
