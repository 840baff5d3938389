// The pipeline's own page, which is a module of its own and may be missing.

import { element } from './dom.js';

export function showPipeline(root) {
    let end = () => {};
    let isOver = false;

    document.title = 'Pipeline – otelc';
    import('/pipeline.js').then(
        (module) => {
            if (!isOver)
                end = module.show(root) ?? end;
        },
        () => root.append(element('section', { class: 'empty' },
            element('h1', {}, 'Pipeline'),
            element('p', {}, 'This otelc has no page about its pipeline.'))));
    return () => {
        isOver = true;
        end();
    };
}
