import { thisMachine } from "../machine.ts";

/** How mise calls this machine: `linux-x64`, `linux-arm64-musl`. */
export function misePlatform(): string {
  const machine = thisMachine();
  const libc = machine?.libc === "musl" ? "-musl" : "";
  return `linux-${machine?.arch ?? process.arch}${libc}`;
}
