import assert from 'node:assert/strict';
import { test } from 'node:test';

import { advise, remedyOf } from '../../src/viewer/web/pipeline_advice.js';
import { layout } from '../../src/viewer/web/pipeline_layout.js';
import { brief, byPipeline, bytes, countsOf, growth, labelsOf, number, passed, rate, uptime } from '../../src/viewer/web/pipeline_numbers.js';

const metric = (name, labels, value, more = {}) => ({ name, labels, value, kind: 'counter', ...more });

function overview(metrics = [], more = {}) {
    const made = {
        startUnixMs: 1000, nowUnixMs: 10_000, metrics, pipelines: [], refused: [], clients: [], warnings: [],
        components: [{ where: 'receivers/otlp', type: 'otlp', used: true, endpoints: ['localhost:4317'] },
            { where: 'exporters/jaeger', type: 'jaeger', used: true, endpoints: [] }],
        ...more,
    };
    made.counts = countsOf(made);
    return made;
}

test('labels are read as Prometheus writes them', () => {
    assert.deepEqual(labelsOf('a="b",c_d="e,f=\\"g\\"",h="i\\\\j\\nk"'), { a: 'b', c_d: 'e,f="g"', h: 'i\\j\nk' });
    assert.deepEqual(labelsOf(''), {});
});

test('numbers of a component are summed by signal', () => {
    const { counts } = overview([
        metric('otelcol_receiver_accepted_spans', 'receiver="otlp",transport="grpc"', 5),
        metric('otelcol_receiver_accepted_spans', 'receiver="otlp",transport="http"', 2),
        metric('otelcol_receiver_accepted_log_records', 'receiver="otlp",transport="http"', 1),
        metric('otelcol_processor_outgoing_items', 'processor="batch",otel_signal="traces"', 4),
        metric('otelcol_exporter_queue_size', 'exporter="jaeger",data_type="traces"', 3, { kind: 'gauge' }),
        metric('otelc_exporter_dropped_items', 'exporter="jaeger",data_type="traces",reason="too large"', 9),
        metric('otelc_memory_budget_used', '', 1),
    ]);
    assert.equal(number(counts, 'receivers/otlp', 'accepted', 'traces'), 7);
    assert.equal(passed(counts, 'receivers/otlp'), 8);
    assert.equal(passed(counts, 'processors/batch', 'traces'), 4);
    assert.equal(number(counts, 'exporters/jaeger', 'queue'), 3);
    assert.deepEqual(counts.get('exporters/jaeger').why, { 'too large': 9 });
    assert.equal(number(counts, 'exporters/jaeger', 'sent'), undefined);
    assert.equal(number(counts, 'exporters/none', 'sent'), undefined);
});

test('rates come of two answers of the same run', () => {
    const sent = (value) => [metric('otelcol_exporter_sent_spans', 'exporter="jaeger"', value)];
    const before = overview(sent(100));
    const now = overview(sent(300), { nowUnixMs: 12_000 });
    assert.equal(rate(now, before, 'exporters/jaeger', 'traces'), 100);
    assert.equal(rate(now, null, 'exporters/jaeger'), undefined);
    assert.equal(rate(overview(sent(1), { startUnixMs: 11_000, nowUnixMs: 12_000 }), before, 'exporters/jaeger'), undefined);
    assert.equal(rate(now, before, 'exporters/none'), undefined);
});

test('a connector has numbers for each pipeline', () => {
    const items = (what, pipeline, signal, value) => metric(`otelc_connector_${what}_items`,
        `connector="c",pipeline="${pipeline}",otel_signal="${signal}"`, value);
    const before = overview([items('incoming', 'traces/a', 'traces', 5)]);
    const now = overview([items('incoming', 'traces/a', 'traces', 9), items('incoming', 'traces/b', 'traces', 2),
        items('outgoing', 'metrics', 'metrics', 3)], { nowUnixMs: 12_000 });
    assert.equal(number(now.counts, 'connectors/c', 'incoming'), 11);
    assert.equal(passed(now.counts, 'connectors/c', 'metrics'), 3);
    assert.equal(byPipeline(now.counts, 'connectors/c', 'incoming', 'traces/a'), 9);
    assert.equal(byPipeline(now.counts, 'connectors/c', 'outgoing', 'traces/a'), undefined);
    assert.equal(byPipeline(now.counts, 'connectors/none', 'outgoing', 'traces/a'), undefined);
    assert.equal(growth(now, before, (counts) => byPipeline(counts, 'connectors/c', 'incoming', 'traces/a')), 2);
});

