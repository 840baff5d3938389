import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { Palette, hash } from '../../src/viewer/web/palette.js';

const SHOP = ['frontend', 'cart', 'checkout', 'payment', 'shipping', 'stock', 'price', 'email',
    'currency', 'recommendation', 'orders', 'ads'];
const css = readFileSync(new URL('../../src/viewer/web/app.css', import.meta.url), 'utf8');
const hueOf = ({ light }) => light.split(' ')[2];

test('twelve services have twelve hues, whatever they are called', () => {
    for (let round = 0; round < 50; round++) {
        const palette = new Palette();
        const hues = SHOP.map((name) => hueOf(palette.colourOf(`${name}-${round}`)));
        assert.equal(new Set(hues).size, 12);
    }
});

test('in a trace too, where all others have taken their places before', () => {
    const all = new Palette();
    for (let index = 0; index < 100; index++)
        all.place(`service-${index}`);
    const names = Array.from({ length: 12 }, (_, index) => `service-${40 + index}`);
    const palette = new Palette((name) => all.place(name));
    assert.equal(new Set(names.map((name) => hueOf(palette.colourOf(name)))).size, 12);
});

test('a service has the same colour as elsewhere where no other has its hue', () => {
    const all = new Palette();
    SHOP.forEach((name) => all.place(name));
    const palette = new Palette((name) => all.place(name));
    for (const name of [...SHOP].reverse())
        assert.deepEqual(palette.colourOf(name), all.colourOf(name));
});

test('twenty-four have as many colours, more share them, and all stay as they are', () => {
    const palette = new Palette();
    const names = Array.from({ length: 40 }, (_, index) => `service-${index}`);
    const colours = names.map((name) => palette.colourOf(name).light);
    assert.equal(new Set(colours.slice(0, 24)).size, 24);
    assert.deepEqual(names.map((name) => palette.colourOf(name).light), colours);
});

test('hashes are of 32 bits', () => {
    assert.ok(['', 'a', 'größe', 'x'.repeat(1000)].every((name) => hash(name) < 2 ** 32));
});

// ---- contrast: https://www.w3.org/TR/WCAG21/#non-text-contrast ----

const within = (part) => Math.min(Math.max(part, 0), 1);

// https://www.w3.org/TR/css-color-4/#color-conversion-code
function labOf(colour) {
    const [light, chroma, hue] = colour.match(/[\d.]+/g).map(Number);
    return [light, chroma * Math.cos(hue * Math.PI / 180), chroma * Math.sin(hue * Math.PI / 180)];
}

function luminance(colour) {
    const [light, a, b] = labOf(colour);
    const [l, m, s] = [light + 0.3963377774 * a + 0.2158037573 * b,
        light - 0.1055613458 * a - 0.0638541728 * b,
        light - 0.0894841775 * a - 1.291485548 * b].map((part) => part ** 3);
    return 0.2126 * within(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s) +
        0.7152 * within(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s) +
        0.0722 * within(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s);
}

function groundLuminance(theme) {
    const grounds = css.match(/--panel: light-dark\((#\w+), (#\w+)\)/);
    const parts = grounds[theme === 'light' ? 1 : 2].match(/\w\w/g).map((two) => {
        const part = parseInt(two, 16) / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
}

test('each colour stands out from the ground in both themes, and from the others', () => {
    const palette = new Palette();
    const colours = Array.from({ length: 24 }, (_, index) => palette.colourOf(`service-${index}`));
    for (const theme of ['light', 'dark']) {
        const ground = groundLuminance(theme);
        for (const colour of colours.map((one) => one[theme])) {
            const [less, more] = [luminance(colour), ground].sort((one, other) => one - other);
            const contrast = (more + 0.05) / (less + 0.05);
            assert.ok(contrast >= 3, `${theme}: ${colour} has ${contrast.toFixed(2)}`);
        }
        const labs = colours.slice(0, 12).map((one) => labOf(one[theme]));
        labs.forEach((lab, index) => labs.slice(index + 1).forEach((other) => {
            const distance = Math.hypot(...lab.map((part, axis) => part - other[axis]));
            assert.ok(distance > 0.06, `${theme}: ${lab} and ${other}: ${distance}`);
        }));
    }
});
