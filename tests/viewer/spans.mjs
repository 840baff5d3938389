// Traces for the tests, as Jaeger's JSON has them.

export const TRACE = '0af7651916cd43dd8448eb211c80319c';

// lines: [id, parent or null, start, end, {service, operation, tags, references}]
export function jaeger(...lines) {
    const names = [...new Set(lines.map(([, , , , more]) => more?.service ?? 'shop'))];
    return {
        traceID: TRACE,
        processes: Object.fromEntries(names.map((serviceName, index) =>
            [`p${index}`, { serviceName, tags: [] }])),
        spans: lines.map(([spanID, parent, start, end, more = {}]) => ({
            traceID: TRACE, spanID, operationName: more.operation ?? spanID,
            references: more.references ??
                (parent ? [{ refType: 'CHILD_OF', traceID: TRACE, spanID: parent }] : []),
            startTime: 1000 + start, duration: end - start, tags: more.tags ?? [],
            logs: more.logs ?? [], processID: `p${names.indexOf(more.service ?? 'shop')}`,
        })),
    };
}
