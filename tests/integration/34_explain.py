"""What the program tells of its configuration: print-config, explain, schema, completion, the manual
page."""
import glob
import json
import re
import shutil
import subprocess

from harness.case import Skip

SECRET = 'tops3cret'
SECRETS = f"""\
receivers:
  otlp: {{protocols: {{grpc: {{auth: {{authenticator: bearertokenauth}}}}}}}}
exporters:
  jaeger:
    endpoint: http://joe:{SECRET}@localhost:14268/api/traces?key={SECRET}
    headers: {{X-Key: {SECRET}, X-Other: "${{env:MY_KEY}}"}}
    auth: {{authenticator: basicauth/out}}
  otlphttp:
    endpoint: ${{env:MY_URL}}
    headers: [{{name: Authorization, value: Bearer {SECRET}}}]
extensions:
  bearertokenauth: {{token: {SECRET}}}
  bearertokenauth/more: {{tokens: [{SECRET}1, {SECRET}2]}}
  basicauth/out: {{client_auth: {{username: me, password: "${{MY_KEY}}"}}}}
service:
  extensions: [bearertokenauth, basicauth/out]
  telemetry: {{metrics: {{readers: [{{periodic: {{exporter: {{otlp: {{headers: {{X-Key: {SECRET}}}}}}}}}}}]}}}}
  pipelines: {{traces: {{receivers: [otlp], exporters: [jaeger, otlphttp]}}}}
"""
ENVIRONMENT = {'MY_KEY': SECRET, 'MY_URL': f'http://{SECRET}@localhost:4318'}


def _files(t):
    files = sorted(glob.glob(t.path('config', '*.yaml')) +
                   glob.glob(t.path('tests', 'data', 'ages', 'good*.yaml')))
    assert len(files) > 20, files
    return files


def _print(t, path, *options, env=None):
    code, out, err = t.run('print-config', *options, '--config', path, env=env)
    assert code == 0, (path, code, err)
    return out


def _module(name):
    try:
        return __import__(name)
    except ImportError:
        raise Skip(f'no python3-{name}; see make test') from None


# ---- print-config ----

def what_is_printed_is_as_it_was_written(t):
    out = _print(t, t.path('config', 'jaeger-clients.yaml'))
    assert 'endpoint: localhost:6831\n' in out and 'udp:' not in out, out


def what_is_printed_loads_again_and_prints_the_same(t):
    for path in _files(t):
        once = _print(t, path, '--mode', 'unredacted')
        twice = _print(t, t.file('once.yaml', once), '--mode=unredacted')
        assert once == twice, (path, once, twice)
        masked = _print(t, path)
        if 'htpasswd' not in masked:  # a list of users is looked into
            assert masked == _print(t, t.file('masked.yaml', masked)), path
        as_json = _print(t, path, '--mode=unredacted', '--format', 'json')
        assert json.loads(as_json)['service'], path
        assert once == _print(t, t.file('once.json', as_json), '--mode=unredacted'), path


def sources_are_merged_and_expanded_and_defaults_filled_in(t):
    one = t.file('one.yaml', 'receivers: {nop: }\nexporters: {nop: }\nprocessors: {batch: }\n'
                 'service: {pipelines: {traces: {receivers: [nop], processors: [batch], '
                 'exporters: [nop]}}}\n')
    code, out, err = t.run('print-config', '--config', one, '--set', 'processors.batch.timeout=7s',
                           '--config', 'yaml:service::workers: ${env:COUNT}', env={'COUNT': '3'})
    assert (code, err) == (0, ''), (code, err)
    for line in ('    timeout: 7s\n', '    send_batch_size: 8192\n', '  workers: 3\n'):
        assert line in out, (line, out)


def secrets_never_appear(t):
    path = t.file('secrets.yaml', SECRETS)
    for form in ('yaml', 'json'):
        code, out, err = t.run('print-config', '--config', path, '--format', form, env=ENVIRONMENT)
        assert code == 0 and SECRET not in out + err and 'joe' not in out, (code, out, err)
        assert out.count('[REDACTED]') == 11, out
    out = _print(t, path, '--mode=unredacted', env=ENVIRONMENT)
    assert out.count(SECRET) == 11, out
    assert 'username: me\n' in out, out


