// The menu of worked examples: GraphiQL's first plugin, in which each opens in a tab of its own.
import { createElement, useGraphiQL, useGraphiQLActions } from './explorer/explorer.js';
import { newest } from './answers.js';

// An id in an example's variables stands for the newest record of its type that an answer had.
const fill = (variables) => variables.replace(/"([A-Z]\w+):\d+"/g, (id, type) => JSON.stringify(newest(type) ?? JSON.parse(id)));

const name = (query) => query.match(/^(?:query|mutation|subscription) (\w+)/m)?.[1];

// Returns the plugin for a list of examples. A job's examples stand together, in the order of the list.
export function menu(examples) {
  const jobs = [...new Set(examples.map((example) => example.job))];
  function Examples() {
    const { tabs, activeTabIndex, queryEditor, variableEditor } = useGraphiQL((state) => state);
    const { addTab, changeTab } = useGraphiQLActions();
    const open = (example) => {
      const at = tabs.findIndex((tab) => tab.title === name(example.query));
      if (at >= 0) changeTab(at);
      else if (queryEditor?.getValue().trim()) addTab();
      queryEditor?.setValue(example.query);
      variableEditor?.setValue(fill(example.variables));
      requestAnimationFrame(() => document.querySelector('.graphiql-tab-active')?.scrollIntoView({ block: 'nearest', inline: 'center' }));
    };
    const entry = (example) => createElement('li', { key: example.title },
      createElement('button', { type: 'button', onClick: () => open(example), 'aria-current': tabs[activeTabIndex]?.title === name(example.query) }, example.title));
    return createElement('section', { className: 'examples', 'aria-label': 'Examples' },
      createElement('div', { className: 'graphiql-doc-explorer-title' }, 'Examples'),
      jobs.map((job) => createElement('div', { key: job },
        createElement('h3', null, job || 'More'),
        createElement('ol', null, examples.filter((example) => example.job === job).map(entry)))));
  }
  return { title: 'Examples', icon: Icon, content: Examples };
}

function Icon() {
  return createElement('svg', { viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', strokeWidth: 1.5, height: '1em' },
    createElement('path', { d: 'M5 4h11l3 3v13H5zM8 10h8M8 14h8M8 17h5' }));
}
