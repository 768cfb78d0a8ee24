import type { Entry, EventName } from "../../reconciler/log.ts";

type Data = Entry["data"];

/** What a line of the log says, in plain words. Lines of a later version are shown as they are called. */
export function meaningOf({ event, data, subject }: Pick<Entry, "event" | "data" | "subject">): string {
  return WORDS[event]?.(data, subject) ?? event;
}

const WORDS: Readonly<Record<EventName, (data: Data, subject: string) => string>> = {
  "apply.intent": (data) =>
    `${goalOf(data) === undefined ? "began to apply" : `began to go back to ${goalOf(data)}`}: ${stepsOf(data)}`,
  "apply.done": (data) =>
    `${goalOf(data) === undefined ? "applied" : `went back to ${goalOf(data)}`}: generation ${textOf(data.generation)}`,
  "apply.failed": (data) =>
    `failed, ${"closes" in data ? "and nothing was changed" : `with ${countOf(data.done)} done`}: ${textOf(data.message)}`,
  "apply.refused": (data) => `refused by policy: ${reasonsOf(data)}`,
  "repair.intent": (_, subject) => `began to repair ${subject}`,
  "repair.done": (data, subject) =>
    typeof data.message === "string" ? `could not repair ${subject}: ${data.message}` : `repaired ${subject}`,
  recovered: (data) => `closed an apply that was cut off: ${countOf(data.done)} of ${textOf(data.of)} steps were done`,
  adopted: (data) => `now owned by omg: ${few(listOf(data.addresses).map(textOf))}`,
  cleaned: (data) =>
    `cleaned away generations ${few(listOf(data.generations).map(textOf))} and ${textOf(data.objects)} objects`,
  "policy.accepted": (data) =>
    `accepted a policy that asks for less: ${few(listOf(data.loosenings).map((each) => textOf(partsOf(each).rule)))}`,
  "bundle.accepted": (data, subject) =>
    `accepted a bundle of ${textOf(data.lock)} in ${subject}, made by ${textOf(data.host)} (${textOf(data.from)})`,
  "sender.removed": (data, subject) =>
    `bundles of ${textOf(data.host)} (${subject}) count no more because they were accepted before`,
  "commit.accepted": (data, subject) =>
    `accepted commit ${textOf(data.commit).slice(0, 12)} of ${subject}, signed by ${textOf(data.by)}`,
};

/** The generation that an apply goes back to; undefined for one that goes by the lock. */
function goalOf({ goal }: Data): string | undefined {
  const { type, scope, number } = partsOf(goal);
  return type === undefined || type === "lock" ? undefined : `${textOf(scope)}:${textOf(number)}`;
}

function stepsOf({ steps }: Data): string {
  const all = listOf(steps).map((step) => partsOf(step));
  return all.length === 0 ? "nothing" : few(all.map(({ kind, address }) => `${textOf(kind)} ${textOf(address)}`));
}

function reasonsOf({ reasons, more }: Data): string {
  const named = listOf(reasons).map((reason) => partsOf(reason));
  const rest = typeof more === "number" ? `, and ${more} more` : "";
  return `${few(named.map(({ address, rule }) => `${textOf(address)} [${textOf(rule)}]`))}${rest}`;
}

const FEW = 4;

function few(texts: readonly string[]): string {
  if (texts.length <= FEW) return texts.join(", ");
  return `${texts.slice(0, FEW - 1).join(", ")} and ${texts.length - FEW + 1} more`;
}

function countOf(value: unknown): string {
  return String(listOf(value).length);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function partsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "?";
}
