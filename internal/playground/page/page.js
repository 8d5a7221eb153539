// The page: GraphiQL with the server's settings, the menu of examples, and a bar with the token and the freshness of answers.
import { createElement, createRoot, GraphiQL, HISTORY_PLUGIN } from './explorer/explorer.js';
import { fetcher, prepare } from './answers.js';
import { CopyAs } from './copy.js';
import { menu } from './examples.js';
import { offerPromise } from './promise.js';
import { storage } from './storage.js';

const settings = JSON.parse(document.getElementById('settings').textContent);
const examples = menu(settings.examples);

// The token lives in its field alone: a kept one would outlive the database it belongs to.
const token = document.getElementById('token');
token.value = settings.token;
if (!token.value) token.focus();

prepare(settings);
if (settings.pausing) offerPromise(() => token.value);
for (const button of document.querySelectorAll('[data-close]')) button.addEventListener('click', () => button.closest('dialog').close());

// GraphiQL asks for the schema when it is made, so it is made anew for another token.
const root = createRoot(document.getElementById('graphiql'));
function show() {
  root.render(createElement(GraphiQL, {
    key: token.value,
    fetcher: fetcher(),
    defaultHeaders: '{\n  "Daybook-Read": "auto"\n}',
    defaultQuery: settings.examples[0]?.query,
    defaultEditorToolsVisibility: 'variables',
    isHeadersEditorEnabled: true,
    shouldPersistHeaders: false,
    showPersistHeadersSettings: false,
    storage,
    plugins: settings.examples.length > 0 ? [examples, HISTORY_PLUGIN] : [HISTORY_PLUGIN],
    visiblePlugin: settings.examples.length > 0 && matchMedia('(min-width: 60rem)').matches ? examples : undefined,
    schemaDescription: true,
    inputValueDeprecation: true,
  }, createElement(GraphiQL.Toolbar, null, ({ prettify, merge, copy }) => [prettify, merge, copy,
    createElement(CopyAs, { key: 'copy-as', endpoint: settings.endpoint })])));
}
token.addEventListener('change', show);
show();
