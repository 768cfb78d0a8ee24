import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Context } from "../app/context.ts";
import { OmgError } from "../schema/error.ts";
import type { Emit } from "../schema/model/events.ts";

/** The person behind sudo, for the log: the name that sudo itself set, or root. */
export function caller(): string {
  const uid = Number(process.env.SUDO_UID ?? "0");
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((candidate) => candidate.split(":")[2] === String(uid));
  return line?.split(":")[0] ?? `uid ${uid}`;
}

/** Root for somebody else: nothing of the environment reaches what runs from here. */
export function rootContext(user: string, emit: Emit): Context {
  return {
    cwd: "/",
    env: {},
    uid: 0,
    user,
    home: "/root",
    elevated: true,
    now: () => new Date(),
    emit,
    signal: new AbortController().signal,
    program: programFolder(),
  };
}

function programFolder(): string {
  return dirname(realpathSync(fileURLToPath(import.meta.url)));
}

/**
 * Refuses to work as root from where somebody else could change the program or its Node.
 * @throws OmgError `unsafe-installation`
 */
export function refuseUnsafeInstallation(): void {
  if (process.getuid?.() !== 0) throw unsafe("it was not started as root", "Start it through sudo.");
  for (const path of new Set([...programFiles(), realpathSync(process.execPath)].flatMap(withParents))) {
    const found = statSync(path);
    const loose = (found.mode & 0o022) !== 0 && !(found.isDirectory() && (found.mode & 0o1000) !== 0);
    if (found.uid !== 0 || loose)
      throw unsafe(
        `${path} can be changed by others than root`,
        "Make it root's own (owner root, not writable by group or others), or install Node and omg where only root writes, then run `omg setup` again.",
      );
  }
}

/** Everything that this program may load, or have the package manager run. */
function programFiles(): readonly string[] {
  const folder = programFolder();
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
}

function withParents(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [path, ...withParents(parent)];
}

function unsafe(what: string, hint: string): OmgError {
  return new OmgError({
    code: "unsafe-installation",
    exit: "refused",
    message: `omg-root does not act: ${what}.`,
    state: "Nothing was changed.",
    hint,
  });
}
