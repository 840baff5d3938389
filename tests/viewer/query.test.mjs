import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ANY, addressOf, durationProblem, isNarrow, queryOf, requestOf }
    from '../../src/viewer/web/query.js';
import { readTags, writeTags } from '../../src/viewer/web/tags.js';

test('an address and its query are the same', () => {
    const address = '/search?service=a+b&operation=GET+%2F&minDuration=1ms&start=5&error=true&' +
        'live=true&tags=%7B%22k%22%3A%22v%22%7D&limit=200';
    const query = queryOf(new URLSearchParams(address.slice(8)));
    assert.deepEqual(query, { ...ANY, service: 'a b', operation: 'GET /', minDuration: '1ms',
        start: '5', error: true, live: true, tags: { k: 'v' }, limit: 200 });
    assert.deepEqual(queryOf(new URL(addressOf(query), 'http://x').searchParams), query);
    assert.equal(addressOf(ANY), '/search');
});

test('what an address has wrong does not count', () => {
    const text = 'limit=7000&lookback=__proto__&tags=[1]&error=yes&live=1&more=x';
    assert.deepEqual(queryOf(new URLSearchParams(text)), ANY);
    assert.deepEqual(queryOf(new URLSearchParams('tags={')), ANY);
});

test('the server is asked for a time from and on', () => {
    const query = { ...ANY, lookback: '1h', live: true, tags: { a: '1' } };
    assert.equal(requestOf(query, 7200e6).toString(),
        'tags=%7B%22a%22%3A%221%22%7D&start=3600000000&limit=50');
    assert.equal(requestOf(query, 7200e6, 12).get('after'), '12');
    assert.equal(requestOf({ ...query, start: '5' }, 7200e6).get('start'), '5');
});

test('only conditions narrow', () => {
    assert.ok(!isNarrow({ ...ANY, live: true, limit: 20 }));
    assert.ok(isNarrow({ ...ANY, error: true }));
    assert.ok(isNarrow({ ...ANY, tags: { a: '1' } }));
});

test('a duration without a unit is explained', () => {
    assert.equal(durationProblem(''), '');
    assert.equal(durationProblem('1.5ms'), '');
    assert.match(durationProblem('10'), /unit/);
});

test('tags are read as they are written', () => {
    const known = [['', {}], ['a=1', { a: '1' }], [' a=1  b="x y" ', { a: '1', b: 'x y' }],
        ['"a b"="c \\"d\\" \\\\"', { 'a b': 'c "d" \\' }], ['url=/a?b=c', { url: '/a?b=c' }],
        ['k=""', { k: '' }], ['__proto__=1', { ['__proto__']: '1' }]];
    for (const [text, tags] of known) {
        assert.deepEqual({ ...readTags(text) }, tags, text);
        assert.deepEqual({ ...readTags(writeTags(tags)) }, tags, text);
    }
});

test('what is no tag is refused', () => {
    for (const text of ['a', '=1', 'a=', 'a="x', 'a=1 b', 'a="x"y', '"a=1'])
        assert.equal(readTags(text), null, text);
});
