import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import { ANY } from '../../src/viewer/web/query.js';

// What the server answers, one after the other; all else is an empty list.
const answers = [];
globalThis.document = { hidden: false };
globalThis.fetch = async (path) => ({ ok: true, json: async () =>
    path.startsWith('/api/otelc/summary') ? answers.shift()(path) : { data: [] } });
const { Feed } = await import('../../src/viewer/web/feed.js');
const { Watch } = await import('../../src/viewer/web/watch.js');

mock.timers.enable({ apis: ['setTimeout'] });

const trace = (traceID, start, spans = 1) => ({ traceID, start, spans, leftOut: 0 });
const summary = (store, seq, ...traces) => () => ({ store, seq, held: traces.length, traces });

// A second passes, and what is waited for comes.
async function second() {
    mock.timers.tick(1000);
    await new Promise((done) => setImmediate(done));
}

test('a list follows what changes, and begins anew with another store', async () => {
    const shown = [];
    const asked = [];
    const noting = (answer) => (path) => {
        asked.push(new URLSearchParams(path.split('?')[1]).get('after'));
        return answer();
    };
    answers.push(...[summary('a', 5, trace('x', 1)), summary('a', 6, trace('y', 2)),
        summary('b', 9), summary('b', 9, trace('z', 3))].map(noting));
    const feed = new Feed({ ...ANY, live: true }, ({ traces }) =>
        shown.push(traces.map((one) => one.traceID).join('')));
    for (let count = 0; count < 4; count++)
        await second();
    feed.end();
    assert.deepEqual(shown, ['x', 'yx', 'z']);
    assert.deepEqual(asked, [null, '5', '6', null]);
});

test('a trace is got when it has come, when it has grown, and not otherwise', async () => {
    const told = [];
    const watch = new Watch('x', { onTrace: (json) => told.push(json.name),
        onProblem: ({ status }) => told.push(status), onSwitch: () => told.push(watch.isOn) });
    let count = 0;
    const got = globalThis.fetch;
    globalThis.fetch = async (path) => path.startsWith('/api/traces/')
        ? { ok: true, json: async () => ({ data: [{ name: `trace ${++count}` }] }) } : got(path);
    answers.push(summary('a', 3), summary('a', 4, trace('x', 1)), summary('a', 9),
        summary('a', 12, trace('x', 1, 2)), summary('a', 13, trace('x', 1, 2)));
    watch.start();
    for (let step = 0; step < 5; step++)
        await second();
    watch.stop();
    await second();
    assert.deepEqual(told, [true, 404, 'trace 1', 'trace 2', false]);
    assert.equal(answers.length, 0);
    globalThis.fetch = got;
});

test('who is stopped and started while an answer is awaited asks once a second', async () => {
    let asked = 0;
    const counting = () => { asked++; return { store: 'a', seq: 1, held: 0, traces: [] }; };
    const watch = new Watch('x', { onTrace() {}, onProblem() {}, onSwitch() {} });
    answers.push(...Array(9).fill(counting));
    watch.start();
    watch.stop();
    watch.start();
    await second();
    assert.equal(asked, 2);
    await second();
    await second();
    assert.equal(asked, 4);
    watch.end();
    await second();
    assert.equal(asked, 4);
});
