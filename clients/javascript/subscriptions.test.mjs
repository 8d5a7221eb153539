// The protocols' own clients: graphql-ws, graphql-sse and EventSource.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventSource } from 'eventsource';
import { createClient as createEventsClient } from 'graphql-sse';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { ask, headers, rename, token, url, websocket, within } from './daybook.mjs';

const PERSON = 'query Person { people(first: 1) { nodes { id givenName } } }';
const LIVE = 'subscription Live($id: ID!) { live { person(id: $id) { id givenName } } }';

// follow reads a live query until it shows a new name.
async function follow(answers, id, name) {
  const first = await within(answers.next(), 'the first answer');
  assert.equal(first.value.data.live.person.id, id);
  await rename(id, name);
  const second = await within(answers.next(), 'the change');
  assert.equal(second.value.data.live.person.givenName, name);
  await answers.return();
}

test('graphql-ws follows a live query', async () => {
  const client = createClient({ url: websocket, webSocketImpl: WebSocket, connectionParams: headers });
  const [{ id }] = (await ask(PERSON)).people.nodes;
  await follow(client.iterate({ query: LIVE, variables: { id } }), id, 'Followed by websocket');
  await client.dispose();
});

test('graphql-ws sends queries and mutations, and tells errors', async () => {
  const client = createClient({ url: websocket, webSocketImpl: WebSocket, connectionParams: headers });
  const answers = [];
  for await (const answer of client.iterate({ query: '{ viewer { role } }' })) answers.push(answer);
  assert.deepEqual(answers, [{ data: { viewer: { role: 'OWNER' } } }]);
  await assert.rejects(async () => { for await (const _ of client.iterate({ query: '{ nothing }' })); }, (errors) => errors[0].extensions.code === 'GRAPHQL_VALIDATION_FAILED');
  await client.dispose();
});

test('graphql-ws is refused without a token', async () => {
  const client = createClient({ url: websocket, webSocketImpl: WebSocket, retryAttempts: 0 });
  await assert.rejects(async () => { for await (const _ of client.iterate({ query: '{ viewer { role } }' })); }, (event) => event.code === 4403);
});

test('graphql-ws follows the feed from a cursor', async () => {
  const client = createClient({ url: websocket, webSocketImpl: WebSocket, connectionParams: headers });
  const [{ id }] = (await ask(PERSON)).people.nodes;
  const feed = client.iterate({ query: 'subscription Feed { changes { cursor events { entityId action } } }' });
  await within(feed.next(), 'the cursor');
  await rename(id, 'Told by the feed');
  let told = [];
  while (told.length === 0) told = (await within(feed.next(), 'the event')).value.data.changes.events;
  assert.equal(told[0].entityId, id);
  await feed.return();
  await client.dispose();
});

test('graphql-sse follows a live query', async () => {
  const client = createEventsClient({ url, headers });
  const [{ id }] = (await ask(PERSON)).people.nodes;
  await follow(client.iterate({ query: LIVE, variables: { id } }), id, 'Followed by events');
  client.dispose();
});

test('graphql-sse ends after the answer of a query', async () => {
  const client = createEventsClient({ url, headers });
  const answers = [];
  for await (const answer of client.iterate({ query: '{ viewer { role } }' })) answers.push(answer);
  assert.deepEqual(answers, [{ data: { viewer: { role: 'OWNER' } } }]);
  client.dispose();
});

test('EventSource follows a live query', async () => {
  const [{ id }] = (await ask(PERSON)).people.nodes;
  const source = new EventSource(`${url}?${new URLSearchParams({ query: LIVE, variables: JSON.stringify({ id }), access_token: token })}`);
  try {
    const next = () => within(new Promise((resolve, reject) => {
      source.addEventListener('next', (event) => resolve(JSON.parse(event.data)), { once: true });
      source.addEventListener('error', reject, { once: true });
    }), 'an event');
    assert.equal((await next()).data.live.person.id, id);
    const changed = next();
    await rename(id, 'Followed by EventSource');
    assert.equal((await changed).data.live.person.givenName, 'Followed by EventSource');
  } finally {
    source.close();
  }
});

test('EventSource is told when nothing follows', async () => {
  const source = new EventSource(`${url}?${new URLSearchParams({ query: '{ viewer { role } }', access_token: token })}`);
  try {
    await within(new Promise((resolve) => source.addEventListener('complete', resolve, { once: true })), 'the event complete');
  } finally {
    source.close();
  }
});
