// What the server is asked.

// The answer's JSON; throws what to tell the user.
async function get(path) {
    let answer;
    try {
        answer = await fetch(path, { headers: { Accept: 'application/json' } });
    } catch {
        throw new Error('otelc does not answer. Is it running?');
    }
    const json = await answer.json().catch(() => null);
    if (answer.ok && json)
        return json;
    const problem = new Error(json?.errors?.[0]?.msg ?? `otelc answers ${answer.status}.`);
    problem.status = answer.status;
    throw problem;
}

export const services = async () => (await get('/api/services')).data ?? [];

export const operations = async (service) =>
    (await get(`/api/services/${encodeURIComponent(service)}/operations`)).data ?? [];

// {seq, held, traces}
export const summary = (parameters) => get(`/api/otelc/summary?${parameters}`);

// The same of one trace, if it has changed since that seq.
export const summaryOf = (id, after) => summary(new URLSearchParams({ traceID: id, after }));

export const notFound = () => Object.assign(new Error('trace not found'), { status: 404 });

// One trace of Jaeger's JSON.
export async function trace(id) {
    const { data } = await get(`/api/traces/${encodeURIComponent(id)}`);
    if (data?.[0])
        return data[0];
    throw notFound();
}

// The spans of one id, as OTLP/JSON.
export const spans = (traceId, spanId) =>
    get(`/api/otelc/traces/${encodeURIComponent(traceId)}/spans/${encodeURIComponent(spanId)}`);

// What runs.
export const overview = () => get('/api/otelc/overview');

export const download = (id, format) =>
    `/api/otelc/traces/${encodeURIComponent(id)}/${format}`;
