import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ago, clock, count, day, duration, readDuration } from '../../src/viewer/web/format.js';

test('durations have three digits that matter', () => {
    const known = [[0, '0'], [1, '1µs'], [999, '999µs'], [999.7, '1ms'], [1000, '1ms'],
        [1234, '1.23ms'], [45678, '45.7ms'], [999499, '999ms'], [999600, '1s'], [1500000, '1.5s'],
        [59.9e6, '59.9s'], [59.96e6, '1m 0s'], [125e6, '2m 5s'], [3599.6e6, '1h 0m'],
        [12000e6, '3h 20m'], [-1500, '−1.5ms']];
    for (const [us, text] of known)
        assert.equal(duration(us), text, `${us}`);
});

test('durations are read with their units', () => {
    const known = [['200us', 200], ['200µs', 200], ['1.5ms', 1500], ['2s', 2e6], ['1m30s', 90e6],
        ['1h', 3600e6], ['0s', 0], ['1m 30s', 90e6]];
    for (const [text, us] of known)
        assert.equal(readDuration(text), us, text);
    for (const text of ['', '5', 'ms', '5 parsecs', '-1s', '1.5.5s', '1s!', '1e3s', ' '])
        assert.equal(readDuration(text), NaN, text);
});

test('what is long ago has a date', () => {
    const now = new Date(2026, 5, 7, 12).getTime() * 1e3;
    const known = [[0, 'now'], [12, '12s ago'], [600, '10m ago'], [7200, '2h ago'],
        [4 * 86400, '2026-06-03'], [-60, 'in the future']];
    for (const [seconds, text] of known)
        assert.equal(ago(now - seconds * 1e6, now), text, text);
});

test('the clock shows milliseconds', () => {
    const at = new Date(2026, 0, 2, 3, 4, 5, 67).getTime() * 1e3;
    assert.equal(clock(at), '03:04:05.067');
    assert.equal(day(at), '2026-01-02');
});

test('one is no plural', () => {
    assert.equal(count(1, 'span'), '1 span');
    assert.equal(count(12345, 'span'), '12,345 spans');
});
