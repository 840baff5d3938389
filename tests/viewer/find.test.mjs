import assert from 'node:assert/strict';
import { test } from 'node:test';

import { find } from '../../src/viewer/web/find.js';
import { traceOf } from '../../src/viewer/web/trace.js';
import { moved, within, zoomed } from '../../src/viewer/web/zoom.js';
import { jaeger } from './spans.mjs';

const { spans } = traceOf(jaeger(
    ['r', null, 0, 9, { service: 'Web', operation: 'GET /' }],
    ['a', 'r', 1, 2, { tags: [{ key: 'http.code', value: 503 }] }],
    ['b', 'r', 3, 4, { logs: [{ timestamp: 3, fields: [{ key: 'event', value: 'Retry' }] }] }]));

test('text is found in names, attributes and events', () => {
    const known = [['web', [0]], ['get /', [0]], ['http.code=503', [1]], ['503', [1]],
        ['retry', [2]], ['b', [0, 2]], ['', []], ['  ', []], ['nowhere', []]];
    for (const [text, indexes] of known)
        assert.deepEqual(find(spans, text), indexes, text);
});

test('zooming keeps what is under the pointer', () => {
    assert.deepEqual(zoomed({ from: 0, to: 100 }, 100, 2, 80), { from: 40, to: 90 });
    assert.deepEqual(zoomed({ from: 40, to: 90 }, 100, 0.1, 80), { from: 0, to: 100 });
});

test('what is shown stays within the trace', () => {
    assert.deepEqual(within(100, -20, 30), { from: 0, to: 50 });
    assert.deepEqual(within(100, 90, 140), { from: 50, to: 100 });
    assert.deepEqual(within(100, 50, 50), { from: 50, to: 51 });
    assert.deepEqual(within(0, 0, 0), { from: 0, to: 1 });
    assert.deepEqual(moved({ from: 80, to: 100 }, 100, 0.5), { from: 80, to: 100 });
    assert.deepEqual(moved({ from: 40, to: 60 }, 100, -0.5), { from: 30, to: 50 });
});
