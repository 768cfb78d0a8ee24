import { OmgError } from "../../../schema/error.ts";
import type { Examination, Finding } from "../../../schema/model/finding.ts";
import { busyWith } from "../machine/busy.ts";
import type { PacmanConfig } from "../machine/config.ts";
import { observedFrom, readState } from "../machine/observe.ts";
import { readDatabases, sourcesOf } from "../sync/databases.ts";

/** What is wrong with pacman's own database, its lock, and what it knows of its repositories. Reads files; changes nothing. */
export async function examine(config: PacmanConfig, own: string): Promise<Examination> {
  return { findings: [packages(config), lock(config), await repositories(config, own)], keys: [] };
}

function packages(config: PacmanConfig): Finding {
  const { interrupted } = observedFrom(readState(config), { held: [] });
  const [first, ...others] = interrupted;
  if (first === undefined) return { check: "pacman", level: "ok", found: "No package is half done." };
  const found = `${[first, ...others.slice(0, 2)].join("; ")}${others.length > 2 ? `; and ${others.length - 2} more` : ""}.`;
  return {
    check: "pacman",
    level: "bad",
    found,
    next: "sudo omg doctor --fix takes the lock away; ask for what is half done in the lock, and omg installs it anew.",
    remedy: "repair",
  };
}

function lock({ database }: PacmanConfig): Finding {
  const by = busyWith(database);
  if (by === undefined) return { check: "pacman-lock", level: "ok", found: "Nobody else is changing packages." };
  return {
    check: "pacman-lock",
    level: "warn",
    found: `${by} is changing packages now.`,
    next: "Wait until it is done.",
  };
}

async function repositories(config: PacmanConfig, own: string): Promise<Finding> {
  const check = "pacman-databases";
  try {
    const { missing } = await readDatabases(sourcesOf(config, own));
    if (missing.length === 0) return { check, level: "ok", found: "What the repositories offer can be read." };
    const found = `What ${missing.join(", ")} offer${missing.length === 1 ? "s" : ""} was never fetched.`;
    return { check, level: "warn", found, next: "omg doctor --fix fetches it.", remedy: "refresh" };
  } catch (cause) {
    if (!(cause instanceof OmgError)) throw cause;
    return { check, level: "bad", found: cause.message, next: "omg doctor --fix fetches it again.", remedy: "refresh" };
  }
}
