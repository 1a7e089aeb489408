/** What the lab is asked to do, from its command line. */
import { Command, InvalidArgumentError, Option } from 'commander';

/** See the head of the file. */
export interface LabOptions {
  /** Series of a Debian kernel. */
  readonly kernel: string;
  /** Build directory of a kernel. */
  readonly build?: string;
  readonly vmlinuz?: string;
  readonly modules?: string;
  /** An AMD processor, in QEMU. */
  readonly amd?: boolean;
  readonly policy?: string;
  readonly plant?: string;
  readonly seed: number;
  readonly count: number;
  readonly scenario?: string;
  /** A recorded log, which is compared instead of booting. */
  readonly serial?: string;
  readonly work: string;
  readonly output?: string;
  readonly format: 'text' | 'json' | 'markdown';
  readonly vectors?: string;
  readonly page?: string;
  readonly shrink: boolean;
  readonly timeout: number;
}

function number(low: number, high: number) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`expected ${low}..${high}`);
  };
}

/** The command line. */
export function command(): Command {
  return new Command('lab')
    .description(
      'Boots a kernel in Bochs, which has VMX and EPT in software, lets its KVM run guests, and holds every verdict, EPT entry and zap against the model.',
    )
    .option('--kernel <series>', "Debian's cloud kernel of a series, fetched by apt", '6.1')
    .option('--build <dir>', 'a kernel that was built there')
    .option('--vmlinuz <file>', 'a kernel image, with --modules')
    .option('--modules <dir>', 'the folder with its kvm.ko, such as /lib/modules/RELEASE')
    .option('--amd', "an AMD processor, which QEMU's TCG has in software: leaves of its nested page tables")
    .option('--policy <name>', 'the model to hold it against; default: by the version that the kernel states')
    .option('--plant <flag=value>', 'change one rule of the model, to see that it is found')
    .addOption(new Option('--seed <n>', 'of random guests').argParser(number(0, 2 ** 31)).default(1))
    .addOption(new Option('--count <n>', 'how many guests').argParser(number(1, 1000)).default(60))
    .option('--scenario <file>', 'a scenario of eptsweep replay instead of random guests')
    .option(
      '--serial <file>',
      'compare the serial log of an earlier run, of the same guests, instead of booting',
    )
    .option('--work <dir>', 'where kernels and runs are kept', 'build/lab')
    .option('-o, --output <file>', 'the report into a file')
    .addOption(
      new Option('-f, --format <format>', 'of the report')
        .choices(['text', 'json', 'markdown'])
        .default('text'),
    )
    .option('--vectors <file>', 'write leaf entries and verdicts that agree as golden answers, a line each')
    .option('--page <file>', 'put the counts into the table of that page, such as docs/lab.md')
    .option('--no-shrink', 'do not boot again to make a departure small')
    .addOption(
      new Option('--timeout <minutes>', 'after which a run is given up')
        .argParser(number(1, 600))
        .default(60),
    )
    .addHelpText(
      'after',
      `
Exit codes: 0 all agrees, 1 the kernel leaves the model, 2 nothing could be run (what is missing is said), 3 the run
broke off (what was compared until then is reported).

Examples:
  npm run lab -- --kernel 6.1 --seed 1 --count 60
  npm run lab -- --build ~/linux --scenario my-scenario.yaml
  npm run lab -- --vmlinuz /boot/vmlinuz-6.8.0-60-generic --modules /lib/modules/6.8.0-60-generic
  npm run lab -- --kernel 6.1 --amd --count 20
  npm run lab -- --kernel 6.12 --plant largeWrite=drop`,
    );
}
