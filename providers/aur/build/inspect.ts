import { lstatSync } from "node:fs";
import { alpmInfoValues, readAlpmInfo } from "../../../host/alpm-info.ts";
import { CLEAN_ENV, run } from "../../../host/run.ts";
import { stripControls } from "../../../host/text.ts";
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

/**
 * Reads a package as the worker. Errors: OmgError `package-unreadable`, also for what no package of pacman's is: another kind of archive,
 * or one with a device in it.
 */
export async function inspectPackage(path: string): Promise<PackageContent> {
  if (!lstatSync(path).isFile()) throw unreadable(path, ["It is no regular file."]);
  const info = await readAlpmInfo(path, asWorker());
  const value = (key: string) => ("text" in info ? (alpmInfoValues(info.text, key)[0] ?? "") : "");
  return {
    name: value("pkgname"),
    base: value("pkgbase"),
    version: value("pkgver"),
    arch: value("arch"),
    powers: new Map([...(await powersIn(path)), ...(await capabilitiesIn(path))]),
  };
}

const CAPABILITY = "SCHILY.xattr.security.capability=";

/** They are attributes of files, which no listing shows: looked for in the archive as pax(1) would write it. */
async function capabilitiesIn(path: string): Promise<readonly (readonly [Power, string])[]> {
  let tail = "";
  let found = false;
  await bsdtar(["-cf", "-", "--format=pax", `@${path}`], path, (line) => {
    const text = tail + line;
    found ||= text.includes(CAPABILITY);
    tail = text.slice(-CAPABILITY.length); // a long line comes in parts
  });
  return found ? [["capabilities", "a file"]] : [];
}

/** The last line of a listing. In an archive of another kind (mtree(5)), entries may be files of whoever unpacks it. */
const TAR = /^Archive Format: (?:GNU tar|(?:restricted )?POSIX (?:pax|ustar)) /;
/** As `ls -ln` writes it: type, mode, links, owner, group, size or numbers of the device, date, name. */
const ENTRY = /^([-a-z])([-rwxsStT]{9})[ +] *\d+ +\d+ +\d+ +\d+(?:,\d+)? [A-Z][a-z]{2} [ \d]\d +[\d:]+ (.*)$/;
/** What root runs while packages come and go: the package's own script, and hooks (alpm-hooks(5)). */
const SCRIPT = /^[./]*\.INSTALL(?: |$)|(?:^|\/)hooks\/.*\.hook(?: |$)/;

/**
 * Read from the listing of every entry as it stands, control characters escaped: of two entries with one path, the first can be the one
 * that stays on the disk (where it is a `backup` file).
 */
async function powersIn(path: string): Promise<ReadonlyMap<Power, string>> {
  const found = new Map<Power, string>();
  const odd: string[] = [];
  let last = "";
  const onEntry = (line: string) => {
    const [, type = "", mode = "", name = ""] = ENTRY.exec(line) ?? [];
    const note = (power: Power) => found.has(power) || found.set(power, shown(name));
    if (type === "" || "bc".includes(type)) odd.push(shown(line));
    if (SCRIPT.test(name)) note("install-script");
    if (type !== "d" && /[sS]/.test(mode)) note("setuid");
  };
  await bsdtar(["-tvv", "--numeric-owner", "-f", path], path, (line) => {
    if (last !== "" && odd.length === 0) onEntry(last);
    last = line;
  });
  if (!TAR.test(last)) odd.push(shown(last));
  if (odd.length > 0) throw unreadable(path, ["It holds what no package has:", ...odd]);
  return found;
}

function shown(text: string): string {
  return stripControls(text).slice(0, 200);
}

/** `onLine`: for each line; output as large as an archive can make it is not kept. */
async function bsdtar(args: readonly string[], path: string, onLine: (line: string) => void): Promise<void> {
  const ran = await run(BSDTAR, args, {
    env: CLEAN_ENV,
    timeoutMs: TIMEOUT_MS,
    maxOutputBytes: 1 << 16,
    onLine: (line, stream) => stream === "stdout" && onLine(line),
    ...asWorker(),
  });
  if (ran.code !== 0) throw unreadable(path, ran.stderr.split("\n").slice(0, 5));
}

function unreadable(path: string, details: readonly string[]): OmgError {
  return new OmgError({
    code: "package-unreadable",
    exit: "refused",
    message: `${path.slice(path.lastIndexOf("/") + 1)} is no package that can be read.`,
    state: "It was thrown away.",
    details,
  });
}
