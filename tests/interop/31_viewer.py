"""The viewer's page in a real browser: OTLP -> otelc -> its own server -> Chromium."""
import json
import os
import random
import time

from harness import otlp
from harness import protobuf as pb

import known
import shop_traces as shop
from tools import run_sender
from viewer_stage import SCHEMES, TABLES, Stage, check_axe

TRACE_ID = '00112233445566778899aabbccddeeff'
HOSTILE = '"><img src=x onerror="alert(1)"><script>alert(2)</script>{{7*7}}'
PICTURE_LIMIT = 200_000


def _sent_by_sdk(t, stage):
    run_sender(t, 'python', stage.otelc.addresses()[0], 'interop-viewer-größe', TRACE_ID)


def a_trace_of_an_sdk_is_found_and_read(t):
    stage = Stage(t)
    browser = stage.browser
    _sent_by_sdk(t, stage)
    stage.open('/search')
    browser.see("[...document.querySelectorAll('select[name=service] option')]"
                ".some((one) => one.value === 'interop-viewer-größe')", 'the service')
    browser.run("{ const select = document.querySelector('select[name=service]');"
                "select.value = 'interop-viewer-größe';"
                "select.dispatchEvent(new Event('change', {bubbles: true})); }")
    browser.see("location.search.startsWith('?service=interop-viewer-gr')")
    browser.see("document.querySelectorAll('.found').length === 1", 'one trace')
    assert f'{len(known.KNOWN["spans"])} spans' in browser.run(
        "document.querySelector('.found .numbers').textContent")
    stage.click('.found')
    browser.see("document.querySelectorAll('.row').length", 'rows')
    assert browser.run('location.pathname') == f'/trace/{TRACE_ID}'
    names = [row['name'] for row in stage.rows()]
    assert sorted(names) == sorted(span['name'] for span in known.KNOWN['spans']), names
    first = stage.rows()[0]
    assert (first['name'], first['took'], first['level']) == ('GET /größe', '1.5s', 1), first
    checkout = next(row for row in stage.rows() if row['name'] == 'checkout')
    assert (checkout['level'], checkout['took']) == (2, '1.3s'), checkout
    stage.click('.row')
    tables = browser.see(TABLES)
    told = dict(tables['Attributes'])
    assert told['text'] == '日本語 – Ωmega, naïve, 🚀' and told['int'] == '1234567890123', told
    assert dict(tables['Scope']) == {'name': 'shop.checkout', 'version': '1.2.3'}, tables
    resource = dict(tables['Resource'])
    assert resource['service.name'] == 'interop-viewer-größe', resource
    assert resource['host.name'] == 'café-01', resource
    browser.run(f"[...document.querySelectorAll('.row')][{names.index('checkout')}].click()")
    browser.see("document.querySelector('.details h2').textContent.includes('checkout')")
    events = browser.run("[...document.querySelectorAll('.details h3')]"
                         ".map((one) => one.textContent)")
    assert [event.split(' ')[0] for event in events] == ['cart', 'Zahlung'], events
    stage.check_clean()


def an_empty_viewer_says_what_to_do_and_then_fills(t):
    stage = Stage(t)
    stage.open('/')
    host, port = stage.otelc.addresses()[0]
    stage.browser.see("document.querySelector('.empty')?.textContent.includes("
                      f"'OTEL_EXPORTER_OTLP_ENDPOINT=http://{host}:{port} ')", 'the endpoint')
    text = stage.browser.run("document.querySelector('.empty').textContent")
    assert f'otelc generate --to {host}:{port}' in text, text
    for trace in (1, 2, 3):
        stage.send_shop(trace)
        stage.browser.see(f"document.querySelectorAll('.found').length === {trace}", 'a new trace')
    assert stage.browser.run("document.querySelector('.bar .status').textContent") == '3 traces'
    points = "document.querySelectorAll('.scatter .point').length"
    assert stage.browser.see(points) == 3
    stage.check_clean()


