// Makes elements. Text is always text: nothing here, and nothing else on the page, parses markup.

function set(made, name, value) {
    if (name === 'on')
        for (const [event, listener] of Object.entries(value))
            made.addEventListener(event, listener);
    else if (name === 'vars') // of CSS, which the policy for styles lets a script set
        for (const [variable, content] of Object.entries(value))
            made.style.setProperty(`--${variable}`, content);
    else if (value === true)
        made.setAttribute(name, '');
    else if (value !== false && value != null)
        made.setAttribute(name, value);
}

function build(made, attributes, children) {
    for (const [name, value] of Object.entries(attributes))
        set(made, name, value);
    made.append(...children.flat().filter((child) => child != null && child !== false));
    return made;
}

// element('a', {href: '/', class: 'brand', on: {click}, vars: {hue: 20}}, 'text', child, [more])
export const element = (name, attributes = {}, ...children) =>
    build(document.createElement(name), attributes, children);

export const svg = (name, attributes = {}, ...children) =>
    build(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);

// Runs it once before the next frame, however often it is asked for.
export function onceAFrame(run) {
    let asked = false;
    return () => {
        if (asked)
            return;
        asked = true;
        requestAnimationFrame(() => {
            asked = false;
            run();
        });
    };
}

// Runs it at once, or as soon as the page is looked at.
export function whenSeen(run) {
    if (document.hidden)
        document.addEventListener('visibilitychange', () => whenSeen(run), { once: true });
    else
        run();
}

// Takes the place of an element, unless it is the same; gives which of the two is in the page. What
// was closed stays closed, and scrolled and focused where it was.
export function replace(old, made) {
    const parts = (root) => [...root.querySelectorAll('details')];
    const title = (one) => one.querySelector('summary').firstChild?.textContent;
    const closed = new Set(parts(old).filter((one) => !one.open).map(title));
    for (const one of parts(made))
        one.open = !closed.has(title(one));
    if (old.isEqualNode(made))
        return old;
    const places = (root) => [root, ...root.querySelectorAll('a, button, input, summary')];
    const focused = places(old).indexOf(document.activeElement);
    const { scrollTop } = old;
    old.replaceWith(made);
    made.scrollTop = scrollTop;
    if (focused >= 0)
        (places(made)[focused] ?? made).focus({ preventScroll: true });
    return made;
}

// Is the key meant for a field that text is typed into?
export const isTyping = (event) =>
    event.target.closest?.('input:not([type=checkbox]), select, textarea') != null;
