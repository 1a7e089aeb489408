/** Rows of a block, gathered by table and folder. */

import type { Cell, ColumnKind, Table, TableColumn, TableName } from './block-answer.ts';
import { canonicalText } from './canonical.ts';
import type { Case } from './cases.ts';
import type { PlainValue, SweepSpec } from './spec.ts';

/** Columns of an ask's table, beside those of the point. */
export type OwnColumns = readonly (readonly [name: string, kind: ColumnKind, isNullable?: 'nullable'])[];

/** Paths of all axes and included values, the policy apart: rows lie in its folder. */
function pathsOf({ dimensions, include }: SweepSpec): readonly string[] {
  const paths = [
    ...dimensions.flatMap((one) => one.paths),
    ...include.flatMap((entry) => Object.keys(entry)),
  ];
  return [...new Set(paths)].filter((path) => path !== 'policy');
}

function valueText(value: PlainValue | undefined): string | null {
  if (value === undefined) return null;
  return typeof value === 'string' ? value : canonicalText(value);
}

/** Gathers rows. */
export class Rows {
  readonly #tables = new Map<string, { head: Omit<Table, 'rows'>; rows: Record<string, Cell>[] }>();
  readonly #paths: readonly string[];

  constructor(private readonly spec: SweepSpec) {
    this.#paths = pathsOf(spec);
  }

  #head(name: TableName, policy: string, own: OwnColumns): Omit<Table, 'rows'> {
    const columns: TableColumn[] = [
      { name: 'point', kind: 'uint64', isNullable: false },
      { name: 'layout', kind: 'string', isNullable: false },
      ...this.#paths.map((path): TableColumn => ({ name: path, kind: 'string', isNullable: true })),
      ...own.map(([column, kind, nullable]) => ({ name: column, kind, isNullable: nullable !== undefined })),
    ];
    const partition = [['ask', this.spec.ask] as const, ['policy', policy] as const];
    return { name, partition, columns };
  }

  /** Adds a row about a point. */
  add(name: TableName, one: Case, own: OwnColumns, cells: Readonly<Record<string, Cell>>): void {
    const { point, layout, assignment, policy } = one;
    const key = `${name} ${policy.name}`;
    let table = this.#tables.get(key);
    if (!table) {
      table = { head: this.#head(name, policy.name, own), rows: [] };
      this.#tables.set(key, table);
    }
    const axes = Object.fromEntries(this.#paths.map((path) => [path, valueText(assignment[path])]));
    table.rows.push({ point, layout, ...axes, ...cells });
  }

  /** All tables, in an order that does not depend on that of their first rows. */
  tables(): readonly Table[] {
    return [...this.#tables]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { head, rows }]) => ({ ...head, rows }));
  }
}
