/** Rewrites a source of assembly/ so that it tells which of its branches are taken, without another change. */
import ts from 'typescript';

/** Something that is reached or not. */
export interface Branch {
  /** From the root. */
  readonly file: string;
  readonly line: number;
  /** The source text of the condition, the case or the function. */
  readonly text: string;
  /** Of a condition that came out true or false; of a case or a function that was entered. */
  readonly side: 'true' | 'false' | 'entered';
}

/** Where the rewritten sources find what they call: a file that is not there, beside `assembly/index.ts`. */
export const COVERAGE_FILE = 'assembly/coverage-of-branches.ts';

const K = ts.SyntaxKind;
const isJunction = (node: ts.Node): node is ts.BinaryExpression =>
  ts.isBinaryExpression(node) &&
  (node.operatorToken.kind === K.AmpersandAmpersandToken || node.operatorToken.kind === K.BarBarToken);

/** Conditions that a condition is made of. */
function* leavesOf(node: ts.Expression): Generator<ts.Expression> {
  if (ts.isParenthesizedExpression(node)) yield* leavesOf(node.expression);
  else if (ts.isPrefixUnaryExpression(node) && node.operator === K.ExclamationToken)
    yield* leavesOf(node.operand);
  else if (isJunction(node)) {
    yield* leavesOf(node.left);
    yield* leavesOf(node.right);
  } else yield node;
}

function conditionOf(node: ts.Node): ts.Expression | undefined {
  if (ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node)) return node.expression;
  if (ts.isConditionalExpression(node) || ts.isForStatement(node)) return node.condition;
  const isTop = isJunction(node) && !isJunction(node.parent) && !ts.isParenthesizedExpression(node.parent);
  return isTop ? node : undefined;
}

/** `true`, and what `assert` is given: gone from the build that ships. */
const isConstant = (node: ts.Expression): boolean =>
  node.kind === K.TrueKeyword || node.kind === K.FalseKeyword;
const isAssert = (node: ts.Node): boolean =>
  ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'assert';

/**
 * @param file - its path from the root
 * @param text - what it holds
 * @param branches - of the files before, to which those of this one are added: an index is a branch's number
 * @returns the source that tells
 */
export function instrumented(file: string, text: string, branches: Branch[]): string {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const insertions: { readonly at: number; readonly text: string; readonly isBefore: boolean }[] = [];
  const line = (node: ts.Node): number =>
    source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
  const add = (node: ts.Node, words: string, ...sides: readonly Branch['side'][]): number => {
    for (const side of sides) branches.push({ file, line: line(node), text: words, side });
    return branches.length - sides.length;
  };
  const wrapped = new Set<ts.Node>();

  const visit = (node: ts.Node, isInside: boolean): void => {
    if (isAssert(node)) return;
    const condition = isInside ? conditionOf(node) : undefined;
    if (condition) for (const leaf of leavesOf(condition)) if (!isConstant(leaf)) wrapped.add(leaf);
    const isLeaf = wrapped.has(node);
    if (isLeaf) {
      const number = add(node, node.getText(source), 'false', 'true');
      insertions.push({ at: node.getStart(source), text: `__branch(${number}, !!(`, isBefore: true });
      ts.forEachChild(node, (child) => visit(child, true));
      insertions.push({ at: node.end, text: '))', isBefore: false });
      return;
    }
    if (ts.isFunctionDeclaration(node) && node.body) {
      const number = add(node, `${node.name?.text ?? ''}()`, 'entered');
      insertions.push({ at: node.body.getStart(source) + 1, text: `__reach(${number});`, isBefore: true });
      visit(node.body, true);
      return;
    }
    if (ts.isCaseOrDefaultClause(node)) {
      const colon = node.getChildren(source).find(({ kind }) => kind === K.ColonToken)!;
      const number = add(node, text.slice(node.getStart(source), colon.end), 'entered');
      // An empty case falls into the next one, which tells.
      if (node.statements.length > 0)
        insertions.push({ at: colon.end, text: `__reach(${number});`, isBefore: true });
      else branches.length -= 1;
    }
    ts.forEachChild(node, (child) => visit(child, isInside));
  };
  visit(source, false);

  const ordered = insertions
    .map((one, index) => ({ ...one, index }))
    .sort((a, b) => a.at - b.at || Number(a.isBefore) - Number(b.isBefore) || a.index - b.index);
  let [out, done] = ['', 0];
  for (const { at, text: inserted } of ordered) {
    out += text.slice(done, at) + inserted;
    done = at;
  }
  const depth = file.split('/').length - 2;
  const from = `${depth === 0 ? './' : '../'.repeat(depth)}coverage-of-branches`;
  return `import { __branch, __reach } from '${from}'; ${out}${text.slice(done)}`;
}

/** What the rewritten sources call: each branch is told once. */
export const coverageSource = (count: number): string => `
@external('coverage', 'reached')
declare function reached(branch: u32): void;
const SEEN: usize = memory.data(${Math.max(1, count)});
export function __reach(branch: u32): void {
  if (load<u8>(SEEN + branch)) return;
  store<u8>(SEEN + branch, 1);
  reached(branch);
}
export function __branch(branch: u32, isTrue: bool): bool {
  __reach(branch + u32(isTrue));
  return isTrue;
}
`;
