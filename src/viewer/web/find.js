// Finds text in spans: names, ids, and "key=value" of attributes and events.

const inTags = (tags, text) =>
    tags?.some((tag) => `${tag.key}=${tag.value}`.toLowerCase().includes(text));

function has(span, text) {
    return span.operation.toLowerCase().includes(text) ||
        span.service.toLowerCase().includes(text) || span.id === text ||
        inTags(span.raw.tags, text) ||
        span.raw.logs?.some((log) => inTags(log.fields, text));
}

// The indexes of the spans that have it; letter case does not count.
export function find(spans, text) {
    const wanted = text.trim().toLowerCase();
    return wanted ? spans.flatMap((span, index) => has(span, wanted) ? [index] : []) : [];
}
