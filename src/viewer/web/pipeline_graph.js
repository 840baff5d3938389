// The graph, drawn: what is where, what flows, how full the queues are.

import { svg } from './dom.js';
import { layout } from './pipeline_layout.js';
import { brief, byPipeline, growth, idOf, kindOf, number, passed, rate } from './pipeline_numbers.js';

const BOX = { width: 168, height: 58 };
const GAP = { column: 76, row: 18 };
const EDGE = 14; // around all

const left = (node) => EDGE + node.column * (BOX.width + GAP.column);
const top = (node) => EDGE + node.row * (BOX.height + GAP.row);

const perSecond = (value) => value === undefined ? '' : `${brief(value)}/s`;

function cut(text, most) {
    return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

const isConnector = (where) => kindOf(where) === 'connectors';

// What stands in the second line of a box.
function lineOf(now, before, { where, signal }) {
    if (isConnector(where))
        return ['incoming', 'outgoing'].map((what) => brief(number(now.counts, where, what))).join(' → ');
    const speed = rate(now, before, where, signal);
    const count = passed(now.counts, where, signal);
    if (count === undefined)
        return '';
    return speed === undefined ? `${brief(count)}` : `${brief(count)}  ·  ${perSecond(speed)}`;
}

function troubleOf(now, where) {
    const parts = [['refused', 'refused'], ['failed', 'failed'], ['enqueue_failed', 'refused'],
        ['send_failed', 'given up'], ['dropped', 'dropped'], ['retried', 'retried']];
    return parts.map(([what, name]) => [number(now.counts, where, what), name])
        .filter(([value]) => value > 0).map(([value, name]) => `${brief(value)} ${name}`);
}

// Of a connector: what it got from each pipeline, and gave to each.
function trafficOf(now, where) {
    const words = { incoming: 'came from', outgoing: 'went to' };
    return isConnector(where) ? now.pipelines.flatMap(({ id }) => Object.keys(words)
        .map((what) => [byPipeline(now.counts, where, what, id), words[what]])
        .filter(([value]) => value !== undefined)
        .map(([value, word]) => `${brief(value)} ${word} ${id}`)) : [];
}

function queueOf(now, node, x, y) {
    const [queue, capacity] = ['queue', 'capacity'].map((what) => number(now.counts, node.where, what));
    if (!capacity)
        return null;
    const share = Math.min(1, queue / capacity);
    return svg('g', { class: 'queue' },
        svg('title', {}, `its queue holds ${brief(queue)} of ${brief(capacity)}`),
        svg('rect', { class: 'track', x: x + 10, y: y + BOX.height - 9, width: BOX.width - 20, height: 4, rx: 2 }),
        svg('rect', { class: share > 0.8 ? 'fill full' : 'fill', x: x + 10, y: y + BOX.height - 9,
            width: (BOX.width - 20) * share, height: 4, rx: 2 }));
}

function boxOf(now, before, node) {
    const [x, y] = [left(node), top(node)];
    const trouble = troubleOf(now, node.where);
    const id = idOf(node.where);
    return svg('g', { class: `part ${kindOf(node.where)}${trouble.length ? ' trouble' : ''}` },
        svg('title', {}, [node.where, ...trafficOf(now, node.where), ...trouble].join('\n')),
        svg('rect', { class: 'box', x, y, width: BOX.width, height: BOX.height, rx: 8 }),
        svg('text', { class: 'id', x: x + 10, y: y + 21 }, cut(id, 22)),
        svg('text', { class: trouble.length ? 'line bad' : 'line', x: x + 10, y: y + 39 },
            cut(trouble[0] ?? lineOf(now, before, node), 26)),
        queueOf(now, node, x, y));
}

// What goes along an edge: as much as the part before it lets through, where that is counted.
function flowOf(now, before, from, edge) {
    if (!isConnector(from.where))
        return rate(now, before, from.where, edge.signal);
    const flows = edge.pipelines.map((id) =>
        growth(now, before, (counts) => byPipeline(counts, from.where, 'outgoing', id)));
    return flows.reduce((sum, flow) => sum === undefined ? flow : sum + (flow ?? 0), undefined);
}

// The flow stands at its beginning, once for all edges that begin there (named); behind a connector at
// its end, as each pipeline gets its own; on the side that the line does not come from.
function placeOf(from, named, [x1, y1], [x2, y2]) {
    if (isConnector(from.where))
        return { x: x2 - 6, y: y1 < y2 ? y2 + 14 : y2 - 6, 'text-anchor': 'end' };
    return named ? { x: x1 + 6, y: y1 - 6 } : null;
}

function edgeOf(now, before, edge, nodes, named) {
    const [from, to] = [nodes.get(edge.from), nodes.get(edge.to)];
    const [x1, y1] = [left(from) + BOX.width, top(from) + BOX.height / 2];
    const [x2, y2] = [left(to), top(to) + BOX.height / 2];
    const bend = GAP.column / 2;
    const turn = x2 - GAP.column; // it stays in its lane until the last gap
    const flow = flowOf(now, before, from, edge);
    const place = placeOf(from, named, [x1, y1], [x2, y2]);
    const width = flow > 0 ? 1.5 + Math.min(5, Math.log10(1 + flow)) : 1.5;
    const kind = !edge.runs ? 'off' : flow > 0 ? 'flows' : 'idle';
    return svg('g', { class: `edge ${edge.signal} ${kind}` },
        svg('path', { d: `M${x1} ${y1}H${turn}C${turn + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`, 'stroke-width': width }),
        flow > 0 && place && svg('text', place, perSecond(flow)));
}

// What is read out in place of the drawing.
const spoken = (now) => now.pipelines.map((pipeline) =>
    `${pipeline.id}: ${[pipeline.receivers, pipeline.processors, pipeline.exporters]
        .map((wheres) => wheres.map(idOf).join(' and ')).filter(Boolean).join(', then ')}`).join('. ');

export function drawGraph(now, before) {
    const placed = layout(now.pipelines);
    const nodes = new Map(placed.nodes.map((node) => [node.key, node]));
    const width = 2 * EDGE + placed.columns * BOX.width + (placed.columns - 1) * GAP.column;
    const height = 2 * EDGE + placed.rows * BOX.height + Math.max(0, placed.rows - 1) * GAP.row;
    return svg('svg', { class: 'graph', viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': spoken(now) },
        placed.edges.map((edge, i) => edgeOf(now, before, edge, nodes, i === placed.edges.findIndex(
            (other) => other.from === edge.from && other.signal === edge.signal))),
        placed.nodes.map((node) => boxOf(now, before, node)));
}
