// Rows with a head that sorts them. On a phone each row is a block with its columns' names.

import { type ReactNode, useState } from 'react';
import { sorted } from '../sorting.ts';
import { words } from '../words.ts';
import './table.css';

export interface Column<T> {
  name: string;
  cell: (row: T) => ReactNode;
  /** Without it the column does not sort. */
  value?: (row: T) => string | number;
  /** The column of what can be done: its name is for screen readers alone. */
  actions?: boolean;
}

interface Props<T> {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf: (row: T) => string;
}

interface Order {
  column: string;
  descending: boolean;
}

export function Table<T>({ label, columns, rows, keyOf }: Props<T>) {
  const [order, setOrder] = useState<Order>();
  const by = columns.find(({ name }) => name === order?.column)?.value;
  const shown = order && by ? sorted(rows, by, order.descending) : rows;
  const sortBy = (column: string) =>
    setOrder({ column, descending: order?.column === column ? !order.descending : false });
  return (
    <table className="table" aria-label={label}>
      <thead>
        <tr>
          {columns.map(({ name, value, actions }) => (
            <th key={name} scope="col" aria-sort={ariaSort(order, name)}>
              {value ? (
                <button type="button" title={words.clients.sort_by(name)} onClick={() => sortBy(name)}>
                  {name}
                  <span className="direction" aria-hidden="true" />
                </button>
              ) : (
                <span className={actions ? 'unseen' : ''}>{name}</span>
              )}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {shown.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map(({ name, cell, actions }) => (
              <td key={name} data-name={actions ? undefined : name} className={actions ? 'actions' : ''}>
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function ariaSort(order: Order | undefined, name: string): 'ascending' | 'descending' | 'none' {
  if (order?.column !== name) return 'none';
  return order.descending ? 'descending' : 'ascending';
}
