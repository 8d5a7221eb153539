// What all tests share: where Daybook runs, a plain request, and the first customer to read and rename.
import assert from 'node:assert/strict';

export const url = process.env.DAYBOOK_URL;
export const token = process.env.DAYBOOK_TOKEN;
assert.ok(url && token, 'DAYBOOK_URL and DAYBOOK_TOKEN say which server is tried');

export const headers = { Authorization: `Bearer ${token}` };
export const websocket = url.replace(/^http/, 'ws');

/** Sends one document without any client, and returns its data. */
export async function ask(query, variables = {}) {
  const response = await fetch(url, { method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined);
  return data;
}

export const RENAME = 'mutation Rename($id: ID!, $name: String!) { personUpdate(id: $id, input: {givenName: $name}) { record { id givenName version } userErrors { code message } } }';

/** Renames a person, as somebody else would. */
export async function rename(id, name) {
  const { personUpdate } = await ask(RENAME, { id, name });
  assert.deepEqual(personUpdate.userErrors, []);
}

/** Waits for what an iterator or a callback brings, at most for ten seconds. */
export function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`${what} did not come within 10 s`)), 10_000); });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
