"""otelc with its viewer, and a browser that looks at it."""
import json
import os
import time

import shop_traces as shop
from chromium import Chromium
from tools import tool

SCHEMES = ('light', 'dark')

# What the policy of the page stops is noted here, by a script of the devtools.
WATCH = '''
window.stopped = [];
addEventListener('securitypolicyviolation', (event) => stopped.push(event.violatedDirective));
'''
TEXTS = '''[...document.querySelectorAll('.row')].map((row) => ({
    level: Number(row.getAttribute('aria-level')),
    name: row.querySelector('.operation').textContent,
    took: row.querySelector('.took').textContent }))'''
TABLES = '''Object.fromEntries([...document.querySelectorAll('.details details')].map((one) => [
    one.querySelector('summary').firstChild.textContent,
    [...one.querySelectorAll('tr')].map(({cells}) =>
        [cells[0].textContent, cells[1].textContent])]))'''


class Stage:
    """otelc as `make run` starts it, and a browser that looks at its page."""

    def __init__(self, t, **look):
        self.t = t
        self.otelc = t.collector(args=[
            '--config', t.path('config', 'quickstart.yaml'),
            '--set', 'receivers.otlp.protocols.grpc.endpoint=127.0.0.2:0',
            '--set', 'receivers.otlp.protocols.http.endpoint=127.0.0.3:0',
            '--set', 'exporters.viewer.endpoint=127.0.0.1:0'])
        (host, port), = self.otelc.addresses('exporters/viewer')
        self.url = f'http://{host}:{port}'
        self.browser = Chromium(t)
        self.browser.call('Page.addScriptToEvaluateOnNewDocument', source=WATCH)
        self.browser.look(**look)

    def send(self, body):
        sent = self.t.http(self.otelc).post(body)
        assert sent.status == 200, sent

    def send_shop(self, trace=1, root=None, ago_ms=1000):
        """One trace of the shop, and its id."""
        start_ns = time.time_ns() - ago_ms * shop.MS
        self.send(shop.request(root or shop.checkout('A-1042'), trace, start_ns))
        return f'4bf92f3577b34da6{trace:016x}'

    def open(self, path):
        self.browser.open(self.url + path)

    def open_trace(self, trace_id, more=''):
        """Once all of it has arrived; a trace may come a little later than the answer to it."""
        self.wait_trace(trace_id)
        self.open(f'/trace/{trace_id}{more}')
        self.browser.see("document.querySelectorAll('.row').length", 'rows')

    def wait_trace(self, trace_id):
        self.open('/search')
        self.browser.see(f"fetch('/api/traces/{trace_id}').then((answer) => answer.ok)")

    def rows(self):
        return self.browser.run(TEXTS)

    def see_cursor(self, name):
        """Waits until the cursor is on a span of that name."""
        self.browser.see('document.querySelector(".row.cursor .operation")?.textContent === '
                         + json.dumps(name), f'the cursor on {name}')

    def check_clean(self):
        """Nothing was stopped by the policy, said, or thrown."""
        assert self.browser.run('stopped') == [], self.browser.run('stopped')
        problems = [one['entry'] for one in self.browser.told('Log.entryAdded')
                    if one['entry']['level'] == 'error'
                    and not one['entry'].get('url', '').endswith('/ab')]  # no such trace
        assert not problems, problems
        assert not self.browser.told('Page.javascriptDialogOpening')

    def click(self, selector):
        self.browser.see(f'document.querySelector({json.dumps(selector)}) !== null', selector)
        self.browser.run(f'document.querySelector({json.dumps(selector)}).click()')


def check_axe(t, browser, what):
    """The page is for all people."""
    with open(os.path.join(os.path.dirname(tool(t, 'browser/ready')), 'node_modules', 'axe-core',
                           'axe.min.js'), encoding='utf-8') as file:
        browser.run(file.read() + '\n;0')
    result = browser.run('axe.run().then(({violations, passes}) => ({passes: passes.length, '
                         'violations: violations.map((one) => [one.id, one.help, '
                         'one.nodes.map((node) => node.html + node.failureSummary)])}))')
    assert result['passes'] > 10, (what, result)
    assert not result['violations'], (what, result['violations'])