def a_search_is_narrowed_and_can_be_shared(t):
    stage = Stage(t)
    browser = stage.browser
    stage.send_shop(1, shop.cart())
    stage.send_shop(2, shop.checkout('A-2', slow=4, error='the bank does not answer'))
    for path, ids in (('/search?error=true', [2]), ('/search?maxDuration=100ms', [1]),
                      ('/search?minDuration=1s&service=frontend', [2]), ('/search', [1, 2]),
                      ('/search?tags=%7B%22app.order.id%22%3A%22A-2%22%7D', [2]),
                      ('/search?service=cart&operation=HGETALL&limit=20', [1, 2])):
        stage.open(path + ('&' if '?' in path else '?') + 'live=true')
        browser.see(f"document.querySelectorAll('.found').length === {len(ids)}", path)
        found = browser.run("[...document.querySelectorAll('.found')].map((one) => one.pathname)")
        assert sorted(int(one[-16:], 16) for one in found) == ids, (path, found)
    stage.open('/search?service=nobody')
    browser.see("document.querySelector('.empty h2')?.textContent === 'No trace matches'")
    stage.open('/search')
    browser.see("document.querySelectorAll('.found').length === 2")
    browser.press('/')
    browser.type('app.order.id=A-2')
    browser.press('Enter')
    browser.see("document.querySelectorAll('.found').length === 1", 'one trace')
    browser.run("document.querySelector('[name=minDuration]').value = '10'")
    browser.run("document.querySelector('.search').requestSubmit()")
    problem = browser.see("document.querySelector('[name=minDuration]').validationMessage")
    assert problem.startswith('write a number and a unit'), problem
    stage.check_clean()


def hostile_text_is_only_text(t):
    stage = Stage(t)
    browser = stage.browser
    text = pb.text(11, pb.fixed64(1, otlp.START_NS) + pb.text(2, HOSTILE)
                   + otlp.attributes(3, {HOSTILE: HOSTILE}))
    text += pb.text(15, pb.text(2, HOSTILE) + pb.integer(3, 2))
    link = 'javascript:alert(3)'
    root = otlp.span(1, HOSTILE, more=text,
                     attrs={HOSTILE: HOSTILE, 'url': link, 'list': [HOSTILE]})
    child = otlp.span(1, link, id=otlp.span_id(2), parent=otlp.span_id(1),
                      attrs={'__proto__': HOSTILE, 'constructor': 'x'})
    last = otlp.span(1, '__proto__', id=otlp.span_id(3), parent=otlp.span_id(2))
    stage.send(otlp.request(*[
        otlp.resource_spans([span], service, {HOSTILE: HOSTILE}, HOSTILE)
        for span, service in ((root, HOSTILE), (child, link), (last, '__proto__'))]))
    trace_id = otlp.trace_id(1).hex()
    stage.wait_trace(trace_id)
    stage.open('/')
    browser.see("document.querySelector('.found')?.textContent.includes('<img src=x')")
    stage.open_trace(trace_id)
    assert stage.rows()[0]['name'] == HOSTILE, stage.rows()
    for row in range(3):
        browser.run(f"document.querySelectorAll('.row')[{row}].click()")
        browser.see("document.querySelector('.details') !== null")
    for selector in ('img:not(.brand img)', 'main script', 'main a[href^="javascript:"]'):
        found = browser.run(f'document.querySelectorAll({json.dumps(selector)}).length')
        assert found == 0, (selector, found)
    for path in ('/search?service=' + '%22%3E%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E',
                 '/trace/ab?span=%3Cscript%3E', '/trace/%3Cimg%20src=x%20onerror=alert(1)%3E',
                 '/search?tags=%7B%22__proto__%22:%22%3Cimg%3E%22%7D', '/trace/%ff'):
        stage.open(path)
        browser.see("document.querySelector('main').textContent !== ''", path)
    assert browser.run('stopped') == []
    assert not browser.told('Page.javascriptDialogOpening')


# ---- ten thousand spans ----


