/** The CONFIG argument as a page carries it: its text, beside the machine that it becomes. */
import { isPreset } from '../../config/presets/index.ts';
import { Input } from '../../open/input.ts';
import { openText } from '../../open/open-text.ts';
import type { OpenedConfig } from '../../open/opened-config.ts';
import { joinBytes } from '../../read/bytes.ts';
import { sizeText } from '../../words.ts';
import type { Embedded, EmbeddedOptions } from '../../write/page/embedded.ts';
import { fileChunks, inputName } from '../input/input-file.ts';
import { type InputOptions, openConfig, say } from '../input/open-config.ts';
import { UsageError } from '../output/exit.ts';

/** Bytes of an input inside a page: what is larger is no report to be mailed. */
const MOST_BYTES = 16 << 20;

/** A text with its name. */
interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** An input for a page. */
export interface PageInput {
  readonly opened: OpenedConfig;
  readonly embedded: Pick<Embedded, 'inputs' | 'options'>;
}

/** @throws UsageError where it is too large for a page */
async function textOf(argument: string): Promise<NamedText> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of fileChunks(argument)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MOST_BYTES) {
      const most = sizeText(BigInt(MOST_BYTES));
      throw new UsageError(
        `${argument}: a page holds inputs of up to ${most}B, this one is larger: cut it down first`,
      );
    }
  }
  const name = inputName(argument);
  return { name, text: await (await Input.begin(name, [joinBytes(chunks)])).text() };
}

/** What the page needs to read the text as the program does. */
function embeddedOptions(options: InputOptions, ram: readonly NamedText[] | undefined): EmbeddedOptions {
  const { from, physBits, boot, host, stage, set } = options;
  return {
    ...(from !== undefined && { from }),
    ...(physBits !== undefined && { physBits }),
    ...(typeof boot === 'number' && { boot }),
    ...(host !== undefined && { host }),
    ...(stage !== undefined && { stage }),
    ...(ram && { ram }),
    ...(set && { set }),
  };
}

/**
 * Opens an input as every command does, and keeps its text.
 *
 * @param argument - a preset's name, a file, or `-`
 * @throws ConfigError, ReadError, UsageError
 */
export async function openForPage(argument: string, options: InputOptions): Promise<PageInput> {
  const ram = options.ram && (await Promise.all(options.ram.map(textOf)));
  const embedded = embeddedOptions(options, ram);
  if (isPreset(argument)) {
    const opened = await openConfig(argument, options);
    return { opened, embedded: { inputs: [{ preset: argument }], options: embedded } };
  }
  const { set, ram: _, ...reading } = options;
  const source = await textOf(argument);
  const opened = await openText(source.text, { ...reading, name: source.name, ...(ram && { ram }) });
  say(opened.said);
  const changed = set ? (await import('../../open/settings.ts')).withSettings(opened, set) : opened;
  return { opened: changed, embedded: { inputs: [source], options: embedded } };
}
