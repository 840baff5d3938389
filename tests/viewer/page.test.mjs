// The rules that the page's own files keep.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

const folder = new URL('../../src/viewer/web/', import.meta.url);
const files = readdirSync(folder);
const text = (name) => readFileSync(new URL(name, folder), 'utf8');

test('all modules are asked for at once', () => {
    const links = text('index.html').matchAll(/modulepreload" href="\/(.*?)"/g);
    const late = /^(app|pipeline(?!_view).*)\.js$/; // the first of all, and what few look at
    assert.deepEqual([...links].map(([, name]) => name),
        files.filter((name) => name.endsWith('.js') && !late.test(name)).sort());
});

test('no text is ever parsed as markup or as code', () => {
    for (const name of files.filter((one) => one.endsWith('.js')))
        assert.doesNotMatch(text(name), new RegExp(
            'innerHTML|outerHTML|insertAdjacentHTML|document\\.write|DOMParser|srcdoc' +
            '|\\beval\\(|new Function'), name);
});

test('markup has no scripts and styles of its own, and nothing is loaded from elsewhere', () => {
    assert.doesNotMatch(text('index.html'), /\sstyle=|\son\w+=|<style|<script(?![^>]* src=)/);
    for (const name of files)
        assert.doesNotMatch(text(name).replace('http://www.w3.org/2000/svg', ''),
            /(?:src|href)="(?:https?:)?\/\/|url\(|@import/, name);
});
