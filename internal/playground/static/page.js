// The page's own code: GraphiQL with the server's settings, and a menu of worked examples as its first plugin.
'use strict';

const settings = JSON.parse(document.getElementById('settings').textContent);
const element = React.createElement;

// Opens an example in a tab of its own. The editors of the new tab exist only after the next render.
function Examples() {
  const editor = GraphiQL.React.useEditorContext({ nonNull: true });
  const latest = React.useRef(editor);
  latest.current = editor;
  const open = (example) => {
    editor.addTab();
    setTimeout(() => {
      latest.current.variableEditor?.setValue(example.variables);
      latest.current.queryEditor?.setValue(example.query);
      // GraphiQL notices only a moment later that the document names another operation.
      if (latest.current.queryEditor) latest.current.queryEditor.operationName = null;
    });
  };
  return element('section', { className: 'examples', 'aria-label': 'Examples' },
    element('div', { className: 'graphiql-doc-explorer-title' }, 'Examples'),
    element('ol', null, settings.examples.map((example, i) =>
      element('li', { key: i }, element('button', { type: 'button', onClick: () => open(example) }, example.title)))));
}

function Icon() {
  return element('svg', { viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', strokeWidth: 1.5, height: '1em' },
    element('path', { d: 'M5 4h11l3 3v13H5zM8 10h8M8 14h8M8 17h5' }));
}

const plain = GraphiQL.createFetcher({ url: settings.endpoint, headers: settings.headers });

// Yields the answers of a subscription: those of the events of a stream (docs/live.md), which end when nobody listens.
async function* subscribe(params, options) {
  const stop = new AbortController();
  try {
    const response = await fetch(settings.endpoint, {
      method: 'POST', body: JSON.stringify(params), signal: stop.signal,
      headers: { 'Content-Type': 'application/json', ...settings.headers, ...options?.headers, Accept: 'text/event-stream' },
    });
    if (!response.headers.get('Content-Type').startsWith('text/event-stream')) {
      yield await response.json();
      return;
    }
    let text = '';
    for (const reader = response.body.pipeThrough(new TextDecoderStream()).getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) return;
      const events = (text + value).split('\n\n');
      text = events.pop();
      for (const event of events) {
        const data = event.match(/^event: next\ndata: (.*)$/s);
        if (data) yield JSON.parse(data[1]);
      }
    }
  } finally {
    stop.abort();
  }
}

// Whether the operation that is to be executed is a subscription.
function subscribes(params, options) {
  return options?.documentAST?.definitions.some((definition) => definition.operation === 'subscription' &&
    (!params.operationName || definition.name?.value === params.operationName)) ?? false;
}

const examples = { title: 'Examples', icon: Icon, content: Examples };
const first = settings.examples[0];

// The browser's storage, in which no headers are kept: GraphiQL's history would keep those of every request, and with them
// the token.
const storage = {
  get length() { return localStorage.length; },
  getItem: (key) => localStorage.getItem(key),
  setItem: (key, value) => localStorage.setItem(key, withoutHeaders(key, value)),
  removeItem: (key) => localStorage.removeItem(key),
  clear: () => localStorage.clear(),
};

function withoutHeaders(key, value) {
  if (/headers/i.test(key)) return '';
  try {
    return JSON.stringify(JSON.parse(value), (name, part) => (name === 'headers' ? undefined : part));
  } catch {
    return value; // no JSON: a document, or a width
  }
}

// What an earlier version of this page has kept is rid of them too.
for (const key of Object.keys(localStorage)) {
  if (key.startsWith('graphiql:')) storage.setItem(key, localStorage.getItem(key));
}

ReactDOM.createRoot(document.getElementById('graphiql')).render(element(GraphiQL, {
  // The fetcher has the headers too: it asks for the schema before the headers' editor is there. What stands in that
  // editor comes before them.
  fetcher: (params, options) => (subscribes(params, options) ? subscribe(params, options) : plain(params, options)),
  defaultHeaders: JSON.stringify(settings.headers, null, 2),
  defaultQuery: first?.query,
  defaultEditorToolsVisibility: 'variables',
  isHeadersEditorEnabled: true,
  // The token comes from the server each time: a kept one would outlive the database it belongs to.
  shouldPersistHeaders: false,
  storage,
  plugins: first ? [examples] : [],
  inputValueDeprecation: true,
}));

// Opens the menu as a click does: the property for it, visiblePlugin, leaves its panel folded away. GraphiQL renders in
// several steps, so the button comes some frames later.
function openMenu(frames) {
  const button = document.querySelector('button[aria-label="Show Examples"]');
  if (button) {
    button.click();
  } else if (frames > 0) {
    requestAnimationFrame(() => openMenu(frames - 1));
  }
}
openMenu(600);
