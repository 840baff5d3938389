"""An attack, and what has to hold when it is over:

    fortress = Fortress(t)
    with fortress.attack() as attack:
        attack.connect().sendall(b'...')

While the attacker is still there, good clients on new connections are served at once. When it has
gone no descriptor is left, and the memory is back.
"""
import contextlib
import socket
import time

from . import otlp
from .case import config
from .grpc_client import GrpcClient
from .http_client import HttpClient
from .wait import until

SERVED_S = 10          # "at once", on a machine that is busy with other tests
KEPT_KIB = 20 << 10    # the allocator keeps 16 MiB for what comes next: M_TRIM_THRESHOLD
PEAK_KIB = 64 << 10    # of memory, while the attack goes on


class Attack:
    """Everything that it opens ends with it."""
    def __init__(self, address):
        self.address, self.sockets = address, []

    def connect(self):
        return self.keep(socket.create_connection(self.address, timeout=20))

    def grpc(self, **more):
        return self.keep(GrpcClient(self.address, **more))

    def http(self, **more):
        return self.keep(HttpClient(self.address, **more))

    def keep(self, thing):
        self.sockets.append(thing)
        return thing


class Fortress:
    def __init__(self, t, text=None, tls=None, **more):
        """text: another configuration than that of one port for all; tls: an ssl.SSLContext of
        good clients."""
        self.t, self.tls = t, tls
        self.jaeger = t.jaeger()
        self.otelc = t.collector(text(self.jaeger) if text else config(self.jaeger), **more)
        self.address = self.otelc.address
        self.serves()

    def serves(self):
        """Good clients of both protocols are served, on new connections."""
        for kind, send in ((GrpcClient, 'export_ok'), (HttpClient, 'post_ok')):
            client = kind(self.address, timeout_s=SERVED_S, tls=self.tls)
            try:
                getattr(client, send)(otlp.simple(7777))
            finally:
                client.close()

    def _descriptors(self):
        """But for the connections to Jaeger, which are kept as they are needed."""
        return self.otelc.descriptors() - self.jaeger.open_connections

    def _settled_descriptors(self):
        """A connection to Jaeger that has just ended is counted by one side only, for a moment."""
        most = 0
        for _ in range(5):
            most = max(most, self._descriptors())
            time.sleep(0.02)
        return most

    def _descriptors_are(self, most):
        until(lambda: self._descriptors() <= most,
              what=lambda: f'{self._descriptors()} descriptors, {most} before')

    @contextlib.contextmanager
    def attack(self, peak_kib=PEAK_KIB):
        before, descriptors = self.otelc.status('VmRSS'), self._settled_descriptors()
        attack = Attack(self.address)
        try:
            yield attack
            self.serves()
        finally:
            for one in attack.sockets:
                one.close()
        self._descriptors_are(descriptors)
        self.serves()
        if self.t.is_sanitized:
            return
        peak = self.otelc.status('VmHWM')
        assert peak < before + peak_kib, f'{before} KiB became {peak}'
        until(lambda: self.otelc.status('VmRSS') < before + KEPT_KIB,
              what=lambda: f'{before} KiB before, {self.otelc.status("VmRSS")} after')
