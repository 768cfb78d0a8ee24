import { stripControls } from "../../../host/text.ts";
import { OmgError } from "../../../schema/error.ts";

/** One section of a .SRCINFO: values by key, in their order. */
export interface Section {
  readonly name: string;
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

/** A .SRCINFO as it is written: what is said of everything, and of each package. */
export interface Srcinfo {
  readonly base: Section;
  readonly packages: readonly Section[];
}

const MAX_BYTES = 1 << 20;
const MAX_LINE = 8192;
const MAX_PACKAGES = 200;
const KEY = /^[a-z][a-z0-9_]*$/;

/**
 * Reads a .SRCINFO (PKGBUILD(5); the form that `makepkg --printsrcinfo` writes): `key = value`, a section for `pkgbase` and one for each
 * `pkgname`. The PKGBUILD itself is never run to find out. Pure. Errors: OmgError `recipe-invalid`.
 */
export function parseSrcinfo(text: string): Srcinfo {
  if (text.length > MAX_BYTES) throw invalid(`it has more than ${MAX_BYTES} bytes`);
  const sections: { name: string; kind: string; fields: Map<string, string[]> }[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const { key, value } = assignment(line, index + 1);
    if (key === "pkgbase" || key === "pkgname") sections.push({ name: value, kind: key, fields: new Map() });
    const fields = sections.at(-1)?.fields;
    if (fields === undefined) throw invalid(`line ${index + 1} comes before pkgbase`);
    const known = fields.get(key);
    if (known === undefined) fields.set(key, [value]);
    else known.push(value);
  }
  const [base, ...packages] = sections;
  if (base?.kind !== "pkgbase" || packages.some(({ kind }) => kind !== "pkgname"))
    throw invalid("it does not begin with one pkgbase");
  if (packages.length === 0) throw invalid("it names no package");
  if (packages.length > MAX_PACKAGES) throw invalid(`it names more than ${MAX_PACKAGES} packages`);
  if (new Set(packages.map(({ name }) => name)).size !== packages.length) throw invalid("it names a package twice");
  return { base, packages };
}

function assignment(line: string, number: number): { readonly key: string; readonly value: string } {
  const equals = line.indexOf("=");
  const key = line.slice(0, equals).trim();
  const value = line.slice(equals + 1).trim();
  if (equals < 0 || !KEY.test(key)) throw invalid(`line ${number} is no \`key = value\``);
  if (line.length > MAX_LINE || stripControls(value) !== value)
    throw invalid(`line ${number} is too long, or holds control characters`);
  return { key, value };
}

export function invalid(why: string): OmgError {
  return new OmgError({
    code: "recipe-invalid",
    exit: "refused",
    message: `The .SRCINFO cannot be believed: ${why}.`,
    state: "Nothing was built or changed.",
    hint: "Its maintainer has to write it anew: `makepkg --printsrcinfo > .SRCINFO`.",
  });
}
