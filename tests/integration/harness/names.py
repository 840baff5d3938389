"""A DNS server for tests, and a way to make one program ask it: needs root, for a mount namespace
and for port 53.
"""
import os
import socket
import struct
import subprocess
import threading

from .case import Skip

NOERROR, SERVFAIL, NXDOMAIN, SILENT = 0, 2, 3, None
A = 1


class Names:
    """Answers every question in the same way: names.answer."""

    def __init__(self, t):
        self.answer, self.address, self.questions = SERVFAIL, '127.0.0.1', 0
        host = f'127.53.{os.getpid() >> 8 & 255}.{os.getpid() & 255}'  # of this test alone
        self._socket = t.keep(socket.socket(type=socket.SOCK_DGRAM), lambda: self._socket.close())
        try:
            self._socket.bind((host, 53))
        except OSError as problem:
            raise Skip(f'no port 53: {problem}') from None
        resolv = t.file('resolv.conf', f'nameserver {host}\noptions timeout:1 attempts:1\n')
        self.prefix = ('unshare', '--mount', '--propagation', 'private', 'sh', '-c',
                       f'mount --bind {resolv} /etc/resolv.conf && exec "$@"', 'sh')
        tried = subprocess.run([*self.prefix, 'true'], capture_output=True, check=False)
        if tried.returncode != 0:
            raise Skip(f'no mount namespace: {tried.stderr.decode().strip()}')
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                question, peer = self._socket.recvfrom(512)
            except OSError:
                return
            self.questions += 1
            if self.answer is not SILENT:
                self._socket.sendto(self._reply(question), peer)

    def _reply(self, question):
        end = question.index(b'\0', 12) + 5
        kind, = struct.unpack('>H', question[end - 4:end - 2])
        good = self.answer == NOERROR and kind == A
        head = question[:2] + struct.pack('>HHHHH', 0x8180 | self.answer, 1, good, 0, 0)
        record = b'\xc0\x0c' + struct.pack('>HHIH', A, 1, 0, 4) + socket.inet_aton(self.address)
        return head + question[12:end] + record * good
