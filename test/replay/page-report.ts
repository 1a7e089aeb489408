/** What is compared after each event. */
export interface PageReport {
  readonly verdict: string;
  readonly lostEntries: number | undefined;
  readonly installed: number;
  readonly replaced: number;
  readonly foreignTouched: number;
  /** Large entries split, or recovered, by dirty logging. */
  readonly resized: number;
  readonly entries: readonly string[];
  readonly stale: { readonly entries: number; readonly pages: number };
  readonly foreign: { readonly entries: number; readonly pages: number; readonly vcpuPages: number };
  readonly disagree: number;
  readonly roots: number;
  readonly tables: number;
  /** What recovering large pages would take, where dirty logging ended. */
  readonly recovery: PageRecovery | undefined;
}

/** Ben Gardon's question, by regions and pages. */
export interface PageRecovery {
  readonly regions: number;
  readonly withoutVcpu: number;
  readonly mixed: number;
  readonly retyped: { readonly vcpu0: number; readonly inherit: number; readonly refault: number };
}
