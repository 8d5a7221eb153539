// The browser's storage, in which no headers are kept: GraphiQL's history would keep those of every request, and with them a
// token.
export const storage = {
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
