import { keyAges } from "../../policy/index.ts";
import type { Finding, KeyUse } from "../../schema/model/finding.ts";

const SOON_MS = 30 * 24 * 3600 * 1000;

/** Whether the keys of the sources can still vouch. */
export async function keyFindings(uses: readonly KeyUse[], now: Date): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const use of uses) findings.push(...(await keyFinding(use, now)));
  const bad = findings.filter(({ level }) => level !== "ok");
  return bad.length > 0 || uses.length === 0
    ? bad
    : [{ check: "keys", level: "ok", found: "The keys of every source are valid." }];
}

async function keyFinding(use: KeyUse, now: Date): Promise<readonly Finding[]> {
  const where = use.keyBlock === undefined ? use.keyrings.join(", ") : "the key in the source";
  const ages = await keyAges(use, now);
  const next = "Get the publisher's new key, from the package of its keyring or from itself.";
  if (ages.state === "unreadable") return [{ check: "keys", level: "bad", found: ages.reason, next }];
  if (ages.state === "expired") {
    const found = `Every key of ${use.source} has expired (${where}, ${ages.since.toISOString().slice(0, 10)}).`;
    return [{ check: "keys", level: "bad", found, next }];
  }
  if (ages.until === undefined || ages.until.getTime() - now.getTime() > SOON_MS) return [];
  const found = `The last key of ${use.source} expires on ${ages.until.toISOString().slice(0, 10)} (${where}).`;
  return [{ check: "keys", level: "warn", found, next }];
}
