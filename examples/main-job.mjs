/**
 * The main job, as `npm start` runs it: the MTRR layout of a real machine is given to a VM with 8 vCPUs and
 * non-coherent DMA. Every page of its space is evaluated in Wasm, verified against the plain TypeScript
 * reference, and the manual's answer is compared with what KVM makes of it before and after 6.11.
 */
import { createEvaluator, frameCount, policy, typeName, vcpuGroups, vcpuOf } from 'eptsweep';
import { PRESETS, preset } from 'eptsweep/config';

const MACHINE = 'precision-t3600';
const POLICIES = ['sdm', 'kvm-5.16', 'kvm-6.16'];
const SAMPLED_PAGES = 20_000;
/** Throughput: leaf entries of the first 16 GiB, which hold RAM, holes and every type, over and over. */
const FILLED_PAGES = 2 ** 22;
const ROUNDS = 16;

const count = (pages) => pages.toLocaleString('en-US');
const hex = (frame) => `0x${(frame * 4096).toString(16)}`;
const lastByte = (frame) => `0x${(BigInt(frame) * 4096n - 1n).toString(16)}`;
const ept = ({ type, ipat }) => `${typeName(type)}${ipat ? ' + IPAT' : ''}`;

function sizeOf(pages) {
  const units = ['K', 'M', 'G', 'T'];
  let [size, unit] = [pages * 4, 0];
  while (size >= 1024 && unit < units.length - 1) [size, unit] = [size / 1024, unit + 1];
  return `${Number.isInteger(size) ? size : size.toFixed(2)}${units[unit]}`;
}

/** Spans in which no view's EPT answer changes, with the answer of each. */
function* sideBySide(views) {
  const lists = views.map((view) => view.spansOf('ept'));
  const current = lists.map((list) => list.next().value);
  while (current.every(Boolean)) {
    const start = Math.max(...current.map((span) => span.start));
    const end = Math.min(...current.map((span) => span.end));
    yield { start, end, answers: [...current] };
    current.forEach((span, k) => {
      if (span.end === end) current[k] = lists[k].next().value;
    });
  }
}

function row({ start, end, answers }, width) {
  const range = `${hex(start)}-${lastByte(end)}`.padEnd(width);
  return `  ${range}  ${sizeOf(end - start).padStart(8)}  ${answers.map((one) => ept(one).padEnd(9)).join('  ')}`.trimEnd();
}

/** Whole spaces span by span, then single pages: next to every edge, and a seeded sample of all others. */
function verify(fast, slow, frames) {
  let [spans, pages, wrong] = [0, 0, 0];
  fast.forEach((view, k) => {
    const wants = ['ept', 'effective', 'levels', 'leaf'];
    const edges = new Set([0, frames - 1]);
    for (const want of wants) {
      const expected = slow[k].spansOf(want);
      for (const span of view.spansOf(want)) {
        const other = expected.next().value ?? {};
        spans += 1;
        if (Object.keys(span).some((key) => span[key] !== other[key])) wrong += 1;
        for (const edge of [span.start - 1, span.start, span.end - 1]) if (edge >= 0) edges.add(edge);
      }
      if (!expected.next().done) wrong += 1;
    }
    let seed = 12345;
    while (edges.size < SAMPLED_PAGES) {
      seed = (seed * 48271) % 2147483647;
      edges.add(Math.floor((seed / 2147483647) * frames));
    }
    for (const gfn of edges) {
      pages += 1;
      if (view.typeAt(gfn) !== slow[k].typeAt(gfn) || view.entryAt(gfn) !== slow[k].entryAt(gfn)) wrong += 1;
    }
  });
  return { spans, pages, wrong };
}

/** Pages whose EPT type is not the manual's. */
function differing(rows, k) {
  const found = rows.filter(({ answers }) => answers[k].type !== answers[0].type);
  return { found, pages: found.reduce((sum, { start, end }) => sum + end - start, 0) };
}

