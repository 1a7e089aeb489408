/** A boot as a time line: a lane for each vCPU with what it is doing, and lanes with the zaps of designs. */
import type { Scenario } from '../../src/config/scenario/scenario.ts';
import { createEvaluatorSync } from '../../src/index.ts';
import { designNamed, type ReplayEvent, replay } from '../../src/replay/index.ts';
import type { Design } from '../../src/share/index.ts';
import {
  element,
  fontSizeFor,
  pictureId,
  SOFT_INK,
  schemes,
  svgLines,
  svgNumber,
  textElement,
  textWidth,
} from '../../src/write/format/svg.ts';
import { PICTURE_WIDTHS } from '../../src/write/format/svg-width.ts';

const MARGIN = 16;
/** What a vCPU is doing, and how it is drawn: height of its bar tells states apart without colours. */
const STATES = {
  waits: { title: 'waits for SIPI', height: 0.12 },
  disabled: { title: 'CR0.CD=1', height: 0.4 },
  off: { title: 'MTRRs off, CR0.CD=0', height: 0.7 },
  on: { title: 'MTRRs on', height: 1 },
} as const;
type State = keyof typeof STATES;
const COLOURS = {
  light: { waits: '#767676', disabled: '#a86400', off: '#b3392b', on: '#3a6ea5' },
  dark: { waits: '#9a9a9a', disabled: '#e0a03c', off: '#ee8b7f', on: '#7fb0e6' },
} as const;
/** Whose code runs, by the files that events cite. */
const PHASES: readonly (readonly [string, RegExp])[] = [
  ['QEMU', /\b(target\/i386|softmmu|migration)\//],
  ['OVMF', /\b(UefiCpuPkg|OvmfPkg|MdeModulePkg|MdePkg)\//],
  ['Linux', /\b(arch\/x86|init|kernel|mm)\//],
];

interface Stretch<What> {
  readonly what: What;
  readonly from: number;
  to: number;
}

function extend<What>(stretches: Stretch<What>[], what: What, at: number): void {
  const last = stretches.at(-1);
  if (last?.what === what) last.to = at + 1;
  else stretches.push({ what, from: at, to: at + 1 });
}

interface Cpu {
  waits: boolean;
  cd: boolean;
  enabled: boolean;
  readonly stretches: Stretch<State>[];
}

function note(cpu: Cpu, event: ReplayEvent): void {
  if (event.kind === 'sipi') cpu.waits = false;
  if (event.kind === 'init' || event.kind === 'reset') cpu.waits = event.waits ?? false;
  if (event.kind === 'reset') cpu.cd = true;
  if (event.kind === 'cr0cd') cpu.cd = event.on;
  if (event.kind === 'cr0' && event.cd !== undefined) cpu.cd = event.cd;
  if (event.kind === 'wrmsr' && event.msr === 0x2ff) cpu.enabled = (event.value & 0x800n) !== 0n;
}

function stateOf({ waits, cd, enabled }: Cpu): State {
  if (waits) return 'waits';
  if (cd) return 'disabled';
  return enabled ? 'on' : 'off';
}

/** Positions of the events that zap under a design. */
function zapped({ vm, start, events }: Scenario, design: Design): readonly number[] {
  const evaluator = createEvaluatorSync();
  const steps = replay(vm, events(), { evaluator, start, design: designNamed(design) });
  const at: number[] = [];
  for (const { index, zap } of steps) if (zap) at.push(index);
  evaluator.dispose();
  return at;
}

/** What the picture is drawn from. */
function gathered(scenario: Scenario) {
  const waiting = new Set(scenario.start.waiting);
  const cpus = new Map(
    scenario.vm.vcpus.map(({ id }): [number, Cpu] => [
      id,
      { waits: waiting.has(id), cd: true, enabled: false, stretches: [] },
    ]),
  );
  const phases: Stretch<string>[] = [];
  let at = 0;
  for (const event of scenario.events()) {
    if ('vcpu' in event) note(cpus.get(event.vcpu)!, event);
    for (const cpu of cpus.values()) extend(cpu.stretches, stateOf(cpu), at);
    const phase = PHASES.find(([, files]) => files.test(event.note ?? ''))?.[0] ?? phases.at(-1)?.what;
    if (phase !== undefined) extend(phases, phase, at);
    at += 1;
  }
  return { cpus, phases, events: at };
}

/**
 * Draws a boot.
 *
 * @returns SVG
 */
export function timelineSvg(scenario: Scenario, designs: readonly Design[]): string {
  const width = PICTURE_WIDTHS.default;
  const fontSize = fontSizeFor(width);
  const { cpus, phases, events } = gathered(scenario);
  const lanes = designs.map((design) => ({ design, at: zapped(scenario, design) }));
  const names = [...lanes.map(({ design, at }) => `${design}: ${at.length} zaps`)];
  const left = MARGIN + Math.max(...names.map((name) => textWidth(name, fontSize))) + 8;
  const right = width - MARGIN;
  const x = (event: number) => left + (event / events) * (right - left);
  const laneHeight = fontSize * 1.5;
  const body: string[] = [];
  let y = MARGIN + fontSize;
  const title = `${scenario.name} with ${cpus.size} vCPUs, event by event`;
  body.push(textElement(MARGIN, y, title, { class: 'bold' }));
  y += fontSize * 1.6;
  let at = MARGIN;
  for (const [state, { title: text, height }] of Object.entries(STATES)) {
    const tall = fontSize * height;
    body.push(element('rect', { class: state, x: at, y: y - tall, width: fontSize, height: tall }));
    body.push(textElement(at + fontSize * 1.4, y, text, { class: 'soft' }));
    at += fontSize * 2.6 + textWidth(text, fontSize);
  }
  y += fontSize * 1.8;
  for (const { what, from } of phases) {
    body.push(
      element('path', {
        class: 'axis',
        d: `M${svgNumber(x(from))} ${svgNumber(y - fontSize)}v${svgNumber(fontSize * 1.3)}`,
      }),
    );
    body.push(textElement(x(from) + 4, y, what));
  }
  for (const [id, { stretches }] of cpus) {
    y += laneHeight * 1.3;
    body.push(textElement(MARGIN, y, `vCPU ${id}`));
    for (const { what, from, to } of stretches) {
      const tall = laneHeight * STATES[what].height;
      body.push(
        element('rect', { class: what, x: x(from), y: y - tall, width: x(to) - x(from), height: tall }),
      );
    }
  }
  for (const [index, { at: zaps }] of lanes.entries()) {
    y += laneHeight * 1.3;
    body.push(textElement(MARGIN, y, names[index]!));
    const d = zaps.map(
      (event) => `M${svgNumber(x(event + 0.5))} ${svgNumber(y)}v${svgNumber(-laneHeight * 0.8)}`,
    );
    body.push(element('path', { class: 'zap', d: d.join('') }));
  }
  y += fontSize * 0.6;
  body.push(element('path', { class: 'axis', d: `M${svgNumber(left)} ${svgNumber(y)}H${svgNumber(right)}` }));
  for (let tick = 0; tick <= events; tick += 100) {
    body.push(element('path', { class: 'axis', d: `M${svgNumber(x(tick))} ${svgNumber(y)}v5` }));
    const room = { class: 'soft', 'text-anchor': 'middle' };
    if (tick % 200 === 0) body.push(textElement(x(tick), y + fontSize * 1.5, String(tick), room));
  }
  body.push(textElement(right, y + fontSize * 2.8, 'events', { class: 'soft', 'text-anchor': 'end' }));
  const colours = schemes((scheme) =>
    Object.entries(COLOURS[scheme])
      .map(([name, colour]) => `.eptsweep .${name}{fill:${colour}}`)
      .concat(`.eptsweep .zap{stroke:${SOFT_INK[scheme]}}`)
      .join(''),
  );
  const frame = {
    id: pictureId(title),
    title,
    description: `${events} events; lanes of ${cpus.size} vCPUs: ${Object.values(STATES)
      .map((one) => one.title)
      .join(', ')}; ${names.join(', ')}.`,
    width,
    height: Math.ceil(y + fontSize * 3.6),
    fontSize,
    style: `${colours}.eptsweep .zap{stroke-width:1.2}`,
  };
  return `${[...svgLines(frame, body)].join('\n')}\n`;
}
