/**
 * What the help of the program says of each command, without loading it: all commands together are four times as long in
 * loading as an empty Node. `test/cli/outline.test.ts` holds it against the commands themselves.
 */

/** Usage and description of each command, by its name, in the order of the help. */
export const OUTLINES: Readonly<Record<string, readonly [usage: string, description: string]>> = {
  map: [
    '[options] <config...>',
    'print what every page of a VM gets: MTRR type, EPT type and IPAT, mapping level',
  ],
  explain: [
    '[options] <config...>',
    'tell why an address gets its type: every rule that fires, and every change that would alter it',
  ],
  diff: [
    '[options] <config> [other] [range]',
    'print where two answers differ, on how many pages, and which register or commit is to blame',
  ],
  fuzz: ['[options]', 'hold the engines, or another program, against each other on random VMs'],
  sweep: ['', 'campaigns over many layouts, machines and kernels: on threads, job arrays or a queue'],
  share: [
    '[options] <config> [range]',
    'print on which pages the vCPUs of a VM disagree, and what each way of sharing an EPT makes of it',
  ],
  replay: [
    '[options] [scenario]',
    'let register writes, faults, devices and slots happen to a VM, and follow the EPT that its vCPUs share',
  ],
  trace: [
    '[options] [config] [file]',
    "hold a live KVM's EPT entries, or anybody's table, against the model",
  ],
  verify: [
    '[options] <config> [range]',
    'visit every page, one by one, and hold digest and page counts against the fast answers',
  ],
  check: [
    '[options] <config...>',
    'find what is wrong with the memory types of a machine or a VM, and the register to blame',
  ],
  assert: [
    '[options] <assertions-file> <config...>',
    'hold machines or VMs against the rules of an assertions file: PASS, FAIL, WARN or SKIP, for CI',
  ],
  fit: [
    '[options] [configs...]',
    'find the fewest variable MTRRs that give a wanted map, or the best that there are registers for',
  ],
  convert: [
    '[options] <config...>',
    "write a dump's, a config's or a preset's registers as a config or as other tools take them",
  ],
  page: [
    '[options] [config...]',
    'write a page that shows inputs, in one file that needs no network and sends nothing anywhere, and open it',
  ],
  capture: [
    '[options] [where]',
    'print the commands that collect what is needed, to be run where the machine is',
  ],
  vectors: [
    '[options]',
    'write golden tables that other programs can be tested with, each row with its rule and source',
  ],
  oracle: [
    '[options]',
    'answer requests of the oracle protocol, one JSON object a line, from standard input',
  ],
  list: [
    '[options] [topic] [name]',
    'print what there is to choose from: presets, scenarios, policies, engines, formats and more',
  ],
  completion: [
    '<shell>',
    'print a script that lets a shell complete commands, options, presets, policies and files',
  ],
};
