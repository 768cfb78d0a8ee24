import { readdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Context } from "../app/context.ts";
import { personBehind } from "../app/person.ts";
import { changeableByOthers } from "../host/trusted-path.ts";
import { OmgError } from "../schema/error.ts";
import type { Emit } from "../schema/model/events.ts";

/** Root for somebody else: nothing of the environment but who that is reaches what runs from here. */
export function rootContext(emit: Emit, signal: AbortSignal): Context {
  return {
    cwd: "/",
    env: {},
    uid: 0,
    user: personBehind(process.env) ?? "root",
    home: "/root",
    elevated: true,
    now: () => new Date(),
    emit,
    signal,
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
  const loose = changeableByOthers([...programFiles(), realpathSync(process.execPath)]);
  if (loose !== undefined)
    throw unsafe(
      `${loose} can be changed by others than root`,
      "Make it root's own (owner root, not writable by group or others), or install Node and omg where only root writes, then run `omg setup --yes` again.",
    );
}

/** Everything that this program may load, or have the package manager run. */
function programFiles(): readonly string[] {
  const folder = programFolder();
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
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
