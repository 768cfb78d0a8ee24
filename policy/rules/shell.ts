import { globMatches } from "../../schema/files/glob.ts";
import type { Violation } from "../../schema/model/artifact.ts";
import type { RuleContext } from "./context.ts";
import { isGuardedAlias, isGuardedVariable } from "./guarded-names.ts";

/** The word of a lock's shell settings in addresses: `shell.env.PATH`, `shell.alias.git`. */
const SETTING = /^(env|alias)\.(.*)$/s;

/**
 * `[shell] allow`: guarded variables and aliases need the machine's permission. The guard itself is built in and cannot be
 * turned off; a repository's own list is no permission.
 */
export function shellViolations({ policy, steps }: RuleContext): Violation[] {
  const allowed = policy.shellAllow;
  return steps.flatMap((step) => {
    const what = step.address.startsWith("shell.") && step.after !== null ? guarded(step.name) : undefined;
    if (what === undefined || permits(allowed?.value ?? [], step.name)) return [];
    return [
      {
        address: step.address,
        rule: "shell.allow",
        file: allowed?.file ?? "built-in",
        ...(allowed?.line === undefined ? {} : { line: allowed.line }),
        message: `${what}, and a lock may set it only where this machine's policy says so.`,
        remedy: `Let root add "${step.name}" to [shell] allow in the machine's policy.toml, or take it out of the lock.`,
      },
    ];
  });
}

/** Why a variable or alias (`env.PATH`, `alias.git`) needs the machine's permission, which these patterns do not give. Pure. */
export function settingFault(resource: string, allowed: readonly string[]): string | undefined {
  return permits(allowed, resource) ? undefined : guarded(resource);
}

function guarded(resource: string): string | undefined {
  const [, kind, name = ""] = SETTING.exec(resource) ?? [];
  if (kind === "env" && isGuardedVariable(name)) return `The variable ${name} decides what programs load, run or trust`;
  if (kind === "alias" && isGuardedAlias(name))
    return `The alias ${name} would take the place of a command that people trust`;
  return undefined;
}

function permits(patterns: readonly string[], name: string): boolean {
  const bare = SETTING.exec(name)?.[2] ?? name;
  return patterns.some((pattern) => globMatches(pattern, name) || globMatches(pattern, bare));
}
