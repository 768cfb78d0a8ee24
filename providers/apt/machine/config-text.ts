import { OmgError } from "../../../schema/error.ts";

type Setting = readonly [name: string, value: string];

/** Hooks of `apt-get update`, which would take private lists for the machine's; and descriptions, which nobody reads there. */
const CLEARED = [
  "APT::Update::Pre-Invoke",
  "APT::Update::Post-Invoke",
  "APT::Update::Post-Invoke-Success",
  "Acquire::Languages",
];

/**
 * Settings in the form of apt.conf(5), for an apt that works on private lists: the machine's hooks of an update are off. Errors:
 * OmgError `path-unsuitable`.
 */
export function privateSettings(settings: readonly Setting[]): string {
  return [
    ...CLEARED.map((name) => `#clear ${name};\n`),
    ...settings.map(([name, value]) => `${name} ${quoted(value)};\n`),
  ].join("");
}

/** A value in apt.conf(5), which knows no escapes. Errors: OmgError `path-unsuitable`. */
export function quoted(value: string): string {
  if (!/["\n\\]/.test(value)) return `"${value}"`;
  throw unsuitable(value);
}

/** A path that neither apt's configuration nor a shell's word in it can hold. */
export function unsuitable(value: string): OmgError {
  return new OmgError({
    code: "path-unsuitable",
    exit: "error",
    message: `apt's configuration cannot hold the path in ${JSON.stringify(value)}.`,
    hint: "Use folders whose names have no quotes, backslashes or line breaks.",
  });
}
