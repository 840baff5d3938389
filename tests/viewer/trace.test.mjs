import assert from 'node:assert/strict';
import { test } from 'node:test';

import { childrenOf, indexOf, rowsOf, traceOf } from '../../src/viewer/web/trace.js';
import { TRACE, jaeger } from './spans.mjs';

const shape = (trace) => trace.spans.map((span) => `${'.'.repeat(span.depth)}${span.id}`).join(' ');
const ids = (trace, indexes) => [...indexes].map((index) => trace.spans[index].id).join(' ');

test('spans are in the order of their start below their parents', () => {
    const trace = traceOf(jaeger(['b', 'r', 50, 60], ['r', null, 0, 100], ['a', 'r', 10, 20],
        ['a1', 'a', 12, 18]));
    assert.equal(shape(trace), 'r .a ..a1 .b');
    assert.deepEqual(trace.spans.map((span) => span.size), [4, 2, 1, 1]);
    assert.deepEqual(trace.spans.map((span) => span.parent), [-1, 0, 1, 0]);
    assert.equal(ids(trace, childrenOf(trace.spans, 0)), 'a b');
});

test('times count from the start of the trace', () => {
    const trace = traceOf(jaeger(['r', null, 5, 100], ['a', 'r', 0, 130]));
    assert.equal(trace.start, 1000);
    assert.equal(trace.duration, 130);
    assert.deepEqual(trace.spans.map((span) => [span.start, span.end]), [[5, 100], [0, 130]]);
});

test('of two that start at once the longer one is above', () => {
    assert.equal(shape(traceOf(jaeger(['r', null, 0, 9], ['a', 'r', 0, 2], ['b', 'r', 0, 5]))),
        'r .b .a');
});

test('a span whose parent is not here is a root, and known for it', () => {
    const trace = traceOf(jaeger(['r', null, 0, 9], ['a', 'gone', 2, 4], ['a1', 'a', 3, 4]));
    assert.equal(shape(trace), 'r a .a1');
    assert.deepEqual(trace.spans.map((span) => span.isOrphan), [false, true, false]);
});

test('spans that are each other’s parents are cut apart', () => {
    const trace = traceOf(jaeger(['r', null, 0, 9], ['a', 'b', 2, 8], ['b', 'a', 3, 4],
        ['c', 'c', 5, 6]));
    assert.equal(shape(trace), 'r a .b c');
    assert.deepEqual(trace.spans.map((span) => span.size), [1, 2, 1, 1]);
});

test('a child of comes before a link, and only this trace counts', () => {
    const references = [{ refType: 'FOLLOWS_FROM', traceID: TRACE, spanID: 'a' },
        { refType: 'CHILD_OF', traceID: 'another', spanID: 'a' },
        { refType: 'CHILD_OF', traceID: TRACE, spanID: 'r' }];
    const trace = traceOf(jaeger(['r', null, 0, 9], ['a', 'r', 1, 2], ['x', null, 3, 4,
        { references }]));
    assert.equal(shape(trace), 'r .a .x');
    assert.equal(trace.spans[2].links.length, 2);
});

test('a server with its client’s id is its child', () => {
    const kind = (value) => ({ tags: [{ key: 'span.kind', type: 'string', value }] });
    const lines = [['r', null, 0, 9], ['x', 'r', 1, 8, kind('client')],
        ['x', 'r', 2, 7, kind('server')], ['y', 'x', 3, 4]];
    for (const order of [[0, 1, 2, 3], [3, 2, 1, 0]]) {
        const trace = traceOf(jaeger(...order.map((index) => lines[index])));
        assert.equal(shape(trace), 'r .x ..x ...y');
        assert.deepEqual(trace.spans.map((span) => span.kind), ['', 'client', 'server', '']);
    }
});

test('errors are those of the tag and of the status', () => {
    const tag = (key, value) => ({ tags: [{ key, value }] });
    const trace = traceOf(jaeger(['r', null, 0, 9], ['a', 'r', 1, 2, tag('error', true)],
        ['b', 'r', 2, 3, tag('error', 'true')], ['c', 'r', 3, 4, tag('otel.status_code', 'ERROR')],
        ['d', 'r', 4, 5, tag('error', false)]));
    assert.equal(trace.errors, 3);
});

test('services are told by their number of spans', () => {
    const trace = traceOf(jaeger(['r', null, 0, 9, { service: 'web' }],
        ['a', 'r', 1, 2, { service: 'db' }], ['b', 'r', 3, 4, { service: 'db' }]));
    assert.deepEqual(trace.services.map(({ name, spans }) => `${name} ${spans}`),
        ['db 2', 'web 1']);
});

test('a chain of 100,000 spans and as many siblings need no deep stack', () => {
    const chain = Array.from({ length: 100000 }, (_, index) =>
        [`${index}`, index ? `${index - 1}` : null, index, 200000 - index]);
    assert.equal(traceOf(jaeger(...chain)).depth, 100000);
    const flat = chain.map(([id, , start], index) => [id, index ? '0' : null, start, start + 1]);
    assert.equal(traceOf(jaeger(...flat)).spans[0].size, 100000);
});

test('what is missing in a span does no harm', () => {
    const trace = traceOf({ traceID: TRACE, spans: [{ spanID: 'a' }] });
    assert.equal(shape(trace), 'a');
    assert.equal(traceOf({ traceID: TRACE }).spans.length, 0);
});

test('rows leave out what is collapsed', () => {
    const trace = traceOf(jaeger(['r', null, 0, 9], ['a', 'r', 1, 4], ['a1', 'a', 2, 3],
        ['b', 'r', 5, 6]));
    assert.equal(ids(trace, rowsOf(trace.spans, new Set())), 'r a a1 b');
    assert.equal(ids(trace, rowsOf(trace.spans, new Set([1]))), 'r a b');
    assert.equal(ids(trace, rowsOf(trace.spans, new Set([0, 1]))), 'r');
});

test('a span is known by its id, and by which it was of that id, as others come', () => {
    const lines = [['r', null, 5, 9], ['x', 'r', 6, 7], ['x', 'r', 6, 8]];
    const before = traceOf(jaeger(...lines));
    const after = traceOf(jaeger(...lines, ['x', 'r', 0, 9], ['a', null, 0, 20]));
    for (const { key, raw } of before.spans)
        assert.equal(after.spans[indexOf(after, key)].raw.startTime, raw.startTime, key);
    assert.equal(new Set(after.spans.map(({ key }) => key)).size, 5);
    assert.equal(indexOf(after, 'gone/0'), -1);
});

test('a root that links to a span below it stays the root', () => {
    const references = [{ refType: 'FOLLOWS_FROM', traceID: TRACE, spanID: 'b' }];
    const trace = traceOf(jaeger(['other', null, 9, 12], ['r', null, 0, 9, { references }],
        ['a', 'r', 0, 9], ['b', 'a', 0, 9]));
    assert.equal(shape(trace), 'r .a ..b other');
});
