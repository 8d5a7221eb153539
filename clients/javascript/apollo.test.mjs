// Apollo Client, in both versions that are in use.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as apollo4 from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import apollo3 from 'apollo3/core/core.cjs';
import subscriptions3 from 'apollo3/link/subscriptions/subscriptions.cjs';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { headers, rename, RENAME, url, websocket, within } from './daybook.mjs';

const PEOPLE = 'query People { people(first: 3) { nodes { id givenName version } } }';

for (const [version, apollo, Link] of [[4, apollo4, GraphQLWsLink], [3, apollo3, subscriptions3.GraphQLWsLink]]) {
  const { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } = apollo;
  const make = () => {
    const sockets = createClient({ url: websocket, webSocketImpl: WebSocket, connectionParams: headers });
    const subscribed = ({ query }) => query.definitions.some((d) => d.operation === 'subscription');
    const client = new ApolloClient({
      cache: new InMemoryCache(),
      link: ApolloLink.split(subscribed, new Link(sockets), new HttpLink({ uri: url, headers })),
    });
    return { client, end: async () => { client.stop(); await sockets.dispose(); } };
  };
  // shown returns when the cached query shows a name, which is the first in the list's order.
  const shown = async (client, name) => {
    while (client.readQuery({ query: gql(PEOPLE) }).people.nodes[0].givenName !== name) await new Promise((r) => setTimeout(r, 10));
  };

  test(`Apollo ${version}: a mutation's payload changes what is cached`, async () => {
    const { client, end } = make();
    const { data } = await client.query({ query: gql(PEOPLE) });
    const name = `Aa, renamed by Apollo ${version}`;
    await client.mutate({ mutation: gql(RENAME), variables: { id: data.people.nodes[0].id, name } });
    assert.equal(client.readQuery({ query: gql(PEOPLE) }).people.nodes[0].givenName, name);
    await end();
  });

  test(`Apollo ${version}: a live query beside a query keeps it up to date`, async () => {
    const { client, end } = make();
    const { data } = await client.query({ query: gql(PEOPLE) });
    const live = client.subscribe({ query: gql(PEOPLE.replace('query People {', 'subscription Live { live {') + '}') }).subscribe({ next() {} });
    const name = `Aa, renamed beside Apollo ${version}`;
    await rename(data.people.nodes[0].id, name);
    await within(shown(client, name), 'the change in the cache');
    live.unsubscribe();
    await end();
  });

  test(`Apollo ${version}: a refused document is told with its code`, async () => {
    const { client, end } = make();
    await assert.rejects(client.query({ query: gql('{ nothing }') }), (error) => (error.errors ?? error.graphQLErrors)[0].extensions.code === 'GRAPHQL_VALIDATION_FAILED');
    await end();
  });
}
