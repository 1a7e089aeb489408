import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configJsonSchema, parseConfig } from '../../src/config/index.ts';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { vcpuOf } from '../../src/index.ts';
import { fits } from './json-validator.ts';

const text = readFileSync(new URL('../../docs/config.md', import.meta.url), 'utf8');
const configs = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml]) => yaml!);

describe('docs/config.md', () => {
  it('shows configs', () => {
    expect(configs.length).toBeGreaterThanOrEqual(3);
  });

  it.each(configs)('config %# loads, fits the schema, and is evaluated', (yaml) => {
    const { vm } = parseConfig(yaml, 'docs.yaml');
    const engine = createEvaluatorSync({ engine: 'reference' });
    for (const index of vm.vcpus.keys()) {
      expect(engine.view(vcpuOf(vm, index), vm.policy).totals('ept').length).toBeGreaterThan(0);
    }
    expect(fits(configJsonSchema(), parse(yaml, { intAsBigInt: false }))).toBe(true);
  });

  it('names every key of the schema', () => {
    const properties = configJsonSchema().properties as Record<string, unknown>;
    for (const key of Object.keys(properties)) {
      if (!['$schema', 'description', 'source'].includes(key))
        expect(text).toMatch(new RegExp(`\\b${key}\\b`));
    }
  });
});
