/** The text of a lock with these requests of `apt.packages` put in, or in the place of those that are there. */
export function changeRequests(lock: string, requests: Readonly<Record<string, unknown>>): string {
  const [user = "", ...pins] = lock.split(/^---\n/m);
  const names = new Set(Object.keys(requests));
  const kept = user.split("\n").filter((line) => !names.has(/^ {4}"?([^\s":]+)"?: /.exec(line)?.[1] ?? ""));
  const added = Object.entries(requests).map(([name, request]) => `    ${name}: ${JSON.stringify(request)}`);
  const at = kept.indexOf("  packages:");
  if (at < 0) throw new Error("this lock has no apt.packages");
  return [[...kept.slice(0, at + 1), ...added, ...kept.slice(at + 1)].join("\n"), ...pins].join("---\n");
}
