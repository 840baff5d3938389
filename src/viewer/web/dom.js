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

// Is the key meant for a field that text is typed into?
export const isTyping = (event) =>
    event.target.closest?.('input:not([type=checkbox]), select, textarea') != null;
