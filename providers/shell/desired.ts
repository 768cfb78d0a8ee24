import { OmgError } from "../../schema/error.ts";
import type { Desired, Wanted } from "../../schema/model/desired.ts";
import type { EnvValue, PlatformLock } from "../../schema/model/lock.ts";
import { requireSetting } from "./names.ts";

/** The file itself as a resource beside its settings: so that damage to it is seen, and it goes when nothing is left in it. */
export const FILE = "file";

/**
 * What the user's own lock sets. A project's lock sets nothing here: its settings belong to its folder.
 * @throws OmgError `not-supported-yet` for a `{ from: … }` value, `shell-setting-invalid`
 */
export function desiredOf(lock: PlatformLock): Desired {
  const variables = Object.entries(lock.env);
  const aliases = Object.entries(lock.aliases);
  const wanted = lock.own
    ? [
        ...variables.map(([name, value]) => setting("env", name, literal(name, value))),
        ...aliases.map(([name, value]) => setting("alias", name, value)),
      ]
    : [];
  return {
    provider: "shell",
    wanted:
      wanted.length === 0 ? [] : [{ provider: "shell", name: FILE, presence: "present", attributes: {} }, ...wanted],
    unmanaged: { mode: "report", foreign: "report", ignore: [] },
    notes: lock.own ? [] : leftOut(variables.length, aliases.length),
  };
}

function setting(kind: "env" | "alias", name: string, value: string): Wanted {
  requireSetting(kind, name, value);
  return { provider: "shell", name: `${kind}.${name}`, presence: "present", attributes: { value } };
}

function literal(name: string, value: EnvValue): string {
  if (typeof value === "string") return value;
  throw new OmgError({
    code: "not-supported-yet",
    exit: "invalid",
    message: `env.${name} takes its value from elsewhere ({ from: ${value.from} }), which this version of omg does not do yet.`,
    state: "Nothing was changed.",
    hint: "Write the value itself, or take the line out.",
  });
}

function leftOut(variables: number, aliases: number): string[] {
  const counted = [plural(variables, "variable", "variables"), plural(aliases, "alias", "aliases")].filter(
    (text) => text !== "",
  );
  if (counted.length === 0) return [];
  const [takes, its] = variables + aliases === 1 ? ["takes", "its"] : ["take", "their"];
  return [
    `${counted.join(" and ")} of this lock ${takes} effect in shells inside ${its} folder, once \`omg allow\` was run there; what your own omg.lock sets takes effect everywhere.`,
  ];
}

function plural(count: number, one: string, many: string): string {
  return count === 0 ? "" : `${count} ${count === 1 ? one : many}`;
}
