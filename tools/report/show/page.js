'use strict';
/* Tables are sorted by their heads' buttons and filtered by the form's fields. */

const tables = [...document.querySelectorAll('table')].map((table) => {
  const heads = [...table.tHead.rows[0].cells];
  const rows = [...table.tBodies[0].rows];
  return { body: table.tBodies[0], heads, rows, keys: heads.map((head) => head.dataset.key) };
});

const collator = new Intl.Collator('en', { numeric: true });

function compare(a, b, column, isNumber) {
  const x = a.cells[column], y = b.cells[column];
  if (isNumber) return Number(x.dataset.value) - Number(y.dataset.value);
  return collator.compare(x.textContent, y.textContent);
}

/* Numbers begin with the most, names with the first. */
function sort(table, column) {
  const head = table.heads[column];
  const isNumber = table.keys[column] === 'number';
  const before = head.getAttribute('aria-sort');
  const first = isNumber ? 'descending' : 'ascending';
  const second = isNumber ? 'ascending' : 'descending';
  const order = before === first ? second : first;
  const sign = order === 'ascending' ? 1 : -1;
  for (const other of table.heads) other.removeAttribute('aria-sort');
  head.setAttribute('aria-sort', order);
  table.body.append(
    ...[...table.rows].sort((a, b) => sign * compare(a, b, column, isNumber)));
}

for (const table of tables) {
  table.heads.forEach((head, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => sort(table, column));
  });
}

const form = document.getElementById('filters');
const fields = form ? [...form.querySelectorAll('input')] : [];

/* A table without the column of a filter is left whole by it. */
function filter() {
  const wanted = fields.map((field) => [field.dataset.key, field.value.trim().toLowerCase()])
    .filter(([, value]) => value);
  let shown = 0, total = 0;
  for (const table of tables) {
    const tests = wanted.map(([key, value]) => [table.keys.indexOf(key), value])
      .filter(([column]) => column >= 0);
    for (const row of table.rows) {
      row.hidden = !tests.every(([column, value]) =>
        row.cells[column].textContent.toLowerCase().includes(value));
      if (!tests.length) continue;
      total++;
      shown += !row.hidden;
    }
  }
  const plots = document.querySelector('svg') ? ' Plots show everything.' : '';
  document.getElementById('count').textContent = wanted.length
    ? `${shown} of ${total} rows, in tables that have such a column.${plots}` : '';
}

if (form) {
  form.hidden = false;
  form.addEventListener('input', filter);
  form.addEventListener('reset', () => setTimeout(filter));
  form.addEventListener('submit', (event) => event.preventDefault());
}
