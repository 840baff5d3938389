// The page: its header, its keys, and the view that the address names.

import { isTyping } from './dom.js';
import { helpButton, showHelp } from './help.js';
import { go, route } from './router.js';
import { showPipeline } from './pipeline_view.js';
import { showSearch } from './search.js';
import { themeSwitch } from './theme.js';
import { showTrace } from './trace_view.js';

const VIEWS = [ // the first that the path matches
    { path: /^\/(?:search)?$/, name: 'search', show: showSearch },
    { path: /^\/trace\/([^/]+)$/, name: 'trace', show: showTrace },
    { path: /^\/pipeline$/, name: 'pipeline', show: showPipeline },
];

const root = document.getElementById('view');
let leave = () => {};

// Each view gives what ends it.
function show(url) {
    const view = VIEWS.find((one) => one.path.test(url.pathname)) ?? VIEWS[0];
    leave();
    if (root.contains(document.activeElement))
        root.focus({ preventScroll: true }); // what had the focus goes now
    root.replaceChildren();
    document.body.dataset.view = view.name;
    for (const link of document.querySelectorAll('.top nav a')) {
        const path = new URL(link.href).pathname;
        const isHere = path === '/pipeline' ? view.name === 'pipeline' : view.name === 'search';
        link.toggleAttribute('aria-current', isHere);
        if (isHere)
            link.setAttribute('aria-current', 'page');
    }
    leave = view.show(root, url, view.path.exec(url.pathname)?.[1]) ?? (() => {});
}

function onGoTo(event) {
    const id = event.target.elements.id.value.trim();
    event.preventDefault();
    if (id)
        go(`/trace/${encodeURIComponent(id)}`);
    event.target.reset();
}

function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event))
        return;
    if (event.key === '?') {
        event.preventDefault();
        showHelp();
    } else if (event.key === '/') {
        event.preventDefault();
        (root.querySelector('[data-find]') ?? document.getElementById('goto')).focus();
    }
}

document.querySelector('.goto').addEventListener('submit', onGoTo);
document.querySelector('.switches').append(themeSwitch(), helpButton());
document.addEventListener('keydown', onKey);
route(show);
