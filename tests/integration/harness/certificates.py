"""Certificates for tests, made with the openssl command: a CA, and what it vouches for."""
import os
import ssl
import subprocess


class Authority:
    """A CA of its own; all its files lie in the directory."""
    def __init__(self, directory, name='ca'):
        self.directory, self.name, self._count = directory, name, 0
        self.file = self._path('.pem')
        self._openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
                      '-nodes', '-subj', f'/CN={name}', '-days', '2',
                      '-keyout', self._path('.key'), '-out', self.file)

    def _path(self, end):
        return os.path.join(self.directory, self.name + end)

    @staticmethod
    def _openssl(*args):
        subprocess.run(['openssl', *args], check=True, capture_output=True)

    def issue(self, name='127.0.0.1', days=1, mode=0o600):
        """(certificate file, key file); days may be negative: it has expired."""
        self._count += 1
        stem = self._path(f'-{self._count}')
        kind = 'IP' if name[0].isdigit() else 'DNS'
        with open(stem + '.ext', 'w', encoding='ascii') as file:
            file.write(f'subjectAltName={kind}:{name}\n')
        self._openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
                      '-nodes', '-subj', f'/CN={name}', '-keyout', stem + '.key',
                      '-out', stem + '.csr')
        self._openssl('x509', '-req', '-in', stem + '.csr', '-CA', self.file,
                      '-CAkey', self._path('.key'), '-days', str(days), '-extfile', stem + '.ext',
                      '-set_serial', str(1000 + self._count), '-out', stem + '.pem')
        os.chmod(stem + '.key', mode)
        return stem + '.pem', stem + '.key'

    def client(self, alpn=('h2',), pair=None):
        """The ssl.SSLContext of a client that trusts it; pair: what issue() gave."""
        context = ssl.create_default_context(cafile=self.file)
        if alpn:
            context.set_alpn_protocols(list(alpn))
        if pair:
            context.load_cert_chain(*pair)
        return context


def tls_keys(certificate, key, more=''):
    """A server's, of what issue() gave."""
    return f'tls: {{cert_file: "{certificate}", key_file: "{key}"{more}}}'
