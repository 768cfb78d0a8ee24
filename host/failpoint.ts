const seen = new Map<string, number>();

/**
 * A place where tests kill the process, as a power cut would: SIGKILL when the environment variable OMG_FAILPOINT is this
 * name, or `name:N` and this is the N-th time that this process comes by. Names are unique literals, `stage.what`.
 */
export function failpoint(name: string): void {
  const wanted = process.env.OMG_FAILPOINT;
  if (wanted === undefined || wanted === "") return;
  const count = (seen.get(name) ?? 0) + 1;
  seen.set(name, count);
  if (wanted === name || wanted === `${name}:${count}`) process.kill(process.pid, "SIGKILL");
}