def _large(count):
    """One trace: a tree with twelve children to a span."""
    names = ['web', 'cart', 'stock', 'price', 'db']
    for first in range(0, count, 1000):
        groups = [[] for _ in names]
        for n in range(first, first + 1000):
            parent = otlp.span_id((n - 1) // 12) if n else b''
            groups[n % len(names)].append(otlp.span(
                n, f'step {n}', trace=otlp.trace_id(7), id=otlp.span_id(n), parent=parent,
                start_ns=otlp.START_NS + n * 100_000, duration_ns=(count - n) * 120_000 + 5000,
                attrs={'http.request.method': 'GET', 'http.route': '/step', 'number': n}))
        yield otlp.request(*[otlp.resource_spans(spans, name)
                             for name, spans in zip(names, groups)])


def ten_thousand_spans_stay_smooth(t):
    stage = Stage(t)
    browser, trace_id = stage.browser, otlp.trace_id(7).hex()
    for body in _large(10_000):
        stage.send(body)
    stage.open('/search')
    browser.see("document.querySelector('.found .numbers')?.textContent.includes('10,000 spans')"
                " || void document.querySelector('[type=submit]').click()")
    stage.open_trace(trace_id)
    painted = browser.see("performance.getEntriesByName('otelc-waterfall')[0]?.startTime")
    print(f'10,000 spans: the first paint of the waterfall after {painted:.0f} ms')

    def made():
        return browser.run("document.querySelectorAll('.row').length")
    assert 10 < made() < 80, made()
    browser.press('End')
    browser.see("document.querySelector('.row.cursor')?.id === 'span-9999'", 'the last row')
    assert made() < 80, made()
    worst = browser.run('''(async () => {
        const grid = document.querySelector('.waterfall');
        let worst = 0;
        for (let step = 0; step < 60; step++) {
            const before = performance.now();
            grid.scrollTop = step * 4000;
            await new Promise(requestAnimationFrame);
            worst = Math.max(worst, performance.now() - before);
        }
        return worst;
    })()''')
    print(f'10,000 spans: the longest frame of a fast scroll took {worst:.0f} ms')
    assert made() < 80, made()
    browser.press('/')
    browser.type('step 4711')
    browser.see("document.querySelector('.toolbar .count').textContent === '1 of 1'")
    stage.see_cursor('step 4711')
    browser.press('Escape')
    browser.run("[...document.querySelectorAll('.toolbar button')]"
                ".find((one) => one.textContent === 'Collapse').click()")
    browser.see("document.querySelector('[role=treegrid]').getAttribute('aria-rowcount') === '14'")
    stage.check_clean()


# ---- keys, mouse, links ----


def all_is_done_by_keys(t):
    stage = Stage(t)
    browser = stage.browser
    stage.send_shop()
    stage.open('/')
    browser.see("document.querySelector('.found') !== null")
    browser.press('/')
    browser.type('app.order.id=A-1042')
    browser.press('Enter')
    browser.see("location.search.includes('tags=') && document.querySelector('.found') !== null")
    assert browser.run('document.activeElement.name') == 'tags'
    browser.press('ArrowDown', 'Enter')
    browser.see("document.activeElement?.getAttribute('role') === 'treegrid'", 'the waterfall')
    stage.see_cursor('POST /api/checkout')
    browser.press('ArrowDown')
    stage.see_cursor('checkout/PlaceOrder')
    browser.press('ArrowRight', 'ArrowRight')
    stage.see_cursor('prepare order')
    rows = 'document.querySelector("[role=treegrid]").getAttribute("aria-rowcount")'
    before = browser.run(rows)
    browser.press('ArrowLeft')
    browser.see(f'Number({rows}) < {before}')
    browser.see("document.querySelector('.row.cursor').getAttribute('aria-expanded') === 'false'")
    browser.press('ArrowRight')
    browser.see(f'Number({rows}) === {before}')
    browser.press('ArrowLeft', 'ArrowLeft')
    stage.see_cursor('checkout/PlaceOrder')
    browser.press('Enter')
    browser.see("document.activeElement.className === 'details'", 'the details')
    browser.see("location.search.startsWith('?span=')")
    browser.press('Escape')
    browser.see("document.activeElement.getAttribute('role') === 'treegrid'")
    browser.press('End')
    stage.see_cursor('INSERT shop.orders')
    browser.see("document.querySelector('.details h2').textContent.endsWith('INSERT shop.orders')")
    browser.press('Escape')
    browser.see("document.querySelector('.details') === null && location.search === ''")
    browser.press('Home', '/')
    browser.type('HGETALL')
    browser.see("document.querySelector('.toolbar .count').textContent === '1 of 1'")
    browser.press('Escape')
    stage.see_cursor('HGETALL')
    browser.press('f')
    browser.see("document.querySelector('.minimap .shade').style.width !== '0%'", 'the zoom')
    browser.press('0')
    browser.see("document.querySelector('.minimap .shade').style.width === '0%'", 'all of it')
    browser.press('p')
    browser.see("document.querySelector('.path') === null")
    browser.press('?')
    browser.see("document.querySelector('dialog[open]') !== null")
    browser.press('Escape')
    browser.see("document.querySelector('dialog') === null")
    browser.press('Escape')
    browser.see("document.querySelector('.found') !== null", 'the list')
    stage.check_clean()


def the_mouse_zooms_and_picks(t):
    stage = Stage(t)
    browser = stage.browser
    stage.open_trace(stage.send_shop())
    x, y, width = browser.run("(({x, y, width}) => [x, y + 20, width])"
                              "(document.querySelector('.minimap').getBoundingClientRect())")
    browser.drag((x + width * 0.5, y), (x + width * 0.75, y))
    browser.see("/^(49.9|50)/.test(document.querySelector('.minimap .shade').style.width)",
                'the part')
    ticks = browser.run("[...document.querySelectorAll('.tick')].map((one) => one.textContent)")
    assert all(150 < float(tick.removesuffix('ms')) < 300 for tick in ticks), ticks
    browser.press('0')
    place = browser.run("(({x, y}) => [x + 40, y + 5])"
                        "(document.querySelectorAll('.row .operation')[2].getBoundingClientRect())")
    browser.drag(place, place)
    browser.see("document.querySelector('.details h2').textContent.includes('PlaceOrder')")
    count = "document.querySelectorAll('.row').length"
    before = browser.run(count)
    place = browser.run("(({x, y}) => [x + 5, y + 5])"
                        "(document.querySelectorAll('.row .fold')[1].getBoundingClientRect())")
    browser.drag(place, place)
    browser.see(f'{count} < {before}', 'a collapsed subtree')
    name = "document.querySelector('.row .name').offsetWidth"
    before = browser.run(name)
    x, y = browser.run("(({x, y}) => [x + 4, y + 5])"
                       "(document.querySelector('.splitter').getBoundingClientRect())")
    browser.drag((x, y), (x + 100, y))
    browser.see(f'Math.abs({name} - {before} - 100) < 6', 'wider names')
    browser.press('ArrowLeft')
    browser.see(f'{name} < {before} + 90', 'narrower names')
    stage.check_clean()


def a_part_of_the_time_is_picked_from_the_points(t):
    stage = Stage(t)
    browser = stage.browser
    for trace in range(5):
        stage.send_shop(trace + 1, shop.cart(), 100_000 - 20_000 * trace)
    stage.open('/')
    browser.see("document.querySelectorAll('.point').length === 5")
    x, y, last = browser.run("""[...document.querySelectorAll('.point')].map((one) =>
        one.getBoundingClientRect()).sort((one, other) => one.x - other.x)
        .filter((_, index) => index === 2 || index === 4)
        .flatMap((one) => [one.x, one.y]).slice(0, 3)""")
    browser.drag((x - 30, y + 30), (last + 12, y + 30))
    browser.see("document.querySelectorAll('.found').length === 3", 'three traces')
    assert browser.run("new URLSearchParams(location.search).get('start') > 1e15")
    stage.click('.bar a.chip')
    browser.see("document.querySelectorAll('.found').length === 5", 'all of them')
    stage.check_clean()


def a_link_leads_to_a_span(t):
    stage = Stage(t)
    browser = stage.browser
    stage.send_shop(1)
    root = shop.cart()
    root.link = shop.link(1, 3)
    two = stage.send_shop(2, root)
    stage.open_trace(two, f'?span={2 << 16 | 1:016x}')
    browser.see("document.querySelector('.details') !== null", 'the details')
    stage.click('.details li a')
    browser.see("document.querySelector('.details h2')?.textContent.includes('PlaceOrder')")
    assert browser.run('location.pathname + location.search') == \
        f'/trace/{shop_id(1)}?span={1 << 16 | 3:016x}'
    browser.run('history.back()')
    browser.see(f"location.pathname === '/trace/{two}'")
    browser.see("document.querySelector('.details h2')?.textContent.includes('/api/cart')")
    stage.open('/trace/' + 'ab' * 16)
    browser.see("document.querySelector('.empty h1')?.textContent === 'This trace is not here'")


def shop_id(trace):
    return f'4bf92f3577b34da6{trace:016x}'


def what_is_downloaded_is_the_trace(t):
    stage = Stage(t)
    trace_id = stage.send_shop()
    stage.open_trace(trace_id)
    links = stage.browser.run("[...document.querySelectorAll('.actions a[download]')]"
                              ".map((one) => one.getAttribute('href'))")
    assert links == [f'/api/otelc/traces/{trace_id}/{kind}' for kind in ('otlp', 'jaeger')], links
    otlp_json, jaeger = [json.loads(stage.browser.run(
        f"fetch('{link}').then((answer) => answer.text())")) for link in links]
    trace = stage.browser.run(f"fetch('/api/traces/{trace_id}').then((answer) => answer.json())")
    count = len(trace['data'][0]['spans'])
    assert len(jaeger['data'][0]['spans']) == count
    assert sum(len(scope['spans']) for resource in otlp_json['resourceSpans']
               for scope in resource['scopeSpans']) == count


# ---- for all people ----


def nothing_stands_in_the_way_of_anyone(t):
    stage = Stage(t)
    browser = stage.browser
    stage.open('/')
    browser.see("document.querySelector('.empty') !== null")
    for scheme in SCHEMES:
        browser.look(scheme)
        check_axe(t, browser, f'empty, {scheme}')
    trace_id = stage.send_shop(1, shop.checkout('A-1', error='the bank does not answer'))
    views = [('/', ".found", ''), (f'/trace/{trace_id}', '.row', ''),
             (f'/trace/{trace_id}', '.details', "document.querySelectorAll('.row')[5].click()"),
             ('/search?service=nobody', '.empty', ''), ('/trace/ab', '.empty', ''),
             ('/pipeline', 'h1, h2', ''),
             ('/', 'dialog', "document.querySelector('[aria-label=Keys]').click()")]
    stage.wait_trace(trace_id)
    for scheme in SCHEMES:
        for width in (1280, 480):
            browser.look(scheme, width)
            for path, selector, script in views:
                stage.open(path)
                browser.see("document.querySelector('main').children.length")
                if script:
                    browser.see("document.querySelector('.found, .row') !== null")
                    browser.run(script)
                browser.see(f'document.querySelector("{selector}") !== null', (path, selector))
                check_axe(t, browser, f'{path} {selector}, {scheme}, {width}')
    stage.check_clean()


def the_switch_of_colours_is_kept(t):
    stage = Stage(t)
    browser = stage.browser
    ground = "getComputedStyle(document.body).backgroundColor"
    stage.open('/')
    light = browser.see(ground)
    stage.click('.switches button')
    stage.click('.switches button')
    browser.see(f'{ground} !== {json.dumps(light)}', 'another colour')
    dark = browser.run(ground)
    stage.open('/search')
    assert browser.see(ground) == dark
    stage.click('.switches button')
    browser.look('dark')
    assert browser.see(ground) == dark
    browser.look('light')
    browser.see(f'{ground} === {json.dumps(light)}', 'the colour of the system')


# ---- docs/images ----


def _take(t, stage, name):
    """Into the folder that OTELC_PICTURES names, by `make screenshots`."""
    time.sleep(0.3)  # for what fades
    png = stage.browser.picture()
    assert len(png) < PICTURE_LIMIT, (name, len(png))
    folder = os.environ.get('OTELC_PICTURES', t.directory)
    with open(os.path.join(folder, f'{name}.png'), 'wb') as file:
        file.write(png)


def pictures_of_the_viewer(t):
    stage = Stage(t)
    browser, chance = stage.browser, random.Random(4)
    made = 60
    for n in range(made):
        slow = chance.lognormvariate(0, 0.5)
        root = chance.choice([shop.cart, shop.browse, shop.browse, None])
        error = 'the bank does not answer' if chance.random() < 0.2 else ''
        stage.send_shop(n + 1, root(slow) if root else shop.checkout(f'A-{n}', slow, error),
                        int((made - n) * 9000 * chance.uniform(0.9, 1.1)))
    trace_id = stage.send_shop(99, shop.checkout('A-1042', 1.4, 'the bank does not answer'), 3000)
    whole = stage.send_shop(98, shop.checkout('A-1041'), 5000)
    stage.wait_trace(trace_id)
    for scheme in SCHEMES:
        browser.look(scheme)
        stage.open('/')
        browser.see("document.querySelectorAll('.found').length >= 50")
        _take(t, stage, f'viewer-search-{scheme}')
        stage.open_trace(whole)
        _take(t, stage, f'viewer-trace-{scheme}')
        stage.open_trace(trace_id)
        browser.run("[...document.querySelectorAll('.row')]"
                    ".find((one) => one.textContent.includes('charge card')).click()")
        browser.see("document.querySelector('.details') !== null")
        _take(t, stage, f'viewer-span-{scheme}')
