import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

type Schema = { readonly [member: string]: unknown };

const published = JSON.parse(
  readFileSync(new URL("../../docs/schemas/plan.schema.json", import.meta.url), "utf8"),
) as Schema;

/**
 * Throws unless every plan in this output of omg is what docs/schemas/plan.schema.json says, by a validator that is none
 * of ours. Other output passes. A member that the schema does not know is an error here: it was added to the plan and
 * not to the schema.
 */
export function checkPlans(output: string): void {
  const plan = planIn(output);
  if (plan !== undefined) checkPlan(plan);
}

export function checkPlan(plan: unknown): void {
  const validate = closedValidator();
  if (validate(plan)) return;
  const errors = validate.errors?.map(
    ({ instancePath, message, params }) => `  ${instancePath || "/"} ${message} ${JSON.stringify(params)}`,
  );
  throw new Error(`this plan is not what docs/schemas/plan.schema.json describes:\n${errors?.join("\n")}`);
}

/** Whether the schema as it is published, which allows unknown members, accepts this. */
export function isPublishedPlan(plan: unknown): boolean {
  return ajv().compile(published)(plan);
}

/** The plan that omg printed: `plan` prints it alone, `apply` and `rollback` as a member of their own document. */
function planIn(output: string): unknown {
  if (!output.startsWith("{")) return undefined;
  const document = parsed(output);
  if (document?.resource_changes !== undefined) return document;
  return document?.plan;
}

function parsed(text: string): Schema | undefined {
  try {
    return JSON.parse(text) as Schema;
  } catch {
    return undefined;
  }
}

let closed: ValidateFunction | undefined;

function closedValidator(): ValidateFunction {
  closed ??= ajv().compile(withoutOthers(published) as Schema);
  return closed;
}

/** The instants have a pattern beside their `format`, so nothing is lost without formats. */
function ajv(): Ajv2020 {
  return new Ajv2020({ validateFormats: false, allowUnionTypes: true });
}

/** The same schema with `additionalProperties: false` in every object that lists its members. */
function withoutOthers(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutOthers);
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, member]) => [key, withoutOthers(member)]));
  return "properties" in inner ? { additionalProperties: false, ...inner } : inner;
}
