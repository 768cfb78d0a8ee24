import { readPublished, type StatusFault, statusPath } from "../../app/published-status.ts";
import manifest from "../../package.json" with { type: "json" };
import { EXIT, OmgError } from "../../schema/error.ts";
import type { Status } from "../../schema/wire/status.ts";
import type { Who } from "../context.ts";
import { complaint } from "./complaint.ts";
import { HELP } from "./help.ts";
import { parseRequest, type Request } from "./request.ts";
import { type Facts, fillTemplate } from "./template.ts";
import { refuseBadVariables } from "./variables.ts";

export interface Answer {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What is said where the answer cannot be written. */
export const UNWRITTEN: Answer = failed(
  complaint("error", "The answer could not be written.", "Make room where the output goes, and ask again."),
);

/** A clock may have been set back a little since. Seconds. */
const CLOCK_TOLERANCE = 300;

const REASONS: Readonly<Record<StatusFault | "old" | "uncounted", string>> = {
  uncounted: "The last run could not tell, or the machine has changed since.",
  absent: "No status was published yet.",
  untrusted: "The status is not a file of root's or yours that only its owner can change.",
  malformed: "The status is damaged, or of another version of omg.",
  old: "The status is too old to go by, or from a later time than now.",
};

/** All that omg-fast does short of writing. `now`: milliseconds since the epoch. Never throws on purpose. */
export function answer(args: readonly string[], who: Who, now: number): Answer {
  try {
    const request = parseRequest(args);
    if (request.help) return done(HELP);
    if (request.version) return done(`omg-fast ${manifest.version}\n`);
    return answerRequest(request, who, Math.floor(now / 1000));
  } catch (error) {
    if (error instanceof OmgError) return failed(error);
    throw error;
  }
}

function answerRequest({ subject, format, shell, maxAge }: Request, who: Who, now: number): Answer {
  refuseBadVariables(who);
  const { facts, reason } = factsFrom(statusPath(who), who.uid, now, maxAge);
  const text = fillTemplate(format ?? subject.format, facts, { shell, color: wantsColor(who.env) });
  const stdout = text === "" ? "" : `${text}\n`;
  const isKnown = subject.number === undefined ? facts.state !== "unknown" : facts[subject.number] !== undefined;
  if (isKnown) return done(stdout);
  // A prompt must not fill with explanations, so only who gave no format is told why.
  const told = failed(complaint("unreachable", REASONS[reason], "omg check reads the machine and publishes a status."));
  return { exit: told.exit, stdout, stderr: format === undefined ? told.stderr : "" };
}

/** What the status file says, or nothing but `unknown` and why. */
function factsFrom(
  path: string,
  uid: number,
  now: number,
  maxAge: number,
): { facts: Facts; reason: keyof typeof REASONS } {
  const found = readPublished(path, uid);
  if ("fault" in found) return { facts: { state: "unknown" }, reason: found.fault };
  const { status } = found;
  if (!isRecent(status, now, maxAge)) return { facts: { state: "unknown" }, reason: "old" };
  return { facts: { ...status, age: Math.max(0, now - status.timestamp) }, reason: "uncounted" };
}

function isRecent({ timestamp }: Status, now: number, maxAge: number): boolean {
  return timestamp <= now + CLOCK_TOLERANCE && now - timestamp <= maxAge;
}

/** no-color.org; and a terminal that calls itself dumb. */
function wantsColor({ NO_COLOR, TERM }: Who["env"]): boolean {
  return (NO_COLOR === undefined || NO_COLOR === "") && TERM !== "dumb";
}

function done(stdout: string): Answer {
  return { exit: EXIT.done, stdout, stderr: "" };
}

export function failed({ exit, message, hint }: OmgError): Answer {
  return { exit: EXIT[exit], stdout: "", stderr: `omg-fast: ${message}\nNext: ${hint}\n` };
}
