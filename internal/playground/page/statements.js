// The statements of the last answer, in a dialog: what each said, and how long it took.
const opener = document.getElementById('statements-open');
const dialog = document.getElementById('statements');
const list = dialog.querySelector('ol');

const milliseconds = (number) => `${number.toFixed(number < 10 ? 2 : 1)} ms`;

// Takes the statements out of an answer, and keeps them for the dialog.
export function takeStatements(answer) {
  const statements = answer.extensions?.statements;
  if (!statements) return;
  delete answer.extensions.statements;
  if (Object.keys(answer.extensions).length === 0) delete answer.extensions;
  const sum = statements.reduce((total, { milliseconds: took }) => total + took, 0);
  opener.hidden = false;
  opener.textContent = `SQL: ${statements.length}, ${milliseconds(sum)}`;
  list.replaceChildren(...statements.map(({ pool, text, milliseconds: took }) => {
    const item = document.createElement('li'), time = document.createElement('p'), code = document.createElement('pre');
    time.textContent = `${milliseconds(took)}, by the pool ${pool}`;
    code.textContent = text.trim();
    code.tabIndex = 0; // it is scrolled by keys
    item.append(time, code);
    return item;
  }));
}

opener.addEventListener('click', () => dialog.showModal());
