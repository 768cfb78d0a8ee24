import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { complaintsOf, lockIn, type MiseAlone, miseAlone, writeRequest } from "../../../host/mise-alone.ts";
import { proxyVariables } from "../../../host/proxy.ts";
import type { RunResult } from "../../../host/run.ts";
import { sourceText } from "../../../schema/files/source-text.ts";
import { parseToml } from "../../../schema/files/toml-source.ts";
import { noAddress, noSuchTool, notArchives, requireMise, unanswered } from "./failures.ts";
import type { MiseOptions } from "./options.ts";
import { misePlatform } from "./platform.ts";

/** An archive as mise names it. Nobody has seen its bytes yet. */
export interface NamedArchive {
  readonly version: string;
  /** Where mise has it from: `aqua:jqlang/jq`. */
  readonly backend: string;
  readonly url: string;
  /** What its publisher says of the bytes, as far as mise found it: `sha256:…`. */
  readonly checksum?: string;
}

/** Kinds of sources that are an archive or a program at an address. */
const ARCHIVES = ["aqua", "github", "gitlab", "forgejo", "http"];

/**
 * The newest version that answers, and where it lies. Asks what mise asks.
 * @throws OmgError `mise-missing`, `no-such-tool`, `no-archive`, `index-unreachable`
 */
export async function archiveFor(options: MiseOptions, tool: string, version: string): Promise<NamedArchive> {
  const platform = misePlatform();
  return withMise(options, tool, version, async (alone, ask) => {
    await ask(["registry", tool], (ran) => noSuchTool(tool, complaintsOf(ran)));
    const ran = await ask(["lock", "--platform", platform], (failed) => unanswered(tool, complaintsOf(failed)));
    const entry = entryIn(readLock(alone.folder), tool);
    const found = entry?.[`platforms.${platform}`] as Table | undefined;
    const [backend, locked, url, checksum] = [entry?.backend, entry?.version, found?.url, found?.checksum];
    if (typeof backend !== "string" || typeof locked !== "string") throw notArchives(tool, complaintsOf(ran));
    if (!ARCHIVES.includes(backend.split(":")[0] ?? "")) throw notArchives(tool, [`mise has it from ${backend}.`]);
    if (typeof url !== "string" || !/^https?:\/\/[!-~]+$/.test(url)) throw noAddress(tool, locked, complaintsOf(ran));
    return { version: locked, backend, url, ...(typeof checksum === "string" ? { checksum } : {}) };
  });
}

/** Every version, the oldest first. @throws OmgError as `archiveFor` */
export async function versionsOf(options: MiseOptions, tool: string): Promise<readonly string[]> {
  return withMise(options, tool, "latest", async (_, ask) => {
    await ask(["registry", tool], (ran) => noSuchTool(tool, complaintsOf(ran)));
    const { stdout } = await ask(["ls-remote", tool], (ran) => unanswered(tool, complaintsOf(ran)));
    return stdout.split("\n").filter((line) => /^\d[\w.+~-]{0,99}$/.test(line));
  });
}

type Table = Readonly<Record<string, unknown>>;
type Ask = (args: readonly string[], failed: (ran: RunResult) => Error) => Promise<RunResult>;

/** In a folder of its own, which is gone afterwards. */
async function withMise<T>(
  options: MiseOptions,
  tool: string,
  version: string,
  act: (alone: MiseAlone, ask: Ask) => Promise<T>,
): Promise<T> {
  const program = await requireMise(options, tool);
  const parent = join(options.cache, "runtimes");
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(parent, "mise-"));
  const { signal } = options;
  try {
    writeRequest(folder, { tool, version });
    const env = await wayOut(options);
    const alone = { program, folder, env, ...(signal === undefined ? {} : { signal }) };
    return await act(alone, async (args, failed) => {
      const ran = await miseAlone(alone, args);
      signal?.throwIfAborted();
      if (ran.code !== 0) throw failed(ran);
      return ran;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Mirrors, proxies, and a token for GitHub: for a mirror only one that says that it is for omg. */
async function wayOut({ env, settings }: MiseOptions): Promise<Readonly<Record<string, string>>> {
  const { mirrors = {} } = await settings();
  const isDirect = Object.keys(mirrors).length === 0;
  const token = env.OMG_GITHUB_TOKEN || (isDirect ? env.GITHUB_TOKEN || env.GH_TOKEN : undefined);
  return {
    ...proxyVariables(env),
    ...(isDirect ? {} : { MISE_URL_REPLACEMENTS: JSON.stringify(mirrors) }),
    ...(token === undefined || !/^[!-~]{1,512}$/.test(token) ? {} : { MISE_GITHUB_TOKEN: token }),
  };
}

/** A lock without an entry is written as none at all. */
function readLock(folder: string): Table {
  let text = "";
  try {
    text = readFileSync(lockIn(folder), "utf8");
  } catch {
    return {};
  }
  return { parsed: undefined, ...parseToml(sourceText("mise.lock", text)) }.parsed?.value as Table;
}

function entryIn(lock: Table | undefined, tool: string): Table | undefined {
  const tools = lock?.tools as Table | undefined;
  const entries = tools?.[tool];
  return Array.isArray(entries) ? (entries[0] as Table | undefined) : undefined;
}
