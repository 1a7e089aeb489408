/**
 * Presets and ready scenarios in full, and what is said of configs, scenarios, campaigns, maps and rules of which a line
 * is damaged: config.txt. Accepted with EPTSWEEP_ACCEPT=1, as the others.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';
import { parseAssertions } from '../../src/config/assert/assertions.ts';
import { parseWanted, parseWantedLine } from '../../src/config/fit/wanted.ts';
import {
  PRESETS,
  parseConfig,
  parseScenario,
  parseSweep,
  preset,
  SCENARIOS,
  scenarioNamed,
} from '../../src/config/index.ts';
import { EptsweepError } from '../../src/errors.ts';
import { layoutText } from '../../src/vm/layout.ts';
import { CAMPAIGN, EDGES, EVENTS, GROWN, RICH, WRONG_CAMPAIGNS } from './config-texts.ts';
import { writtenDown } from './written-down.ts';

const PATH = fileURLToPath(new URL('config.txt', import.meta.url));
const example = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../examples/${name}`, import.meta.url)), 'utf8');

function wrongCampaigns(): string {
  return WRONG_CAMPAIGNS.map((line) => {
    const key = line.slice(0, line.indexOf(':'));
    const lines = CAMPAIGN.split('\n');
    const at = lines.findIndex((one) => one.startsWith(`${key}:`));
    const behind = lines.findIndex((one, index) => index > at && !one.startsWith(' '));
    const text = at < 0 ? [...lines, line] : [...lines.slice(0, at), line, ...lines.slice(behind)];
    return `${line}: ${said((one) => parseSweep(one, { file: 'f' }), text.join('\n'))}`;
  }).join('\n');
}

/** What is left of a config whose layout is asked for, or what is wrong with it. */
function edgesText(): string {
  return EDGES.map((line) => {
    let layout = '';
    const answer = said((text) => {
      layout = layoutText(parseConfig(text, 'f').vm);
    }, `maxphyaddr: 36\n${line}\n`);
    return `${line}: ${answer === 'read' ? layout.slice(0, MOST_LETTERS) : answer}`;
  }).join('\n');
}

/** What reads a text, and texts that it reads. */
const SOURCES: Readonly<Record<string, readonly [read: (text: string) => unknown, text: string]>> = {
  config: [(text) => parseConfig(text, 'f'), GROWN],
  'config with faults': [(text) => parseConfig(text, 'f'), RICH],
  events: [(text) => parseScenario(text, { file: 'f' }), EVENTS],
  ...Object.fromEntries(
    ['vga', 'two-states', 'rendezvous', 'hostmem-bar'].map((name) => [
      name,
      [(text: string) => parseConfig(text, 'f'), example(`${name}.yaml`)],
    ]),
  ),
  'refused write': [(text) => parseScenario(text, { file: 'f' }), example('refused-write.yaml')],
  ...Object.fromEntries(
    ['oracle', 'pages', 'random', 'releases'].map((name) => [
      name,
      [(text: string) => parseSweep(text, { file: 'f' }), example(`sweep/${name}.yaml`)],
    ]),
  ),
  campaign: [(text) => parseSweep(text, { file: 'f' }), CAMPAIGN],
  'wanted map': [(text) => parseWanted(text, 'f'), example('wanted-map.yaml')],
  'wanted line': [
    (text) => parseWantedLine(text),
    'WB 0-0x9ffff, UC/WC 0xa0000+128K\nWP 0xc0000-0xfffff; # ROM\n  any 1M-2M, WB 4G+12G, UC rest',
  ],
  ...Object.fromEntries(
    ['firmware', 'guest', 'vmm'].map((name) => [
      name,
      [(text: string) => parseAssertions(text, 'f'), example(`assert/${name}.yml`)],
    ]),
  ),
};

