import { chmodSync, copyFileSync, existsSync, realpathSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, startOf, writeAtomic } from "../../host/files.ts";
import { NO_DEBUGGER } from "../../host/no-debugger.ts";
import { changeableByOthers } from "../../host/trusted-path.ts";
import { OmgError } from "../../schema/error.ts";
import type { Context } from "../context.ts";
import { ROOT_FOLDER } from "../providers.ts";
import type { SetupResult } from "../results.ts";

export interface SetupOptions {
  /** Do it; otherwise only say what would be done. */
  readonly yes?: boolean;
  /** Takes everything away again. */
  readonly remove?: boolean;
}

/** What goes there besides the programs that are started. */
export const BUNDLES = ["omg-root.cjs", "apt-hook.cjs", "omg-fast.cjs"];

/** What sudo is asked to run. */
const LAUNCHER = "omg-root";

/** What prompts may start, root's too: not a file that its user could change. */
const FAST = "omg-fast";

/**
 * Puts the part of omg that acts as root for other users where only root can change it; without `yes` it only says what that
 * would be. The new one is whole before it takes the place of the old.
 */
export async function setup(ctx: Context, options: SetupOptions): Promise<SetupResult> {
  refuseOthers(ctx);
  const files = options.remove === true ? [] : [...BUNDLES, LAUNCHER, FAST];
  const result = {
    folder: ROOT_FOLDER,
    files: files.map((file) => join(ROOT_FOLDER, file)),
    done: options.yes ?? false,
  };
  if (!result.done) return result;
  if (options.remove === true) rmSync(ROOT_FOLDER, { recursive: true, force: true });
  else replaceInstallation(ctx.program, realpathSync(process.execPath));
  return result;
}

function refuseOthers(ctx: Context): void {
  if (ctx.uid === 0) return;
  throw new OmgError({
    code: "needs-root",
    exit: "consent",
    message: `Setting up writes to ${ROOT_FOLDER}, which only root can.`,
    state: "Nothing was changed.",
    hint: "Run it once as root: `sudo omg setup`.",
  });
}

function replaceInstallation(program: string, node: string): void {
  refuseForeign(node);
  const fresh = `${ROOT_FOLDER}.new`;
  const old = `${ROOT_FOLDER}.old`;
  for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
  makeFolder(fresh);
  for (const file of BUNDLES) install(join(program, file), join(fresh, file), 0o644);
  writeAtomic(join(fresh, LAUNCHER), launcher(node), 0o755);
  if (isNative(join(program, FAST))) install(join(program, FAST), join(fresh, FAST), 0o755);
  else writeAtomic(join(fresh, FAST), fastLauncher(node), 0o755);
  if (existsSync(ROOT_FOLDER)) renameSync(ROOT_FOLDER, old);
  renameSync(fresh, ROOT_FOLDER);
  rmSync(old, { recursive: true, force: true });
}

function install(from: string, to: string, mode: number): void {
  copyFileSync(from, to);
  chmodSync(to, mode);
}

/** Whether the build made a program (elf(5)) of it, and not a link to the script. */
function isNative(path: string): boolean {
  return existsSync(path) && startOf(path, 4) === "\u007fELF";
}

function fastLauncher(node: string): string {
  return `#!/bin/sh\nexec ${quote(node)} ${quote(join(ROOT_FOLDER, "omg-fast.cjs"))} "$@"\n`;
}

/**
 * Node's place is fixed here, and what the caller chose ends here: the environment that sudo let through, and limits
 * (setrlimit(2) in dash(1)'s `ulimit`) that would cut off a package manager in the middle of its work. The debugger that Node opens
 * for SIGUSR1 gets nowhere to listen: sudo passes that signal on, and the program takes it up only once it is loaded.
 */
function launcher(node: string): string {
  return `#!/bin/sh
for limit in d f m t v; do
  ulimit -$limit unlimited || ulimit -S -$limit "$(ulimit -H -$limit)"
done 2>/dev/null
exec /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 SUDO_UID="\${SUDO_UID:-0}" ${quote(node)} ${NO_DEBUGGER} ${quote(join(ROOT_FOLDER, "omg-root.cjs"))}
`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function refuseForeign(node: string): void {
  const loose = changeableByOthers([node]);
  if (loose === undefined) return;
  throw new OmgError({
    code: "unsafe-installation",
    exit: "refused",
    message: `${loose} can be changed by others than root, so it cannot run as root for them.`,
    state: "Nothing was changed.",
    hint: "Install Node where only root writes (your distribution's package does), and run `omg setup` with that one.",
  });
}
