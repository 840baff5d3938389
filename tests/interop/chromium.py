"""A headless Chromium, told what to do by its devtools protocol.

https://chromedevtools.github.io/devtools-protocol/: JSON messages, each with a NUL behind it, on
its descriptors 3 and 4.
"""
import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

from harness.case import Skip
from harness.wait import until

from tools import environment

WAIT_S = 30
FLAGS = ['--headless=new', '--remote-debugging-pipe', '--no-first-run', '--disable-gpu',
         '--no-sandbox',  # root has none; it sees pages of ours only
         '--disable-dev-shm-usage', '--disable-background-networking', '--disable-component-update',
         '--no-proxy-server']

# Of keys that are no letters: their number, and the text that they make.
KEYS = {'Enter': (13, '\r'), 'Escape': (27, ''), 'Tab': (9, ''), ' ': (32, ' '), 'Home': (36, ''),
        'End': (35, ''), 'PageUp': (33, ''), 'PageDown': (34, ''), 'ArrowLeft': (37, ''),
        'ArrowUp': (38, ''), 'ArrowRight': (39, ''), 'ArrowDown': (40, ''), '/': (191, '/'),
        '?': (191, '?'), '+': (187, '+'), '-': (189, '-')}


def _pipe():
    """Its ends, at numbers that do not collide with the browser's."""
    ends = []
    for end in os.pipe():
        ends.append(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10))
        os.close(end)
    return ends


