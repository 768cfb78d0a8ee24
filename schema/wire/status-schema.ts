const COUNT = { type: "integer", minimum: 0 } as const;
const HEX = { type: "string", pattern: "^[0-9a-f]{64}$" } as const;
/** Where a log ends, signed. */
const HEAD = {
  type: "object",
  properties: {
    scope: { enum: ["system", "user"] },
    seq: COUNT,
    hash: HEX,
    time: { type: "string", format: "date-time" },
    key: HEX,
    signature: { type: "string" },
  },
  required: ["scope", "seq", "hash", "time", "key", "signature"],
} as const;

/** JSON Schema of what `omg status --json` prints. Members may be added. A missing number could not be counted. */
export const STATUS_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "omg status",
  type: "object",
  properties: {
    format_version: { type: "string", pattern: "^1\\.[0-9]+$" },
    state: { enum: ["unknown", "in sync", "drifted", "applying", "failed", "held"] },
    total: COUNT,
    explicit: COUNT,
    orphans: COUNT,
    updates: COUNT,
    drift: COUNT,
    vulnerabilities: COUNT,
    generation: COUNT,
    fault: { enum: ["absent", "untrusted", "malformed"] },
    time: { type: "string", format: "date-time" },
    path: { type: "string" },
    audit: { type: "object", properties: { system: HEAD, user: HEAD } },
  },
  required: ["format_version", "state", "generation", "path"],
} as const;
