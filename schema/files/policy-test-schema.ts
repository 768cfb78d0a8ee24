import { z } from "zod";
import { exactVersion, oneLine, sourceName } from "./names.ts";

const CHECKS = ["checksum", "signature", "provenance", "vulnerabilities", "license"] as const;

const verdict = z.enum(["pass", "fail", "absent", "unknown", "pending"]);
const time = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?Z)?$/, {
    error: "is not a date such as 2026-11-15 or a time such as 2026-11-15T12:00Z",
  })
  .refine((text) => !Number.isNaN(Date.parse(text)), { error: "is no time of the calendar" });

/** One package, what is known about it, and what the policy should make of it. */
const testCase = z.strictObject({
  name: oneLine,
  package: oneLine,
  version: exactVersion.exactOptional(),
  from: sourceName.exactOptional(),
  step: z.enum(["install", "upgrade", "downgrade", "reinstall", "remove", "purge"]).exactOptional(),
  undo: z.boolean().exactOptional(),
  bound: z.boolean().exactOptional(),
  "signed-on": time.exactOptional(),
  "first-seen": time.exactOptional(),
  evidence: z.partialRecord(z.enum(CHECKS), verdict).exactOptional(),
  facts: z.partialRecord(z.enum(CHECKS), z.record(z.string().min(1), z.string())).exactOptional(),
  expect: z.strictObject({
    verdict: z.enum(["allowed", "warned", "waived", "refused"]),
    rules: z.array(oneLine).exactOptional(),
    grade: z.enum(["risk", "community", "verified", "locked"]).exactOptional(),
  }),
});

/** policy-test.toml: what a policy should say. */
export const policyTestSchema = z
  .strictObject({
    version: z.literal(1),
    today: time.exactOptional(),
    cases: z.array(testCase).min(1, { error: "has no cases" }),
  })
  .meta({ title: "policy-test.toml: what a policy should say" });

export type PolicyTestDocument = z.infer<typeof policyTestSchema>;
