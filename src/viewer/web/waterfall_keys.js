// The keys of the waterfall, as those of a tree.

const goRight = (waterfall) => {
    if (waterfall.isFolded(waterfall.cursor))
        waterfall.fold(waterfall.cursor);
    else
        waterfall.select(waterfall.firstChild(waterfall.cursor) ?? waterfall.cursor);
};

const goLeft = (waterfall) => {
    const span = waterfall.trace.spans[waterfall.cursor];
    if (span.size > 1 && !waterfall.isFolded(waterfall.cursor))
        waterfall.fold(waterfall.cursor);
    else if (span.parent >= 0)
        waterfall.select(span.parent);
};

const KEYS = {
    ArrowDown: (waterfall) => waterfall.step(1),
    ArrowUp: (waterfall) => waterfall.step(-1),
    PageDown: (waterfall) => waterfall.step(waterfall.page()),
    PageUp: (waterfall) => waterfall.step(-waterfall.page()),
    Home: (waterfall) => waterfall.step(-Infinity),
    End: (waterfall) => waterfall.step(Infinity),
    ArrowRight: goRight,
    ArrowLeft: goLeft,
    ' ': (waterfall) => waterfall.fold(waterfall.cursor),
    Enter: (waterfall) => waterfall.open(),
    f: (waterfall) => waterfall.showSpan(waterfall.cursor),
};

const SHIFTED = {
    ArrowRight: (waterfall) => waterfall.move(0.2),
    ArrowLeft: (waterfall) => waterfall.move(-0.2),
};

export function waterfallKey(waterfall, event) {
    const keys = event.shiftKey ? SHIFTED : KEYS;
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key))
        return;
    event.preventDefault();
    keys[event.key](waterfall);
}
