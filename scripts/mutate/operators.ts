/** What can be done to a source so that it says something else: every mutant of a text, from its syntax tree. */
import ts from 'typescript';

/** One change to one file. */
export interface Mutant {
  /** From the root. */
  readonly file: string;
  readonly operator: string;
  /** Where the text that is replaced begins and ends. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** A change before its file and its operator are known. */
type Change = readonly [start: number, end: number, replacement: string];
type Operator = (node: ts.Node, source: ts.SourceFile) => readonly Change[];

const K = ts.SyntaxKind;

/** Each is exchanged for all behind it: the edge, and the opposite. */
const COMPARISONS: ReadonlyMap<ts.SyntaxKind, readonly string[]> = new Map([
  [K.LessThanToken, ['<=', '>=']],
  [K.LessThanEqualsToken, ['<', '>']],
  [K.GreaterThanToken, ['>=', '<=']],
  [K.GreaterThanEqualsToken, ['>', '<']],
  [K.EqualsEqualsToken, ['!=']],
  [K.ExclamationEqualsToken, ['==']],
  [K.EqualsEqualsEqualsToken, ['!==']],
  [K.ExclamationEqualsEqualsToken, ['===']],
]);

const ARITHMETIC: ReadonlyMap<ts.SyntaxKind, readonly string[]> = new Map([
  [K.PlusToken, ['-']],
  [K.MinusToken, ['+']],
  [K.AsteriskToken, ['+']],
  [K.SlashToken, ['*']],
  [K.PercentToken, ['+']],
  [K.LessThanLessThanToken, ['>>']],
  [K.GreaterThanGreaterThanToken, ['<<']],
  [K.GreaterThanGreaterThanGreaterThanToken, ['<<']],
  [K.AmpersandToken, ['|']],
  [K.BarToken, ['&']],
  [K.CaretToken, ['&']],
  [K.PlusEqualsToken, ['-=']],
  [K.MinusEqualsToken, ['+=']],
  [K.BarEqualsToken, ['&=']],
  [K.AmpersandEqualsToken, ['|=']],
]);

/** The token between two operands is exchanged. */
function exchanged(
  node: ts.Node,
  source: ts.SourceFile,
  table: ReadonlyMap<ts.SyntaxKind, readonly string[]>,
): readonly Change[] {
  if (!ts.isBinaryExpression(node)) return [];
  const { operatorToken } = node;
  return (table.get(operatorToken.kind) ?? []).map((text) => [
    operatorToken.getStart(source),
    operatorToken.end,
    text,
  ]);
}

const isText = (node: ts.Node): boolean =>
  ts.isStringLiteralLike(node) ||
  ts.isTemplateExpression(node) ||
  (ts.isParenthesizedExpression(node) && isText(node.expression)) ||
  (ts.isBinaryExpression(node) && node.operatorToken.kind === K.PlusToken && joinsTexts(node));

/** `+` of texts has no opposite. */
const joinsTexts = (node: ts.Node): boolean =>
  ts.isBinaryExpression(node) && (isText(node.left) || isText(node.right));

const conditionOf = (node: ts.Node): ts.Expression | undefined => {
  if (ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node)) return node.expression;
  return ts.isConditionalExpression(node) ? node.condition : undefined;
};

/** Comparisons and negations have an operator of their own. */
const hasOwnOpposite = (node: ts.Expression): boolean =>
  (ts.isBinaryExpression(node) && COMPARISONS.has(node.operatorToken.kind)) ||
  (ts.isPrefixUnaryExpression(node) && node.operator === K.ExclamationToken);

const isOfType = (node: ts.Node): boolean =>
  ts.isLiteralTypeNode(node.parent) || (ts.isPrefixUnaryExpression(node.parent) && isOfType(node.parent));

/** Names of properties and modules, and directives, are no values. */
const isNameOrModule = ({ parent }: ts.Node, node: ts.Node): boolean =>
  ts.isImportDeclaration(parent) ||
  ts.isExportDeclaration(parent) ||
  ts.isExternalModuleReference(parent) ||
  ts.isExpressionStatement(parent) ||
  (ts.isCallExpression(parent) && parent.expression.kind === K.ImportKeyword) ||
  ((ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isEnumMember(parent)) &&
    parent.name === node);

const isLastOfFunction = (node: ts.Statement): boolean =>
  ts.isBlock(node.parent) &&
  node.parent.statements.at(-1) === node &&
  (ts.isFunctionLike(node.parent.parent) || ts.isMethodDeclaration(node.parent.parent));

/** `assert` is gone from the release build, calls of a parent's constructor cannot be left out. */
const isLeftAlone = (node: ts.ExpressionStatement): boolean => {
  const { expression } = node;
  if (!ts.isCallExpression(expression)) return false;
  const { expression: callee } = expression;
  return callee.kind === K.SuperKeyword || (ts.isIdentifier(callee) && callee.text === 'assert');
};

/** Calls whose arguments can be exchanged for nothing, those of vectors too. */
const HAVE_NO_ORDER = /(^|\.)(min|max)$|^(v128|i\d+x\d+)\.(add|and|eq|extmul_\w+|min_u|or|xor)$/;

