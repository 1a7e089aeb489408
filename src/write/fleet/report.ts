/** Answers about many inputs: which are alike, which stand out, which could not be read. */

/** One input's answer, or why there is none. */
export type FleetItem<Answer> =
  | {
      /** The input as the user named it. */
      readonly file: string;
      /** Equal for inputs of one layout, of which one and the same is answered. */
      readonly key: string;
      readonly answer: Answer;
    }
  | { readonly file: string; readonly error: string };

/** Inputs that are alike. */
export interface FleetGroup<Answer> {
  readonly files: readonly string[];
  /** The answer about the first of them. */
  readonly answer: Answer;
}

/** Names that are listed in a line. */
const MOST_NAMED = 8;

/** Groups of inputs that are alike, the largest first, of equal ones the one that was named first. */
export function fleetGroups<Answer>(items: readonly FleetItem<Answer>[]): readonly FleetGroup<Answer>[] {
  const groups = new Map<string, { files: string[]; answer: Answer }>();
  for (const item of items) {
    if ('error' in item) continue;
    const group = groups.get(item.key);
    if (group) group.files.push(item.file);
    else groups.set(item.key, { files: [item.file], answer: item.answer });
  }
  return [...groups.values()].sort((a, b) => b.files.length - a.files.length);
}

/** Inputs that could not be read. */
export function unreadOf<Answer>(items: readonly FleetItem<Answer>[]) {
  return items.filter((item) => 'error' in item);
}

function namesText(files: readonly string[]): string {
  const more = files.length > MOST_NAMED ? ` and ${files.length - MOST_NAMED} more` : '';
  return `${files.slice(0, MOST_NAMED).join(', ')}${more}`;
}

/** `a.log and 2 alike: b.log, c.log`. */
export function groupTitle({ files }: Pick<FleetGroup<unknown>, 'files'>): string {
  const [first, ...others] = files;
  return others.length === 0 ? first! : `${first} and ${others.length} alike: ${namesText(others)}`;
}

/** How many inputs are alike, and which are not, in a line. */
export function fleetTotal(items: readonly FleetItem<unknown>[]): string {
  const [largest, ...others] = fleetGroups(items);
  const unread = unreadOf(items);
  const outliers = others.flatMap(({ files }) => files);
  const isAlike = largest !== undefined && largest.files.length > 1;
  const parts = [
    isAlike ? `${largest.files.length} alike` : '',
    isAlike && outliers.length > 0
      ? `${outliers.length} outlier${outliers.length === 1 ? '' : 's'} (${namesText(outliers)})`
      : '',
    !isAlike && largest ? (outliers.length > 0 ? 'no two alike' : '1 read') : '',
    unread.length > 0 ? `${unread.length} not read (${namesText(unread.map(({ file }) => file))})` : '',
  ];
  return `${items.length} inputs: ${parts.filter((part) => part !== '').join(', ')}`;
}
