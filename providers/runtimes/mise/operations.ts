import { toolFolders } from "../../../host/runtimes.ts";
import type { Operation, Transaction } from "../../../schema/model/transaction.ts";
import { readToolVersion } from "../../../schema/runtimes/names.ts";
import { leftovers as leftoversOf, operationsOf as operationsFor } from "../operations.ts";

/** For each tool as for a runtime. */
export function operationsOf(data: string, transaction: Transaction): readonly Operation[] {
  const tools = new Set(transaction.steps.map(({ name }) => readToolVersion(name).tool));
  return [...tools].flatMap((tool) => operationsFor(tool, data, partOf(tool, transaction)));
}

export function leftovers(data: string): readonly Operation[] {
  return toolFolders(data).flatMap((tool) => leftoversOf(tool, data));
}

/** What of a transaction is about one tool, by version. */
function partOf(tool: string, transaction: Transaction): Transaction {
  const steps = transaction.steps.filter(({ name }) => readToolVersion(name).tool === tool);
  const payload = steps.flatMap(({ name }) => {
    const text = transaction.payload?.[name];
    return text === undefined ? [] : [[readToolVersion(name).version, text] as const];
  });
  return {
    ...transaction,
    steps: steps.map((step) => ({ ...step, name: readToolVersion(step.name).version })),
    payload: Object.fromEntries(payload),
  };
}