class Chromium:
    """One tab. Names lead to where hosts says, {name: "host:port"}, and otherwise nowhere but to
    localhost. trusted: digests of the keys whose certificates are taken as they are."""

    def __init__(self, t, hosts=None, trusted=()):
        if not shutil.which('chromium'):
            raise Skip('no chromium; see make interop-tools')
        rules = [f'MAP {name} {address}' for name, address in (hosts or {}).items()]
        rules += ['MAP * ~NOTFOUND', 'EXCLUDE localhost', 'EXCLUDE *.localhost',
                  'EXCLUDE 127.0.0.1']
        self.events, self._received, self._last_id, self._session = [], b'', 0, None
        theirs_in, self._to = _pipe()
        self._from, theirs_out = _pipe()
        profile = tempfile.mkdtemp(prefix='chromium-', dir=t.directory)
        with open(os.path.join(profile, 'log'), 'wb') as file:
            self._process = subprocess.Popen(
                ['bash', '-c', f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', '-', 'chromium', *FLAGS,
                 f'--user-data-dir={profile}',
                 f'--host-resolver-rules={", ".join(rules)}',
                 *(trusted and [f'--ignore-certificate-errors-spki-list={",".join(trusted)}'])],
                env=environment(HOME=profile), pass_fds=(theirs_in, theirs_out),
                stdin=subprocess.DEVNULL, stdout=file, stderr=file)
        os.close(theirs_in)
        os.close(theirs_out)
        t.keep(self, self._end)
        target = self.call('Target.createTarget', url='about:blank')['targetId']
        self._session = self.call('Target.attachToTarget', targetId=target,
                                  flatten=True)['sessionId']
        for domain in ('Network', 'Page', 'Log'):
            self.call(f'{domain}.enable')

    def _end(self):
        """In good order, so that nothing writes into the directory any more."""
        self._session = None
        try:
            self.call('Browser.close')
            self._process.wait(10)
        except (AssertionError, OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        os.close(self._to)
        os.close(self._from)

    # ---- messages ----

    def _read(self, deadline):
        """The next message."""
        while b'\0' not in self._received:
            ready, _, _ = select.select([self._from], [], [], max(0, deadline - time.monotonic()))
            assert ready, f'Chromium is silent; it has told {self.events[-5:]}'
            data = os.read(self._from, 1 << 20)
            assert data, 'Chromium has ended'
            self._received += data
        message, _, self._received = self._received.partition(b'\0')
        return json.loads(message)

    def call(self, method, **params):
        """The result of a command."""
        self._last_id += 1
        message = {'id': self._last_id, 'method': method, 'params': params}
        if self._session:
            message['sessionId'] = self._session
        os.write(self._to, json.dumps(message).encode() + b'\0')
        deadline = time.monotonic() + WAIT_S
        while (answer := self._read(deadline)).get('id') != self._last_id:
            self.events.append(answer)
        assert 'error' not in answer, (method, answer)
        return answer['result']

    def wait(self, condition):
        """Reads events until the condition holds, and gives what it gave."""
        deadline = time.monotonic() + WAIT_S
        while not (result := condition()):
            self.events.append(self._read(deadline))
        return result

    def told(self, method):
        """The events of that name, without what surrounds them."""
        return [event['params'] for event in self.events if event.get('method') == method]

    # ---- what tests use ----

    def open(self, url):
        loaded = len(self.told('Page.loadEventFired'))
        answer = self.call('Page.navigate', url=url)
        assert 'errorText' not in answer, answer
        self.wait(lambda: len(self.told('Page.loadEventFired')) > loaded)

    def run(self, script):
        """The value of JavaScript in the page, awaited where it is a promise."""
        answer = self.call('Runtime.evaluate', expression=script, awaitPromise=True,
                           returnByValue=True)
        assert 'exceptionDetails' not in answer, answer['exceptionDetails']
        return answer['result'].get('value')

    def see(self, script, what=None):
        """Waits until JavaScript in the page gives something true, and returns that."""
        return until(lambda: self.run(script), WAIT_S,
                     lambda: f'the page does not have {what or script}: {self._text()}')

    def _text(self):
        return self.run('document.body.innerText')[:2000]

    def press(self, *keys, shift=False):
        """Keys by their names, "Enter" or "a", one after the other."""
        for key in keys:
            code, text = KEYS.get(key, (ord(key.upper()) if len(key) == 1 else 0, key))
            more = {'key': key, 'windowsVirtualKeyCode': code, 'modifiers': 8 if shift else 0}
            if text and not shift:
                more['text'] = text
            self.call('Input.dispatchKeyEvent', type='keyDown', **more)
            self.call('Input.dispatchKeyEvent', type='keyUp', **more)

    def type(self, text):
        """Into what has the focus."""
        self.call('Input.insertText', text=text)

    def drag(self, start, end):
        """The mouse, from (x, y) to (x, y); a click where both are the same."""
        for kind, (x, y), button in (('mouseMoved', start, 'none'), ('mousePressed', start, 'left'),
                                     ('mouseMoved', end, 'left'), ('mouseReleased', end, 'left')):
            held = button == 'left' and kind != 'mouseReleased'
            self.call('Input.dispatchMouseEvent', type=kind, x=x, y=y, button=button,
                      buttons=int(held), clickCount=1)

    def look(self, scheme='light', width=1280, height=800):
        """The size of the page, and whether the system is "light" or "dark"."""
        self.call('Emulation.setDeviceMetricsOverride', width=width, height=height,
                  deviceScaleFactor=1, mobile=False)
        self.call('Emulation.setEmulatedMedia', features=[
            {'name': 'prefers-color-scheme', 'value': scheme},
            {'name': 'prefers-reduced-motion', 'value': 'reduce'}])

    def picture(self):
        """Of what is seen, as PNG."""
        return base64.b64decode(self.call('Page.captureScreenshot')['data'])

    def answers(self, url):
        """[(status, protocol, header fields)] that came from there, to preflights and to others."""
        return [(one['response']['status'], one['response']['protocol'],
                 {name.lower(): value for name, value in one['response']['headers'].items()})
                for one in self.told('Network.responseReceived') if one['response']['url'] == url]

    def cors_errors(self):
        """What pages were not allowed to send or to see, in Chromium's words."""
        return [one['corsErrorStatus']['corsError'] for one in self.told('Network.loadingFailed')
                if 'corsErrorStatus' in one]
