// A trace as the page shows it: spans in the order of the waterfall, made of Jaeger's JSON.
//
//     spans[i]  its children are at i + 1 and on, all its subtree is spans[i .. i + size)
//
// so rows are found by walking the array, and a collapsed subtree is a jump. Times are in µs from
// the trace's start. Nothing here recurses: a trace may be one chain of 10,000 spans.

const value = (tags, key) => tags.find((tag) => tag.key === key)?.value;

const isError = (tags) => tags.some((tag) =>
    (tag.key === 'error' && String(tag.value) === 'true') ||
    (tag.key === 'otel.status_code' && tag.value === 'ERROR'));

// The reference that says whose child it is: the first CHILD_OF, else the first of any type.
function parentReference(trace, span, references) {
    let first;
    for (const reference of references) {
        if (reference.traceID !== trace.traceID || reference.spanID === span.spanID)
            continue;
        if (reference.refType === 'CHILD_OF')
            return reference;
        first ??= reference;
    }
    return first;
}

// The nth of its id, in the order in which they came: what it is known by as others come.
function spanOf(trace, raw, nth) {
    const process = trace.processes?.[raw.processID];
    const tags = raw.tags ?? [];
    const references = raw.references ?? [];
    const parent = parentReference(trace, raw, references);
    return {
        id: raw.spanID, nth, key: `${raw.spanID}/${nth}`, raw, process, parentId: parent?.spanID,
        isChild: parent?.refType === 'CHILD_OF',
        links: references.filter((reference) => reference !== parent),
        service: process?.serviceName ?? '', operation: raw.operationName || '(no name)',
        start: Number(raw.startTime) || 0, duration: Number(raw.duration) || 0, end: 0,
        kind: value(tags, 'span.kind') ?? '', error: isError(tags),
        index: -1, parent: -1, depth: 0, size: 1, isOrphan: false,
        above: null, // the parent, while the tree is made
    };
}

// Zipkin's client and server share one id: the server is the client's child then, and has what
// else names that id as its parent.
function nestSharedIds(found) {
    const byId = new Map();
    for (const span of found) {
        const other = byId.get(span.id);
        if (!other) {
            byId.set(span.id, span);
        } else if (span.kind === 'server' && other.kind === 'client') {
            span.above = other;
            byId.set(span.id, span);
        } else if (span.kind === 'client' && other.kind === 'server') {
            other.above = span;
        }
    }
    return byId;
}

const byStart = (one, other) => one.start - other.start || other.duration - one.duration;

function findParents(found) {
    const byId = nestSharedIds(found);
    for (const span of found) {
        span.above ??= byId.get(span.parentId) ?? null;
        span.isOrphan = Boolean(span.parentId) && !span.above;
    }
}

// Where a link counted as the parent, else at the first.
function cut(circle) {
    circle.sort(byStart);
    (circle.find((span) => !span.isChild) ?? circle[0]).above = null;
}

// Cuts what goes round in circles.
function cutCircles(found) {
    const cameFrom = new Map(); // by span: whose way up came by it first
    for (const span of found) {
        let at = span;
        for (; at && !cameFrom.has(at); at = at.above)
            cameFrom.set(at, span);
        if (!at || cameFrom.get(at) !== span)
            continue;
        const circle = [at];
        for (let next = at.above; next !== at; next = next.above)
            circle.push(next);
        cut(circle);
    }
}

// found: in the order of their start. Each gets its subtree behind it.
function inOrder(found) {
    findParents(found);
    cutCircles(found);
    const children = new Map(found.map((span) => [span, []]));
    const stack = [];
    for (const span of [...found].reverse()) // the last to start is taken last
        (span.above ? children.get(span.above) : stack).push(span);
    const ordered = [];
    while (stack.length) {
        const span = stack.pop();
        span.depth = span.above ? span.above.depth + 1 : 0;
        span.parent = span.above ? span.above.index : -1;
        span.index = ordered.push(span) - 1;
        for (const child of children.get(span))
            stack.push(child);
    }
    return ordered;
}

function sizes(spans) {
    for (let index = spans.length - 1; index > 0; index--)
        if (spans[index].parent >= 0)
            spans[spans[index].parent].size += spans[index].size;
}

function servicesOf(spans) {
    const services = new Map();
    for (const span of spans) {
        const service = services.get(span.service) ?? { name: span.service, spans: 0, errors: 0 };
        service.spans++;
        service.errors += span.error;
        services.set(span.service, service);
    }
    return [...services.values()].sort((one, other) => other.spans - one.spans);
}

// json: one trace of the query API.
export function traceOf(json) {
    const ids = new Map(); // and how many spans have each
    const found = (json.spans ?? []).map((raw) => {
        const nth = ids.get(raw.spanID) ?? 0;
        ids.set(raw.spanID, nth + 1);
        return spanOf(json, raw, nth);
    }).sort(byStart);
    const spans = inOrder(found);
    sizes(spans);
    const start = spans.reduce((least, span) => Math.min(least, span.start), Infinity);
    for (const span of spans) {
        span.start -= start;
        span.end = span.start + span.duration;
        span.above = null;
    }
    return {
        id: json.traceID, spans, start: spans.length ? start : 0,
        duration: spans.reduce((most, span) => Math.max(most, span.end), 0),
        depth: spans.reduce((most, span) => Math.max(most, span.depth + 1), 0),
        errors: spans.filter((span) => span.error).length,
        services: servicesOf(spans),
    };
}

// The index of a span by its key; -1: it is not there.
export const indexOf = (trace, key) => trace.spans.findIndex((span) => span.key === key);

// The indexes of a span's children.
export function* childrenOf(spans, index) {
    const end = index + spans[index].size;
    for (let child = index + 1; child < end; child += spans[child].size)
        yield child;
}

// The indexes of the spans to be shown where those in the set are collapsed.
export function rowsOf(spans, collapsed) {
    const rows = [];
    for (let index = 0; index < spans.length; index += collapsed.has(index) ? spans[index].size : 1)
        rows.push(index);
    return rows;
}
