import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { HOOK_REASONS, HOOK_REFUSAL } from "../../schema/wire/hook.ts";
import { parseExpectations } from "./act/expectations.ts";
import { type Difference, differences, parseAnnouncement } from "./act/hook-check.ts";

/**
 * The last check before dpkg acts, started by apt while it holds dpkg's lock (`DPkg::Pre-Install-Pkgs`, apt.conf(5)).
 * Argument: the file of expectations. Exit code 0 lets dpkg go on; with any other, apt stops before anything has changed.
 */
function main(): number {
  const [path] = process.argv.slice(2);
  if (path === undefined) return refuse(HOOK_REASONS.failed, ["no file of expected changes was named"]);
  const expected = parseExpectations(readFileSync(path, "utf8"));
  const announced = parseAnnouncement(readFileSync(0, "utf8"));
  if (announced === undefined) {
    return refuse(HOOK_REASONS.failed, ["apt announced its changes in a form that is not understood"]);
  }
  const found = differences(expected, announced, hashOf);
  return found.length === 0 ? 0 : refuse(reasonOf(found), textsOf(found));
}

/** Other bytes weigh more than other changes. */
function reasonOf(found: readonly Difference[]): string {
  return found.some((difference) => difference.in === "bytes") ? HOOK_REASONS.bytes : HOOK_REASONS.changes;
}

function textsOf(found: readonly Difference[]): readonly string[] {
  return found.map(({ text }) => text);
}

function refuse(reason: string, details: readonly string[]): number {
  process.stderr.write(`${HOOK_REFUSAL}, because ${reason}:\n`);
  for (const detail of details) process.stderr.write(`omg:   ${detail}\n`);
  return 1;
}

function hashOf(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!fstatSync(fd).isFile()) return "of something that is not a regular file";
    const hash = createHash("sha256");
    const buffer = Buffer.allocUnsafe(1 << 20);
    for (let count = readSync(fd, buffer); count > 0; count = readSync(fd, buffer))
      hash.update(buffer.subarray(0, count));
    return hash.digest("hex");
  } finally {
    closeSync(fd);
  }
}

try {
  process.exitCode = main();
} catch (error) {
  process.exitCode = refuse(HOOK_REASONS.failed, [error instanceof Error ? error.message : String(error)]);
}
