import { dirname } from "node:path";
import { createGunzip } from "node:zlib";
import { makeFolder, writeAtomic } from "../../host/files.ts";
import { splitLines } from "../../host/lines.ts";
import { environmentRouting } from "../../host/proxy.ts";
import { smallFile } from "../../host/small-file.ts";
import { stripControls } from "../../host/text.ts";
import type { CatalogEntry } from "../../schema/model/catalog.ts";
import { MAX_NAMES_BYTES } from "./names.ts";
import { LIMITS, NAME, unreachable } from "./rpc.ts";

/** What the AUR has, in one file that it makes anew every few minutes: a JSON list, with a line for each package. */
const LIST = "packages-meta-v1.json.gz";
const MAX_PACKED = 64 << 20;
/** Of all that is fetched of it, for a slow line. */
const OVERALL_MS = 10 * 60_000;
const LONGEST_SUMMARY = 300;
const VERSION = /^[A-Za-z0-9:._+~-]{1,200}$/;

/**
 * Fetches the list of everything in the AUR, and keeps of each package what a search shows: name, version and summary on a line, with tabs between.
 * Nothing vouches for it but the server; it decides about nothing.
 * @throws OmgError `aur-unreachable`
 */
export async function fetchNames(address: string, file: string, signal: AbortSignal): Promise<void> {
  const url = `${address}/${LIST}`;
  const options = { ...LIMITS, maxBytes: MAX_PACKED, overallMs: OVERALL_MS, routing: environmentRouting(process.env) };
  let text: string;
  try {
    text = await linesOf(await smallFile(url, { ...options, signal }));
  } catch (cause) {
    throw unreachable(url, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (text === "") throw unreachable(url, "its answer is no list of packages");
  makeFolder(dirname(file));
  writeAtomic(file, text);
}

async function linesOf(packed: Buffer): Promise<string> {
  const kept: string[] = [];
  const lines = splitLines((line) => {
    const found = packageIn(line);
    if (found !== undefined) kept.push(`${found.name}\t${found.version}\t${found.summary}\n`);
  });
  const unpacking = createGunzip();
  unpacking.end(packed);
  let bytes = 0;
  for await (const piece of unpacking as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MAX_NAMES_BYTES) throw new Error(`it is larger than ${MAX_NAMES_BYTES} bytes`);
    lines.push(piece);
  }
  lines.end();
  return kept.join("");
}

/** Undefined for brackets, and for what is no package. */
function packageIn(line: string): Pick<CatalogEntry, "name" | "version" | "summary"> | undefined {
  if (!line.startsWith("{")) return undefined;
  let found: unknown;
  try {
    found = JSON.parse(line.replace(/,\s*$/, ""));
  } catch {
    return undefined;
  }
  const { Name: name, Version: version, Description: summary } = found as Readonly<Record<string, unknown>>;
  if (typeof name !== "string" || typeof version !== "string" || !NAME.test(name) || !VERSION.test(version))
    return undefined;
  return {
    name,
    version,
    summary: typeof summary === "string" ? stripControls(summary).slice(0, LONGEST_SUMMARY) : "",
  };
}
