import type { CiFinding, CiResult } from "../../../app/results.ts";
import { sarifLog } from "./sarif-log.ts";

const RULES: Readonly<Record<CiFinding["rule"], string>> = {
  missing: "The lock wants it, and it is not here",
  different: "It is here otherwise than the lock wants it",
  unwanted: "It is here, and should not be",
  unreadable: "It could not be read, and nothing is concluded from it",
  interrupted: "A run was cut off",
  ahead: "It is newer than its pin",
  unpinned: "It has no pin for this platform",
};

/** The findings of `omg ci check`. */
export function sarif({ findings, check }: CiResult, version: string): object {
  const ids = Object.keys(RULES) as CiFinding["rule"][];
  return sarifLog({
    version,
    exitCode: check.inSync ? 0 : 2,
    successful: true,
    rules: ids.map((id) => ({ id, name: id, text: RULES[id] })),
    results: findings.map(({ rule, address, ...place }) => ({
      ...place,
      rule: ids.indexOf(rule),
      fingerprint: `${rule}:${address}`,
    })),
  });
}
