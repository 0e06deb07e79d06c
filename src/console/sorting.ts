/** A new array; what compares equal stays in its order. */
export function sorted<T>(rows: readonly T[], value: (row: T) => string | number, descending: boolean): T[] {
  const compare = (a: string | number, b: string | number): number =>
    typeof a === 'number' && typeof b === 'number'
      ? a - b
      : String(a).localeCompare(String(b), undefined, { numeric: true, sensitivity: 'base' });
  return rows.toSorted((one, other) => compare(value(one), value(other)) * (descending ? -1 : 1));
}
