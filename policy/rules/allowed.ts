import { globMatches } from "../../schema/files/glob.ts";
import type { Violation } from "../../schema/model/artifact.ts";
import { type Arrival, covers, cut, type RuleContext, refusal } from "./context.ts";

/** `[origins] allow`: every file that has a list must allow the source. */
export function originViolations({ policy, arrivals }: RuleContext): Violation[] {
  return policy.originsAllow.flatMap((rule) =>
    arrivals
      .filter(
        ({ artifact }) =>
          artifact === undefined || !rule.value.some((pattern) => globMatches(pattern, artifact.origin)),
      )
      .map((arrival) =>
        refusal(
          "origins.allow",
          rule,
          arrival,
          `its source is not one of: ${rule.value.join(", ")}.`,
          "Take it from an allowed source (`from:` in the lock).",
        ),
      ),
  );
}

/** `[packages] allow` and `deny`, whatever brings the package in: the lock or a dependency. */
export function packageViolations({ policy, arrivals }: RuleContext): Violation[] {
  const notAllowed = policy.packagesAllow.flatMap((rule) =>
    arrivals
      .filter(({ step }) => !covers(rule.value, step))
      .map((arrival) =>
        refusal("packages.allow", rule, arrival, "it is not on the list of what may be installed.", cut(arrival)),
      ),
  );
  const denied = policy.packagesDeny.flatMap((rule) =>
    arrivals
      .filter(({ step }) => covers(rule.value, step))
      .map((arrival) => refusal("packages.deny", rule, arrival, "it may not be installed.", cut(arrival))),
  );
  return [...notAllowed, ...denied];
}

/** `[signatures] required` */
export function signatureViolations({ policy, arrivals }: RuleContext): Violation[] {
  const rule = policy.signaturesRequired;
  if (rule === undefined) return [];
  return arrivals
    .filter((arrival) => !isSigned(arrival))
    .map((arrival) => {
      const found =
        arrival.judgement?.evidence.find(({ check }) => check === "signature")?.detail ?? "no signature is known.";
      return refusal(
        "signatures.required",
        rule,
        arrival,
        found,
        "Take it from a source that signs, bound to its key.",
      );
    });
}

function isSigned({ judgement }: Arrival): boolean {
  const found = (judgement?.evidence ?? []).filter(({ check }) => check === "signature");
  // What only the bytes will tell is asked again once they are here.
  return found.length > 0 && found.every(({ verdict }) => verdict === "pass" || verdict === "pending");
}
