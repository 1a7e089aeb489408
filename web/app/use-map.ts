/** The map's model: the whole space once, and its window where that is too much for cells of one answer. */
import { useMemo } from 'preact/hooks';
import { type MapScene, mapScene, withDetail } from '../draw/map-layout.ts';
import { wholeFrames } from '../draw/scale.ts';
import type { Companions } from '../state/companions.ts';
import type { Failure, LaneCells, LaneMap, MapQuestion } from '../worker/protocol.ts';
import { useOpened, usePage } from './page-context.ts';
import { useAnswer } from './use-answer.ts';

/** Milliseconds that a window has to stay before it is asked about. */
const SETTLED = 120;

/** The scene, once there is one. */
export interface ShownMap {
  readonly scene?: MapScene;
  readonly map?: LaneMap;
  readonly failure?: Failure;
  /** Some lane has more answers than cells. */
  readonly isCounted: boolean;
}

/** Asks for the map of what is looked at. */
export function useMap(): ShownMap {
  const { machine } = useOpened();
  const page = usePage();
  const { lanes, want, pat, scale, window } = page.view.value;
  const companions = page.companions.value;
  const question: MapQuestion | undefined = machine.hasRegisters
    ? { machine: machine.machine, lanes, want, pat, cut: scale === 'log' ? 'log' : 'even' }
    : undefined;
  const { answer, failure } = useAnswer('map', question);
  const map = useMemo(() => answer && withNames(answer, companions), [answer, companions]);
  const { answer: registers } = useAnswer('registers', question && registersOf(question));
  const isCounted = map?.lanes.some(({ isExact }) => !isExact) ?? false;
  const isClose = isCounted && window !== undefined && question !== undefined;
  const close = isClose ? { ...question, cut: 'even' as const, range: wholeFrames(window) } : undefined;
  const detail = useAnswer('map', close, SETTLED);

  const base = useMemo(() => {
    if (!map) return undefined;
    const space = { start: 0, end: machine.frames };
    const model = { space, memory: machine.memory, registers: registers?.bars ?? [], lanes: map.lanes };
    return mapScene(model, scale);
  }, [map, registers, machine, scale]);
  const isDetailed = close !== undefined && detail.isCurrent && detail.answer !== undefined;
  const scene = useMemo(
    () =>
      base && isDetailed && detail.answer ? withDetail(base, withNames(detail.answer, companions)) : base,
    [base, isDetailed, detail.answer, companions],
  );
  return { isCounted, ...(scene && { scene }), ...(map && { map }), ...(failure && { failure }) };
}

/** Lanes of other machines are called by them as well: the worker knows numbers. */
function withNames(map: LaneMap, companions: Companions): LaneMap {
  const named = (one: LaneCells): LaneCells => {
    const of = one.lane.machine === undefined ? undefined : companions.get(one.lane.machine);
    return of ? { ...one, title: `${of.name}, ${one.title}` } : one;
  };
  return { ...map, lanes: map.lanes.map(named) };
}

/** The reference's vCPU is whose registers are shown. */
function registersOf({ machine, lanes }: MapQuestion) {
  const [first] = lanes;
  return {
    machine: first?.machine ?? machine,
    ...(first?.vcpu !== undefined && { vcpu: first.vcpu }),
    ...(first?.set && { set: first.set }),
  };
}