const vm = preset(MACHINE);
const frames = frameCount(vm.maxphyaddr);
const auto = await createEvaluator({ engine: 'auto' });
const reference = await createEvaluator({ engine: 'reference' });
const views = POLICIES.map((name) => auto.view(vcpuOf(vm, 0), policy(name)));
const slow = POLICIES.map((name) => reference.view(vcpuOf(vm, 0), policy(name)));

const { description } = PRESETS.find(({ name }) => name === MACHINE);
const states = vcpuGroups(vm).length;
console.log(`${MACHINE}: ${description}`);
console.log(
  `As a VM: ${vm.vcpus.length} vCPUs in ${states} state${states > 1 ? 's' : ''}, non-coherent DMA, ` +
    `${vm.maxphyaddr} address bits = ${count(frames)} pages.\n`,
);

const started = performance.now();
const rows = [...sideBySide(views)];
const milliseconds = performance.now() - started;
const width = Math.max(...rows.map(({ start, end }) => hex(start).length + lastByte(end).length + 1));
console.log(
  `EPT types of the whole space (manual, KVM 5.16, KVM 6.16), in Wasm, ${milliseconds.toFixed(1)} ms:`,
);
console.log(
  `  ${'GPA range'.padEnd(width)}  ${'size'.padStart(8)}  ${POLICIES.map((name) => name.padEnd(9))
    .join('  ')
    .trimEnd()}`,
);
for (const one of rows) console.log(row(one, width));

const { spans, pages, wrong } = verify(views, slow, frames);
console.log(
  `\nVerified against the reference: ${count(spans)} spans of 3 policies x 4 questions, each over the whole space, ` +
    `and\n${count(pages)} single pages (every edge, and a sample): ${wrong === 0 ? 'all equal.' : `${wrong} DIFFER.`}`,
);
if (wrong > 0) process.exitCode = 1;

const old = differing(rows, 1);
console.log(
  `\nKVM 5.16 gives ${count(old.pages)} pages (${sizeOf(old.pages)}) a type that the manual does not:`,
);
for (const { start, end, answers } of old.found) {
  console.log(`  ${hex(start)}-${lastByte(end)}  ${ept(answers[1])} instead of ${ept(answers[0])}`);
}
const recent = differing(rows, 2);
console.log(
  `KVM 6.16 does not look at the guest's MTRRs: ${[...new Set(rows.map(({ answers }) => ept(answers[2])))].join(', ')} everywhere, ` +
    `so the guest's PAT decides;\n  ${count(recent.pages)} pages (${sizeOf(recent.pages)}) have another EPT type than the MTRRs ask for.`,
);

const ovmf = preset('ovmf-gpu');
const ovmfViews = POLICIES.slice(0, 2).map((name) => auto.view(vcpuOf(ovmf, 0), policy(name)));
const ovmfRows = [...sideBySide(ovmfViews)];
const ovmfDiffers = differing(ovmfRows, 1);
console.log(
  `OVMF (ovmf-gpu, also with non-coherent DMA): KVM 5.16 and the manual differ ${ovmfDiffers.pages === 0 ? 'nowhere' : `on ${count(ovmfDiffers.pages)} pages`}.`,
);

const entries = new BigUint64Array(16384);
const fill = () => {
  for (let first = 0; first < FILLED_PAGES; first += entries.length) views[1].entriesInto(entries, first);
};
fill();
const fillStarted = performance.now();
for (let round = 0; round < ROUNDS; round++) fill();
const seconds = (performance.now() - fillStarted) / 1000;
console.log(
  `\nThroughput: the leaf entries of the first 16 GiB under KVM 5.16, ${ROUNDS} times in tiles of ${count(entries.length)}: ` +
    `${Math.round((ROUNDS * FILLED_PAGES) / seconds / 1e6)} M pages/s.`,
);
auto.dispose();
reference.dispose();