const OPERATORS: Readonly<Record<string, Operator>> = {
  comparison: (node, source) => exchanged(node, source, COMPARISONS),
  logic: (node, source) =>
    exchanged(
      node,
      source,
      new Map([
        [K.AmpersandAmpersandToken, ['||']],
        [K.BarBarToken, ['&&']],
      ]),
    ),
  fallback: (node, source) =>
    ts.isBinaryExpression(node) && node.operatorToken.kind === K.QuestionQuestionToken
      ? [[node.getStart(source), node.end, `(${node.right.getText(source)})`]]
      : [],
  arithmetic: (node, source) => (joinsTexts(node) ? [] : exchanged(node, source, ARITHMETIC)),
  step: (node, source) => {
    if (!ts.isPrefixUnaryExpression(node) && !ts.isPostfixUnaryExpression(node)) return [];
    const text = node.getText(source);
    if (node.operator === K.PlusPlusToken)
      return [[node.getStart(source), node.end, text.replace('++', '--')]];
    if (node.operator === K.MinusMinusToken)
      return [[node.getStart(source), node.end, text.replace('--', '++')]];
    return [];
  },
  negation: (node, source) => {
    if (ts.isPrefixUnaryExpression(node) && node.operator === K.ExclamationToken)
      return [[node.getStart(source), node.end, node.operand.getText(source)]];
    if (node.kind === K.TrueKeyword && !isOfType(node)) return [[node.getStart(source), node.end, 'false']];
    if (node.kind === K.FalseKeyword && !isOfType(node)) return [[node.getStart(source), node.end, 'true']];
    const condition = conditionOf(node);
    if (!condition || hasOwnOpposite(condition)) return [];
    return [[condition.getStart(source), condition.end, `!(${condition.getText(source)})`]];
  },
  constant: (node, source) => {
    const isBig = ts.isBigIntLiteral(node);
    if ((!isBig && !ts.isNumericLiteral(node)) || isOfType(node) || isNameOrModule(node, node)) return [];
    const suffix = isBig ? 'n' : '';
    const value = isBig ? BigInt(node.text.slice(0, -1)) : Number(node.text);
    if (typeof value === 'number' && !Number.isSafeInteger(value)) return [];
    const less = typeof value === 'bigint' ? value - 1n : value - 1;
    const more = typeof value === 'bigint' ? value + 1n : value + 1;
    return [more, less].map((other) => [
      node.getStart(source),
      node.end,
      other < 0 ? `(${other}${suffix})` : `${other}${suffix}`,
    ]);
  },
  extreme: (node, source) => {
    if (!ts.isIdentifier(node) || !/^(min|max)$/.test(node.text)) return [];
    const isCallee = ts.isPropertyAccessExpression(node.parent) && ts.isCallExpression(node.parent.parent);
    const isBare = ts.isCallExpression(node.parent) && node.parent.expression === node;
    if (!isCallee && !isBare) return [];
    return [[node.getStart(source), node.end, node.text === 'min' ? 'max' : 'min']];
  },
  statement: (node, source) => {
    const isRemoved =
      (ts.isExpressionStatement(node) && !isLeftAlone(node)) ||
      ts.isThrowStatement(node) ||
      ts.isContinueStatement(node) ||
      ts.isBreakStatement(node);
    return isRemoved ? [[node.getStart(source), node.end, ';']] : [];
  },
  return: (node, source) =>
    ts.isReturnStatement(node) && !isLastOfFunction(node) ? [[node.getStart(source), node.end, ';']] : [],
  text: (node, source) => {
    const isTemplate = ts.isTemplateExpression(node) && !ts.isTaggedTemplateExpression(node.parent);
    const isLiteral = ts.isStringLiteralLike(node) && node.text !== '';
    if ((!isTemplate && !isLiteral) || isOfType(node) || isNameOrModule(node, node)) return [];
    return [[node.getStart(source), node.end, "''"]];
  },
  list: (node, source) =>
    ts.isArrayLiteralExpression(node) && node.elements.length > 0 && !isPattern(node)
      ? [[node.getStart(source), node.end, '[]']]
      : [],
  swap: (node, source) => {
    if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return [];
    const list = node.arguments ?? [];
    if (HAVE_NO_ORDER.test(node.expression.getText(source))) return [];
    return list.slice(1).flatMap((second, index): readonly Change[] => {
      const first = list[index]!;
      const [one, other] = [first.getText(source), second.getText(source)];
      if (
        one === other ||
        [first, second].some((part) => ts.isArrowFunction(part) || ts.isSpreadElement(part))
      )
        return [];
      const between = source.text.slice(first.end, second.getStart(source));
      return [[first.getStart(source), second.end, `${other}${between}${one}`]];
    });
  },
};

/** `[a, b] = [b, a]`: what stands at the left takes values. */
const isPattern = (node: ts.ArrayLiteralExpression): boolean =>
  ts.isBinaryExpression(node.parent) &&
  node.parent.operatorToken.kind === K.EqualsToken &&
  node.parent.left === node;

/**
 * All mutants of a text, in the order of their places.
 *
 * @param file - its path from the root
 * @param text - what it holds
 */
export function mutantsOf(file: string, text: string): readonly Mutant[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: Mutant[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    for (const [operator, changes] of Object.entries(OPERATORS))
      for (const [start, end, replacement] of changes(node, source))
        found.push({ file, operator, start, end, replacement });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found.sort((a, b) => a.start - b.start || a.end - b.end);
}

/** The text with the change in it. */
export const applied = (text: string, { start, end, replacement }: Mutant): string =>
  text.slice(0, start) + replacement + text.slice(end);
