import { z } from "zod";
import { oneLine, pattern, sourceName, webAddress } from "./names.ts";

const grade = z.enum(["risk", "community", "verified", "locked"]);
const severity = z.enum(["none", "low", "medium", "high", "critical"]);
const day = z.enum(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]);
const patterns = z.array(pattern);
const count = z.int({ error: "expected a whole number" }).min(0, { error: "expected 0 or more" });
const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, { error: "is not a date such as 2027-01-31" });
const clock = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, { error: "is not a time such as 02:30" });

const waiver = z.strictObject({
  rule: oneLine,
  package: pattern,
  reason: oneLine,
  owner: oneLine,
  expires: date,
});

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

const window = z.strictObject({ days: z.array(day).min(1).exactOptional(), from: clock, to: clock });

/** policy.toml: what is acceptable. */
export const policySchema = z
  .strictObject({
    version: z.literal(1),
    grade: z
      .strictObject({
        minimum: grade.exactOptional(),
        sources: z.record(sourceName, grade).exactOptional(),
        packages: z.record(pattern, grade).exactOptional(),
      })
      .exactOptional(),
    origins: z.strictObject({ allow: patterns.exactOptional() }).exactOptional(),
    signatures: z.strictObject({ required: z.boolean().exactOptional() }).exactOptional(),
    indexes: z.strictObject({ "max-age": count.exactOptional() }).exactOptional(),
    provenance: z
      .strictObject({
        ...provenance,
        sources: z.record(sourceName, z.strictObject(provenance)).exactOptional(),
        packages: z.record(pattern, z.strictObject(provenance)).exactOptional(),
      })
      .exactOptional(),
    vulnerabilities: z.strictObject({ "max-severity": severity.exactOptional() }).exactOptional(),
    waivers: z.array(waiver).exactOptional(),
    licenses: z.strictObject({ allow: patterns.exactOptional(), deny: patterns.exactOptional() }).exactOptional(),
    packages: z.strictObject({ allow: patterns.exactOptional(), deny: patterns.exactOptional() }).exactOptional(),
    age: z.strictObject({ "minimum-days": count.exactOptional() }).exactOptional(),
    removals: z.strictObject({ max: count.exactOptional() }).exactOptional(),
    undo: z.strictObject({ required: z.boolean().exactOptional() }).exactOptional(),
    drift: z.strictObject({ mode: z.enum(["report", "repair"]).exactOptional() }).exactOptional(),
    "roll-forward": z.strictObject({ mode: z.enum(["manual", "automatic"]).exactOptional() }).exactOptional(),
    windows: z.array(window).exactOptional(),
    shell: z.strictObject({ allow: patterns.exactOptional() }).exactOptional(),
    sources: z.strictObject({ allow: patterns.exactOptional() }).exactOptional(),
  })
  .meta({ title: "policy.toml: what is acceptable" });

export type PolicyDocument = z.infer<typeof policySchema>;

/** Tables that this build enforces. Every other one is understood, and refuses the file. */
export const ENFORCED = [
  "grade",
  "origins",
  "signatures",
  "indexes",
  "provenance",
  "packages",
  "removals",
  "undo",
  "shell",
  "sources",
] as const;