/** What can become of a line. */
const DAMAGES: Readonly<Record<string, (line: string) => string>> = {
  gone: () => '',
  'another key': (line) => line.replace(/([\w-]+):/, '$1x:'),
  'another value': (line) => line.replace(/[^\s:{}[\],]+([}\]]*)\s*$/, 'odd$1'),
  negative: (line) => line.replace(/(?<=[:,[{ ])\d[\dxa-fA-FGMK_]*/, '-1'),
  huge: (line) => line.replace(/(?<=[:,[{ ])\d[\dxa-fA-FGMK_]*(?!.*\d)/, '0x7fffffffffffffffff'),
  'no list': (line) => line.replace(/\[.*\]|\{.*\}/, 'odd'),
  deeper: (line) => line.replace(/: .*/, ': {odd: 1}'),
};

const MOST_LETTERS = 260;
const SEPARATOR = '\n    ';
const MOST_LINES = 3;

function said(read: (text: string) => unknown, text: string): string {
  try {
    read(text);
    return 'read';
  } catch (error) {
    if (!(error instanceof EptsweepError)) throw error;
    const lines = error.message.split('\n');
    return lines
      .slice(0, MOST_LINES)
      .map((line) => line.slice(0, MOST_LETTERS))
      .join(SEPARATOR);
  }
}

function damagedText(read: (text: string) => unknown, text: string): string {
  const lines = text.split('\n');
  const whole = said(read, text);
  const known = new Set(whole.split(SEPARATOR));
  return lines
    .flatMap((line, index) =>
      line.trim() === '' || line.trim().startsWith('#')
        ? []
        : Object.entries(DAMAGES).flatMap(([title, damage]) => {
            const now = damage(line);
            if (now === line) return [];
            const answer = said(read, lines.with(index, now).join('\n'));
            const added = answer.split(SEPARATOR).filter((one) => !known.has(one));
            return added.length === 0 ? [] : [`${index + 1} ${title}: ${added.join(SEPARATOR)}`];
          }),
    )
    .concat(`whole: ${whole}`)
    .join('\n');
}

function presetText(name: string): string {
  const { description, source } = PRESETS.find((one) => one.name === name)!;
  const vm = preset(name);
  const states = vm.vcpus.map(({ id, name: own }) => `${id} ${own}`);
  return [
    description,
    source,
    vm.name,
    vm.policy.name,
    `${states.slice(0, 3)} of ${states.length}`,
    layoutText(vm),
  ]
    .join('\n')
    .replaceAll(/^(.{2000}).*$/gm, '$1 ...');
}

const PARAMETERS = ['vcpus=1', 'vcpus=300', 'linux=5.15', 'linux=4.19', 'linux=6.12', 'bsp=0', 'ap=3'];
const WRONG = ['vcpus=0', 'vcpus=4097', 'linux=2.4', 'linux=x', 'bsp=101', 'ap=-1', 'cpus=1', 'x', 'vcpus'];

function scenarioText(name: string): string {
  const { description, takes = [], text } = scenarioNamed(name)!;
  const lines = new Set(text.split('\n'));
  const others = PARAMETERS.filter((one) => takes.some((key) => one.startsWith(key))).map((one) => {
    let now: readonly string[] = [];
    const answer = said(() => {
      now = scenarioNamed(`${name},${one}`)!.text.split('\n');
    }, '');
    const added = now.filter((line) => !lines.has(line)).map((line) => `+ ${line}`);
    return [`${one}: ${answer}, ${now.length} lines`, ...added].join('\n');
  });
  const wrong = WRONG.map((one) => `${one}: ${said(() => scenarioNamed(`${name},${one}`), '')}`);
  return [description, takes.join(' '), text, ...others, ...wrong]
    .join('\n')
    .replaceAll(/^(.{400}).*$/gm, '$1 ...');
}

const ANSWERS = new Map<string, () => string>([
  ...PRESETS.map(({ name }) => [`preset ${name}`, () => presetText(name)] as const),
  ...SCENARIOS.map(({ name }) => [`scenario ${name}`, () => scenarioText(name)] as const),
  ['wrong campaigns', wrongCampaigns],
  ['edges', edgesText],
  ...Object.entries(SOURCES).map(
    ([title, [read, text]]) => [`damaged ${title}`, () => damagedText(read, text)] as const,
  ),
]);

describe('configs', () => {
  writtenDown(PATH, '=== ', [...ANSWERS.keys()], (title) => ANSWERS.get(title)!());
});
