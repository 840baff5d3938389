import assert from 'node:assert/strict';
import { test } from 'node:test';

import { clockTicks, decades, ticks } from '../../src/viewer/web/axis.js';

test('marks are steps of 1, 2 or 5', () => {
    assert.deepEqual(ticks(0, 1000, 5), [0, 200, 400, 600, 800, 1000]);
    assert.deepEqual(ticks(130, 270, 4), [150, 200, 250]);
    assert.deepEqual(ticks(0, 1, 2), [0, 0.5, 1]);
    assert.deepEqual(ticks(5, 5, 4), [5]);
});

test('there are never many more marks than are wanted', () => {
    for (let length = 1; length < 1e9; length *= 1.37)
        for (const most of [2, 5, 9])
            assert.ok(ticks(12.5, 12.5 + length, most).length <= most + 1, `${length} ${most}`);
});

test('marks of the clock are round in local time', () => {
    const minute = 60e6;
    assert.deepEqual(clockTicks(0.5 * minute, 3.2 * minute, 3), [minute, 2 * minute, 3 * minute]);
    assert.deepEqual(clockTicks(0, 100 * minute, 4, 45 * minute), [15 * minute, 45 * minute,
        75 * minute]);
    assert.equal(clockTicks(0, 90 * 86400e6, 3).length, 4); // 0, 30, 60, 90 days
});

test('decades surround what is shown', () => {
    assert.deepEqual(decades(1500, 20000), [1000, 10000, 100000]);
    assert.deepEqual(decades(1000, 1000), [1000, 10000]);
    assert.deepEqual(decades(0, 0), [1, 10]);
});

test('far from zero there are no more marks than asked for', () => {
    for (const from of [1.7e15, 2 ** 53, 9.2e15, 1e18])
        assert.ok(ticks(from, from + 1, 10).length <= 11, from);
});
