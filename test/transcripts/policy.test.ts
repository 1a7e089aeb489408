/**
 * What names, flags and commits make a policy of, and what is said of those that make none: policy.txt. Accepted with
 * EPTSWEEP_ACCEPT=1, as the others.
 */
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { commitBetween } from '../../src/policy/commits.ts';
import {
  CUSTOM_FLAG_VALUES,
  type Policy,
  policy,
  policyFromFlags,
  policyFromText,
  requirePolicy,
  requireWantOn,
  VENDORS,
} from '../../src/policy/index.ts';
import { WANTS } from '../../src/types.ts';
import { writtenDown } from './written-down.ts';

const PATH = fileURLToPath(new URL('policy.txt', import.meta.url));

const said = (answer: () => string): string => {
  try {
    return answer();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return `${error.name} ${error.code} at "${error.path}": ${error.message}`;
  }
};

/** All that a policy tells, against another one's where there is one. */
function toldOf(one: Policy, base?: Policy): string {
  const { flags, zaps, commits, traits: _, ...rest } = one;
  const changed = (now: object, before: object = {}): object =>
    Object.fromEntries(Object.entries(now).filter(([key, value]) => before[key as never] !== value));
  return [
    JSON.stringify(rest),
    JSON.stringify({ ...changed(flags, base?.flags), ...changed(zaps ?? {}, base?.zaps) }),
    commits.map(({ id, since }) => `${id} since ${since}`).join('\n'),
  ].join('\n');
}

const TEXTS = [
  ...['sdm', '5.16', 'kvm-4.7', 'kvm-6.11-rc', 'kvm-6.11-rc7', 'kvm-6.12.77', 'kvm-6.12.78', 'kvm-7.2'],
  ...['kvm-5.14+0a7b735', 'kvm-5.14+0a7b73559b39ab', 'kvm-5.16+d5e90a69987', '6.8+levelCheck=none'],
  ...['kvm-5.14+c9c1e20b4c7d+377b2f359d1f', 'kvm-6.8+c9f65a3f2d92', 'kvm-6.6+362ff6dca541+slotZap=all'],
  ...[
    'kvm-6.11-rc0',
    'kvm-6.11-rc8',
    'kvm-4.6',
    'kvm-05.1',
    'kvm-5',
    'kvm-5.1.2.3',
    'kvm-5.x',
    'v6.8',
    'smd',
  ],
  ...['kvm-6.18-tdx', 'kvm-6.18-snp', 'kvm-6.18-sev-snp', 'kvm-4.1-tdx', '5.15.0-91-generic', 'peer-xne', ''],
  ...['kvm-5.14+0a7b73', 'kvm-5.14+deadbeef', '6.8+levelChek=none', '6.8+levelCheck=non', '6.8+mtrr=none'],
  ...['sdm+0a7b73559b39', 'peer-xen+mtrr=none', '6.8+mtrr=architectural', '6.8+slotZap=none'],
];

/** What no text says. */
const FLAGS: readonly unknown[] = [
  { base: 'kvm-6.8', defaultQuirks: ['ignore-guest-pat', 'ignore-guest-pat'], name: 'mine' },
  { base: 'kvm-6.8', defaultQuirks: ['lint0'] },
  { base: 'kvm-6.8', defaultQuirks: 'lint0' },
  { base: 'kvm-6.8', flags: [] },
  { base: 'kvm-6.8', flags: { mtrr: 1 } },
  { base: 'kvm-6.8', backports: ['c9f65a3f2d92', 7] },
  { base: 'kvm-6.8', backports: 'c9f65a3f2d92' },
  { base: 'kvm-6.8', name: 7 },
  { base: 6.8 },
  { bas: 'kvm-6.8' },
  'kvm-6.8',
];

const NO_POLICIES: readonly unknown[] = [
  'kvm-6.8',
  7,
  { ...policy('sdm'), name: 7 },
  { ...policy('sdm'), flags: {} },
  { ...policy('sdm'), flags: undefined },
  { ...policy('sdm'), defaultQuirks: 'none' },
];

function commitsBetween(): string {
  return Object.entries(CUSTOM_FLAG_VALUES)
    .filter(([flag]) => flag in policy('sdm').flags)
    .flatMap(([flag, values]: readonly [string, readonly string[]]) =>
      values.flatMap((from) =>
        values
          .filter((to) => to !== from)
          .map((to) => {
            const between = commitBetween(flag as never, from, to);
            return `${flag} ${from} ${to}: ${between ? `${between.commit.id} ${between.isForward}` : 'none'}`;
          }),
      ),
    )
    .join('\n');
}

function wantsText(name: string): string {
  return VENDORS.flatMap((vendor) =>
    WANTS.map((want) =>
      said(() => `${vendor} ${want}: ${requireWantOn(policy(name), vendor, want) ?? 'answered'}`),
    ),
  ).join('\n');
}

const ANSWERS = new Map<string, () => string>([
  ...TEXTS.map((text): [string, () => string] => [
    `text "${text}"`,
    () => {
      const [name = ''] = text.split('+');
      const base = text.includes('+') ? () => policyFromText(name) : () => undefined;
      return said(() => toldOf(policyFromText(text), base()));
    },
  ]),
  ...FLAGS.map((custom): [string, () => string] => [
    `flags ${JSON.stringify(custom)}`,
    () => said(() => toldOf(policyFromFlags(custom as never), policy('kvm-6.8'))),
  ]),
  ...NO_POLICIES.map((value, index): [string, () => string] => [
    `no policy ${index}`,
    () => said(() => requirePolicy('policy', value as never).name),
  ]),
  ...['sdm', 'kvm-5.16', 'kvm-6.11', 'peer-xen', 'peer-xen-ept'].map((name): [string, () => string] => [
    `wants of ${name}`,
    () => wantsText(name),
  ]),
  ['commits between', commitsBetween],
]);

describe('what policies are made of', () => {
  writtenDown(PATH, '## ', [...ANSWERS.keys()], (title) => ANSWERS.get(title)!());
});
