"""A client of yaml-language-server: the Language Server Protocol on its standard streams.
https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/"""
import json
import select
import subprocess
import time

from tools import environment, tool

URI = 'file:///otelc/collector.yaml'


class YamlServer:
    def __init__(self, t, schema):
        self.settings = {'yaml': {'schemas': {f'file://{schema}': '*.yaml'}, 'hover': True,
                                  'completion': True, 'validate': True,
                                  'schemaStore': {'enable': False}}}
        program = tool(t, 'yaml/node_modules/yaml-language-server/bin/yaml-language-server')
        self.process = subprocess.Popen(['node', program, '--stdio'], env=environment(),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        t.keep(self.process, self._end)
        self.buffer, self.count, self.version, self.problems = b'', 0, 0, {}
        self.request('initialize', processId=None, rootUri=None, capabilities={
            'textDocument': {'completion': {}, 'hover': {'contentFormat': ['plaintext']},
                             'publishDiagnostics': {'versionSupport': True}},
            'workspace': {'configuration': True, 'didChangeConfiguration': {}}})
        self._notify('initialized')
        self._notify('workspace/didChangeConfiguration', settings=self.settings)

    def _end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def _send(self, **message):
        body = json.dumps({'jsonrpc': '2.0', **message}).encode()
        self.process.stdin.write(b'Content-Length: %d\r\n\r\n%s' % (len(body), body))
        self.process.stdin.flush()

    def _notify(self, method, **params):
        self._send(method=method, params=params)

    def _read(self, deadline):
        while True:
            head, end, rest = self.buffer.partition(b'\r\n\r\n')
            if end:
                size = int(dict(line.split(b': ') for line in head.split(b'\r\n'))[b'Content-Length'])
                if len(rest) >= size:
                    self.buffer = rest[size:]
                    return json.loads(rest[:size])
            ready, _, _ = select.select([self.process.stdout], [], [],
                                        max(0, deadline - time.monotonic()))
            assert ready, 'the language server says nothing'
            piece = self.process.stdout.read1(1 << 16)
            assert piece, 'the language server has ended'
            self.buffer += piece

    def _answer(self, message):
        """What the server asks or tells by itself."""
        if message['method'] == 'textDocument/publishDiagnostics':
            self.problems[message['params'].get('version')] = message['params']['diagnostics']
        if 'id' not in message:
            return
        result = None
        if message['method'] == 'workspace/configuration':
            result = [self.settings.get(item['section'], {}) for item in message['params']['items']]
        self._send(id=message['id'], result=result)

    def _until(self, done):
        deadline = time.monotonic() + 60
        while True:
            message = self._read(deadline)
            if 'method' in message:
                self._answer(message)
            if done(message):
                return message

    def request(self, method, **params):
        self.count += 1
        number = self.count
        self._send(id=number, method=method, params=params)
        answer = self._until(lambda m: 'method' not in m and m.get('id') == number)
        assert 'error' not in answer, answer
        return answer['result']

    def open(self, text):
        """Shows it the text of the one document, and returns its problems: [(line, message)]."""
        self.version += 1
        version = self.version
        if version == 1:
            self._notify('textDocument/didOpen', textDocument={
                'uri': URI, 'languageId': 'yaml', 'version': version, 'text': text})
        else:
            self._notify('textDocument/didChange', contentChanges=[{'text': text}],
                         textDocument={'uri': URI, 'version': version})
        self._until(lambda _: version in self.problems or None in self.problems)
        found = self.problems.pop(version, None)
        found = self.problems.pop(None) if found is None else found
        return [(one['range']['start']['line'] + 1, one['message']) for one in found]

    def at(self, method, line, column):
        """line: from 1, as editors count; column: from 0."""
        return self.request('textDocument/' + method, textDocument={'uri': URI},
                            position={'line': line - 1, 'character': column})

    def completion(self, line, column):
        """{label: documentation}"""
        items = self.at('completion', line, column)['items']
        return {item['label']: item.get('documentation', '') for item in items}

    def hover(self, line, column):
        contents = self.at('hover', line, column)['contents']
        return contents['value'] if isinstance(contents, dict) else str(contents)
