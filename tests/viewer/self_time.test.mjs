import assert from 'node:assert/strict';
import { test } from 'node:test';

import { joined, selfTimes, total } from '../../src/viewer/web/self_time.js';
import { traceOf } from '../../src/viewer/web/trace.js';
import { jaeger } from './spans.mjs';

const selfOf = (...lines) => selfTimes(traceOf(jaeger(...lines)).spans, 0)
    .map(({ start, end }) => `${start}-${end}`).join(' ');

test('what no child covers is the span’s own time', () => {
    assert.equal(selfOf(['r', null, 0, 100]), '0-100');
    assert.equal(selfOf(['r', null, 0, 100], ['a', 'r', 10, 30], ['b', 'r', 20, 40],
        ['c', 'r', 60, 70]), '0-10 40-60 70-100');
    assert.equal(selfOf(['r', null, 0, 100], ['a', 'r', 0, 100]), '');
    assert.equal(selfOf(['r', null, 0, 100], ['a', 'r', 120, 130]), '0-100');
    assert.equal(selfOf(['r', null, 0, 100], ['a', 'r', 90, 130]), '0-90');
});

test('grandchildren do not count', () => {
    assert.equal(selfOf(['r', null, 0, 100], ['a', 'r', 10, 20], ['a1', 'a', 50, 60]),
        '0-10 20-100');
});

test('the total is that of the pieces', () => {
    assert.equal(total([{ start: 0, end: 10 }, { start: 20, end: 25 }]), 15);
    assert.equal(total([]), 0);
});

test('what is nearer than a gap is joined', () => {
    const times = [{ start: 0, end: 1 }, { start: 2, end: 3 }, { start: 9, end: 10 }];
    assert.deepEqual(joined(times, 2), [{ start: 0, end: 3 }, { start: 9, end: 10 }]);
    assert.equal(times[0].end, 1); // untouched
});
