/**
 * The library as its reference describes it: every exported function says what it takes and gives, and each
 * `@example` in src/ runs. A line `expression; // value` gives that value; what follows `: ` is said to people.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));
/** What package.json offers, the core first. */
const { exports: offered } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { exports: Record<string, string | { default: string }> };
const ENTRY_POINTS = Object.values(offered).flatMap((target) =>
  typeof target === 'string' ? [] : [target.default.replace('./dist/src/', '').replace(/\.js$/, '.ts')],
);
const PUBLIC: Record<string, unknown> = Object.assign(
  {},
  ...(
    await Promise.all(ENTRY_POINTS.map((name) => import(pathToFileURL(join(SRC, name)).href)))
  ).toReversed(),
);
const FILES = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.startsWith('wasm/binary'))
  .sort();

/** Names that the entry points export, types too. */
const PUBLIC_NAMES = new Set(
  ENTRY_POINTS.flatMap((name) =>
    [...readFileSync(join(SRC, name), 'utf8').matchAll(/^export \{(.*?)\} from/gms)].flatMap(([, list]) =>
      list!.split(',').map((one) => one.replace(/^\s*type /, '').trim()),
    ),
  ),
);

interface Documented {
  readonly name: string;
  readonly file: string;
  /** A function of its own rather than a method. */
  readonly isFunction: boolean;
  readonly parameters: readonly string[];
  readonly isVoid: boolean;
  readonly tags: readonly { readonly name: string; readonly text: string }[];
}

interface Example {
  readonly file: string;
  readonly name: string;
  readonly code: string;
}

const parsed = FILES.map((file) => ({
  file,
  source: ts.createSourceFile(file, readFileSync(join(SRC, file), 'utf8'), ts.ScriptTarget.Latest, true),
}));

function tagsOf(node: ts.Node): { name: string; text: string }[] {
  return ts.getJSDocTags(node).map((tag) => ({
    name:
      tag.tagName.text === 'param'
        ? `param ${(tag as ts.JSDocParameterTag).name.getText()}`
        : tag.tagName.text,
    text: ts.getTextOfJSDocComment(tag.comment) ?? '',
  }));
}

type Callable = ts.FunctionDeclaration | ts.MethodDeclaration | ts.MethodSignature;

function documented(node: Callable, owner: string, file: string): Documented {
  const returned = node.type?.getText() ?? 'void';
  return {
    name: `${owner}${node.name?.getText() ?? ''}`,
    file,
    isFunction: ts.isFunctionDeclaration(node),
    parameters: node.parameters.map((parameter) => parameter.name.getText()),
    isVoid: /^(?:Promise<)?void>?$/.test(returned),
    tags: tagsOf(node),
  };
}

function* publicCallables(): Generator<Documented> {
  for (const { file, source } of parsed) {
    // Nothing of the first three is offered, whatever bears a name that is. What writers print, docs/ shows and runs.
    if (/^(?:cli|fuzz|wasm|write)\//.test(file)) continue;
    for (const node of source.statements) {
      if (ts.isFunctionDeclaration(node) && PUBLIC_NAMES.has(node.name?.text ?? ''))
        yield documented(node, '', file);
      const isOwner = ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node);
      if (!isOwner || !PUBLIC_NAMES.has(node.name?.text ?? '')) continue;
      // A class of its own by a public name, or one that is offered to other rooms alone.
      if (ts.isClassDeclaration(node) && PUBLIC[node.name!.text] === undefined) continue;
      if (tagsOf(node).some(({ name }) => name === 'internal')) continue;
      for (const member of node.members) {
        const isCallable = ts.isMethodDeclaration(member) || ts.isMethodSignature(member);
        if (isCallable && /^[a-z]/.test(member.name.getText()))
          yield documented(member, `${node.name!.text}.`, file);
      }
    }
  }
}

function* examples(): Generator<Example> {
  for (const { file, source } of parsed) {
    for (const node of source.statements) {
      if (!ts.isFunctionDeclaration(node)) continue;
      for (const { name, text } of tagsOf(node)) {
        if (name === 'example') yield { file, name: node.name?.text ?? '', code: text };
      }
    }
  }
}

const COMMENTED = /^(.*?);\s+\/\/ (.*)$/;
const evaluate = (code: string): unknown => new Function(`return (${code});`)();

/** The value that a comment promises: all of it, or what stands before `: ` or `, `. */
function promised(comment: string): unknown {
  try {
    return evaluate(comment);
  } catch {
    return evaluate(comment.split(/[:,] /, 1)[0]!);
  }
}

/** What the folders of src/ export, the public names first. */
let exported: Promise<Record<string, unknown>> | undefined;
async function everything(): Promise<Record<string, unknown>> {
  exported ??= Promise.all(
    FILES.filter((name) => /^[a-z-]+\/index\.ts$/.test(name)).map(
      (name) => import(pathToFileURL(join(SRC, name)).href),
    ),
  ).then((modules) => Object.assign({}, ...modules, PUBLIC) as Record<string, unknown>);
  return exported;
}

const AsyncFunction = (async () => undefined).constructor as new (
  ...parts: string[]
) => (...values: unknown[]) => Promise<void>;

async function run({ file, code }: Example): Promise<void> {
  const own = (await import(pathToFileURL(join(SRC, file)).href)) as Record<string, unknown>;
  const expectValue = (actual: unknown, comment: string): void => expect(actual).toEqual(promised(comment));
  const scope: Record<string, unknown> = { ...(await everything()), ...own, expectValue };
  const lines = code.split('\n').map((line) => {
    const [, expression, comment] = COMMENTED.exec(line) ?? [];
    return expression === undefined ? line : `expectValue(${expression}, ${JSON.stringify(comment)});`;
  });
  // In a block: an example may use a name for itself that is exported too.
  await new AsyncFunction(...Object.keys(scope), `{${lines.join('\n')}}`)(...Object.values(scope));
}

describe('docstrings of the public functions and methods', () => {
  const all = [...publicCallables()];

  it('are found', () => expect(all.length).toBeGreaterThan(60));

  it.each(all.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const { name, file, isFunction, parameters, isVoid, tags } = one;
    const names = tags.map((tag) => tag.name);
    // A room may have a function of its own by the same name.
    const own = (await import(pathToFileURL(join(SRC, file)).href)) as Record<string, unknown>;
    if (names.includes('internal') || (isFunction && own[name] !== PUBLIC[name])) return;
    const expected = [
      ...parameters.map((name) => `param ${name}`),
      ...(isVoid ? [] : ['returns']),
      ...(isFunction ? ['example'] : []),
    ];
    expect(names).toEqual(expect.arrayContaining(expected));
  });
});

describe('examples of docstrings run', () => {
  it.each([...examples()].map((one) => [`${one.file} ${one.name}`, one] as const))(
    '%s',
    async (_, example) => {
      await run(example);
    },
  );
});
