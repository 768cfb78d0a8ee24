import { renameSync } from "node:fs";
import { join } from "node:path";
import type { DebianBase } from "./debian-base.ts";
import { createDebianRoot, type DebianRoot, type DebianRootOptions, type RunOptions } from "./debian-root.ts";
import type { OmgRun } from "./omg-lab.ts";

/**
 * The people of the system. `alice` may run omg-root and nothing else through sudo, `carol` may set its environment too,
 * `dora` may do everything, and `mallory` nothing.
 */
export type Person = "alice" | "carol" | "dora" | "mallory";

const SUDOERS = `alice ALL=(root) NOPASSWD: /usr/lib/omg/omg-root ""
carol ALL=(root) NOPASSWD:SETENV: /usr/lib/omg/omg-root
dora ALL=(ALL) NOPASSWD: ALL
`;

/** Nobody needs to see root's password, so whatever shows it was read as root. */
export const SHADOW_SECRET = "omg-shadow-canary";

/** A Debian system with people in it who are not root, and with real sudo. */
export interface SudoLab {
  readonly debian: DebianRoot;
  /** Runs omg as this person, in their home's folder `env`; never rejects. */
  omg(person: Person, args: readonly string[], options?: RunOptions): Promise<OmgRun>;
  /** As `omg`, and throws with everything it printed unless it exits with `code`. */
  expect(code: number, person: Person, ...args: readonly string[]): Promise<OmgRun>;
  /** Writes their omg.lock, which they own. */
  lock(person: Person, packages: Readonly<Record<string, unknown>>, section?: "apt" | "pacman"): Promise<void>;
  /** The request that this person's omg makes of omg-root for its lock, one line of JSON; nothing is applied. */
  requestOf(person: Person): Promise<string>;
  dispose(): Promise<void>;
}

export async function createSudoLab(base: DebianBase, options: DebianRootOptions = {}): Promise<SudoLab> {
  const debian = await createDebianRoot(base, options);
  await debian.sh(`usermod -p '${SHADOW_SECRET}' root
    for name in alice carol dora mallory; do
      useradd --create-home --shell /bin/bash $name
      install -d -o $name -g $name /home/$name/env
    done`);
  debian.write("/etc/sudoers.d/omg", SUDOERS, 0o440);
  const omg: SudoLab["omg"] = (person, args, run) =>
    debian.run(["/usr/bin/node", "/opt/omg/bin/omg", ...args], { user: person, cwd: `/home/${person}/env`, ...run });
  return {
    debian,
    omg,
    expect: async (code, person, ...args) => {
      const ran = await omg(person, args);
      if (ran.code === code) return ran;
      throw new Error(
        `omg ${args.join(" ")} ended with ${ran.code ?? ran.signal}, not ${code}\n${ran.stdout}\n${ran.stderr}`,
      );
    },
    lock: async (person, packages, section = "apt") => {
      const text = `version: 1\nname: ${person}\n${section}: ${JSON.stringify({ packages })}\n`;
      await debian.sh("cat > omg.lock", { user: person, cwd: `/home/${person}/env`, input: text });
    },
    requestOf: async (person) => {
      const program = join(debian.files, "usr/lib/omg/omg-root");
      renameSync(program, `${program}.real`);
      debian.write("/usr/lib/omg/omg-root", "#!/bin/sh\nhead -n 1 > /tmp/request\n", 0o755);
      try {
        await omg(person, ["apply", "--yes"]);
        return debian.read("/tmp/request");
      } finally {
        renameSync(`${program}.real`, program);
      }
    },
    dispose: () => debian.dispose(),
  };
}
