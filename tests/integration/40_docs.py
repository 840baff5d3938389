"""The pages lead to each other: no link is dead, every page and every example can be found, and the
README's example is what happens."""
import glob
import os
import re

FENCE = re.compile(r'^```.*?^```', re.S | re.M)
NAMED = re.compile(r'\b(?:config|docker|tests/\w+)/[\w.-]+\.(?:yaml|py|c)\b')

# What the README's example of messages is told of.
WRONG = """\
receivers:
  otlp:
    protocols:
      grpc: {}
processors:
  batch:
exporters:
  jaeger:
    endpont: jaeger:14250
    tls: {insecure: yes}
service:
  pipelines:
    traces:
      receivers: [otlp]
      processors: [batch/2]
      exporters: [jaeger]
"""


def _read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def _pages(t):
    return [t.path('README.md'), t.path('SECURITY.md'), t.path('config', 'README.md'),
            *sorted(glob.glob(t.path('docs', '*.md')))]


def _anchors(path):
    for title in re.findall(r'^#+ (.*)$', FENCE.sub('', _read(path)), re.M):
        title = re.sub(r'\[([^\]]*)\]\([^)]*\)', r'\1', title).lower()
        yield re.sub(r'[^\w\- ]', '', title).strip().replace(' ', '-')


def no_link_is_dead(t):
    count = 0
    for page in _pages(t):
        text = FENCE.sub('', _read(page))
        for link in re.findall(r'\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"', text):
            path, _, anchor = (link[0] or link[1]).partition('#')
            if re.match(r'https?:', path):
                continue
            target = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
            assert os.path.exists(target), (page, link)
            assert not anchor or anchor in _anchors(target), (page, link)
            count += 1
    assert count > 100, count


def files_that_are_named_exist(t):
    for page in _pages(t):
        for path in NAMED.findall(_read(page)):
            assert '_X.' in path or os.path.exists(t.path(*path.split('/'))), (page, path)


def the_readme_leads_to_every_page(t):
    readme = _read(t.path('README.md'))
    for page in glob.glob(t.path('docs', '*.md')):
        assert f'(docs/{os.path.basename(page)}' in readme, page


def every_example_is_listed(t):
    listed = _read(t.path('config', 'README.md'))
    for path in glob.glob(t.path('config', '*.yaml')):
        assert f'({os.path.basename(path)})' in listed, path


def every_picture_is_shown(t):
    shown = ''.join(_read(page) for page in _pages(t))
    for path in glob.glob(t.path('docs', 'images', '*.png')):
        assert re.sub(r'(light|dark)\.png$', '', os.path.basename(path)) in shown, path


def the_readmes_messages_are_what_is_told(t):
    shown = re.search(r'^\$ otelc validate --config my\.yaml\n(.*?)^```', _read(t.path('README.md')),
                      re.S | re.M).group(1)
    code, out, err = t.run('validate', '--config', t.file('my.yaml', WRONG))
    assert (code, out) == (1, '') and err.replace(t.directory + '/', '') == shown, err


def the_readmes_commands_exist(t):
    table = _read(t.path('README.md')).split('## The command')[1].split('##')[0]
    words = set(re.findall(r'`otelc ([a-z][\w-]*)', table)) | {'schema', 'completion'}
    listed = re.findall(r'^  otelc ([a-z][\w-]*)', t.run('--help')[1], re.M)
    assert words == set(listed) - {'reference'}, (words, listed)
