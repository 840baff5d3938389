// Sends a trace with Jaeger's own client for Node: send.js WAY URL SERVICE
//
// WAY: http, as to a collector; udp, as to an agent.
'use strict';

const { initTracer } = require('jaeger-client');

const [way, url, service] = process.argv.slice(2);
const at = new URL(url);
const reporter = way === 'http'
    ? { collectorEndpoint: `${url}/api/traces` }
    : { agentHost: at.hostname, agentPort: Number(at.port) };
const tracer = initTracer(
    { serviceName: service, sampler: { type: 'const', param: 1 }, reporter },
    { tags: { n: 1 }, logger: { info() {}, error: console.error } });

const parent = tracer.startSpan('parent', { tags: { 'span.kind': 'server', s: 'grüße', b: true, d: 0.5 } });
const child = tracer.startSpan('child', { childOf: parent });
child.setTag('error', true);
child.log({ event: 'an event', k: 'v' });
child.finish();
parent.finish();
tracer.close(() => process.exit(0));