def a_masked_configuration_loads(t):
    out = _print(t, t.file('secrets.yaml', SECRETS), env=ENVIRONMENT)
    assert _print(t, t.file('masked.yaml', out)) == out


def what_is_wrong_is_told_as_by_validate(t):
    path = t.file('bad.yaml', 'exporters: {jaeger: {endpont: x}}\n')
    validated = t.run('validate', '--config', path)
    assert validated[0] == 1
    assert t.run('print-config', '--config', path) == validated
    for options, word in ((['--mode=open'], 'unredacted'), (['--format=xml'], 'json'),
                          (['--validate=false'], '--validate')):
        code, out, err = t.run('print-config', '--config', path, *options)
        assert code == 2 and out == '' and word in err, (options, code, out, err)
    assert t.run('print-config')[0] == 2


def the_name_of_old_prints_it_too(t):
    path = t.path('config', 'quickstart.yaml')
    assert t.run('print-initial-config', '--validate=true', '--config', path)[1] == _print(t, path)


# ---- the page about it ----

def the_pages_examples_are_what_happens(t):
    with open(t.path('docs', 'explain.md'), encoding='utf-8') as file:
        page = file.read()
    examples = re.findall(r'```sh\n(otelc .*)\n```\n(?:```text\n((?:.*\n)*?)```)?', page)
    assert len(examples) > 4, examples
    for command, shown in examples:
        words = command.split(' | ')[0].split(' >')[0].split()
        _, out, err = t.run(*(t.path(word) if word.endswith('.yaml') else word
                              for word in words[1:]))
        assert out or shown, (command, err)
        assert not shown or out + err == shown, (command, out, err)


# ---- explain ----

def a_key_is_explained(t):
    code, out, err = t.run('explain', 'exporters.jaeger.endpoint')
    assert (code, err) == (0, ''), (code, err)
    assert out.startswith('exporters.jaeger.endpoint: text\n'), out
    assert '      endpoint: http://jaeger:14268/api/traces\n' in out, out
    assert 'default 5s' in t.run('explain', 'exporters.jaeger.timeout')[1]


def a_component_is_explained_with_all_its_keys(t):
    code, out, err = t.run('explain', 'processors.batch', 'service')
    assert (code, err) == (0, ''), (code, err)
    for word in ('send_batch_size: number', 'timeout: duration, default 200ms', 'shutdown_timeout'):
        assert word in out, (word, out)
    out = t.run('explain')[1]
    for word in ('receivers\n', 'exporters\n', '  jaeger: ', '  tail_sampling: '):
        assert word in out, (word, out)


def a_wrong_path_gets_the_nearest(t):
    for path, word in (('exporter.jager.tls.insecur', 'Did you mean exporters.jaeger.tls.insecure?'),
                       ('exporters.jaeger.endpont', 'Did you mean exporters.jaeger.endpoint?'),
                       ('exporter.jaeger.endpoint', 'Did you mean exporters.jaeger.endpoint?'),
                       ('exporters.jaegr.tls.ca_file', 'Did you mean exporters.jaeger.tls.ca_file?'),
                       ('exporters.jaeger.ca_fil', 'Did you mean exporters.jaeger.ca_file?'),
                       ('exporters.debug.queue_size', 'exporters.jaeger.sending_queue.queue_size'),
                       ('decision_wait.x', 'A path begins with'), ('num_traces', 'tail_sampling'),
                       ('', 'A path begins with'), ('x' * 5000, 'A path begins with'),
                       ('exporters.jaeger.' + 'y.' * 2000, "'otelc explain exporters.jaeger'")):
        code, out, err = t.run('explain', path)
        assert code == 2 and out == '' and word in err, (path, code, out, err)


def every_path_that_is_listed_is_explained(t):
    paths = t.run('explain', '--list')[1].split()
    assert len(paths) > 500
    assert t.run('explain', '--list', 'exporters.jaeger.t')[1].startswith('exporters.jaeger.tls\n')
    for start in range(0, len(paths), 300):
        code, out, err = t.run('explain', *paths[start:start + 300])
        assert (code, err) == (0, ''), err
        for path in paths[start:start + 300]:
            assert re.search(rf'^{re.escape(path)}(: |$)', out, re.M), path


