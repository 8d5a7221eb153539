// What the page takes from its libraries, and the web workers of the editor, which are files beside this one.
import 'graphiql/style.css';

globalThis.MonacoEnvironment = {
  getWorker: (_, label) => new Worker(new URL(`${label === 'json' || label === 'graphql' ? label : 'editor'}.worker.js`, import.meta.url), { type: 'module' }),
};

export { createElement, useEffect, useState } from 'react';
export { createRoot } from 'react-dom/client';
export { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
export { ToolbarMenu, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
export { createGraphiQLFetcher } from '@graphiql/toolkit';
export { parse } from 'graphql';
