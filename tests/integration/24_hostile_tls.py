"""TLS with peers that mean harm: handshakes that stop half-way, renegotiation, huge chains."""
import socket
import ssl
import subprocess
import time

from harness.attack import Fortress
from harness.case import config
from harness.certificates import Authority


def _fortress(t, more='', pair_of_client=False):
    authority = Authority(t.directory)
    certificate, key = authority.issue()
    trust = ssl.create_default_context(cafile=authority.file)
    if pair_of_client:
        trust.load_cert_chain(*authority.issue('client'))
        more += f', client_ca_file: "{authority.file}"'
    tls = f'tls: {{cert_file: "{certificate}", key_file: "{key}"{more}}}'
    return Fortress(t, lambda jaeger: config(jaeger, grpc=tls), tls=trust), authority


def _hello(trust):
    """A ClientHello."""
    out = ssl.MemoryBIO()
    session = trust.wrap_bio(ssl.MemoryBIO(), out, server_hostname='127.0.0.1')
    try:
        session.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()


def handshakes_that_stop_half_way(t):
    fortress, _ = _fortress(t)
    hello = _hello(fortress.tls)
    since = time.monotonic()
    with fortress.attack(peak_kib=96 << 10) as attack:
        stopped = []
        for piece in (b'', hello[:1], hello[:-1], hello):
            for _ in range(250):
                one = attack.connect()
                one.sendall(piece)
                stopped.append(one)
        fortress.serves()
        for one in stopped:  # each has 10 s
            one.settimeout(40)
            while one.recv(65536):
                pass
        assert time.monotonic() - since > 5
    assert fortress.otelc.log.count('no TLS with') < 40, fortress.otelc.log


def handshakes_that_come_byte_by_byte_or_never_stop(t):
    fortress, _ = _fortress(t)
    hello = _hello(fortress.tls)
    with fortress.attack() as attack:
        slow = attack.connect()
        for at in range(len(hello)):
            slow.sendall(hello[at:at + 1])
        assert slow.recv(1) == b'\x16'  # it is answered as any other
        for flood in (b'\x16\x03\x01\x40\x00' + bytes(0x4000),     # a handshake message of zeros
                      b'\x16\x03\x01\x40\x00\x01\xff\xff\xff' + bytes(0x3ffc),  # ... of 16 MiB
                      b'\x16\x03\x01\x00\x00',                     # empty records
                      b'\x15\x03\x01\x00\x02\x01\x00',             # warnings
                      b'\x14\x03\x03\x00\x01\x01'):                # changes of the cipher
            one = attack.connect()
            one.settimeout(20)
            try:
                for _ in range(2000):
                    one.sendall(flood * (1 + 1000 // len(flood)))
                while one.recv(65536):
                    pass
            except ConnectionError:
                pass


def thousands_of_handshakes(t):
    """That were begun, and broken off. All may be open at a time, where the collector is slower
    than the attack: each then has OpenSSL's state for it, of some 36 KiB."""
    fortress, _ = _fortress(t)
    hello = _hello(fortress.tls)
    with fortress.attack(peak_kib=2000 * 48) as attack:
        for _ in range(20 if t.is_sanitized else 2000):
            one = socket.create_connection(attack.address, timeout=20)
            one.sendall(hello)
            one.close()


def _s_client(fortress, commands, *options):
    """What `openssl s_client` says, having got these lines."""
    host, port = fortress.address
    done = subprocess.run(
        ['openssl', 's_client', '-connect', f'{host}:{port}', '-alpn', 'http/1.1', *options],
        input=commands, capture_output=True, timeout=30, check=False)
    return done.stdout + done.stderr


def renegotiation_is_refused(t):
    fortress, _ = _fortress(t)
    with fortress.attack():
        said = _s_client(fortress, b'R\n' * 20, '-tls1_2')
        assert b'RENEGOTIATING' in said, said
        assert b'no renegotiation' in said or b'handshake failure' in said, said


def keys_that_change_all_the_time(t):
    fortress, _ = _fortress(t)
    with fortress.attack():
        said = _s_client(fortress, b'K\n' * 2000, '-tls1_3')
        assert b'KEYUPDATE' in said, said


def chains_of_certificates_are_limited(t):
    fortress, authority = _fortress(t, pair_of_client=True)
    certificate, key = authority.issue('other')
    with open(certificate, 'a', encoding='ascii') as file, \
            open(authority.file, encoding='ascii') as ca:
        file.write(ca.read() * 400)
    context = ssl.create_default_context(cafile=authority.file)
    context.load_cert_chain(certificate, key)
    with fortress.attack(peak_kib=16 << 10) as attack:
        for _ in range(20):
            one = attack.connect()
            try:
                with context.wrap_socket(one, server_hostname='127.0.0.1') as client:
                    client.sendall(b'POST ')
                    assert client.recv(1) == b''
            except (ssl.SSLError, ConnectionError):
                pass
