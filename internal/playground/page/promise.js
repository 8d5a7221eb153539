// The demonstration of what Daybook promises: with refreshes paused, an invoice is written, and read at once. The server pauses
// as long as the request for it lasts, so closing the page ends that too.
import { ask } from './answers.js';

const opener = document.getElementById('promise-open');
const dialog = document.getElementById('promise');
const start = document.getElementById('promise-start');
const steps = dialog.querySelector('ol');

const customers = '{ people(first: 1, filter: {isCustomer: true}) { nodes { id fullName } } }';
const draft = `mutation Write($customer: ID!) {
  invoiceCreate(input: {customerId: $customer, items: [{description: "Analytical engine", quantity: 3, unitPrice: "99000"}]}) {
    record { id version total { amount currency } }
    userErrors { path message }
  }
}`;
const invoices = `query Read($customer: ID!) {
  invoices(first: 200, filter: {customerId: $customer, totalGte: "290000"}) { nodes { id total { amount currency } } }
}`;
const removal = 'mutation Remove($id: ID!) { invoiceDelete(id: $id) { userErrors { path message } } }';

// Adds a step to the list, whose text is to come.
function step(doing) {
  const item = document.createElement('li');
  item.textContent = doing;
  steps.append(item);
  return (text, className) => {
    item.textContent = text;
    item.className = className ?? '';
    item.scrollIntoView({ block: 'nearest' });
  };
}

// Returns the data of an answer, which has to be without errors.
async function data(query, variables, headers) {
  const answer = await ask(query, variables, headers);
  const wrong = answer.errors ?? Object.values(answer.data).flatMap((field) => field?.userErrors ?? []);
  if (wrong.length > 0) throw new Error(wrong.map((error) => error.message).join(' '));
  return answer;
}

// Waits until refreshes are paused, and returns what lets them go on.
async function pause(token) {
  const stop = new AbortController();
  const response = await fetch('/playground/pause', { method: 'POST', signal: stop.signal, headers: { Authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(await response.text());
  await response.body.getReader().read();
  return () => stop.abort();
}

async function demonstrate(token) {
  let said = step('Pausing the refreshes of document_summaries, the rows that lists of invoices are read from …');
  const goOn = await pause(token);
  let record;
  try {
    said('The refreshes of document_summaries are paused. No worker brings the rows up to date that lists of invoices are read from.');
    const customer = (await data(customers)).data.people.nodes[0];
    if (!customer) throw new Error('There is no customer to write an invoice to.');
    const found = async (mode) => {
      const begin = performance.now();
      const answer = await data(invoices, { customer: customer.id }, { 'Daybook-Read': mode });
      const took = (performance.now() - begin).toFixed(0);
      const behind = answer.extensions?.freshness?.projections.find((model) => model.projection === 'document_summaries')?.dirtyKeys ?? 0;
      return { there: answer.data.invoices.nodes.some(({ id }) => id === record.id), took, behind };
    };
    said = step('Writing …');
    record = (await data(draft, { customer: customer.id })).data.invoiceCreate.record;
    said(`An invoice to ${customer.fullName} is written: ${record.id}, ${record.total.amount} ${record.total.currency}.`);
    said = step('Reading …');
    const stored = await found('stored');
    said(stored.there
      ? 'Daybook-Read: stored finds it: something has refreshed the rows nevertheless.'
      : `Daybook-Read: stored looks at the stored rows only. They do not have it: this is what a read model shows elsewhere.`, stored.there ? 'exact' : 'behind');
    said = step('Reading …');
    const exact = await found('auto');
    said(exact.there
      ? `The same list, as everybody reads it, has it, ${exact.took} ms later: ${exact.behind} stored ${exact.behind === 1 ? 'row was' : 'rows were'} behind, and read from the source.`
      : 'The list, as everybody reads it, does not have it. That is not what Daybook promises: please report it.', exact.there ? 'exact' : 'behind');
    said = step('Letting refreshes go on …');
    goOn();
    const resumed = performance.now();
    let late;
    do {
      await new Promise((resolve) => setTimeout(resolve, 100));
      late = await found('stored');
    } while (!late.there && performance.now() - resumed < 20000);
    said(late.there
      ? `Refreshes go on, and after ${((performance.now() - resumed) / 1000).toFixed(1)} s the stored rows have it too.`
      : 'Refreshes go on, but the stored rows do not have it yet: is there a worker?', late.there ? 'exact' : 'behind');
  } finally {
    goOn();
    if (record) await data(removal, { id: record.id });
  }
  step('')('The invoice is deleted again.');
}

// Offers the demonstration, with the token that a function returns.
export function offerPromise(token) {
  opener.hidden = false;
  opener.addEventListener('click', () => dialog.showModal());
  start.addEventListener('click', async () => {
    start.disabled = true;
    steps.replaceChildren();
    try {
      await demonstrate(token());
    } catch (error) {
      step('')(`It went wrong: ${error.message}`, 'behind');
    }
    start.disabled = false;
  });
}
