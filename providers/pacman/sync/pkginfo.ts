import { type PackageDesc, packageOf, parseDesc } from "../desc.ts";

/** Fields of .PKGINFO that makepkg writes, and what databases call them. */
const NAMES: readonly (readonly [string, string])[] = [
  ["pkgname", "NAME"],
  ["pkgbase", "BASE"],
  ["pkgver", "VERSION"],
  ["pkgdesc", "DESC"],
  ["group", "GROUPS"],
  ["size", "ISIZE"],
  ["url", "URL"],
  ["license", "LICENSE"],
  ["arch", "ARCH"],
  ["packager", "PACKAGER"],
  ["replaces", "REPLACES"],
  ["conflict", "CONFLICTS"],
  ["provides", "PROVIDES"],
  ["depend", "DEPENDS"],
  ["optdepend", "OPTDEPENDS"],
];

/** What a package says of itself, in the form of a database's description. Undefined for text that names no package. Pure. */
export function descFromInfo(
  info: string,
  file: { readonly filename: string; readonly signature?: string },
): (PackageDesc & { readonly text: string }) | undefined {
  const lines = info.split("\n").flatMap((line) => {
    const [, key, value] = /^(\w+) = (.*)$/.exec(line) ?? [];
    return key === undefined || value === undefined ? [] : [[key, value] as const];
  });
  const blocks = NAMES.flatMap(([key, field]) => {
    const values = lines.filter(([name]) => name === key).map(([, value]) => value);
    return values.length === 0 ? [] : [blockOf(field, values)];
  });
  const signed = file.signature === undefined ? [] : [blockOf("PGPSIG", [file.signature])];
  const text = [blockOf("FILENAME", [file.filename]), ...blocks, ...signed].join("");
  const found = packageOf(parseDesc(text));
  return found === undefined ? undefined : { ...found, text };
}

/** The .PKGINFO of a package with nothing in it that is described so: enough for pacman to work out what it would do. Pure. */
export function infoFromDesc(text: string): string {
  const fields = parseDesc(text);
  const own = NAMES.filter(([key]) => !["size", "license", "pkgdesc", "url", "packager", "arch"].includes(key));
  const lines = own.flatMap(([key, field]) => (fields.get(field) ?? []).map((value) => `${key} = ${value}\n`));
  return `${lines.join("")}pkgdesc = \nbuilddate = 1\npackager = omg\nsize = 0\narch = any\n`;
}

function blockOf(field: string, values: readonly string[]): string {
  return `%${field}%\n${values.join("\n")}\n\n`;
}
