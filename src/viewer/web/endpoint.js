// Where an app is to send to, of what /api/otelc/overview tells.

const USUAL = { host: 'localhost', port: '4317' };

// host: under which this page was reached, for receivers that listen on all addresses. Each of
// their ports takes both gRPC and HTTP.
export function appEndpoint(overview, host) {
    const [address] = (overview?.components ?? [])
        .filter(({ where, used }) => used && /^receivers\/otlp(\/|$)/.test(where))
        .flatMap(({ endpoints }) => endpoints);
    const [, name, port] = /^(.+):(\d+)$/.exec(address ?? '') ?? [];
    if (!port)
        return USUAL;
    if (/^(127\.0\.0\.1|\[::1\])$/.test(name))
        return { host: 'localhost', port };
    return { host: /^(0\.0\.0\.0|\[::\])$/.test(name) ? host : name, port };
}

// What makes traces, without an app.
export const generator = ({ host, port }) => host === USUAL.host && port === USUAL.port
    ? 'otelc generate' : `otelc generate --to ${host}:${port}`;
