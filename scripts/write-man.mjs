#!/usr/bin/env node
/**
 * Writes man/eptsweep.1 from the commands that print --help (dist/). test/cli/man.test.ts holds the page against them.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fail, ROOT, writeWhole } from './shared.mjs';

export const MAN_PAGE = join(ROOT, 'man', 'eptsweep.1');

/** @typedef {import('commander').Command} Command */
/** @typedef {typeof import('../src/cli/about.ts')} About */

/** @param {string} text as roff prints it: no request, no escape, and minus signs that can be copied */
function roff(text) {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1');
}

const WIDTH = 76;

/** @param {string} text a paragraph, a sentence a line, long ones in several */
function filled(text) {
  return text.split(/(?<=[.;:]) (?=[A-Z])/).flatMap((sentence) => {
    const lines = [''];
    for (const word of sentence.split(' ')) {
      const line = lines.at(-1);
      if (line !== '' && `${line} ${word}`.length > WIDTH) lines.push(word);
      else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
    }
    return lines.map(roff);
  });
}

/** @param {string[]} lines */
function verbatim(lines) {
  return ['.EX', ...lines.map(roff), '.EE'];
}

/** @param {Command} command what the help prints behind its options, by heading; '' where there is none */
function extraBlocks(command) {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  const extra = text.slice(command.helpInformation().length).trim();
  return extra === '' ? [] : extra.split(/\n\n+/);
}

/**
 * @param {Command} command
 * @param {string} parent what stands before its name
 * @returns {string[]} its lines, and those of the commands behind it
 */
function commandLines(command, parent = 'eptsweep') {
  const name = `${parent} ${command.name()}`;
  const lines = [`.SS ${roff(`${name} ${command.usage()}`)}`];
  const description = command.description();
  lines.push(...filled(`${description[0]?.toUpperCase()}${description.slice(1)}.`));
  for (const argument of command.registeredArguments) {
    const choices = argument.argChoices ? ` (${argument.argChoices.join(', ')})` : '';
    lines.push('.TP', `.I ${roff(argument.name())}`, ...filled(`${argument.description}${choices}`));
  }
  for (const option of command.options.filter(({ hidden }) => !hidden)) {
    const choices = option.argChoices ? ` (${option.argChoices.join(', ')})` : '';
    const preset = option.defaultValueDescription ?? option.defaultValue;
    const value = typeof preset === 'string' || typeof preset === 'number' ? `; default: ${preset}` : '';
    lines.push('.TP', `.B ${roff(option.flags)}`, ...filled(`${option.description}${choices}${value}`));
  }
  for (const block of extraBlocks(command)) {
    const [first = '', ...rest] = block.split('\n');
    if (rest.length === 0) lines.push('.PP', ...filled(first));
    else lines.push('.PP', ...filled(first), '.PP', ...verbatim(rest));
  }
  for (const inner of command.commands) lines.push(...commandLines(inner, name));
  return lines;
}

/** @param {import('../src/cli/about.ts').Terms} terms */
function termLines(terms) {
  return terms.flatMap(([name, meaning]) => ['.TP', `.B ${roff(name)}`, ...filled(meaning)]);
}

/**
 * The page.
 *
 * @param {readonly Command[]} commands in the order of the help
 * @param {About} about
 * @param {string} version
 * @param {string} date of the page, as 2026-01-31
 */
export function manPage(commands, about, version, date) {
  return `${[
    '.\\" Written by scripts/write-man.mjs from the commands; not to be edited.',
    `.TH EPTSWEEP 1 "${date}" "eptsweep ${version}"`,
    '.SH NAME',
    ...filled(`eptsweep - ${about.SUMMARY}`),
    '.SH SYNOPSIS',
    '.B eptsweep',
    '.I command',
    roff('[options] [arguments]'),
    '.PP',
    '.B eptsweep help',
    '.I command',
    '.PP',
    '.B eptsweep',
    roff('--version'),
    '.SH DESCRIPTION',
    ...about.CONVENTIONS.flatMap((text, index) => [...(index > 0 ? ['.PP'] : []), ...filled(text)]),
    '.SH COMMANDS',
    ...commands.flatMap((command) => commandLines(command)),
    '.SH EXIT STATUS',
    ...termLines(about.EXIT_CODES),
    '.SH ENVIRONMENT',
    ...termLines(about.ENVIRONMENT),
    '.SH SEE ALSO',
    ...filled('The pages in docs/ of the package: one for each task, policy and format, and a glossary.'),
  ].join('\n')}\n`;
}

/** The date of a page, so that it changes only when something else does. */
const DATE = /^(\.TH EPTSWEEP 1 ")(\d{4}-\d\d-\d\d)/m;

/** @param {string} page */
export function dateOfPage(page) {
  return DATE.exec(page)?.[2] ?? '';
}

async function main() {
  const inDist = (/** @type {string} */ path) => import(pathToFileURL(join(ROOT, 'dist/src/cli', path)).href);
  const { COMMANDS } = await inDist('commands.js');
  const about = await inDist('about.js');
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  let before = '';
  try {
    before = readFileSync(MAN_PAGE, 'utf8');
  } catch {
    // The first time.
  }
  if (before === manPage(commands, about, version, dateOfPage(before))) return;
  mkdirSync(dirname(MAN_PAGE), { recursive: true });
  writeWhole(MAN_PAGE, manPage(commands, about, version, new Date().toISOString().slice(0, 10)));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main().catch(fail);
