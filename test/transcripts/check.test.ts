import { PRESETS } from '../../src/config/index.ts';
import { MACHINES } from '../check/machines.ts';
import { FIXTURE_NAMES } from '../read/fixture.ts';
import { transcript } from './transcript.ts';

const machines = Object.keys(MACHINES).map((name) => `@${name}`);
const fixtures = FIXTURE_NAMES.map((name) => `test/read/fixtures/${name}`);

transcript(
  'check',
  [
    ...[...machines, ...PRESETS.map(({ name }) => name), ...fixtures].map((input) => `check ${input}`),
    ...machines.map((input) => `check ${input} --policy kvm-6.11`),
    'check xeon-wt-under-uc --policy kvm-5.3 --json',
    'check @wp-over-wb.txt --json',
    'check @odd-mask.txt -f sarif',
    'check @uc-over-ram.txt -f junit',
    'check examples/dumps/smrr.csv',
    'check examples/dumps/slow.dmesg',
  ],
  MACHINES,
);
