import type { Transaction } from "../../../schema/model/transaction.ts";
import type { SourceChange } from "./overlay-sources.ts";
import { stanzaText } from "./stanza-text.ts";

/** The provider whose resources are sources. */
export const SOURCES = "sources";

/** What the plan so far does to apt's sources; undefined where it leaves them alone. Pure. */
export function upcomingChange(upcoming: readonly Transaction[]): SourceChange | undefined {
  const steps = upcoming.filter(({ provider }) => provider === SOURCES).flatMap((transaction) => transaction.steps);
  if (steps.length === 0) return undefined;
  const add: Record<string, string> = {};
  const remove: string[] = [];
  for (const { name, after } of steps) {
    if (after === null) remove.push(name);
    else add[name] = stanzaText(after);
  }
  return { add, remove };
}
