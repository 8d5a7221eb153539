// Requests, and what the page keeps of their answers: the newest id of each type, and how fresh the last answer was.
import { createGraphiQLFetcher, parse } from './explorer/explorer.js';
import { takeStatements } from './statements.js';

const token = document.getElementById('token');
const badge = document.getElementById('freshness');

let endpoint, reports;

// Says what is asked, before anything is: the endpoint, and whether it reports statements.
export function prepare(settings) {
  endpoint = settings.endpoint;
  reports = { 'Daybook-Freshness': 'on', ...(settings.statements && { 'Daybook-Statements': 'report' }) };
}

// The newest id of each type: of what a mutation has answered, else of what a query has.
const written = {}, read = {};

const anID = /^([A-Z]\w+):\d+$/;

// Returns an id of the type, or undefined if no answer had one.
export const newest = (type) => written[type] ?? read[type];

function remember(into, value) {
  if (typeof value === 'string') {
    const type = value.match(anID)?.[1];
    if (type) into[type] = value;
  } else if (value && typeof value === 'object') {
    for (const part of Object.values(value)) remember(into, part);
  }
}

// Shows how the read models of an answer were read.
function showFreshness(freshness) {
  const models = freshness?.projections ?? [];
  const stored = models.filter((model) => model.read === 'stored' && model.dirtyKeys !== 0);
  const behind = models.reduce((sum, model) => sum + (model.dirtyKeys ?? 0), 0);
  badge.className = stored.length > 0 ? 'behind' : 'exact';
  if (models.length === 0) badge.textContent = '';
  else if (stored.length > 0) badge.textContent = `stored: ${stored.map((model) => model.projection).join(', ')} may be behind`;
  else if (behind === 0) badge.textContent = 'exact';
  else badge.textContent = behind === 1 ? 'exact: 1 stored row is behind, and was read from its source' : `exact: ${behind} stored rows are behind, and were read from their source`;
  badge.title = models.map((model) => `${model.projection}: ${model.read}, ${model.dirtyKeys} behind`).join('\n');
}

function keep(operation, answer) {
  takeStatements(answer);
  showFreshness(answer.extensions?.freshness);
  remember(operation === 'mutation' ? written : read, answer.data);
  return answer;
}

// The headers of a request: what every answer reports, and the token of the page's field, if those of the editor name none.
function withToken(headers) {
  const named = Object.keys(headers ?? {}).some((name) => name.toLowerCase() === 'authorization');
  const all = { ...reports, ...headers };
  return named || !token.value ? all : { ...all, Authorization: `Bearer ${token.value}` };
}

// Yields the answers of a subscription: those of the events of a stream (docs/live.md), which end when nobody listens.
async function* subscribe(params, headers) {
  const stop = new AbortController();
  try {
    const response = await fetch(endpoint, {
      method: 'POST', body: JSON.stringify(params), signal: stop.signal,
      headers: { 'Content-Type': 'application/json', ...headers, Accept: 'text/event-stream' },
    });
    if (!response.headers.get('Content-Type')?.startsWith('text/event-stream')) {
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
        if (data) yield keep('subscription', JSON.parse(data[1]));
      }
    }
  } finally {
    stop.abort();
  }
}

// Returns the operations of a document, none if it cannot be parsed.
function operations(document) {
  try {
    return parse(document, { noLocation: true }).definitions.filter((definition) => definition.kind === 'OperationDefinition');
  } catch {
    return [];
  }
}

// Asks the endpoint without GraphiQL, and returns the answer.
export async function ask(query, variables, headers) {
  const response = await fetch(endpoint, {
    method: 'POST', body: JSON.stringify({ query, variables }), headers: { 'Content-Type': 'application/json', ...withToken(headers) },
  });
  return keep(/^mutation/.test(query) ? 'mutation' : 'query', await response.json());
}

// Returns GraphiQL's fetcher for the endpoint. GraphiQL learns only a moment after a change which operation a document has, so
// the name of the one before may come with it.
export function fetcher() {
  const plain = createGraphiQLFetcher({ url: endpoint, enableIncrementalDelivery: false });
  return (params, options) => {
    const all = operations(params.query);
    const operation = all.find(({ name }) => name?.value === params.operationName) ?? (all.length === 1 ? all[0] : undefined);
    const request = { ...params, operationName: operation?.name?.value ?? params.operationName };
    const headers = withToken(options?.headers);
    if (operation?.operation === 'subscription') return subscribe(request, headers);
    if (request.operationName === 'IntrospectionQuery') return plain(request, { ...options, headers });
    return Promise.resolve(plain(request, { ...options, headers })).then((answer) => keep(operation?.operation, answer));
  };
}
