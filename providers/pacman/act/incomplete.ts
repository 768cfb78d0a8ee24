import { lstatSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { sha256File } from "../../../host/digest.ts";
import { readIfPresent } from "../../../host/files.ts";
import type { Step } from "../../../schema/model/transaction.ts";
import type { PacmanConfig } from "../machine/config.ts";
import type { LocalPackage } from "../machine/local.ts";
import type { PacmanState } from "../machine/observe.ts";
import { matchesAny } from "../machine/patterns.ts";

const MAX_BYTES = 1 << 28;

/**
 * Of what the steps brought, what the database calls installed although files of it are missing or have other bytes: a full disk
 * leaves that behind, zeros in the right size among it, and `pacman -Qk` sees only the missing ones. Hashes every file.
 */
export async function incompleteAmong(
  steps: readonly Step[],
  { config, local }: PacmanState,
): Promise<readonly string[]> {
  const names: string[] = [];
  for (const { name, kind, after } of steps) {
    const found = local.packages.get(name);
    const came = kind !== "modify" && found !== undefined && found.version === after?.version;
    if (came && !(await isWhole(found, config))) names.push(name);
  }
  return names;
}

async function isWhole({ folder }: LocalPackage, config: PacmanConfig): Promise<boolean> {
  const entry = `${config.database}local/${folder}`;
  const text = readIfPresent(`${entry}/files`, MAX_BYTES)?.toString("utf8") ?? "";
  const [files = "", backup = ""] = text.split("%BACKUP%\n");
  const paths = files.split("\n").filter((line) => line !== "" && line !== "%FILES%");
  const digests = digestsIn(`${entry}/mtree`);
  // A package may have no files, as Arch's `base`; then its own list names none but those that describe it.
  if (paths.length === 0) return digests.size > 0 && [...digests.keys()].every((path) => path.startsWith("."));
  // What is said to change may be anything.
  for (const line of backup.split("\n")) digests.delete(line.split("\t")[0] ?? "");
  for (const path of paths.filter((each) => !isLeftOut(each, config)))
    if (!(await isThere(config.root + path, digests.get(path)))) return false;
  return true;
}

async function isThere(path: string, digest: string | undefined): Promise<boolean> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return false;
  return digest === undefined || !found.isFile() || (await sha256File(path)).sha256 === digest;
}

/** What pacman.conf has not unpacked, or not over what was there. Of several patterns the last counts; `!` takes it back. */
function isLeftOut(path: string, { unpacking }: PacmanConfig): boolean {
  return ["NoExtract", "NoUpgrade"].some((key) => {
    const lines = unpacking.filter((line) => line.startsWith(`${key} = `));
    const patterns = lines.flatMap((line) => line.slice(key.length + 3).split(/\s+/));
    const last = patterns.findLast((pattern) => matchesAny([pattern.replace(/^!/, "")], path));
    return last !== undefined && !last.startsWith("!");
  });
}

/** SHA-256 of files by path, out of a package's list in the form of mtree(5); of names with odd characters nothing is known. */
function digestsIn(path: string): Map<string, string> {
  try {
    const text = gunzipSync(readIfPresent(path, MAX_BYTES) ?? "", { maxOutputLength: MAX_BYTES }).toString("utf8");
    const lines = text.matchAll(/^\.\/([^\s\\]+) [^\n]*\bsha256digest=([0-9a-f]{64})/gm);
    return new Map([...lines].map(([, name = "", digest = ""]) => [name, digest]));
  } catch {
    // One that cannot be read says nothing.
    return new Map();
  }
}
