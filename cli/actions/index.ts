import type { ActionName } from "../command-spec.ts";
import type { Answer, Invocation } from "./shared.ts";

/** Calls one function of the app, and says how its result looks and ends. */
export type Action = (invocation: Invocation) => Promise<Answer>;

/** Every action by its name in the command table, loaded when it is needed. */
export const ACTIONS: Readonly<Record<ActionName, () => Promise<Action>>> = {
  plan: async () => (await import("./change.ts")).plan,
  apply: async () => (await import("./change.ts")).apply,
  check: async () => (await import("./change.ts")).check,
  install: async () => (await import("./edit.ts")).install,
  remove: async () => (await import("./edit.ts")).remove,
  update: async () => (await import("./edit.ts")).update,
  pin: async () => (await import("./edit.ts")).pin,
  unpin: async () => (await import("./edit.ts")).unpin,
  capture: async () => (await import("./lock.ts")).capture,
  lock: async () => (await import("./lock.ts")).lock,
  history: async () => (await import("./past.ts")).history,
  rollback: async () => (await import("./past.ts")).rollback,
  status: async () => (await import("./machine.ts")).status,
  adopt: async () => (await import("./machine.ts")).adopt,
  setup: async () => (await import("./machine.ts")).setup,
  doctor: async () => (await import("./upkeep.ts")).doctor,
  completions: async () => (await import("./tools.ts")).completions,
  schema: async () => (await import("./tools.ts")).schema,
  manual: async () => (await import("./tools.ts")).manual,
  envDiff: async () => (await import("./ci.ts")).envDiff,
  ciCheck: async () => (await import("./ci.ts")).ciCheck,
  ciInit: async () => (await import("./ci.ts")).ciInit,
  clean: async () => (await import("./upkeep.ts")).clean,
  search: async () => (await import("./ask.ts")).search,
  info: async () => (await import("./ask.ts")).info,
  why: async () => (await import("./ask.ts")).why,
  outdated: async () => (await import("./ask.ts")).outdated,
  explicit: async () => (await import("./ask.ts")).explicit,
  orphans: async () => (await import("./ask.ts")).orphans,
  verify: async () => (await import("./audit.ts")).verify,
  auditSlsa: async () => (await import("./audit.ts")).auditSlsa,
  auditTrust: async () => (await import("./audit.ts")).auditTrust,
  size: async () => (await import("./ask.ts")).size,
};
