import { writeSync } from "node:fs";
import { whoIsThis } from "../context.ts";
import { answer, UNWRITTEN } from "./answer.ts";

/** omg-fast for machines without a C compiler: native/omg-fast.c in all that it says and how it ends. */
function main(): number {
  const { exit, stdout, stderr } = answer(process.argv.slice(2), whoIsThis(process.env), Date.now());
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

process.exitCode = main();
