// Where the parts of the pipelines stand: columns from left to right, so that every edge goes right.
//
//     receivers | processors, one column for each place in a pipeline | exporters, at the right
//
// A connector stands behind the pipelines that feed it and before those that it feeds.

const processorKey = (pipeline, where) => `${pipeline.id} ${where}`;

// The parts of one pipeline in order: [[keys], [key], ..., [keys]].
function stagesOf(pipeline) {
    return [
        pipeline.receivers,
        ...pipeline.processors.map((where) => [processorKey(pipeline, where)]),
        pipeline.exporters,
    ];
}

const isConnector = (where) => where.startsWith('connectors/');

// Each pipeline has a lane as high as its ends need: [{start, size}]
function lanesOf(pipelines) {
    let start = 0;
    return pipelines.map(({ receivers, exporters }) => {
        const size = Math.max(1, receivers.length, exporters.length);
        const lane = { start, size };
        start += size;
        return lane;
    });
}

// Those at one end of a lane, in its middle; connectors below the others.
function slots(wheres, lane) {
    const sorted = [...wheres].sort((a, b) => isConnector(a) - isConnector(b));
    const first = lane.start + (lane.size - sorted.length) / 2;
    return sorted.map((where, i) => [where, first + i]);
}

function collect(pipelines) {
    const nodes = new Map();
    const edges = new Map();
    const lanes = lanesOf(pipelines);
    const add = (key, where, row, signal) => {
        const node = nodes.get(key) ?? { key, where, signal, column: 0, rows: [] };
        node.rows.push(row);
        nodes.set(key, node);
    };

    const join = (from, to, { id, signal, notServed }) => {
        const key = `${from} ${to} ${signal}`;
        const edge = edges.get(key) ?? { from, to, signal, pipelines: [], runs: false };
        edge.pipelines.push(id);
        edge.runs ||= !notServed;
        edges.set(key, edge);
    };

    pipelines.forEach((pipeline, i) => {
        const lane = lanes[i];
        for (const end of [pipeline.receivers, pipeline.exporters])
            for (const [where, row] of slots(end, lane))
                add(where, where, row);
        for (const where of pipeline.processors)
            add(processorKey(pipeline, where), where, lane.start + (lane.size - 1) / 2, pipeline.signal);
        const stages = stagesOf(pipeline);
        stages.slice(1).forEach((to, n) => {
            for (const from of stages[n])
                for (const target of to)
                    join(from, target, pipeline);
        });
    });
    return { nodes, edges: [...edges.values()] };
}

// The longest way to each; as there are no circles it takes at most as many rounds as nodes.
function setColumns(nodes, edges) {
    for (let round = 0; round < nodes.size; round++) {
        let moved = false;
        for (const { from, to } of edges) {
            const least = nodes.get(from).column + 1;
            if (nodes.get(to).column < least) {
                nodes.get(to).column = least;
                moved = true;
            }
        }
        if (!moved)
            break;
    }
    const leads = new Set(edges.map((edge) => edge.from));
    const last = Math.max(0, ...[...nodes.values()].map((node) => node.column));
    for (const node of nodes.values())
        if (!leads.has(node.key) && node.rows.length)
            node.column = Math.max(node.column, last);
    return last + 1;
}

// Each near the middle of where its pipelines want it, none upon another.
function setRows(nodes, columns) {
    let height = 0;
    for (let column = 0; column < columns; column++) {
        let free = 0;
        const wanted = (node) => node.rows.reduce((sum, row) => sum + row, 0) / node.rows.length;
        const here = [...nodes.values()].filter((node) => node.column === column)
            .sort((a, b) => wanted(a) - wanted(b));
        for (const node of here) {
            node.row = Math.max(free, wanted(node));
            free = node.row + 1;
            height = Math.max(height, free);
        }
    }
    return height;
}

// {nodes: [{key, where, signal (of a processor), column, row}], edges: [{from, to, signal, pipelines: [id], runs}], columns, rows}
export function layout(pipelines) {
    const { nodes, edges } = collect(pipelines);
    const columns = setColumns(nodes, edges);
    const rows = setRows(nodes, columns);
    return { nodes: [...nodes.values()], edges, columns, rows };
}
