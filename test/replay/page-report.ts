/** What is compared after each event. */
export interface PageReport {
  readonly verdict: string;
  readonly lostEntries: number | undefined;
  readonly installed: number;
  readonly replaced: number;
  readonly foreignTouched: number;
  readonly entries: readonly string[];
  readonly stale: { readonly entries: number; readonly pages: number };
  readonly foreign: { readonly entries: number; readonly pages: number; readonly vcpuPages: number };
  readonly disagree: number;
}
