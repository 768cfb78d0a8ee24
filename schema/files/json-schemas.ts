import { z } from "zod";
import { configSchema } from "./config-schema.ts";
import { lockDocument } from "./lock-schema.ts";
import { planSchema } from "./plan-schema.ts";
import { policySchema } from "./policy-schema.ts";
import { policyTestSchema } from "./policy-test-schema.ts";

/**
 * JSON Schemas (draft 2020-12) by file name: of the files that people write, for editors, and of the plan, for programs
 * that read it. That of omg.lock describes any one of its documents. That of the plan allows members that it does not
 * know, because a later minor version of the format may add some.
 */
export function jsonSchemas(): Readonly<Record<string, string>> {
  const schemas = {
    "omg.lock": z.toJSONSchema(lockDocument),
    policy: z.toJSONSchema(policySchema),
    "policy-test": z.toJSONSchema(policyTestSchema),
    config: z.toJSONSchema(configSchema),
    plan: z.toJSONSchema(planSchema, { io: "input", override: ({ jsonSchema }) => fixLength(jsonSchema) }),
  };
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [`${name}.schema.json`, `${JSON.stringify(schema, null, 2)}\n`]),
  );
}

/** A tuple has exactly its items; `prefixItems` alone says nothing of more or fewer. */
function fixLength(schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.prefixItems === undefined) return;
  schema.minItems = schema.prefixItems.length;
  schema.maxItems = schema.prefixItems.length;
}
