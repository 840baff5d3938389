// The border between the names and the bars, which is dragged, or moved by the arrows.

import { element } from './dom.js';

const LEAST = 15; // % of the width
const MOST = 70;
const STEP = 3;

// onMoved(): the names of `around` have another width now, by its variable --name.
export function splitter(around, onMoved) {
    let isDragged = false;

    const shareNow = () => made.parentElement.offsetWidth / around.clientWidth * 100;
    const move = (to) => {
        const share = Math.min(Math.max(to, LEAST), MOST);
        around.style.setProperty('--name', `${share}%`);
        made.setAttribute('aria-valuenow', Math.round(share));
        onMoved();
    };
    const drag = (event) => {
        if (isDragged)
            move((event.clientX - around.getBoundingClientRect().left) / around.clientWidth * 100);
    };
    const key = (event) => {
        const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
        if (!by || event.shiftKey)
            return;
        event.preventDefault();
        event.stopPropagation();
        move(shareNow() + by);
    };
    const made = element('div', {
        class: 'splitter', role: 'separator', tabindex: 0, 'aria-label': 'Width of the names',
        'aria-orientation': 'vertical', 'aria-valuenow': 32, 'aria-valuemin': LEAST,
        'aria-valuemax': MOST,
        on: {
            pointerdown: (event) => { isDragged = true; made.setPointerCapture(event.pointerId); },
            pointermove: drag,
            pointerup: () => { isDragged = false; },
            pointercancel: () => { isDragged = false; },
            keydown: key,
        },
    });
    return made;
}
