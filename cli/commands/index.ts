import type { CommandSpec } from "../command-spec.ts";
import { ASK_COMMANDS } from "./ask.ts";
import { AUDIT_COMMANDS } from "./audit.ts";
import { CONTENT_COMMANDS } from "./audit-content.ts";
import { CHANGE_COMMANDS } from "./change.ts";
import { DAEMON_COMMANDS } from "./daemon.ts";
import { EDIT_COMMANDS } from "./edit.ts";
import { HERE_COMMANDS } from "./here.ts";
import { LOCK_COMMANDS } from "./lock.ts";
import { MACHINE_COMMANDS } from "./machine.ts";
import { PAST_COMMANDS } from "./past.ts";
import { POLICY_COMMANDS } from "./policy.ts";
import { RUNTIME_COMMANDS } from "./runtimes.ts";
import { SIGNATURE_COMMANDS } from "./signature.ts";
import { TEAM_COMMANDS } from "./team.ts";
import { BUNDLE_COMMANDS } from "./team-bundle.ts";
import { TOOL_COMMANDS } from "./tools.ts";
import { UPKEEP_COMMANDS } from "./upkeep.ts";
import { VERIFY_COMMANDS } from "./verify.ts";
import { VULNERABILITY_COMMANDS } from "./vulnerabilities.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [
  ...CHANGE_COMMANDS,
  ...EDIT_COMMANDS,
  ...RUNTIME_COMMANDS,
  ...ASK_COMMANDS,
  ...HERE_COMMANDS,
  ...POLICY_COMMANDS,
  ...VULNERABILITY_COMMANDS,
  ...AUDIT_COMMANDS,
  ...VERIFY_COMMANDS,
  ...SIGNATURE_COMMANDS,
  ...CONTENT_COMMANDS,
  ...LOCK_COMMANDS,
  ...PAST_COMMANDS,
  ...MACHINE_COMMANDS,
  ...UPKEEP_COMMANDS,
  ...DAEMON_COMMANDS,
  ...TEAM_COMMANDS,
  ...BUNDLE_COMMANDS,
  ...TOOL_COMMANDS,
];
