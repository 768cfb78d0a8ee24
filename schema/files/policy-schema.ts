import { z } from "zod";
import { oneLine, pattern, sourceName, webAddress } from "./names.ts";
import { windows } from "./window-schema.ts";

const grade = z.enum(["risk", "community", "verified", "locked"]);
const severity = z.enum(["none", "low", "medium", "high", "critical"]);
const vulnerabilityRules = {
  "max-severity": severity.exactOptional(),
  unknown: z.enum(["allow", "refuse"]).exactOptional(),
  unfixed: z.enum(["count", "ignore"]).exactOptional(),
};
const patterns = z.array(pattern);
/** What `[licenses]` and its tables for sources and packages may say. */
const licenseRules = {
  allow: patterns.exactOptional(),
  deny: patterns.exactOptional(),
  unknown: z.enum(["allow", "refuse"]).exactOptional(),
};
const count = z.int({ error: "expected a whole number" }).min(0, { error: "expected 0 or more" });
const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, { error: "is not a date such as 2027-01-31" });

const mode = z.enum(["enforce", "warn"]);
const vulnerability = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/, { error: "is not the id of a vulnerability such as CVE-2026-1234" });

const waiver = z.strictObject({
  rule: oneLine,
  package: pattern,
  id: vulnerability.exactOptional(),
  reason: oneLine,
  owner: oneLine,
  expires: date.refine(isCalendarDay, { error: "is no day of the calendar" }),
});

/** A rule that is told of and refuses nothing, or one that refuses. */
const modal = { mode: mode.exactOptional() };
const addresses = z.array(webAddress).min(1, { error: "must name at least one" });
/** What `[provenance]` and its tables for sources and packages may say. */
const provenance = {
  required: z.boolean().exactOptional(),
  level: z.int().min(1, { error: "expected 1, 2 or 3" }).max(3, { error: "expected 1, 2 or 3" }).exactOptional(),
  builders: addresses.exactOptional(),
  repositories: addresses.exactOptional(),
  workflows: z.array(pattern).min(1, { error: "must name at least one" }).exactOptional(),
  issuers: addresses.exactOptional(),
};

/** policy.toml: what is acceptable. */
const atMost = z.strictObject({
  mode: z.enum(["report", "apply"]).describe("The most that omgd may do by itself: tell, or act as well."),
});

export const policySchema = z
  .strictObject({
    version: z.literal(1),
    ...modal,
    grade: z
      .strictObject({
        ...modal,
        minimum: grade.exactOptional(),
        sources: z.record(sourceName, grade).exactOptional(),
        packages: z.record(pattern, grade).exactOptional(),
      })
      .exactOptional(),
    origins: z.strictObject({ ...modal, allow: patterns.exactOptional() }).exactOptional(),
    signatures: z.strictObject({ ...modal, required: z.boolean().exactOptional() }).exactOptional(),
    indexes: z.strictObject({ ...modal, "max-age": count.exactOptional() }).exactOptional(),
    provenance: z
      .strictObject({
        ...modal,
        ...provenance,
        sources: z.record(sourceName, z.strictObject(provenance)).exactOptional(),
        packages: z.record(pattern, z.strictObject(provenance)).exactOptional(),
      })
      .exactOptional(),
    vulnerabilities: z
      .strictObject({
        ...modal,
        ...vulnerabilityRules,
        "max-age": count.exactOptional(),
        sources: z.record(sourceName, z.strictObject(vulnerabilityRules)).exactOptional(),
        packages: z.record(pattern, z.strictObject(vulnerabilityRules)).exactOptional(),
      })
      .exactOptional(),
    waivers: z.array(waiver).exactOptional(),
    licenses: z
      .strictObject({
        ...modal,
        ...licenseRules,
        sources: z.record(sourceName, z.strictObject(licenseRules)).exactOptional(),
        packages: z.record(pattern, z.strictObject(licenseRules)).exactOptional(),
      })
      .exactOptional(),
    packages: z
      .strictObject({ ...modal, allow: patterns.exactOptional(), deny: patterns.exactOptional() })
      .exactOptional(),
    age: z
      .strictObject({
        ...modal,
        "minimum-days": count.exactOptional(),
        sources: z.record(sourceName, count).exactOptional(),
        packages: z.record(pattern, count).exactOptional(),
      })
      .exactOptional(),
    removals: z.strictObject({ ...modal, max: count.exactOptional(), deny: patterns.exactOptional() }).exactOptional(),
    undo: z.strictObject({ ...modal, required: z.boolean().exactOptional() }).exactOptional(),
    drift: atMost.exactOptional(),
    "roll-forward": atMost.exactOptional(),
    windows: windows.exactOptional(),
    shell: z.strictObject({ allow: patterns.exactOptional() }).exactOptional(),
    sources: z.strictObject({ allow: patterns.exactOptional() }).exactOptional(),
  })
  .meta({ title: "policy.toml: what is acceptable" });

function isCalendarDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

export type PolicyDocument = z.infer<typeof policySchema>;

/** Every table. */
export const TABLES = [
  "grade",
  "origins",
  "signatures",
  "indexes",
  "vulnerabilities",
  "waivers",
  "provenance",
  "packages",
  "age",
  "licenses",
  "removals",
  "undo",
  "shell",
  "sources",
  "windows",
  "drift",
  "roll-forward",
] as const;

/** Tables of permissions and times, not of demands on packages: there is nothing in them that a mode or a waiver could soften. */
export const PERMISSIONS: readonly string[] = ["shell", "sources", "windows", "drift", "roll-forward"];
