import assert from 'node:assert/strict';
import { test } from 'node:test';

import { droppedText, extrasOf, tagsOf } from '../../src/viewer/web/otlp.js';

const json = (...spans) => ({ resourceSpans: spans.map(([span, scope = {}, resource = {}]) => ({
    ...resource, scopeSpans: [{ ...scope, spans: [span] }] })) });

test('values are as they came, lists as JSON', () => {
    const values = [{ stringValue: 'x' }, { intValue: '9007199254740993' }, { doubleValue: 0.5 },
        { boolValue: false }, { bytesValue: 'AA==' }, {}, undefined,
        { arrayValue: { values: [{ intValue: '1' }, { stringValue: 'a' }, {}] } },
        { kvlistValue: { values: [{ key: 'k', value: { boolValue: true } }, {}] } },
        { arrayValue: {} }];
    assert.deepEqual(tagsOf(values.map((value) => ({ key: 'k', value })))
        .map(({ type, value }) => [type, value]), [
        ['string', 'x'], ['int64', '9007199254740993'], ['float64', 0.5], ['bool', false],
        ['binary', 'AA=='], ['string', ''], ['string', ''], ['string', '[1,"a",null]'],
        ['string', '{"k":true,"":null}'], ['string', '[]']]);
    assert.deepEqual(tagsOf(undefined), []);
    assert.deepEqual(tagsOf([{}]), [{ key: '', type: 'string', value: '' }]);
});

test('links and scopes have all that OTLP has of them', () => {
    const link = { traceId: 'ab', spanId: 'cd', traceState: 'a=b', droppedAttributesCount: 2,
        attributes: [{ key: 'why', value: { stringValue: 'retry' } }] };
    const extras = extrasOf(json([{ links: [link, {}], events: [{ droppedAttributesCount: 4 }, {}] },
        { scope: { name: 'lib', attributes: [{ key: 'a', value: { intValue: '1' } }],
            droppedAttributesCount: 1 }, schemaUrl: 'http://schema' }]), 0);
    assert.deepEqual(extras.links, [
        { traceID: 'ab', spanID: 'cd', state: 'a=b', dropped: 2,
            tags: [{ key: 'why', type: 'string', value: 'retry' }] },
        { traceID: '', spanID: '', state: '', dropped: 0, tags: [] }]);
    assert.deepEqual(extras.events, [4, 0]);
    assert.deepEqual(extras.scope, { name: 'lib', version: '', schemaUrl: 'http://schema',
        dropped: 1, tags: [{ key: 'a', type: 'int64', value: 1 }] });
    assert.equal(extras.resource.schemaUrl, '');
});

test('of spans with one id the nth is meant', () => {
    const two = json([{ events: [{}] }], [{ events: [{}, {}] }]);
    assert.equal(extrasOf(two, 1).events.length, 2);
    assert.equal(extrasOf(two, 2), null);
    assert.equal(extrasOf({}, 0), null);
});

test('what was dropped is counted in words', () => {
    assert.equal(droppedText({ attribute: 1, event: 0, link: 1200 }), '1 attribute, 1,200 links');
    assert.equal(droppedText({ attribute: 0 }), '');
});
