import { globMatches } from "../../schema/files/glob.ts";
import type { Violation } from "../../schema/model/artifact.ts";
import type { Rule } from "../../schema/model/policy.ts";
import type { Step } from "../../schema/model/transaction.ts";
import type { RuleContext } from "./context.ts";

const MACHINE_POLICY = "/etc/omg/policy.toml";

/** Also where a slash is written as `%2f`: apt's file method and many a server read that as one. */
const CLIMBS = /(?:\/|%2f)(?:\.|%2e){1,2}(?:\/|%2f|$)/i;
/** Scheme and host, and the path behind them. */
const ADDRESS = /^([a-z][a-z0-9+.-]*:(?:\/\/[^/]*)?)(.*)$/i;

/**
 * `[sources] allow`: a lock may add or change a source of packages only with addresses that the machine's policy allows, and
 * the repository's too where it has the rule. The demand is built in and cannot be turned off. What goes needs no permission.
 */
export function sourceViolations({ policy, steps }: RuleContext): Violation[] {
  const { sourcesAllow, sourcesKept } = policy;
  return steps.flatMap((step) => {
    const addresses = step.address.startsWith("sources.") && step.after !== null ? addressesOf(step) : [];
    const refused = notIn(sourcesAllow?.value ?? [], addresses);
    if (refused.length > 0) return [violation(step, sourcesAllow, refused, machineRemedy(sourcesAllow, refused))];
    const remedy = "Take it from an address that this policy allows, or have the repository's policy.toml changed.";
    return sourcesKept.flatMap((kept) => {
      const left = notIn(kept.value, addresses);
      return left.length > 0 ? [violation(step, kept, left, remedy)] : [];
    });
  });
}

/** A source without an address is none that could be allowed. */
function addressesOf({ after }: Step): readonly string[] {
  return String(after?.uris ?? "").split(" ");
}

function notIn(patterns: readonly string[], addresses: readonly string[]): readonly string[] {
  return addresses.filter((address) => !patterns.some((pattern) => allows(pattern, address)));
}

/**
 * A `*` within scheme and host ends there, so that `https://*.example.org/*` is no permission for other hosts. A path that climbs
 * is nowhere that could be compared.
 */
function allows(pattern: string, address: string): boolean {
  if (CLIMBS.test(address)) return false;
  if (pattern === "*") return true;
  const [, host = "", path = ""] = ADDRESS.exec(address) ?? [];
  const [, hostPattern, pathPattern = ""] = ADDRESS.exec(pattern) ?? [];
  if (host === "" || hostPattern === undefined || !globMatches(hostPattern, host)) return false;
  return globMatches(pathPattern, path) || globMatches(pathPattern, `${path}/`);
}

function machineRemedy(rule: Rule<readonly string[]> | undefined, refused: readonly string[]): string {
  const list = refused.map((address) => JSON.stringify(address)).join(", ");
  if (rule === undefined) return `Let root write into ${MACHINE_POLICY}, under [sources]: allow = [${list}]`;
  return `Let root add ${list} to the list \`allow\` in ${rule.file}:${rule.line ?? 1}.`;
}

function violation(
  step: Step,
  rule: Rule<readonly string[]> | undefined,
  refused: readonly string[],
  remedy: string,
): Violation {
  return {
    address: step.address,
    rule: "sources.allow",
    file: rule?.file ?? "built-in",
    ...(rule?.line === undefined ? {} : { line: rule.line }),
    message: `Packages would come from ${refused.join(" and ")}, and a lock may set up a source only where this machine's policy allows its address.`,
    remedy,
  };
}
