/** What boots are written with: events that cite the function and the file that they follow. */

/** An event as a scenario has it, or events that each of some vCPUs goes through in turn. */
export type Step =
  | { readonly event: string; readonly cites: string }
  | { readonly each: string; readonly steps: readonly Step[] }
  | { readonly title: string };

/** Events that follow the same function: `cited('mtrr_setup(), src/fw/mtrr.c', 'wrmsr: {...}')`. */
export function cited(cites: string, ...events: readonly string[]): readonly Step[] {
  return events.map((event) => ({ event, cites }));
}

/** A comment before the steps that come. */
export function titled(title: string, ...steps: readonly (readonly Step[])[]): readonly Step[] {
  return [{ title }, ...steps.flat()];
}

/** Each of the vCPUs goes through the steps before the next one does. */
export function inTurn(vcpus: string, ...steps: readonly (readonly Step[])[]): readonly Step[] {
  return [{ each: vcpus, steps: steps.flat() }];
}

/** How things stand after what was done. */
export const REPORT: readonly Step[] = [{ event: 'report: true', cites: 'how things stand here' }];

/** The steps as YAML, as items of a list. */
export function stepLines(steps: readonly Step[], indent = '  '): readonly string[] {
  return steps.flatMap((step) => {
    if ('title' in step) return [`${indent}# ${step.title}`];
    if ('each' in step) {
      const lines = stepLines(step.steps, `${indent}      `);
      return [`${indent}- each:`, `${indent}    vcpu: ${step.each}`, `${indent}    events:`, ...lines];
    }
    return [`${indent}- ${step.event}`, `${indent}  note: ${step.cites}`];
  });
}

/** Registers and values as a YAML map, in their order. */
export function registers(values: Readonly<Record<string, string | number>>): string {
  return `{${Object.entries(values)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ')}}`;
}
