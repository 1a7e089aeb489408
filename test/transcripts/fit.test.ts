import { PRESETS } from '../../src/config/index.ts';
import { transcript } from './transcript.ts';

const WANTED = [
  'WB 0-3G, UC 3G-4G, WB 4G+12G, UC rest',
  'WB 0-0x9ffff, UC 0xa0000-0xbffff, WP 0xc0000-0xfffff, WB 1M-2G, UC rest',
  'UC 0-1G, WC 1G+256M, WB rest',
  'WB 0-3G, UC/WC 3G-4G, WB rest',
  'WB 4K-1G, UC rest',
  'WT 0-1G, WB 1G-2G, UC rest',
];

transcript('fit', [
  ...PRESETS.map(({ name }) => `fit ${name}`),
  ...WANTED.flatMap((wanted) =>
    [36, 39].map((bits) => `fit --want ${wanted.replaceAll(' ', '~')} --phys-bits ${bits}`),
  ),
  ...['wrmsr', 'proc-mtrr'].map((to) => `fit thinkpad-t400 --to ${to}`),
  ...[1, 2, 3, 4, 6].map((count) => `fit thinkpad-t400 --vcnt ${count}`),
  ...['kvm-5.16', 'kvm-6.6'].map((policy) => `fit asus-2012 --for ${policy}`),
  'fit poweredge-r815 --vcnt 3',
  'fit --want examples/wanted-map.yaml',
  'fit thinkpad-t400 --json',
]);
