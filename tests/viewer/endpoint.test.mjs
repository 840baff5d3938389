import assert from 'node:assert/strict';
import { test } from 'node:test';

import { appEndpoint, generator } from '../../src/viewer/web/endpoint.js';

const listening = (...endpoints) => ({ components: [
    { where: 'exporters/viewer', used: true, endpoints: ['127.0.0.1:16686'] },
    { where: 'receivers/otlp/unused', used: false, endpoints: ['127.0.0.1:1'] },
    { where: 'receivers/otlp', used: true, endpoints }] });

test('apps are pointed at what a receiver listens on', () => {
    for (const [address, host, port] of [
        ['127.0.0.1:4317', 'localhost', '4317'], ['[::1]:14317', 'localhost', '14317'],
        ['0.0.0.0:4317', 'here', '4317'], ['[::]:4317', 'here', '4317'],
        ['192.0.2.7:5', '192.0.2.7', '5'], ['[2001:db8::1]:5', '[2001:db8::1]', '5'],
        ['unix:/run/x', 'localhost', '4317']])
        assert.deepEqual(appEndpoint(listening(address, '127.0.0.1:9'), 'here'), { host, port });
    assert.deepEqual(appEndpoint(undefined, 'here'), { host: 'localhost', port: '4317' });
    assert.deepEqual(appEndpoint(listening(), 'here'), { host: 'localhost', port: '4317' });
});

test('traces are made for the same place', () => {
    assert.equal(generator({ host: 'localhost', port: '4317' }), 'otelc generate');
    assert.equal(generator({ host: 'localhost', port: '5' }), 'otelc generate --to localhost:5');
});
