import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { makeFolder, readIfPresent, replaceThrough, startOf } from "../../host/files.ts";
import { pathsFor } from "../../host/paths.ts";
import { installedTools, installedVersions } from "../../host/runtimes.ts";
import { EXECUTABLES, isRuntime, RUNTIMES } from "../../schema/runtimes/names.ts";
import type { Context } from "../context.ts";
import { programsIn } from "./programs.ts";
import { Watched } from "./watched.ts";

/** What a shim is where there is no native omg-fast, in its second line. */
const MARK = "# A shim of omg";
const FAST = "omg-fast";

/** Where the links to omg-fast lie that editors, cron and pipelines find tools through. */
export function shimsFolder(ctx: Context): string {
  return join(pathsFor("user", ctx).data, "shims");
}

/** As `updateShims`, where somebody uses them already. Best effort. */
export function refreshShims(ctx: Context): void {
  if (!existsSync(shimsFolder(ctx))) return;
  try {
    updateShims(ctx);
  } catch {
    // the next `omg hook` says why
  }
}

/**
 * Makes a shim for each program of each installed version, and takes away those of omg's that have none any more. What is not a shim of
 * omg's stays. System errors pass.
 */
export function updateShims(ctx: Context): void {
  const folder = shimsFolder(ctx);
  const wanted = programNames(ctx);
  makeFolder(folder);
  for (const name of wanted) makeShim(ctx, join(folder, name));
  for (const name of readdirSync(folder))
    if (!wanted.has(name) && isShim(join(folder, name))) rmSync(join(folder, name));
}

function programNames(ctx: Context): ReadonlySet<string> {
  const { data } = pathsFor("user", ctx);
  const watched = new Watched();
  const names = [...RUNTIMES, ...installedTools(data)].flatMap((runtime) => {
    const versions = installedVersions(data, runtime);
    const programs = versions.flatMap((each) => [...programsIn(join(each.folder, "bin"), watched).keys()]);
    return versions.length === 0 ? [] : [...(isRuntime(runtime) ? EXECUTABLES[runtime] : []), ...programs];
  });
  return new Set(names.filter((name) => name !== FAST && name !== "omg"));
}

/** The words that start omg-fast: the native program, or Node by its whole path, since `env node` would come to a shim again. */
export function fastCommand(ctx: Context): readonly [string, ...string[]] {
  const program = join(ctx.program, FAST);
  const native = existsSync(program) && startOf(program, 4) === "\u007fELF";
  return native ? [program] : [realpathSync(process.execPath), join(ctx.program, `${FAST}.cjs`)];
}

function makeShim(ctx: Context, path: string): void {
  const [target, ...more] = fastCommand(ctx);
  const native = more.length === 0;
  const content = native ? target : script(ctx, basename(path));
  if (shimAt(path) === content || (existsSync(path) && !isShim(path))) return;
  replaceThrough(path, (temporary) => {
    if (native) return symlinkSync(content, temporary);
    writeFileSync(temporary, content, { flag: "wx" });
    chmodSync(temporary, 0o755);
  });
}

function script(ctx: Context, name: string): string {
  const words = [...fastCommand(ctx), "--shim", name].map(quoted).join(" ");
  return `#!/bin/sh\n${MARK}: omg hook and omg use make it, and take it away.\nexec ${words} "$@"\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The target of a link, the text of a file; undefined where there is nothing. */
function shimAt(path: string): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSymbolicLink()) return readlinkSync(path);
  return found?.isFile() && found.size < 4096 ? readIfPresent(path, 4096)?.toString("utf8") : undefined;
}

function isShim(path: string): boolean {
  const content = shimAt(path);
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return basename(content ?? "") === FAST;
  return content?.split("\n")[1]?.startsWith(MARK) === true;
}
