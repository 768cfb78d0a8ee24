import { z } from "zod";

/** The shape of schema/wire/plan-json.ts, for other programs. omg writes plans by their types, and loads this only to read one for `omg policy check`. */

const address = z.templateLiteral([z.string().min(1), ".", z.string().min(1)]);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);
const attributes = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

const change = z.object({
  address,
  mode: z.literal("managed"),
  type: z.string().min(1),
  name: z.string().min(1),
  provider_name: z.string().min(1),
  change: z.object({
    actions: z.union([
      z.tuple([z.literal("create")]),
      z.tuple([z.literal("update")]),
      z.tuple([z.literal("delete")]),
      z.tuple([z.literal("delete"), z.literal("create")]),
    ]),
    before: attributes.nullable(),
    after: attributes.nullable(),
    after_unknown: z.record(z.string(), z.literal(true)),
  }),
  action_reason: z.enum(["delete_because_no_resource_config", "replace_because_tainted"]).exactOptional(),
});

const goal = z.union([
  z.object({ type: z.literal("lock") }),
  z.object({ type: z.literal("generation"), scope: z.enum(["system", "user"]), number: count }),
]);

const binding = z.object({
  lock: z.object({ name: z.string(), repository: z.string() }),
  lock_digest: sha256,
  commit: z
    .string()
    .regex(/^[0-9a-f]{40,64}$/)
    .exactOptional(),
  policies: z.record(z.string(), sha256),
  providers: z.record(z.string(), z.string()),
});

const step = z.object({
  address,
  kind: z.enum(["install", "upgrade", "downgrade", "reinstall", "modify", "remove", "purge"]),
  cause: z.enum(["lock", "drift", "left", "unmanaged", "rollback", "dependency", "conflict"]),
  because: address.exactOptional(),
  sha256: sha256.exactOptional(),
  protected_by: z.string().exactOptional(),
  undo: z.object({ possible: z.boolean(), reason: z.string().exactOptional() }),
});

const artifact = z.object({
  address,
  version: z.string().min(1),
  arch: z.string().min(1),
  role: z.enum(["install", "replaced"]),
  sha256,
  size: count.exactOptional(),
  origin: z.string(),
  filename: z.string().min(1),
  build: z
    .object({ built: z.enum(["here", "elsewhere", "not yet"]), base: z.string().min(1), commit: z.string().min(1) })
    .exactOptional(),
});

const problem = z.object({
  code: z.enum([
    "unknown-name",
    "virtual-name",
    "no-such-version",
    "unpinned",
    "lock-index-disagree",
    "conflict",
    "held",
    "downgrade",
    "broken-package",
    "unsupported",
  ]),
  address,
  message: z.string(),
  hint: z.string(),
});

const vulnerability = z.object({
  id: z.string().min(1),
  aliases: z.array(z.string().min(1)),
  severity: z.enum(["none", "low", "medium", "high", "critical", "unknown"]),
  score: z.number().min(0).max(10).exactOptional(),
  urgency: z.string().exactOptional(),
  fixed: z.string().min(1).exactOptional(),
  unclear: z.literal(true).exactOptional(),
});

const evidence = z.object({
  check: z.enum(["checksum", "signature", "provenance", "vulnerabilities", "license"]),
  verdict: z.enum(["pass", "fail", "absent", "unknown", "pending"]),
  code: z.string().min(1),
  detail: z.string(),
  facts: z.record(z.string(), z.string()),
  vulnerabilities: z.array(vulnerability).exactOptional(),
});

const violation = {
  address,
  rule: z.string().min(1),
  file: z.string().min(1),
  line: z.int().min(1).exactOptional(),
  message: z.string(),
  remedy: z.string(),
  ids: z.array(z.string().min(1)).exactOptional(),
};

const waiver = z.object({
  id: z.string().min(1).exactOptional(),
  package: z.string().min(1),
  reason: z.string().min(1),
  owner: z.string().min(1),
  expires: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
  file: z.string().min(1),
  line: z.int().min(1).exactOptional(),
});

const verdict = z.object({
  policy: z.string(),
  judgements: z.array(
    z.object({
      address,
      sha256,
      grade: z.enum(["risk", "community", "verified", "locked"]),
      evidence: z.array(evidence),
    }),
  ),
  violations: z.array(z.object(violation)),
  warnings: z.array(z.object(violation)),
  waived: z.array(z.object({ ...violation, waiver })),
});

/** A plan as `omg plan --json` prints it. */
export const planSchema = z
  .object({
    format_version: z.literal("1.0"),
    resource_drift: z.array(change),
    resource_changes: z.array(change),
    timestamp: z.iso.datetime(),
    applyable: z.boolean(),
    complete: z.boolean(),
    errored: z.boolean(),
    omg: z.object({
      goal,
      platform: z.string().min(1),
      digest: sha256,
      binding,
      steps: z.array(step),
      artifacts: z.array(artifact),
      problems: z.array(problem),
      verdict,
      satisfied: count,
      ahead: z.array(z.object({ address, installed: z.string(), pinned: z.string() })),
      unmanaged: z.array(address),
      foreign: z.array(address),
      unpinned: z.array(address),
      unreadable: z.array(z.object({ address, reason: z.string() })),
      notes: z.array(z.string()),
    }),
  })
  .meta({ title: "omg plan --json: everything that an apply would do" });
