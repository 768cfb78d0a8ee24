import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { OMG, type OmgLab } from "./omg-lab.ts";

export const DIST = join(dirname(dirname(OMG)), "dist");

/** What stands in for Node where a native front hands over. */
export const HANDED_OVER = "handed over\n";

interface Around {
  readonly env?: Readonly<Record<string, string>>;
  /** Words before the program, such as setpriv and its options. */
  readonly before?: readonly string[];
  /** Shell commands in the mount namespace of this run, before anything else. */
  readonly first?: string;
}

/**
 * What a native front of the build prints by itself. In a mount namespace bin/omg and dist/omg.cjs' way to Node lead to a script that says
 * HANDED_OVER, so that nothing else answers, and nothing is read or kept anew. Needs root.
 */
export function frontSays(
  lab: Pick<OmgLab, "project" | "env">,
  args: readonly string[],
  { env = {}, before = [], first = ":" }: Around = {},
): string {
  const script = join(lab.project, "..", "handed-over.sh");
  writeFileSync(script, `#!/bin/sh\necho ${HANDED_OVER.trim()}\n`, { mode: 0o755 });
  const inside = `${first}; mount --bind "$0" "$1" && shift && exec "$@"`;
  const words = ["-c", inside, script, OMG, ...before, join(DIST, "omg"), ...args];
  const ran = spawnSync("unshare", ["--mount", "sh", ...words], {
    cwd: lab.project,
    env: { ...lab.env, ...env },
    encoding: "utf8",
  });
  return ran.stdout + ran.stderr;
}
