import type { Answer, Invocation } from "./shared.ts";

/** Calls one function of the app, and says how its result looks and ends. */
export type Action = (invocation: Invocation) => Promise<Answer>;

/** Every action by its name in the command table, loaded when it is needed. */
export const ACTIONS = {
  plan: async () => (await import("./change.ts")).plan,
  apply: async () => (await import("./change.ts")).apply,
  check: async () => (await import("./change.ts")).check,
  capture: async () => (await import("./lock.ts")).capture,
  lock: async () => (await import("./lock.ts")).lock,
  history: async () => (await import("./past.ts")).history,
  rollback: async () => (await import("./past.ts")).rollback,
  status: async () => (await import("./machine.ts")).status,
  adopt: async () => (await import("./machine.ts")).adopt,
  setup: async () => (await import("./machine.ts")).setup,
} as const satisfies Readonly<Record<string, () => Promise<Action>>>;

export type ActionName = keyof typeof ACTIONS;
