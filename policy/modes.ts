import type { PolicyFile, PolicyMode } from "../schema/model/policy.ts";

/** Tables that a machine gives permissions in, and times. To only warn of what needs one would be to give it. */
const ALWAYS_ENFORCED: readonly string[] = ["shell", "sources", "windows", "drift", "roll"];

/** The table of policy.toml that a rule of `PolicyFile` stands in: what its name begins with. */
function tableOf(name: string): string {
  return /^[a-z]+/.exec(name)?.[0] ?? name;
}

/** The rules of a file that are in this mode, whatever tables there are. Pure. */
export function inMode({ modes, waivers: _, ...rules }: PolicyFile, mode: PolicyMode): PolicyFile {
  const modeOf = (name: string): PolicyMode => {
    const table = tableOf(name);
    return ALWAYS_ENFORCED.includes(table) ? "enforce" : (modes?.tables[table] ?? modes?.whole ?? "enforce");
  };
  return Object.fromEntries(Object.entries(rules).filter(([name]) => modeOf(name) === mode)) as PolicyFile;
}

/** A rule with its name here, and its key in a table of names: `gradeSources` and `docker`. */
export interface PlacedRule {
  readonly name: string;
  readonly key?: string;
  readonly rule: AnyRule;
}

/** Every rule of a file by itself, whatever tables there are. */
export function rulesIn({ modes: _, waivers: __, ...rules }: PolicyFile): readonly PlacedRule[] {
  return Object.entries(rules).flatMap(([name, found]: [string, AnyRule | Readonly<Record<string, AnyRule>>]) =>
    isRule(found) ? [{ name, rule: found }] : Object.entries(found).map(([key, rule]) => ({ name, key, rule })),
  );
}

/** A rule of any kind: whole files are compared and shown without knowing what each rule means. */
export interface AnyRule {
  readonly value: unknown;
  readonly file: string;
  readonly line?: number;
}

/** A table of names may hold a source called `file`: that one's entry is a rule, and no text. */
function isRule(found: AnyRule | Readonly<Record<string, AnyRule>>): found is AnyRule {
  return "file" in found && typeof found.file === "string";
}
