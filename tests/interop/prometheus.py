"""A real Prometheus, which scrapes one page and is asked for what it has read."""
import json
import shutil
import socket
import subprocess
import urllib.parse
import urllib.request

from harness.case import Skip
from harness.wait import until


def tool(name):
    path = shutil.which(name)
    if not path:
        raise Skip(f'no {name}; see make interop-tools')
    return path


def _free_port():
    with socket.socket() as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


class Prometheus:
    def __init__(self, t, target):
        self.address = f'127.0.0.1:{_free_port()}'
        config = t.file('prometheus.yml', '\n'.join([
            'global: {scrape_interval: 200ms}', 'scrape_configs:',
            '- job_name: otelc', '  honor_labels: true', '  scrape_timeout: 200ms',
            f'  static_configs: [{{targets: ["{target}"]}}]', '']))
        self.process = subprocess.Popen(
            [tool('prometheus'), f'--config.file={config}', f'--web.listen-address={self.address}',
             f'--storage.tsdb.path={t.directory}/tsdb', '--enable-feature=exemplar-storage'],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        t.keep(self, self.end)

    def end(self):
        self.process.kill()
        self.process.wait()

    def get(self, path, **query):
        url = f'http://{self.address}/api/v1/{path}?{urllib.parse.urlencode(query)}'
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(url, timeout=10) as reply:
                return json.load(reply)['data']
        except OSError:
            return None

    def ask(self, query):
        """{labels: value}, of an instant."""
        data = self.get('query', query=query)
        return [(r['metric'], r['value'][1]) for r in data['result']] if data else []

    def wait(self, query, count=1):
        until(lambda: len(self.ask(query)) >= count, 30, lambda: f'{query}: {self.ask(query)}')
        return self.ask(query)
