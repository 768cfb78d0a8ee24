import { redacted } from "../host/redact.ts";
import type { Plan } from "../schema/model/plan.ts";
import { type PlanJson, planJson } from "../schema/wire/plan-json.ts";

/** A plan as the document that is printed, saved and compared: without secrets. */
export function planDocument(plan: Plan): PlanJson {
  return withoutSecrets(planJson(plan));
}

/** A document as it may be shown or written down: what a lock gives a shell may be a secret. */
export function withoutSecrets<T>(document: T): T {
  return redacted(document);
}
