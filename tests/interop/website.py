"""A site whose one page runs a script, and how the script is made of what npm has."""
import http.server
import os
import ssl
import subprocess
import threading

from tools import HERE, environment, tool

PAGE = b'<!doctype html><meta charset="utf-8"><title>shop</title><script src="page.js"></script>'


def bundle(t, script=None):
    """A script with all that it imports; script: its text, browser/page.js if it is not given."""
    folder = os.path.join(os.path.dirname(tool(t, 'browser/ready')), 'node_modules')
    source = [os.path.join(HERE, 'browser', 'page.js')] if script is None else []
    done = subprocess.run([os.path.join(folder, '.bin', 'esbuild'), *source, '--bundle',
                           '--log-level=warning'], input=script or '', cwd=t.directory, text=True,
                          env=environment(NODE_PATH=folder), check=False, capture_output=True)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout.encode()


class Site:
    """Serves the page at 127.0.0.1:port. certificate: (certificate file, key file)."""

    def __init__(self, t, script, certificate=None):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                known = {'/': ('text/html', PAGE), '/page.js': ('text/javascript', script)}
                kind, content = known.get(self.path, ('text/plain', b''))
                self.send_response(200 if content else 404)
                self.send_header('Content-Type', kind)
                self.send_header('Content-Length', str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.port = server.server_address[1]
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True,
                                                do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def end():
            server.shutdown()
            server.server_close()
        t.keep(self, end)
