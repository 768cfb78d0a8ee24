/**
 * Package names on apt's command line. A bare name is not safe there: a trailing `+` or `-` is an instruction, globs and
 * regular expressions are tried when nothing has that name. With an architecture behind it none of that applies.
 */

/** `name:native` or `name:arch`, to be followed by `=version`, `+` or `-`. */
export function qualified(name: string): string {
  return name.includes(":") ? name : `${name}:native`;
}

/** The name without its architecture, as a control file has it. */
export function bareName(name: string): string {
  const colon = name.indexOf(":");
  return colon < 0 ? name : name.slice(0, colon);
}

/** The architecture of a foreign package's key. */
export function foreignArch(name: string): string | undefined {
  const colon = name.indexOf(":");
  return colon < 0 ? undefined : name.slice(colon + 1);
}
