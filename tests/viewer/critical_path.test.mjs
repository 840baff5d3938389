import assert from 'node:assert/strict';
import { test } from 'node:test';

import { criticalPath } from '../../src/viewer/web/critical_path.js';
import { traceOf } from '../../src/viewer/web/trace.js';
import { jaeger } from './spans.mjs';

// "r 0-10 60-100, a 10-60"
function pathOf(...lines) {
    const { spans } = traceOf(jaeger(...lines));
    return criticalPath(spans).map((times, index) => times.length
        ? [spans[index].id, ...times.map(({ start, end }) => `${start}-${end}`)].join(' ') : '')
        .filter(Boolean).join(', ');
}

test('a span alone is its own path', () => {
    assert.equal(pathOf(['r', null, 0, 100]), 'r 0-100');
});

test('a child is what its parent waits for', () => {
    assert.equal(pathOf(['r', null, 0, 100], ['a', 'r', 10, 60]), 'r 0-10 60-100, a 10-60');
});

test('of children at once the one that ends last counts', () => {
    assert.equal(pathOf(['r', null, 0, 100], ['a', 'r', 10, 60], ['b', 'r', 20, 90]),
        'r 0-20 90-100, b 20-90');
});

test('children one after the other all count', () => {
    assert.equal(pathOf(['r', null, 0, 100], ['a', 'r', 10, 40], ['b', 'r', 40, 90]),
        'r 0-10 90-100, a 10-40, b 40-90');
});

test('a child that outlives its parent counts up to the parent’s end', () => {
    assert.equal(pathOf(['r', null, 0, 50], ['x', null, 60, 100], ['a', 'r', 10, 90]),
        'r 0-10, a 10-50, x 60-100');
});

test('a child that begins too early counts from the parent’s start', () => {
    assert.equal(pathOf(['r', null, 50, 100], ['a', 'r', 0, 70]), 'r 70-100, a 50-70');
});

test('between two roots nothing is on the path', () => {
    assert.equal(pathOf(['r', null, 0, 10], ['s', null, 20, 30]), 'r 0-10, s 20-30');
});

test('what takes no time is not on it', () => {
    assert.equal(pathOf(['r', null, 0, 10], ['a', 'r', 5, 5]), 'r 0-10');
    assert.equal(pathOf(['r', null, 0, 0]), '');
});

test('the pieces of the path of one root add up to its duration', () => {
    const lines = [['0', null, 0, 1000]];
    let seed = 5;
    const random = (most) => (seed = seed * 48271 % 2147483647) % most;
    for (let id = 1; id < 400; id++) {
        const start = random(1000);
        lines.push([`${id}`, `${random(id)}`, start, start + random(300)]);
    }
    const { spans } = traceOf(jaeger(...lines));
    const sum = criticalPath(spans).flat().reduce((all, { start, end }) => all + end - start, 0);
    assert.equal(sum, 1000);
});
