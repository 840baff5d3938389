// Picks a part of a picture from left to right, by dragging over it.

import { svg } from './dom.js';

const DRAG_FROM = 5; // px; less is a click

// onPick(from, to): px from the picture's left edge. Gives whether one is being picked.
export function pickable(picture, height, onPick) {
    const shade = svg('rect', { class: 'picked', y: 0, height, visibility: 'hidden' });
    let from = null;

    const at = (event) => event.clientX - picture.getBoundingClientRect().left;
    const span = (event) => [from, at(event)].sort((one, other) => one - other);
    const stop = () => {
        from = null;
        shade.setAttribute('visibility', 'hidden');
    };
    picture.append(shade);
    picture.addEventListener('pointerdown', (event) => {
        if (event.button === 0)
            from = at(event);
    });
    picture.addEventListener('pointermove', (event) => {
        if (from === null)
            return;
        const [left, right] = span(event);
        if (right - left < DRAG_FROM)
            return;
        picture.setPointerCapture(event.pointerId); // not before, as a click is for a point
        shade.setAttribute('visibility', 'visible');
        shade.setAttribute('x', left);
        shade.setAttribute('width', right - left);
    });
    picture.addEventListener('pointerup', (event) => {
        if (from === null)
            return;
        const [left, right] = span(event);
        stop();
        if (right - left >= DRAG_FROM)
            onPick(left, right);
    });
    picture.addEventListener('pointercancel', stop);
    return () => from !== null;
}
