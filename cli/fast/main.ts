import { writeSync } from "node:fs";
import { whoIsThis } from "../context.ts";
import { type Answer, answer, UNWRITTEN } from "./answer.ts";
import { becomeOmg, isPassedOn } from "./passed-on.ts";

/** omg-fast for machines without a C compiler: native/ in all that it says and how it ends. */
async function main(argv: readonly string[]): Promise<number | undefined> {
  const [first, ...rest] = argv;
  const who = whoIsThis(process.env);
  if ((first === "--shim" && rest.length > 0) || first === "exec") {
    const { runExec, runShim } = await import("./run.ts");
    return said(await (first === "exec" ? runExec(rest, who) : runShim(rest, who)));
  }
  if (first === "hook") return said((await import("./hook.ts")).hookCode(rest, who));
  if (isPassedOn(first)) {
    const unable = becomeOmg();
    return unable && said(unable);
  }
  return said(answer(argv, who, Date.now()));
}

function said({ exit, stdout, stderr }: Answer): number {
  const isWritten = write(1, stdout);
  write(2, isWritten ? stderr : UNWRITTEN.stderr);
  return isWritten ? exit : UNWRITTEN.exit;
}

/** Whether all of it could be written. */
function write(fd: number, text: string): boolean {
  const bytes = Buffer.from(text);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    return true;
  } catch {
    return false;
  }
}

void main(process.argv.slice(2)).then((exit) => {
  if (exit !== undefined) process.exitCode = exit;
});
