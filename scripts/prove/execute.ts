/**
 * Runs Wasm on terms. A branch whose condition is not known is taken both ways; where ways meet, at the end of a block,
 * at the head of a loop, at a return, they become one again, value by value. So there is one way at any time, loops end
 * where all ways have left them, and what comes out is one term that holds for all inputs.
 */
import binaryen from 'binaryen';
import { add, chosen, equal, extract, ite, toBool } from './bitvectors.ts';
import { and, given, implies, not } from './conditions.ts';
import { type Cut, type Entry, entryAt, localsWritten, type Stored, withVariables } from './cut.ts';
import { loadFrom, Memory, storeInto, type Window } from './memory.ts';
import type { WasmFunction, WasmModule } from './module.ts';
import { SCALAR_BINARY, SCALAR_UNARY, widened } from './scalar.ts';
import { bits, FALSE, type Term, TRUE } from './term.ts';
import {
  bitselect,
  EXTRACTED_WIDTHS,
  laneOf,
  REPLACED_WIDTHS,
  shuffled,
  VECTOR_BINARY,
  VECTOR_UNARY,
  withLane,
} from './vector.ts';
import { type Arrival, conjuncts, mergedAll, type Target, targets, type Way } from './ways.ts';

/** Rounds of one loop; none of what is run here has more. */
const ROUNDS_MOST = 2000;

export interface RunOptions {
  /** Tables that may be read and written at addresses that depend on values. */
  readonly windows?: readonly Window[];
  /** Rounds after which a loop is left; that it has no more has to be shown. */
  readonly rounds?: number;
  /** Whether a loop is cut (cut.ts), by what the locals that it writes are when it is reached. */
  readonly cuts?: (initial: readonly Term[]) => boolean;
  /** What may be read where a cut loop is; that nothing else is has to be shown. */
  readonly entries?: readonly Entry[];
}

/** What a run gives. */
export interface Outcome {
  /** Of the function, where it returns something. */
  readonly result: Term | undefined;
  readonly memory: Memory;
  /** When it returns. */
  readonly condition: Term;
  /** Loops that were cut, in the order in which they are reached. */
  readonly cuts: readonly Cut[];
  /** What has to hold so that the run is what the terms say: no trap, and every table read within its bounds. */
  readonly obligations: readonly Term[];
}

export class Executor {
  readonly #module: WasmModule;
  readonly #windows: readonly Window[];
  readonly #rounds: number | undefined;
  readonly #cuts: ((initial: readonly Term[]) => boolean) | undefined;
  readonly #entries: readonly Entry[];
  readonly #obligations: Term[] = [];
  /** Where execution is; undefined where no way is left. */
  #way: Way | undefined;
  #labels = new Map<string, Arrival[]>();
  #returns: Arrival[] = [];
  #made: Cut[] = [];
  /** What the loops write that are being cut, the innermost last. */
  readonly #open: Stored[][] = [];

  constructor(module: WasmModule, { windows = [], rounds, cuts, entries = [] }: RunOptions = {}) {
    this.#module = module;
    this.#windows = windows;
    this.#rounds = rounds;
    this.#cuts = cuts;
    this.#entries = entries;
  }

