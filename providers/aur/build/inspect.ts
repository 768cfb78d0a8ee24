import { alpmInfoValues, readAlpmInfo } from "../../../host/alpm-info.ts";
import { CLEAN_ENV, type RunOptions, run } from "../../../host/run.ts";
import { asWorker } from "../../../host/worker.ts";
import { OmgError } from "../../../schema/error.ts";
import type { Power } from "../../../schema/model/desired.ts";

/** What a package says of itself, and what it holds that acts with more than its user's rights. */
export interface PackageContent {
  readonly name: string;
  readonly base: string;
  readonly version: string;
  readonly arch: string;
  /** With a file for each, the first. */
  readonly powers: ReadonlyMap<Power, string>;
}

const BSDTAR = "/usr/bin/bsdtar";
const TIMEOUT_MS = 600_000;
const MAX_LISTING = 256 << 20;

/** Reads a package as the worker. Errors: OmgError `package-unreadable`. */
export async function inspectPackage(path: string): Promise<PackageContent> {
  const info = await readAlpmInfo(path, asWorker());
  const value = (key: string) => ("text" in info ? (alpmInfoValues(info.text, key)[0] ?? "") : "");
  return {
    name: value("pkgname"),
    base: value("pkgbase"),
    version: value("pkgver"),
    arch: value("arch"),
    powers: new Map([...powersIn(await listing(path)), ...(await capabilitiesIn(path))]),
  };
}

const CAPABILITY = "SCHILY.xattr.security.capability=";

/** They are attributes of files, which no listing shows: looked for in the archive as pax(1) would write it. */
async function capabilitiesIn(path: string): Promise<readonly (readonly [Power, string])[]> {
  let tail = "";
  let found = false;
  const onLine = (line: string) => {
    const text = tail + line;
    found ||= text.includes(CAPABILITY);
    tail = text.slice(-CAPABILITY.length); // a long line comes in parts
  };
  await bsdtar(["-cf", "-", "--format=pax", `@${path}`], path, { onLine, maxOutputBytes: 1 << 16 });
  return found ? [["capabilities", "a file"]] : [];
}

/** mtree(5), a line an entry: names have no white space there, whatever they have in the archive. */
function listing(path: string): Promise<string> {
  return bsdtar(["-cf", "-", "--format=mtree", "--options=!all,use-set,type,mode", `@${path}`], path);
}

/** Pure. */
function powersIn(mtree: string): ReadonlyMap<Power, string> {
  const found = new Map<Power, string>();
  const note = (power: Power, name: string) => found.has(power) || found.set(power, name);
  let common = "";
  for (const line of mtree.split("\n")) {
    if (line.startsWith("/set ")) common = line;
    if (line.startsWith("/") || line.startsWith("#") || line === "") continue;
    const name = line.split(" ", 1)[0]?.replace(/^\.\//, "") ?? "";
    const mode = /(?:^| )mode=([0-7]+)/.exec(line)?.[1] ?? /(?:^| )mode=([0-7]+)/.exec(common)?.[1] ?? "0";
    const type = /(?:^| )type=(\w+)/.exec(line)?.[1] ?? /(?:^| )type=(\w+)/.exec(common)?.[1];
    if (name === ".INSTALL") note("install-script", name);
    if (type !== "dir" && (Number.parseInt(mode, 8) & 0o6000) !== 0) note("setuid", name);
  }
  return found;
}

async function bsdtar(
  args: readonly string[],
  path: string,
  how: Pick<RunOptions, "onLine" | "maxOutputBytes"> = {},
): Promise<string> {
  const ran = await run(BSDTAR, args, {
    env: CLEAN_ENV,
    timeoutMs: TIMEOUT_MS,
    maxOutputBytes: MAX_LISTING,
    ...how,
    ...asWorker(),
  });
  if (ran.code === 0) return ran.stdout;
  throw new OmgError({
    code: "package-unreadable",
    exit: "refused",
    message: `${path.slice(path.lastIndexOf("/") + 1)} is no package that can be read.`,
    state: "It was thrown away.",
    details: ran.stderr.split("\n").slice(0, 5),
  });
}
