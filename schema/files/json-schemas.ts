import { z } from "zod";
import { configSchema } from "./config-schema.ts";
import { lockDocument } from "./lock-schema.ts";
import { policySchema } from "./policy-schema.ts";

/** JSON Schemas (draft 2020-12) for editors, by file name. That of omg.lock describes any one of its documents. */
export function jsonSchemas(): Readonly<Record<string, string>> {
  const schemas = { "omg.lock": lockDocument, policy: policySchema, config: configSchema };
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [
      `${name}.schema.json`,
      `${JSON.stringify(z.toJSONSchema(schema), null, 2)}\n`,
    ]),
  );
}
