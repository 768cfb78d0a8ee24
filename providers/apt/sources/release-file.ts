import { existsSync, readFileSync } from "node:fs";
import { stanzasOf } from "../../../host/deb822.ts";
import { forEachRecord } from "../../../host/deb822-records.ts";

/** The signed file over an index, as it lies beside it. */
export interface ReleaseFile {
  /** InRelease, or Release. */
  readonly path: string;
  /** Release.gpg, where there is one beside a Release. */
  readonly signature?: string;
}

/** What a Release file says of itself, as pins match it; empty where it is silent. */
export interface ReleaseFacts {
  readonly origin: string;
  readonly label: string;
  readonly suite: string;
  readonly codename: string;
  readonly version: string;
  readonly notAutomatic: boolean;
  readonly butAutomaticUpgrades: boolean;
  /** Where its snapshots are, with `@SNAPSHOTID@` for the time. */
  readonly snapshots?: string;
}

const BEGIN = "-----BEGIN PGP SIGNED MESSAGE-----";
const END = "\n-----BEGIN PGP SIGNATURE-----";

/** The release file whose name begins with `prefix`; undefined for a source that publishes none. */
export function findRelease(prefix: string): ReleaseFile | undefined {
  if (existsSync(`${prefix}InRelease`)) return { path: `${prefix}InRelease` };
  if (!existsSync(`${prefix}Release`)) return undefined;
  const signature = `${prefix}Release.gpg`;
  return { path: `${prefix}Release`, ...(existsSync(signature) && { signature }) };
}

/** Reads what apt verified when it fetched the file; nothing is verified here. System errors pass. */
export function readReleaseFacts(path: string): ReleaseFacts {
  return releaseFacts(Buffer.from(signedText(readFileSync(path, "latin1")), "latin1"));
}

/** The field `Date`; undefined where it is none. System errors pass. */
export function releaseDate(path: string): Date | undefined {
  const date = new Date(stanzasOf(signedText(readFileSync(path, "utf8")))[0]?.get("Date") ?? "");
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/**
 * Whether a release file lists an index, `main/binary-amd64/Packages`, in any compression, and with something in it: of an
 * empty one apt keeps no file. System errors pass.
 */
export function listsContent(path: string, index: string): boolean {
  const sizes = new Map(readFileSync(path, "utf8").split("\n").flatMap(entryIn));
  return sizes.get(index) !== 0 && [...sizes.keys()].some((name) => name.replace(COMPRESSION, "") === index);
}

const COMPRESSION = /\.(?:gz|xz|bz2|zst|lz4|lzma)$/;

/** Name and bytes of a line `hash size name`. */
function entryIn(line: string): readonly (readonly [string, number])[] {
  const [, size, name] = /^ [0-9a-f]+ +([0-9]+) (\S+)$/.exec(line) ?? [];
  return name === undefined ? [] : [[name, Number(size)]];
}

const FACTS = new Set(
  "origin label suite archive codename version notautomatic butautomaticupgrades snapshots".split(" "),
);

/** Pure. */
function releaseFacts(text: Buffer): ReleaseFacts {
  let values: ReadonlyMap<string, string> | undefined;
  // Most of it are thousands of hashes, so once through it for all fields.
  forEachRecord(text, FACTS, ({ get }) => {
    values ??= new Map([...FACTS].map((field) => [field, get(field) ?? ""]));
  });
  const value = (field: string) => values?.get(field) ?? "";
  const snapshots = value("snapshots");
  return {
    origin: value("origin"),
    label: value("label"),
    suite: value("suite") || value("archive"),
    codename: value("codename"),
    version: value("version"),
    notAutomatic: value("notautomatic").toLowerCase() === "yes",
    butAutomaticUpgrades: value("butautomaticupgrades").toLowerCase() === "yes",
    ...(snapshots !== "" && { snapshots }),
  };
}

/** The text within a clearsigned frame (RFC 9580, section 7), without undoing dash escapes; other text as it is. */
function signedText(text: string): string {
  if (!text.startsWith(BEGIN)) return text;
  const start = text.search(/\r?\n\r?\n/);
  const end = text.indexOf(END);
  return end < 0
    ? ""
    : text
        .slice(start)
        .trimStart()
        .slice(0, end - start);
}

/** As archives mark them: Debian's by Label and Suite (`Debian-Security`, `stable-security`), Ubuntu's by Suite (`noble-security`). */
export function isSecurity({ label, suite, codename }: ReleaseFacts): boolean {
  return [label, suite, codename].some((fact) => /-security$/i.test(fact));
}
