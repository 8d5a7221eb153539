// urql with graphcache, which knows the schema.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cacheExchange } from '@urql/exchange-graphcache';
import { Client, fetchExchange, gql, subscriptionExchange } from '@urql/core';
import { getIntrospectionQuery } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { ask, headers, rename, RENAME, url, websocket, within } from './daybook.mjs';

const INVOICES = gql`query Invoices { invoices(first: 2) { nodes { id customer { id givenName } total { amount currency } } } }`;

// make makes a client, and notes what its cache warns of.
async function make() {
  const warnings = [];
  const sockets = createClient({ url: websocket, webSocketImpl: WebSocket, connectionParams: headers });
  const client = new Client({
    url, preferGetMethod: false, fetchOptions: { headers },
    exchanges: [
      cacheExchange({ schema: await ask(getIntrospectionQuery()), keys: { Money: () => null }, logger: (severity, message) => warnings.push(`${severity}: ${message}`) }),
      fetchExchange,
      subscriptionExchange({ forwardSubscription: ({ query, variables }) => ({ subscribe: (sink) => ({ unsubscribe: sockets.subscribe({ query, variables }, sink) }) }) }),
    ],
  });
  return { client, warnings, end: () => sockets.dispose() };
}

// until follows a query until it shows a name.
function until(client, name) {
  return within(new Promise((resolve, reject) => {
    const { unsubscribe } = client.query(INVOICES, {}).subscribe(({ data, error }) => {
      if (error) reject(error);
      if (data?.invoices.nodes.some((i) => i.customer.givenName === name)) queueMicrotask(() => { unsubscribe(); resolve(); });
    });
  }), 'the name in the query');
}

test('urql: a mutation changes a cached relation', async () => {
  const { client, warnings, end } = await make();
  const { data, error } = await client.query(INVOICES, {});
  assert.equal(error, undefined);
  const followed = until(client, 'Renamed by urql');
  const renamed = await client.mutation(gql(RENAME), { id: data.invoices.nodes[0].customer.id, name: 'Renamed by urql' });
  assert.equal(renamed.error, undefined);
  await followed;
  assert.deepEqual(warnings, []);
  await end();
});

test('urql: a live query changes a cached relation', async () => {
  const { client, end } = await make();
  const { data } = await client.query(INVOICES, {});
  const { id } = data.invoices.nodes[0].customer;
  const followed = until(client, 'Renamed beside urql');
  const live = client.subscription(gql`subscription Live($id: ID!) { live { person(id: $id) { id givenName } } }`, { id }).subscribe(() => {});
  await rename(id, 'Renamed beside urql');
  await followed;
  live.unsubscribe();
  await end();
});
