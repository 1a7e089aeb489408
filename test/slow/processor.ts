/** Milliseconds of the processor that this process has had: unlike those of a clock, no other program adds to them. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
