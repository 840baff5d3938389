// What the numbers of /api/otelc/overview say of each component.

const SIGNALS = { spans: 'traces', metric_points: 'metrics', log_records: 'logs' };
const KINDS = { receiver: 'receivers', processor: 'processors', exporter: 'exporters', connector: 'connectors' };
const COUNTED = /^otelcol_(receiver|exporter|processor_memory_limiter)_(accepted|refused|failed|sent|send_failed|enqueue_failed)_(spans|metric_points|log_records)$/;

// {exporter: 'jaeger'} of 'exporter="jaeger"': the labels of a series, as Prometheus writes them.
export function labelsOf(text) {
    const labels = {};
    const escapes = { n: '\n' };
    for (const [, name, value] of text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/gs))
        labels[name] = value.replace(/\\(.)/gs, (_, letter) => escapes[letter] ?? letter);
    return labels;
}

// What a series counts: {where: 'exporters/jaeger', signal: 'traces', what: 'sent'}; null: nothing
// that is shown for a component.
function meaning(name, labels) {
    const kind = Object.keys(KINDS).find((each) => labels[each] != null);
    if (!kind)
        return null;
    const where = `${KINDS[kind]}/${labels[kind]}`;
    const counted = COUNTED.exec(name);
    if (counted)
        return { where, what: counted[2], signal: SIGNALS[counted[3]] };
    const signal = labels.data_type ?? labels.otel_signal ?? 'all';
    const short = name.replace(/^otelc(?:ol)?_(receiver|processor|exporter|connector)_/, '');
    const known = { incoming_items: 'incoming', outgoing_items: 'outgoing', queue_size: 'queue',
        queue_capacity: 'capacity', in_flight_requests: 'inFlight', retries: 'retried',
        dropped_items: 'dropped' };
    return known[short]
        ? { where, what: known[short], signal, why: labels.reason, pipeline: labels.pipeline } : null;
}

// Map of where -> {traces: {accepted: 5, ...}, ..., why: {'a reason': 3}, pipelines: {'traces/2':
// {incoming: 4}}}; all: what has no signal; pipelines: of a connector.
export function countsOf(overview) {
    const counts = new Map();
    for (const { name, kind, value, count, labels } of overview.metrics) {
        const found = meaning(name, labelsOf(labels));
        if (!found)
            continue;
        const all = counts.get(found.where) ?? { why: {}, pipelines: {} };
        const of = all[found.signal] ??= {};
        const number = kind === 'histogram' ? count : value;
        of[found.what] = (of[found.what] ?? 0) + number;
        if (found.pipeline)
            (all.pipelines[found.pipeline] ??= {})[found.what] = number;
        if (found.why)
            all.why[found.why] = (all.why[found.why] ?? 0) + number;
        counts.set(found.where, all);
    }
    return counts;
}

// One number of a component: of a signal, or of all of them; undefined where nothing counts it.
export function number(counts, where, what, signal) {
    const of = counts.get(where);
    if (!of)
        return undefined;
    const signals = signal ? [signal, 'all'] : [...Object.values(SIGNALS), 'all'];
    const found = signals.map((each) => of[each]?.[what]).filter((each) => each !== undefined);
    return found.length ? found.reduce((sum, each) => sum + each) : undefined;
}

// What passes a component on its way out, for each kind of component.
const PASSED = { receivers: 'accepted', processors: 'outgoing', exporters: 'sent', connectors: 'outgoing' };
export const kindOf = (where) => where.slice(0, where.indexOf('/'));
export const idOf = (where) => where.slice(where.indexOf('/') + 1);
export const passed = (counts, where, signal) => number(counts, where, PASSED[kindOf(where)], signal);

// What a connector got from a pipeline (incoming), or gave to it (outgoing); undefined: nothing counts it.
export const byPipeline = (counts, where, what, pipeline) => counts.get(where)?.pipelines[pipeline]?.[what];

// Of two answers, by how much what is read from their counts grows in a second; undefined where that is not known.
export function growth(now, before, read) {
    if (!before || before.startUnixMs !== now.startUnixMs || now.nowUnixMs <= before.nowUnixMs)
        return undefined;
    const [last, first] = [now, before].map((each) => read(each.counts));
    if (last === undefined)
        return undefined;
    return Math.max(0, last - (first ?? 0)) * 1000 / (now.nowUnixMs - before.nowUnixMs);
}

// What a component passes on in a second.
export const rate = (now, before, where, signal) =>
    growth(now, before, (counts) => passed(counts, where, signal));

// "0", "12", "1.2k", "3.4M".
export function brief(value) {
    if (value === undefined)
        return '–';
    for (const [unit, sign] of [[1e9, 'G'], [1e6, 'M'], [1e3, 'k']])
        if (value >= unit * 0.9995)
            return `${Number((value / unit).toPrecision(3))}${sign}`;
    return value < 10 && value % 1 ? value.toFixed(1) : String(Math.round(value));
}

// "512 KiB", "1.5 GiB".
export function bytes(value) {
    for (const [unit, sign] of [[2 ** 30, 'GiB'], [2 ** 20, 'MiB'], [2 ** 10, 'KiB']])
        if (value >= unit)
            return `${Number((value / unit).toPrecision(3))} ${sign}`;
    return `${value} B`;
}

// "3d 4h", "2h 5m", "12s".
export function uptime(ms) {
    const seconds = Math.floor(ms / 1000);
    const parts = [[86400, 'd'], [3600, 'h'], [60, 'm'], [1, 's']];
    const first = parts.findIndex(([size]) => seconds >= size);
    if (first < 0)
        return '0s';
    return parts.slice(first, first + 2)
        .map(([size, sign], i) => `${Math.floor(i ? seconds % parts[first][0] / size : seconds / size)}${sign}`)
        .join(' ');
}