  /**
   * Runs a function by the name it has in assembly/, such as `direct/abi/directOpen`.
   *
   * @param memory - left as it is
   * @param assumed - what holds at the start
   */
  run(name: string, args: readonly Term[], memory: Memory, assumed: Term = TRUE): Outcome {
    this.#way = { condition: assumed, locals: [], memory: new Memory(memory) };
    this.#obligations.length = 0;
    this.#made = [];
    const result = this.#call(name, args);
    if (this.#way === undefined) throw new Error(`${name} never returns`);
    const { memory: after, condition } = this.#way;
    return { result, memory: after, condition, cuts: this.#made, obligations: [...this.#obligations] };
  }

  #function(name: string): WasmFunction {
    const found = this.#module.functions.get(name.replace(/^assembly\//, ''));
    if (found === undefined)
      throw new Error(`the ${this.#module.build} build has no function ${name}: it is inlined`);
    return found;
  }

  #call(name: string, args: readonly Term[]): Term | undefined {
    if (/abort$/.test(name)) return this.#trap();
    const { body, locals } = this.#function(name);
    const { locals: ofCaller } = this.#way!;
    const outer = { labels: this.#labels, returns: this.#returns };
    this.#labels = new Map();
    this.#returns = [];
    this.#way = { ...this.#way!, locals: [...args, ...locals.map((type) => bits(0, widthOf(type)))] };
    const value = this.#evaluate(body);
    if (this.#way) this.#returns.push({ way: this.#way, value });
    const back = mergedAll(this.#returns);
    this.#labels = outer.labels;
    this.#returns = outer.returns;
    this.#way = back && { ...back.way, locals: ofCaller };
    return back?.value;
  }

  /** No way may lead here. */
  #trap(): undefined {
    if (this.#way) this.#obligations.push(not(this.#way.condition));
    this.#way = undefined;
  }

  /** A condition as far as the way that is taken decides it. */
  #decided(condition: Term): Term {
    return given(new Set(conjuncts(this.#way!.condition)), condition);
  }

  #targets(address: Term): Target[] | undefined {
    return targets(address, new Set(conjuncts(this.#way!.condition)));
  }

  /** What stands at the address that is chosen; that it is none of those where nothing stands has to be shown. */
  #choice(places: readonly Target[], count: number): Term {
    const { memory, condition } = this.#way!;
    const written = places.length === 1 ? places : places.filter(({ at }) => memory.has(at, count));
    for (const { when } of places.filter((one) => !written.includes(one))) {
      this.#obligations.push(implies(condition, not(when)));
    }
    return written
      .map(({ at, when }) => ({ when, here: memory.load(at, count) }))
      .reduceRight(
        (rest: Term | undefined, { when, here }) => (rest === undefined ? here : ite(when, here, rest)),
        undefined,
      )!;
  }

  #under(condition: Term): Way | undefined {
    const both = and(this.#way!.condition, condition);
    return both === FALSE
      ? undefined
      : { ...this.#way!, condition: both, memory: new Memory(this.#way!.memory) };
  }

  /** The value of an expression on the present way; undefined where it has none or the way ends. */
  #evaluate(expression: binaryen.ExpressionRef): Term | undefined {
    if (this.#way === undefined || expression === 0) return undefined;
    const id = binaryen.getExpressionId(expression);
    // These two have nothing to be told about, and Binaryen throws where it is asked.
    if (id === binaryen.UnreachableId) return this.#trap();
    if (id === binaryen.NopId) return undefined;
    const info = binaryen.getExpressionInfo(expression);
    const evaluate = STEPS.get(id);
    if (evaluate === undefined)
      throw new Error(`an instruction that is not known here: ${binaryen.emitText(expression)}`);
    return evaluate.call(this, info as never);
  }

  /** Values of operands in order; undefined where the way ends among them. */
  #values(...expressions: readonly binaryen.ExpressionRef[]): Term[] | undefined {
    const values = expressions.map((one) => this.#evaluate(one)!);
    return this.#way === undefined ? undefined : values;
  }

  #arrive(label: string, way: Way, value: Term | undefined): void {
    const arrivals = this.#labels.get(label);
    if (arrivals === undefined) throw new Error(`no label ${label}`);
    arrivals.push({ way, value });
  }

  block({ name, children }: binaryen.BlockInfo): Term | undefined {
    if (name) this.#labels.set(name, []);
    let value: Term | undefined;
    for (const child of children) value = this.#evaluate(child);
    return name ? this.#joined(name, value) : value;
  }

  #joined(label: string, value: Term | undefined): Term | undefined {
    const arrivals = this.#labels.get(label)!;
    if (this.#way) arrivals.push({ way: this.#way, value });
    const all = mergedAll(arrivals);
    this.#labels.delete(label);
    this.#way = all?.way;
    return all?.value;
  }

  /** One round from any values of its locals; the way on is that of the rounds that leave it. */
  #cutLoop({ name, body }: binaryen.LoopInfo, written: readonly number[]): Term | undefined {
    const place = this.#made.length;
    const { condition, locals } = this.#way!;
    const { way, now } = withVariables(this.#way!, written, place);
    const before = this.#obligations.length;
    const ofLoop = (of: Way): Term[] => written.map((index) => of.locals[index]!);
    const stores: Stored[] = [];
    const cut = { reached: condition, initial: ofLoop({ ...way, locals }), now, before, stores };
    this.#made.push({ ...cut, back: undefined, after: before });
    this.#labels.set(name, []);
    this.#way = way;
    this.#open.push(stores);
    const value = this.#evaluate(body);
    this.#open.pop();
    const back = mergedAll(this.#labels.get(name)!)?.way;
    this.#labels.delete(name);
    this.#made[place] = {
      ...cut,
      back: back && { when: back.condition, next: ofLoop(back) },
      after: this.#obligations.length,
    };
    return value;
  }

  loop(info: binaryen.LoopInfo): Term | undefined {
    const { name, body } = info;
    const written = this.#cuts && localsWritten(body);
    if (written && this.#cuts?.(written.map((index) => this.#way!.locals[index]!)))
      return this.#cutLoop(info, written);
    const exits: Arrival[] = [];
    for (let round = 0; this.#way; round++) {
      if (round === this.#rounds) {
        this.#trap();
        break;
      }
      if (round === ROUNDS_MOST) throw new Error(`a loop does not end after ${round} rounds: ${name}`);
      this.#labels.set(name, []);
      const value = this.#evaluate(body);
      if (this.#way) exits.push({ way: this.#way, value });
      this.#way = mergedAll(this.#labels.get(name)!)?.way;
    }
    this.#labels.delete(name);
    const all = mergedAll(exits);
    this.#way = all?.way;
    return all?.value;
  }

  choice({ condition, ifTrue, ifFalse }: binaryen.IfInfo): Term | undefined {
    const value = this.#evaluate(condition);
    if (value === undefined || this.#way === undefined) return undefined;
    const holds = this.#decided(toBool(value));
    const before = this.#way;
    const arrivals: Arrival[] = [];
    for (const [when, then] of [
      [holds, ifTrue],
      [not(holds), ifFalse],
    ] as const) {
      this.#way = before;
      if (when === FALSE) continue;
      if (when !== TRUE) this.#way = this.#under(when);
      const result = this.#evaluate(then);
      if (this.#way) arrivals.push({ way: this.#way, value: result });
    }
    const all = mergedAll(arrivals);
    this.#way = all?.way;
    return all?.value;
  }

  branch({ name, condition, value }: binaryen.BreakInfo): Term | undefined {
    const brought = this.#evaluate(value);
    if (condition === 0) {
      if (this.#way) this.#arrive(name, this.#way, brought);
      this.#way = undefined;
      return undefined;
    }
    const tested = this.#evaluate(condition);
    if (tested === undefined || this.#way === undefined) return undefined;
    const holds = this.#decided(toBool(tested));
    const taken = this.#under(holds);
    if (taken) this.#arrive(name, taken, brought);
    this.#way = this.#under(not(holds));
    return brought;
  }

  table({ names, defaultName, condition }: binaryen.SwitchInfo): undefined {
    const index = this.#evaluate(condition);
    if (index === undefined || this.#way === undefined) return;
    names.forEach((name, at) => {
      const taken = this.#under(equal(index, bits(at, 32)));
      if (taken) this.#arrive(name, taken, undefined);
    });
    const others = this.#under(and(...names.map((_, at) => not(equal(index, bits(at, 32))))));
    if (others) this.#arrive(defaultName!, others, undefined);
    this.#way = undefined;
  }

  call({ target, operands }: binaryen.CallInfo): Term | undefined {
    const values = this.#values(...operands);
    return values && this.#call(target, values);
  }

  return({ value }: binaryen.ReturnInfo): undefined {
    const brought = this.#evaluate(value);
    if (this.#way) this.#returns.push({ way: this.#way, value: brought });
    this.#way = undefined;
  }

  localGet({ index }: binaryen.LocalGetInfo): Term {
    return this.#way!.locals[index]!;
  }

  localSet({ index, value, isTee }: binaryen.LocalSetInfo): Term | undefined {
    const result = this.#evaluate(value);
    if (this.#way === undefined) return undefined;
    this.#way = { ...this.#way, locals: this.#way.locals.with(index, result!) };
    return isTee ? result : undefined;
  }

  globalGet({ name }: binaryen.GlobalGetInfo): Term | undefined {
    const initial = this.#module.globals.get(name);
    if (initial === undefined) throw new Error(`the global ${name} is not constant`);
    return this.#evaluate(initial);
  }

  constant({ type, value }: binaryen.ConstInfo): Term {
    if (Array.isArray(value)) return value.reduceRight((high, byte) => joinedByte(high, byte), bits(0, 128));
    if (typeof value === 'object')
      return bits((BigInt(value.high) << 32n) | BigInt.asUintN(32, BigInt(value.low)), 64);
    return bits(value, widthOf(type));
  }

  select({ ifTrue, ifFalse, condition }: binaryen.SelectInfo): Term | undefined {
    const values = this.#values(ifTrue, ifFalse, condition);
    return values && ite(this.#decided(toBool(values[2]!)), values[0]!, values[1]!);
  }

  unary({ op, value, type }: binaryen.UnaryInfo): Term | undefined {
    const operand = this.#evaluate(value);
    if (operand === undefined) return undefined;
    const apply =
      type === binaryen.v128 || operand.width === 128 ? VECTOR_UNARY.get(op) : SCALAR_UNARY.get(op);
    if (apply === undefined) throw new Error(`a unary instruction that is not known here: ${op}`);
    return apply(operand);
  }

  binary({ op, left, right }: binaryen.BinaryInfo): Term | undefined {
    const values = this.#values(left, right);
    if (values === undefined) return undefined;
    const apply = values[0]!.width === 128 ? VECTOR_BINARY.get(op) : SCALAR_BINARY.get(op);
    if (apply === undefined) throw new Error(`a binary instruction that is not known here: ${op}`);
    return apply(values[0]!, values[1]!);
  }

  #window(address: Term, count: number): Window {
    const base =
      address.op === 'bvadd' && address.args[1]!.op === 'const' ? Number(address.args[1]!.value) : undefined;
    const found = this.#windows.find(
      ({ start, end }) => base !== undefined && base >= start && base + count <= end,
    );
    if (found === undefined) throw new Error(`an address that no table holds: ${address.op} from ${base}`);
    return found;
  }

  load({ ptr, offset, bytes, isSigned, type }: binaryen.LoadInfo): Term | undefined {
    const pointer = this.#evaluate(ptr);
    if (pointer === undefined) return undefined;
    const { memory, condition } = this.#way!;
    const address = add(pointer, bits(offset, 32));
    const places = this.#targets(address);
    let value: Term | undefined;
    const entry = places === undefined ? entryAt(this.#entries, address, bytes) : undefined;
    if (entry !== undefined) {
      this.#obligations.push(implies(condition, entry.isOne));
      value = entry.value;
    } else if (places === undefined) {
      const { value: found, inside } = loadFrom(memory, this.#window(address, bytes), address, bytes);
      this.#obligations.push(implies(condition, inside));
      value = found;
    } else {
      value = this.#choice(places, bytes);
    }
    const loaded = chosen(new Set(conjuncts(this.#way!.condition)), value!);
    return widened(loaded, widthOf(type), isSigned);
  }

  store({ ptr, offset, bytes, value }: binaryen.StoreInfo): undefined {
    const operands = this.#values(ptr, value);
    if (operands === undefined) return;
    const { memory, condition } = this.#way!;
    const address = add(operands[0]!, bits(offset, 32));
    const written = extract(operands[1]!, bytes * 8 - 1, 0);
    const stores = this.#open.at(-1);
    if (stores !== undefined) {
      stores.push({ when: condition, at: address, value: written });
      return;
    }
    const places = this.#targets(address);
    if (places === undefined) {
      const inside = storeInto(memory, this.#window(address, bytes), address, written);
      this.#obligations.push(implies(condition, inside));
    } else if (places.length === 1) memory.store(places[0]!.at, written);
    else for (const { at, when } of places) memory.storeWhere(when, at, written);
  }

  fill({ dest, value, size }: binaryen.MemoryFillInfo): undefined {
    const operands = this.#values(dest, value, size);
    if (operands === undefined) return;
    if (this.#open.length > 0) throw new Error('a loop that is cut fills memory');
    const [at, count] = [constantOf(operands[0]!), constantOf(operands[2]!)];
    this.#way!.memory.fill(at, extract(operands[1]!, 7, 0), count);
  }

  copy({ dest, source, size }: binaryen.MemoryCopyInfo): undefined {
    const operands = this.#values(dest, source, size);
    if (operands === undefined) return;
    const { memory, condition } = this.#way!;
    const count = constantOf(operands[2]!);
    const stores = this.#open.at(-1);
    if (stores !== undefined) {
      const entry = entryAt(this.#entries, operands[1]!, count);
      if (entry === undefined) throw new Error(`a copy of ${count} bytes, of which nothing is known`);
      this.#obligations.push(implies(condition, entry.isOne));
      stores.push({ when: condition, at: operands[0]!, value: entry.value });
      return;
    }
    const sources = this.#targets(operands[1]!);
    const places = this.#targets(operands[0]!);
    if (sources === undefined || places === undefined)
      throw new Error('a copy between addresses that are not known');
    const value = this.#choice(sources, count);
    if (places.length === 1) memory.store(places[0]!.at, value);
    else for (const { at, when } of places) memory.storeWhere(when, at, value);
  }

  lane({ op, vec, index }: binaryen.SIMDExtractInfo): Term | undefined {
    const vector = this.#evaluate(vec);
    return vector && laneOf(vector, EXTRACTED_WIDTHS.get(op)!, index);
  }

  withLane({ op, vec, index, value }: binaryen.SIMDReplaceInfo): Term | undefined {
    const values = this.#values(vec, value);
    return values && withLane(values[0]!, REPLACED_WIDTHS.get(op)!, index, values[1]!);
  }

  shuffle({ left, right, mask }: binaryen.SIMDShuffleInfo): Term | undefined {
    const values = this.#values(left, right);
    return values && shuffled(values[0]!, values[1]!, mask);
  }

  bitselect({ op, a, b, c }: binaryen.SIMDTernaryInfo): Term | undefined {
    if (op !== binaryen.BitselectVec128)
      throw new Error(`a vector instruction that is not known here: ${op}`);
    const values = this.#values(a, b, c);
    return values && bitselect(values[0]!, values[1]!, values[2]!);
  }

  drop({ value }: binaryen.DropInfo): undefined {
    this.#evaluate(value);
  }
}

/** Bits of a type; f64 stands for the whole number that it holds. */
function widthOf(type: binaryen.Type): number {
  if (type === binaryen.i32) return 32;
  if (type === binaryen.i64 || type === binaryen.f64) return 64;
  if (type === binaryen.v128) return 128;
  throw new Error(`a type that is not known here: ${type}`);
}

function joinedByte(high: Term, byte: number): Term {
  return bits((high.value << 8n) | BigInt(byte & 0xff), 128);
}

function constantOf(term: Term): number {
  if (term.op !== 'const') throw new Error('an address or a size depends on values');
  return Number(term.value);
}

const STEPS = new Map<number, (this: Executor, info: never) => Term | undefined>([
  [binaryen.BlockId, Executor.prototype.block],
  [binaryen.IfId, Executor.prototype.choice],
  [binaryen.LoopId, Executor.prototype.loop],
  [binaryen.BreakId, Executor.prototype.branch],
  [binaryen.SwitchId, Executor.prototype.table],
  [binaryen.CallId, Executor.prototype.call],
  [binaryen.ReturnId, Executor.prototype.return],
  [binaryen.LocalGetId, Executor.prototype.localGet],
  [binaryen.LocalSetId, Executor.prototype.localSet],
  [binaryen.GlobalGetId, Executor.prototype.globalGet],
  [binaryen.ConstId, Executor.prototype.constant],
  [binaryen.SelectId, Executor.prototype.select],
  [binaryen.UnaryId, Executor.prototype.unary],
  [binaryen.BinaryId, Executor.prototype.binary],
  [binaryen.LoadId, Executor.prototype.load],
  [binaryen.StoreId, Executor.prototype.store],
  [binaryen.MemoryFillId, Executor.prototype.fill],
  [binaryen.MemoryCopyId, Executor.prototype.copy],
  [binaryen.SIMDExtractId, Executor.prototype.lane],
  [binaryen.SIMDReplaceId, Executor.prototype.withLane],
  [binaryen.SIMDShuffleId, Executor.prototype.shuffle],
  [binaryen.SIMDTernaryId, Executor.prototype.bitselect],
  [binaryen.DropId, Executor.prototype.drop],
]);
