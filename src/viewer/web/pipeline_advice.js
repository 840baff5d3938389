// "My spans do not arrive": where they stay, in plain words, and what to do about it.

import { brief, idOf, kindOf, number } from './pipeline_numbers.js';

// What the reason of a refusal asks for.
const REMEDIES = [
    [/speaks TLS/, 'The app uses TLS and this port has none: give the app an http:// endpoint, or set OTEL_EXPORTER_OTLP_INSECURE=true; or give the receiver tls: with a certificate.'],
    [/without TLS|handshake|certificate/, 'This port wants TLS: give the app an https:// endpoint and the CA in OTEL_EXPORTER_OTLP_CERTIFICATE.'],
    [/credentials|unauthenticated/i, 'The receiver wants credentials (auth:): set OTEL_EXPORTER_OTLP_HEADERS in the app.'],
    [/no pipeline takes/, 'Name the receiver in a pipeline of that signal under service.pipelines, or switch that signal off in the app.'],
    [/gRPC needs HTTP\/2|does not speak gRPC|speaks gRPC/, 'The protocol and the path do not fit: set OTEL_EXPORTER_OTLP_PROTOCOL to grpc (no path) or http/protobuf (path /v1/traces).'],
    [/not found|nothing is served/, 'The path is wrong. OTLP over HTTP is posted to /v1/traces: give OTEL_EXPORTER_OTLP_ENDPOINT without a path, the app adds it.'],
    [/media type|content.type/i, 'The body is of a kind that is not taken here: send protobuf or JSON.'],
    [/larger than max|too large/, 'The request is too large: let the app send smaller batches, or raise max_recv_msg_size_mib (gRPC) or max_request_body_size (HTTP) of the receiver.'],
    [/queue|exporter|backend/, 'What is sent on does not go out fast enough: look at the exporter below.'],
    [/memory/, 'The memory budget is used up, mostly because an exporter does not deliver: look at the exporters below, or raise service.memory.'],
    [/trace_id|span_id/, 'Those spans have no valid ids, and no backend would take them: the rest of the request was taken. Look at what makes the spans.'],
    [/not a valid|malformed|damaged/, 'The app, or something between, sends what is no OTLP: check its exporter and proxies on the way.'],
    [/slowly|in the time of|seconds/, 'The client or the network is too slow for the time limits.'],
];

export const remedyOf = (why) => REMEDIES.find(([pattern]) => pattern.test(why))?.[1] ?? '';

const items = (value) => `${brief(value)} ${value === 1 ? 'item' : 'items'}`;
const isReceiver = (where) => kindOf(where) === 'receivers';
const total = (now, kind, what) => now.components
    .filter((component) => component.used && kindOf(component.where) === kind)
    .reduce((sum, { where }) => sum + (number(now.counts, where, what) ?? 0), 0);

function aboutComing(now) {
    const requests = now.clients.filter(({ where }) => isReceiver(where))
        .reduce((sum, client) => sum + client.requests, 0);
    const accepted = total(now, 'receivers', 'accepted');
    if (accepted > 0)
        return [{ state: 'good', text: `${items(accepted)} came in and were accepted.` }];
    if (requests > 0)
        return [{ state: 'note', text: `${brief(requests)} ${requests === 1 ? 'request has' : 'requests have'} come, and nothing was accepted.` }];
    const listens = now.components
        .filter((component) => isReceiver(component.where) && component.used)
        .flatMap((component) => component.endpoints);
    return [{
        state: 'bad',
        text: 'No app has sent anything yet.',
        fix: `Receivers listen on ${listens.join(', ') || 'no port'}. Point the app there, such as ` +
            'OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317 with OTEL_EXPORTER_OTLP_PROTOCOL=grpc. ' +
            'From another machine or container, localhost is not reached: set endpoint: 0.0.0.0:4317, or OTELC_LISTEN_HOST=0.0.0.0.',
    }];
}

function aboutRefused(now) {
    return now.refused.filter(({ where }) => isReceiver(where)).slice(0, 5).map((refused) => ({
        state: 'bad',
        text: `${refused.where} did not take ${refused.what} from ${refused.peer}` +
            `${refused.agent ? ` (${refused.agent})` : ''}${refused.times > 1 ? `, ${brief(refused.times)} times` : ''}: ${refused.why}.`,
        fix: remedyOf(refused.why),
        unixMs: refused.unixMs,
    }));
}

const aboutPipelines = (now) => now.pipelines.filter((pipeline) => pipeline.notServed)
    .map((pipeline) => ({
        state: 'bad',
        text: `The pipeline ${pipeline.id} does not run: ${pipeline.notServed}.`,
        fix: 'What is sent to it is told to be rejected. `otelc validate` says what to change.',
    }));

// What gathers always holds something: that is no news.
const gathers = (now, where) =>
    now.components.some((part) => part.where === where && ['batch', 'groupbytrace'].includes(part.type));

function aboutProcessors(now) {
    const wheres = [...new Set(now.pipelines.flatMap((pipeline) => pipeline.processors))]
        .filter((where) => !gathers(now, where));
    return wheres.flatMap((where) => {
        const came = number(now.counts, where, 'incoming');
        const went = number(now.counts, where, 'outgoing');
        if (came === undefined || went === undefined || went >= came)
            return [];
        return [{
            state: 'note',
            text: `${where} got ${items(came)} and has passed on ${brief(went)}.`,
            fix: 'What is missing is held for now, or left out because its settings say so (filter, sampling).',
        }];
    });
}

// Whether it has something to deliver, or tries again, and nothing went out since the answer before.
function isStuck(now, before, where) {
    const grows = (what) =>
        (number(now.counts, where, what) ?? 0) > (number(before.counts, where, what) ?? 0);
    return !grows('sent') && (number(now.counts, where, 'queue') > 0 || grows('retried'));
}

function aboutExporter(now, before, where) {
    const told = [];
    const [failed, queue, capacity] = ['send_failed', 'queue', 'capacity']
        .map((what) => number(now.counts, where, what));
    const last = now.warnings.find((warning) => warning.where === where);
    const because = last ? ` Its last warning: ${last.text}` : '';
    const waits = queue > 0 ? `, and ${brief(queue)}${capacity ? ` of ${brief(capacity)}` : ''} places of its queue are taken` : '';

    if (before && isStuck(now, before, where))
        told.push({ state: 'bad', text: `${where} delivers nothing just now${waits}.${because}`,
            fix: 'Nothing is lost: it is tried again. Look whether the backend is there and its endpoint is right.' });
    if (failed > 0)
        told.push({ state: 'bad', text: `${where} has given up ${items(failed)}.${because}`,
            fix: Object.keys(now.counts.get(where)?.why ?? {}).join('; ') });
    return told;
}

function aboutExporters(now, before) {
    const wheres = now.components.filter(({ where, used }) => used && kindOf(where) === 'exporters');
    const told = wheres.flatMap(({ where }) => aboutExporter(now, before, where));
    const sent = total(now, 'exporters', 'sent');
    if (told.length === 0 && sent > 0)
        told.push({ state: 'good', text: `${items(sent)} went out by ${wheres.map(({ where }) => idOf(where)).join(', ')}, and nothing was given up.`,
            fix: 'If some are missing in the backend nevertheless: does the app sample (OTEL_TRACES_SAMPLER), and does the backend show that service and time?' });
    return told;
}

// [{state: 'good' | 'note' | 'bad', text, fix, unixMs}], from the app to the backend.
export const advise = (now, before) => [
    ...aboutComing(now), ...aboutRefused(now), ...aboutPipelines(now),
    ...aboutProcessors(now), ...aboutExporters(now, before),
];
