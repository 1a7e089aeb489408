/**
 * Terms as SMT-LIB 2.6 text: every term that is used is defined once, so that what is shared stays shared, and has its
 * place in the text for a name, so that questions that are alike are one text.
 */
import type { Term } from './term.ts';
import { below } from './walk.ts';

function sortText(width: number): string {
  return width === 0 ? 'Bool' : `(_ BitVec ${width})`;
}

function constText({ width, value }: Term): string {
  if (width === 0) return value === 1n ? 'true' : 'false';
  return `#b${value.toString(2).padStart(width, '0')}`;
}

function nameText(name: string): string {
  return `|${name}|`;
}

function bodyText({ op, args, low, width }: Term, refer: (term: Term) => string): string {
  const words = args.map(refer).join(' ');
  return op === 'extract' ? `((_ extract ${low + width - 1} ${low}) ${words})` : `(${op} ${words})`;
}

/**
 * A script that asks whether all of `asserted` can be true together, and for the values that make them so.
 *
 * @param seconds - after which the solver gives up
 */
export function scriptOf(asserted: readonly Term[], seconds: number): string {
  const lines = [
    '(set-option :produce-models true)',
    `(set-option :timeout ${seconds * 1000})`,
    '(set-logic QF_BV)',
  ];
  const names: string[] = [];
  const defined = new Map<Term, string>();
  const refer = (term: Term): string => {
    if (term.op === 'const') return constText(term);
    return term.op === 'var' ? nameText(term.name) : defined.get(term)!;
  };
  for (const term of below(asserted)) {
    if (term.op === 'const') continue;
    if (term.op === 'var') {
      names.push(nameText(term.name));
      lines.push(`(declare-const ${nameText(term.name)} ${sortText(term.width)})`);
    } else {
      const name = `t${defined.size}`;
      lines.push(`(define-fun ${name} () ${sortText(term.width)} ${bodyText(term, refer)})`);
      defined.set(term, name);
    }
  }
  for (const term of asserted) lines.push(`(assert ${refer(term)})`);
  lines.push('(check-sat)');
  if (names.length > 0) lines.push(`(get-value (${names.join(' ')}))`);
  return `${lines.join('\n')}\n`;
}

/** Values of a model as solvers print them: `((|a| #x0f) (|b| true))`. */
export function modelOf(text: string): Map<string, bigint> {
  const model = new Map<string, bigint>();
  for (const [, name, digits] of text.matchAll(/\(\|?([^\s|()]+)\|?\s+(#x[0-9a-f]+|#b[01]+|true|false)\)/g)) {
    model.set(name!, valueOfText(digits!));
  }
  return model;
}

function valueOfText(digits: string): bigint {
  if (digits === 'true' || digits === 'false') return digits === 'true' ? 1n : 0n;
  return BigInt(`0${digits.slice(1)}`);
}
