// The button that copies the operation as a program of another language. Programs take the token from the environment.
import { createElement, ToolbarMenu, useGraphiQL } from './explorer/explorer.js';

const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

const languages = {
  curl: (url, body) => `curl ${url} \\
  -H 'Content-Type: application/json' -H "Authorization: Bearer $DAYBOOK_TOKEN" \\
  -d ${quoted(body)}
`,
  Go: (url, body) => `package main

import (
	"io"
	"log"
	"net/http"
	"os"
	"strings"
)

const body = ${body.includes('`') ? JSON.stringify(body) : `\`${body}\``}

func main() {
	request, err := http.NewRequest(http.MethodPost, ${JSON.stringify(url)}, strings.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+os.Getenv("DAYBOOK_TOKEN"))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(os.Stdout, response.Body); err != nil {
		log.Fatal(err)
	}
}
`,
  TypeScript: (url, body) => `const response = await fetch(${JSON.stringify(url)}, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json', Authorization: \`Bearer \${process.env.DAYBOOK_TOKEN}\` },
  body: JSON.stringify(${body}),
});
console.log(await response.json());
`,
};

// Returns the menu for operations of the endpoint.
export function CopyAs({ endpoint }) {
  const { queryEditor, variableEditor, operationName } = useGraphiQL((state) => state);
  const copy = (write) => {
    const variables = variableEditor?.getValue().trim();
    const body = JSON.stringify({ query: queryEditor.getValue(), operationName: operationName ?? undefined, variables: variables ? JSON.parse(variables) : undefined }, null, 2);
    return navigator.clipboard.writeText(write(new URL(endpoint, location.href).href, body));
  };
  return createElement(ToolbarMenu, { button: createElement('button', { type: 'button', className: 'graphiql-un-styled graphiql-toolbar-button copy-as', 'aria-label': 'Copy as a program', title: 'Copy as a program' }, '</>') },
    Object.entries(languages).map(([language, write]) =>
      createElement(ToolbarMenu.Item, { key: language, onSelect: () => copy(write) }, `Copy as ${language}`)));
}