def examples_may_stand_there(t):
    """Those of single values: numbers, durations, words."""
    sources = []
    paths = t.run('explain', '--list')[1].split()
    for block in t.run('explain', *paths)[1].split('\n\n'):
        example = re.fullmatch(r'((?: +[\w.]+:\n)+) +(\w+: [^\[{\n]+)\n?', block)
        if example:
            keys = [line.strip(' :') for line in example[1].splitlines()]
            sources.append('yaml:' + '::'.join([*keys, example[2]]))
    assert len(sources) > 200, sources
    _, _, told = t.run('validate', *(f'--config={source}' for source in sources))
    wrong = re.findall('.*(?:wants (?:a|the|one)|unknown key|must be (?:between|at least)|must be .* or .*, not'
                       '|does not fit|did not find|no unit|is not a duration).*', told)
    assert told and not wrong, '\n'.join(wrong)


# ---- components ----

def components_are_yaml_with_stability(t):
    yaml = _module('yaml')
    listed = yaml.safe_load(t.run('components')[1])
    assert listed['buildinfo']['command'] == 'otelc', listed
    assert {'scheme': 'env'} in listed['providers'], listed
    kinds = ('receivers', 'processors', 'exporters', 'connectors', 'extensions')
    for one in (one for kind in kinds for one in listed[kind]):
        assert one['name'] and one['help'], one
        assert one['stability'] and set(one['stability'].values()) <= {'Stable', 'Beta'}, one


# ---- schema ----

def _validator(t):
    jsonschema = _module('jsonschema')
    schema = json.loads(t.run('schema')[1])
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def the_schema_accepts_all_examples(t):
    yaml, validator = _module('yaml'), _validator(t)
    for path in _files(t):
        with open(path, encoding='utf-8') as file:
            errors = [e.message[:200] for e in validator.iter_errors(yaml.safe_load(file))]
        assert not errors, (path, errors)


def the_schema_accepts_what_is_printed(t):
    yaml, validator = _module('yaml'), _validator(t)
    for path in _files(t):
        errors = [e.message[:200] for e in validator.iter_errors(yaml.safe_load(_print(t, path)))]
        assert not errors, (path, errors)


def the_schema_refuses_what_validate_refuses(t):
    yaml, validator = _module('yaml'), _validator(t)
    good = ['exporters: {jaeger/x: {endpoint: a, timeout: 0}}', 'receivers: {prometheus: {a: b}}',
            'exporters: {"otlp / x": {headers: {a: b}}}', 'processors: {batch: {timeout: "${env:X}"}}',
            'exporters: {debug: {verbosity: Detailed}}', 'processors: {batch: }', 'exporters: ',
            'processors: {batch: {send_batch_size: 0x10}}', 'receivers: {otlp: "${file:x.yaml}"}']
    bad = ['exporters: {jaegr: }', 'exporters: {jaeger: {endpont: a}}', 'exporterss: {}',
           'exporters: {jaeger/x: {timeout: 5}}', 'exporters: {jaeger: {timeout: 5 sec}}',
           'exporters: {jaeger: {tls: {insecure: "true"}}}', 'exporters: {debug: {verbosity: high}}',
           'processors: {batch: {send_batch_size: "100"}}', 'exporters: {jaeger: {endpoint: 4317}}',
           'processors: {batch: {send_batch_size: -1}}', 'receivers: {otlp: {protocol: {}}}',
           'service: {pipelines: {trace: {}}}', 'service: {workers: 300}', 'exporters: [jaeger]',
           'service: {pipelines: {traces: {receivers: otlp}}}', 'pipelines: {}',
           'processors: {tail_sampling: {policies: [{name: a, typ: latency}]}}']
    for text in good:
        assert validator.is_valid(yaml.safe_load(text)), text
    for text in bad:
        assert not validator.is_valid(yaml.safe_load(text)), text


def the_schema_knows_every_path(t):
    """What explain lists is what the schema has."""
    schema = json.loads(t.run('schema')[1])

    def resolve(node):
        while '$ref' in node:
            node = schema['definitions'][node['$ref'].removeprefix('#/definitions/')]
        return node
    for path in t.run('explain', '--list')[1].split():
        node, rest = schema, path.replace('[]', '')
        while rest:
            node = resolve(node)
            node = resolve(node['items']) if 'items' in node and 'properties' not in node else node
            key = max((k for k in node['properties'] if f'{rest}.'.startswith(k + '.')), key=len)
            node, rest = node['properties'][key], rest[len(key) + 1:]
        assert 'description' in node, path


