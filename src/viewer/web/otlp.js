// What OTLP says of a span beyond Jaeger's JSON: links and scopes with attributes, what was dropped.

// A value as JSON has it; integers that JavaScript would change as text, as they come.
function plain(value) {
    if (value?.arrayValue)
        return (value.arrayValue.values ?? []).map(plain);
    if (value?.kvlistValue)
        return Object.fromEntries((value.kvlistValue.values ?? [])
            .map((one) => [one.key ?? '', plain(one.value)]));
    const made = Object.values(value ?? {})[0] ?? null;
    return value?.intValue && Number.isSafeInteger(Number(made)) ? Number(made) : made;
}

const TYPES = { intValue: 'int64', doubleValue: 'float64', boolValue: 'bool', bytesValue: 'binary' };

function tag({ key = '', value }) {
    const made = plain(value);
    return { key, type: TYPES[Object.keys(value ?? {})[0]] ?? 'string',
        value: made !== null && typeof made === 'object' ? JSON.stringify(made) : made ?? '' };
}

export const tagsOf = (attributes) => (attributes ?? []).map(tag);

const partOf = (part, schemaUrl) => ({
    name: part?.name ?? '', version: part?.version ?? '', schemaUrl: schemaUrl ?? '',
    tags: tagsOf(part?.attributes), dropped: part?.droppedAttributesCount ?? 0,
});

const linkOf = (link) => ({
    traceID: link.traceId ?? '', spanID: link.spanId ?? '', state: link.traceState ?? '',
    tags: tagsOf(link.attributes), dropped: link.droppedAttributesCount ?? 0,
});

// json: the spans of one id, of which the nth is meant. Null where it is not there.
export function extrasOf(json, nth) {
    const spans = (json.resourceSpans ?? []).flatMap((resource) =>
        (resource.scopeSpans ?? []).flatMap((scope) =>
            (scope.spans ?? []).map((span) => ({ resource, scope, span }))));
    if (!spans[nth])
        return null;
    const { resource, scope, span } = spans[nth];
    return {
        links: (span.links ?? []).map(linkOf),
        events: (span.events ?? []).map((event) => event.droppedAttributesCount ?? 0),
        scope: partOf(scope.scope, scope.schemaUrl),
        resource: partOf(resource.resource, resource.schemaUrl),
    };
}

// "3 attributes, 1 link"; '' for nothing. counts: by what.
export const droppedText = (counts) => Object.entries(counts).filter(([, count]) => count > 0)
    .map(([what, count]) => `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`)
    .join(', ');
