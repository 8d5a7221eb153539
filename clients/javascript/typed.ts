// A client in TypeScript with the types that graphql-codegen makes of its documents: what is read and sent is checked when it
// is compiled. It saves a draft, and reads it again.
import { randomUUID } from 'node:crypto';
import { graphql } from './generated/typed/index.ts';
import { type TypedDocumentString } from './generated/typed/graphql.ts';

const Create = graphql(`
  mutation Create($input: InvoiceCreateInput!, $key: String!) {
    invoiceCreate(input: $input, idempotencyKey: $key) {
      record { id state total { amount currency } }
      userErrors { code path message }
    }
  }
`);
const Read = graphql(`
  query Read($id: ID!) {
    customers: people(first: 1, filter: { isCustomer: true }) { nodes { id } }
    node(id: $id) { __typename id ... on Invoice { state memo customer { givenName } items { quantity } } }
  }
`);

/** Sends a document, and returns its data; it throws what the answer has as errors. */
async function execute<Data, Variables>(document: TypedDocumentString<Data, Variables>, variables: Variables): Promise<Data> {
  const response = await fetch(process.env.DAYBOOK_URL!, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${process.env.DAYBOOK_TOKEN}` },
    body: JSON.stringify({ query: document.toString(), variables }),
  });
  const { data, errors } = await response.json() as { data: Data; errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

const { customers } = await execute(Read, { id: 'Invoice:999999999' });
const customerId = customers?.nodes[0]?.id ?? '';
const created = await execute(Create, {
  key: randomUUID(),
  input: { customerId, items: [{ description: 'Typed', quantity: '2', unitPrice: '10.50' }] },
});
const draft = created.invoiceCreate?.record;
if (!draft || draft.state !== 'DRAFT' || draft.total.amount !== '21.00') throw new Error(JSON.stringify(created));
const { node } = await execute(Read, { id: draft.id });
// Without the check of __typename the compiler knows no memo here.
if (node?.__typename !== 'Invoice' || node.memo !== '' || node.items[0]?.quantity !== '2') throw new Error(JSON.stringify(node));