# ---- shells, and the manual page ----

def _complete(t, script, *words):
    """What bash offers behind these words; the last one is not complete."""
    line = ' '.join(f"'{word}'" for word in words)
    run = subprocess.run(
        ['bash', '--norc', '-c', f'otelc() {{ {t.binary} "$@"; }}; source {script}\n'
         f'COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _otelc; printf "%s\\n" "${{COMPREPLY[@]}}"'],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, cwd=t.directory)
    assert run.returncode == 0 and run.stderr == '', run
    return set(run.stdout.split())


def bash_completes(t):
    script = t.file('completion', t.run('completion', 'bash')[1])
    t.file('otelc.yaml', '')
    assert {'validate', 'explain', 'completion', '--config'} <= _complete(t, script, 'otelc', '')
    assert _complete(t, script, 'otelc', 'expl') == {'explain'}
    assert _complete(t, script, 'otelc', 'validate', '--st') == {'--strict'}
    assert _complete(t, script, 'otelc', 'components', '--st') == set()
    assert _complete(t, script, 'otelc', 'completion', '') >= {'bash', 'zsh', 'fish'}
    assert _complete(t, script, 'otelc', 'print-config', '--format', '') == {'yaml', 'json'}
    assert _complete(t, script, 'otelc', 'print-config', '--format', '=', 'j') == {'json'}
    assert 'otelc.yaml' in _complete(t, script, 'otelc', '--config', 'otelc.y')
    assert _complete(t, script, 'otelc', 'explain', 'exporters.jaeger.endp') == \
        {'exporters.jaeger.endpoint'}
    assert _complete(t, script, 'otelc', '--workers', '') == set()


def fish_completes(t):
    if not shutil.which('fish'):
        raise Skip('no fish')
    script = t.file('otelc.fish', t.run('completion', 'fish')[1])
    for words, offered in (('otelc expl', 'explain'), ('otelc print-config --format j', 'json'),
                           ('otelc validate --st', '--strict'), ('otelc components --st', ''),
                           ('otelc explain exporters.jaeger.endp', 'exporters.jaeger.endpoint')):
        run = subprocess.run(
            ['fish', '--no-config', '-c', f'function otelc; {t.binary} $argv; end; source {script}; '
             f'complete -C "{words}"'], stdout=subprocess.PIPE, text=True, check=True,
            env={'HOME': t.directory, 'PATH': '/usr/bin:/bin'})
        assert [line.split()[0] for line in run.stdout.splitlines()] == offered.split(), run.stdout


def scripts_of_shells_are_well_formed(t):
    for shell, check in (('bash', ['bash', '-n']), ('zsh', ['zsh', '-n']), ('fish', ['fish', '-n'])):
        code, out, err = t.run('completion', shell)
        assert code == 0 and err == '' and 'print-config' in out, (shell, code, err)
        if shutil.which(shell):
            run = subprocess.run([*check, t.file(shell, out)], stderr=subprocess.PIPE, check=False)
            assert run.returncode == 0 and not run.stderr, run
    for words in (['completion'], ['completion', 'csh'], ['completion', 'bash', 'x']):
        assert t.run(*words)[0] == 2, words


def the_manual_page_says_what_help_says(t):
    page, text = t.run('reference', '--man')[1], t.run('--help')[1]
    plain = page.replace('\\-', '-').replace('\\fB', '').replace('\\fR', '')
    for term in re.findall(r'^  (?:otelc )?(-?[\w-]+)', text, re.M):
        assert re.search(rf'^{re.escape(term)}\b', plain, re.M), term
    if not shutil.which('groff'):
        raise Skip('no groff')
    run = subprocess.run(['groff', '-man', '-ww', '-Tutf8', t.file('otelc.1', page)],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    assert run.returncode == 0 and run.stderr == '', run.stderr
    assert 'print-config' in run.stdout and 'EXIT STATUS' in re.sub('.\b', '', run.stdout), run.stdout
