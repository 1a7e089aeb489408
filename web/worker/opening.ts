/** What somebody gives the page becomes an opened machine, its bytes streamed and counted on the way. */
import { type OpenedConfig, openChunks, openText, type Source } from '../../src/open/index.ts';
import { type Course, requireWanted } from './course.ts';
import type { Input, ReadingOptions, SourceText } from './protocol.ts';

/** How many lines of a text that nothing recognised are shown. */
const HEAD_LINES = 12;
/** Of these, at most so many characters. */
const HEAD_CHARACTERS = 4000;
/** Bytes between two reports. */
const PROGRESS_BYTES = 1 << 20;

/** Pieces of a blob as they come; none is kept. */
async function* chunksOf(blob: Blob, course: Course): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = blob.stream().getReader();
  let done = 0;
  let told = 0;
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      requireWanted(course);
      yield step.value;
      done += step.value.length;
      if (done - told < PROGRESS_BYTES) continue;
      told = done;
      course.progress({ done, total: blob.size });
    }
  } finally {
    await reader.cancel();
  }
}

function sourceOf(source: SourceText, course: Course): Source {
  return 'text' in source ? source : { name: source.name, chunks: chunksOf(source.blob, course) };
}

function openSource(source: SourceText, options: ReadingOptions, course: Course): Promise<OpenedConfig> {
  const { set: _, ram, ...reading } = options;
  const asked = {
    ...reading,
    name: source.name,
    forComplaints: true,
    ...(ram && { ram: ram.map((one) => sourceOf(one, course)) }),
  };
  return 'text' in source ? openText(source.text, asked) : openChunks(chunksOf(source.blob, course), asked);
}

async function openPreset(name: string): Promise<OpenedConfig> {
  const { preset } = await import('./presets.ts');
  return { vm: preset(name) };
}

/**
 * Opens what was given.
 *
 * @throws ConfigError, ReadError, InputError for what cannot be used; Cancelled
 */
export async function openInput(
  input: Input,
  options: ReadingOptions,
  course: Course,
): Promise<OpenedConfig> {
  const opened =
    'preset' in input ? await openPreset(input.preset) : await openSource(input, options, course);
  requireWanted(course);
  if (!options.set?.length) return opened;
  const { withSettings } = await import('./settings.ts');
  return withSettings(opened, options.set);
}

/** The first lines of a text, for people who are told that nothing in it is known. */
export async function headOf(input: Input): Promise<readonly string[] | undefined> {
  if ('preset' in input) return undefined;
  const text =
    'text' in input
      ? input.text.slice(0, HEAD_CHARACTERS)
      : await input.blob.slice(0, HEAD_CHARACTERS).text();
  return text.split(/\r?\n/, HEAD_LINES);
}
