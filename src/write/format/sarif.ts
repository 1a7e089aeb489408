/** What every SARIF log of the program has around its results. */

/** A file name as a relative reference: what has a meaning in URIs is escaped, slashes stay. */
export function uriOf(file: string): string {
  return file.split('/').map(encodeURIComponent).join('/');
}

/** A rule, as the tool's own list has it. */
export interface SarifRule {
  readonly id: string;
  readonly title: string | undefined;
}

/** Lines of a SARIF 2.1.0 log with one run. */
export function sarifLog(
  rules: readonly SarifRule[],
  run: { readonly invocations?: readonly object[]; readonly results: readonly object[] },
): Iterable<string> {
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'eptsweep',
            rules: rules.map(({ id, title }) => ({ id, shortDescription: { text: title } })),
          },
        },
        ...run,
      },
    ],
  };
  return JSON.stringify(log, null, 2).split('\n');
}
