#!/usr/bin/env node
/**
 * The public interface of the library as text, one report a subpath of `exports`, so that a change of it shows in a
 * diff: made by API Extractor from the declarations in dist/ (`npm run build` first).
 *
 *   node scripts/api-report.mjs            fails where api/ says something else than the declarations
 *   node scripts/api-report.mjs --accept   writes api/
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { fail, ROOT } from './shared.mjs';

const PACKAGE = join(ROOT, 'package.json');
const REPORTS = join(ROOT, 'api');
/** Where API Extractor writes what it then compares. */
const FRESH = join(ROOT, 'build', 'api');
const ACCEPT = 'npm run build -- --quick && node scripts/api-report.mjs --accept';

/** @returns {{ name: string, types: string }[]} the subpaths that have declarations; the main one is `index` */
function subpaths() {
  const { exports } = JSON.parse(readFileSync(PACKAGE, 'utf8'));
  return Object.entries(exports)
    .filter(([, target]) => target.types !== undefined)
    .map(([path, { types }]) => ({ name: path === '.' ? 'index' : path.slice(2), types: join(ROOT, types) }));
}

/** @param {{ name: string, types: string }} subpath */
function configOf({ name, types }) {
  const silent = { default: { logLevel: ExtractorLogLevel.None } };
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: ROOT,
      mainEntryPointFilePath: types,
      compiler: { tsconfigFilePath: join(ROOT, 'tsconfig.build.json') },
      apiReport: { enabled: true, reportFileName: name, reportFolder: REPORTS, reportTempFolder: FRESH },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      // Docstrings are typedoc's to judge (`npm run check -- docs`).
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        extractorMessageReporting: silent,
        tsdocMessageReporting: silent,
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: PACKAGE,
  });
}

function main() {
  const isAccepted = process.argv.includes('--accept');
  const list = subpaths();
  for (const folder of [REPORTS, FRESH]) mkdirSync(folder, { recursive: true });
  const configs = list.map(configOf);
  const [first] = configs;
  if (!first) throw new Error('package.json offers no subpath with declarations');
  const compilerState = CompilerState.create(first, {
    additionalEntryPoints: list.map(({ types }) => types),
  });
  const changed = configs.filter((config) => {
    const { apiReportChanged, errorCount } = Extractor.invoke(config, {
      compilerState,
      localBuild: isAccepted,
      messageCallback: (message) => {
        message.handled = message.logLevel !== ExtractorLogLevel.Error;
      },
    });
    if (errorCount > 0) throw new Error(`${config.mainEntryPointFilePath}: see above`);
    return apiReportChanged;
  });
  const known = list.map(({ name }) => `${name}.api.md`);
  const gone = readdirSync(REPORTS).filter((file) => !known.includes(file));
  if (isAccepted) {
    for (const file of gone) rmSync(join(REPORTS, file));
    return;
  }
  const files = [...changed.map((config) => basename(config.reportFilePath)), ...gone];
  if (files.length === 0) return;
  throw new Error(
    `the public interface is not what api/ says (${files.join(', ')}): accept it with ${ACCEPT}`,
  );
}

try {
  main();
} catch (error) {
  fail(error);
}