test('numbers are short', () => {
    const known = [[undefined, '–'], [0, '0'], [0.5, '0.5'], [12, '12'], [999, '999'], [1234, '1.23k'], [999_990, '1M'], [3.4e9, '3.4G']];
    for (const [value, text] of known)
        assert.equal(brief(value), text, `${value}`);
    assert.equal(bytes(512), '512 B');
    assert.equal(bytes(1536 * 1024), '1.5 MiB');
    assert.equal(uptime(500), '0s');
    assert.equal(uptime(3725_000), '1h 2m');
    assert.equal(uptime(59_000), '59s');
});

test('every edge of the graph goes right, and no part lies upon another', () => {
    const pipelines = [
        { id: 'traces', signal: 'traces', receivers: ['receivers/otlp', 'receivers/jaeger'], processors: ['processors/a', 'processors/b'], exporters: ['connectors/c', 'exporters/x'] },
        { id: 'metrics', signal: 'metrics', receivers: ['connectors/c', 'receivers/otlp'], processors: ['processors/b'], exporters: ['exporters/x', 'exporters/y'] },
        { id: 'logs', signal: 'logs', receivers: ['receivers/otlp'], processors: [], exporters: ['exporters/y'], notServed: 'no' },
    ];
    const { nodes, edges, columns, rows } = layout(pipelines);
    const at = new Map(nodes.map((node) => [node.key, node]));
    assert.equal(nodes.length, 2 + 3 + 1 + 2);
    for (const { from, to } of edges)
        assert.ok(at.get(from).column < at.get(to).column, `${from} ${to}`);
    for (const a of nodes)
        for (const b of nodes)
            assert.ok(a === b || a.column !== b.column || Math.abs(a.row - b.row) >= 1, `${a.key} ${b.key}`);
    assert.ok(nodes.every((node) => node.column < columns && node.row <= rows - 1));
    assert.equal(edges.filter((edge) => !edge.runs).length, 1);
    const shared = layout(['a', 'b'].map((id) => ({ id, signal: 'logs', receivers: ['connectors/c'], processors: [],
        exporters: ['exporters/x'], notServed: id === 'b' ? 'no' : null })));
    assert.deepEqual(shared.edges, [{ from: 'connectors/c', to: 'exporters/x', signal: 'logs', pipelines: ['a', 'b'], runs: true }]);
    assert.deepEqual(layout([]), { nodes: [], edges: [], columns: 1, rows: 0 });
});

test('who has sent nothing is told where to send', () => {
    const [first] = advise(overview(), null);
    assert.equal(first.state, 'bad');
    assert.match(first.fix, /localhost:4317/);
});

test('a refusal has its reason, its peer and what to do', () => {
    const refused = { where: 'receivers/otlp', what: 'POST /v1/trace', peer: '10.0.0.1:5', agent: 'sdk/1', times: 3, unixMs: 1,
        why: 'not found: POST OTLP to /v1/traces, /v1/metrics or /v1/logs' };
    const told = advise(overview([], { refused: [refused, { ...refused, where: 'exporters/viewer' }] }), null);
    const [bad, ...others] = told.filter(({ text }) => text.includes('/v1/trace '));
    assert.match(bad.text, /POST \/v1\/trace from 10\.0\.0\.1:5 \(sdk\/1\), 3 times: not found/);
    assert.match(bad.fix, /path is wrong/);
    assert.equal(others.length, 0);
    assert.equal(remedyOf('something new'), '');
});

test('an exporter that delivers nothing is told with its last warning', () => {
    const metrics = [metric('otelcol_receiver_accepted_spans', 'receiver="otlp"', 9),
        metric('otelcol_exporter_queue_size', 'exporter="jaeger",data_type="traces"', 4, { kind: 'gauge' }),
        metric('otelcol_exporter_sent_spans', 'exporter="jaeger"', 0)];
    const warnings = [{ where: 'exporters/jaeger', text: 'connection refused' }];
    const told = advise(overview(metrics, { warnings }), overview(metrics));
    const isTold = (now, before) => advise(now, before).some(({ text }) => text.includes('delivers nothing'));
    assert.ok(told.some(({ state, text }) => state === 'bad' && text.includes('connection refused')), JSON.stringify(told));
    const tries = (retries) => overview([...metrics.slice(0, 1), metric('otelc_exporter_retries', 'exporter="jaeger"', retries)]);
    assert.ok(isTold(tries(2), tries(1)));
    assert.ok(!isTold(tries(1), tries(1)) && !isTold(tries(1), null));
});

test('when all is well it is said', () => {
    const metrics = [metric('otelcol_receiver_accepted_spans', 'receiver="otlp"', 9),
        metric('otelcol_exporter_sent_spans', 'exporter="jaeger"', 9)];
    assert.deepEqual(advise(overview(metrics), overview(metrics)).map(({ state }) => state), ['good', 'good']);
});
