/** Why no more of a trace can be judged, and what helps: one line each. */
import { hexText } from '../../words.ts';
import type { TraceTrouble } from './followed.ts';
import type { EntryChange, LostEvents, OddTraceLine, StepMark } from './live-line.ts';

const MARK = 'write "eptsweep step N" to trace_marker before event N';

function during(mark: StepMark | undefined): string {
  return mark ? `in step ${mark.step}` : 'before step 1';
}

export function lostEvents({ line, events }: LostEvents, mark: StepMark | undefined): TraceTrouble {
  const count = events === undefined ? 'events' : events === 1 ? '1 event' : `${events} events`;
  return {
    kind: 'lost-events',
    line,
    message: `the recorder lost ${count} ${during(mark)}, so that nothing from there on can be judged`,
    remedy: 'record with a larger buffer (buffer_size_kb), or fewer events of other kinds',
  };
}

export function oddLine({ line, text }: OddTraceLine, mark: StepMark | undefined): TraceTrouble {
  return {
    kind: 'odd-line',
    line,
    message: `cut off or unreadable ${during(mark)}: "${text}"`,
    remedy: 'give the whole file as the kernel printed it',
  };
}

export function outOfOrder({ line, step }: StepMark, before: StepMark | undefined): TraceTrouble {
  const expected = (before?.step ?? 0) + 1;
  const after = before ? `after step ${before.step} (line ${before.line})` : 'first';
  const isAgain = before !== undefined && step === 1;
  return {
    kind: 'out-of-order',
    line,
    message: `step ${step} comes ${after}: expected step ${expected}`,
    remedy: isAgain
      ? 'give the trace of one run: empty the buffer before each (echo > trace)'
      : `${MARK}, each once, and cut nothing out`,
  };
}

export function tooManySteps({ line, step }: StepMark, events: number): TraceTrouble {
  return {
    kind: 'too-many-steps',
    line,
    message: `step ${step}, but the scenario has ${events} events`,
    remedy:
      'give the scenario that was run (eptsweep replay SCENARIO lists its events), and end it with "eptsweep end"',
  };
}

export function startedBefore({ line, gfn }: EntryChange): TraceTrouble {
  return {
    kind: 'started-before',
    line,
    message: `gfn ${hexText(gfn)} is mapped before step 1, and a scenario begins with nothing mapped`,
    remedy: 'write "eptsweep step 1" before a vCPU first runs',
  };
}

export function unknownEntry({ line, gfn, level }: EntryChange, mark: StepMark | undefined): TraceTrouble {
  return {
    kind: 'unknown-entry',
    line,
    message: `an entry of gfn ${hexText(gfn)}, level ${level}, goes ${during(mark)} that no line has shown to come`,
    remedy:
      'record from before the VM is made, with a buffer that loses nothing, all events that capture trace names',
  };
}

export function otherKernel(
  { line, after }: EntryChange,
  policy: string,
  { releases, layout }: { readonly releases: string; readonly layout: string },
): TraceTrouble {
  return {
    kind: 'other-kernel',
    line,
    message: `entry ${hexText(after)} has KVM's own bits where releases ${releases} have them, not ${policy}`,
    remedy: `name the kernel that ran (--policy), or ${policy}+leaf=${layout} where its distribution brought that back`,
  };
}

/** @param line - of the mark of the end; undefined: the file ends */
export function endedEarly(line: number | undefined, step: number): TraceTrouble {
  const what = line === undefined ? 'the trace ends' : '"eptsweep end" comes';
  const where = step === 0 ? 'before step 1' : `in step ${step}`;
  const judged =
    line === undefined ? ', which may not be whole and was not judged' : ', and the scenario goes on';
  return {
    kind: 'cut',
    line,
    message: `${what} ${where}${judged}`,
    remedy: 'give the whole trace of the whole scenario',
  };
}

export function noMarks(): TraceTrouble {
  return {
    kind: 'no-marks',
    line: undefined,
    message: 'no line says which event of the scenario its entries belong to',
    remedy: `${MARK} (eptsweep capture trace shows how)`,
  };
}

export function noChanges(): TraceTrouble {
  return {
    kind: 'no-changes',
    line: undefined,
    message: 'no line shows an entry that comes or goes',
    remedy:
      'record kvmmmu:kvm_tdp_mmu_spte_changed (eptsweep capture trace shows how) of a KVM with its TDP MMU on (kvm.tdp_mmu=Y)',
  };
}
