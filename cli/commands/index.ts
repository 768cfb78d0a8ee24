import type { CommandSpec } from "../command-spec.ts";
import { CHANGE_COMMANDS } from "./change.ts";
import { LOCK_COMMANDS } from "./lock.ts";
import { MACHINE_COMMANDS } from "./machine.ts";
import { PAST_COMMANDS } from "./past.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [
  ...CHANGE_COMMANDS,
  ...LOCK_COMMANDS,
  ...PAST_COMMANDS,
  ...MACHINE_COMMANDS,
];
