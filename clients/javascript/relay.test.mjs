// Relay's runtime, with the artifacts that relay-compiler has made of relay/documents.js.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import relay from 'relay-runtime';
import { ask, headers, url } from './daybook.mjs';
import people from './generated/relay/documentsPeopleQuery.graphql.js';
import page from './generated/relay/documentsPeoplePageQuery.graphql.js';
import rename from './generated/relay/documentsRenameMutation.graphql.js';
import organization from './generated/relay/documentsOrganizationQuery.graphql.js';

const { Environment, Network, RecordSource, Store, commitMutation, fetchQuery } = relay;

function environment() {
  const network = Network.create(async ({ text }, variables) => {
    const response = await fetch(url, { method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify({ query: text, variables }) });
    return response.json();
  });
  return new Environment({ network, store: new Store(new RecordSource()) });
}

test('Relay: pages gather in the store, each row once', async () => {
  const { people: { totalCount } } = await ask('{ people { totalCount } }');
  const store = environment();
  await fetchQuery(store, people, { count: 20 }).toPromise();
  const record = (id) => store.getStore().getSource().get(id);
  const connection = () => record('client:root:__documents_people_connection');
  for (let info; (info = record(connection().pageInfo.__ref)).hasNextPage;) {
    await fetchQuery(store, page, { count: 20, cursor: info.endCursor }).toPromise();
  }
  const ids = connection().edges.__refs.map((edge) => record(record(edge).node.__ref).id);
  assert.equal(ids.length, totalCount);
  assert.equal(new Set(ids).size, totalCount);
});

test('Relay: a mutation changes the record in the store', async () => {
  const store = environment();
  await fetchQuery(store, people, { count: 1 }).toPromise();
  const record = (id) => store.getStore().getSource().get(id);
  const [edge] = record('client:root:__documents_people_connection').edges.__refs;
  const { id } = record(record(edge).node.__ref);
  await new Promise((resolve, reject) => commitMutation(store, { mutation: rename, variables: { id, name: 'Renamed by Relay' }, onCompleted: resolve, onError: reject }));
  assert.equal(record(id).givenName, 'Renamed by Relay');
});

test('Relay: what is no list is fetched again by its id', async () => {
  const { viewer } = await ask('{ viewer { organization { id name } } }');
  const store = environment();
  await fetchQuery(store, organization, { id: viewer.organization.id }).toPromise();
  assert.equal(store.getStore().getSource().get(viewer.organization.id).name, viewer.organization.name);
});
