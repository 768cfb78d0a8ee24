import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { digestOf } from "../../../host/canonical-json.ts";
import { stampOf } from "../../../host/file-stamp.ts";
import { readIfPresent } from "../../../host/files.ts";
import { keptAnswer } from "../../../host/kept-answer.ts";
import { run } from "../../../host/run.ts";
import { OmgError } from "../../../schema/error.ts";
import { DUMP_FORMAT, folderOf, parseDump, pathOf } from "./configuration-tree.ts";

const APT_CONFIG = "/usr/bin/apt-config";
const DPKG = "/usr/bin/dpkg";

/** A dump with all that it was made from. */
interface KeptDump {
  readonly dump: string;
  /** Files and folders that it was read from; the dump itself names them. */
  readonly places: readonly string[];
  /** Digest of the contents of those, and of whatever else decides. */
  readonly key: string;
}

const inMemory = new Map<string, KeptDump>();

/**
 * What `apt-config dump` prints in this environment. Asked once for as long as nothing that it is made from has changed, for
 * starting it takes longer than reading its files; `cache` is a folder of this user's to keep the answer in.
 * Errors: OmgError `program-missing`, `apt-config-failed`.
 */
export async function readDump(env: Readonly<Record<string, string>>, cache: string | undefined): Promise<string> {
  const name = `apt-config-${digestOf(env).slice(0, 16)}.json`;
  const store = cache === undefined ? undefined : keptAnswer(cache, name);
  const kept = inMemory.get(name) ?? shaped(store?.read());
  if (kept !== undefined && keyOf(env, kept.places) === kept.key) {
    inMemory.set(name, kept);
    return kept.dump;
  }
  const fresh = await ask(env, kept?.places ?? []);
  if (fresh.key === undefined) return fresh.dump;
  inMemory.set(name, { ...fresh, key: fresh.key });
  store?.write(fresh);
  return fresh.dump;
}

async function ask(
  env: Readonly<Record<string, string>>,
  likely: readonly string[],
): Promise<Omit<KeptDump, "key"> & { key: string | undefined }> {
  // The key is taken before and after: files that change meanwhile belong to no answer.
  for (let places = likely; ; ) {
    const before = keyOf(env, places);
    const dump = await runDump(env);
    const now = placesIn(dump);
    const key = keyOf(env, now);
    if (key === undefined || (key === before && now.join() === places.join())) return { dump, places: now, key };
    places = now;
  }
}

async function runDump(env: Readonly<Record<string, string>>): Promise<string> {
  const { code, stdout, stderr } = await run(APT_CONFIG, ["dump", "--format", DUMP_FORMAT], { env });
  if (code === 0 && stdout !== "") return stdout;
  throw new OmgError({
    code: "apt-config-failed",
    exit: "error",
    message: `apt cannot read its own configuration: ${stderr.trim() || `apt-config ended with ${code}`}`,
    state: "Nothing was read or changed.",
    hint: "Run `apt-config dump` and repair the file that it names.",
  });
}

/** The main file, the folder of parts, and where dpkg keeps the foreign architectures (dpkg(1), --add-architecture). */
function placesIn(dump: string): readonly string[] {
  const tree = parseDump(dump);
  const status = pathOf(tree, "Dir::State::status");
  return [pathOf(tree, "Dir::Etc::main"), folderOf(tree, "Dir::Etc::parts"), join(dirname(status), "arch")];
}

/**
 * Undefined where a file includes others (apt.conf(5), `#include`), whose names nobody else resolves as apt does: then apt is
 * asked every time.
 */
function keyOf(env: Readonly<Record<string, string>>, places: readonly string[]): string | undefined {
  const files = [env.APT_CONFIG ?? "", ...places].filter((path) => path !== "").flatMap(filesAt);
  const contents = files.map((path) => [path, readIfPresent(path)?.toString("latin1") ?? null] as const);
  if (contents.some(([, text]) => text?.includes("#include") === true)) return undefined;
  return digestOf({ env, programs: [APT_CONFIG, DPKG].map(stampOf), contents });
}

function filesAt(path: string): readonly string[] {
  if (!path.endsWith("/")) return [path];
  try {
    return readdirSync(path)
      .sort()
      .map((name) => path + name);
  } catch {
    return [];
  }
}

function shaped(value: unknown): KeptDump | undefined {
  const kept = value as Partial<Record<keyof KeptDump, unknown>> | null | undefined;
  const strings = Array.isArray(kept?.places) && kept.places.every((each) => typeof each === "string");
  const whole = typeof kept?.dump === "string" && typeof kept.key === "string" && strings;
  return whole ? (kept as KeptDump) : undefined;
}
