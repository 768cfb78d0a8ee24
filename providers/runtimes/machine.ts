import { readFileSync } from "node:fs";

/** What an archive has to be made for. */
export interface Machine {
  readonly arch: "x64" | "arm64";
  readonly libc: "glibc" | "musl";
  /** Whether its processor has AVX2; some builds are nothing without. */
  readonly avx2: boolean;
}

/** This machine; undefined where no publisher builds for it. */
export function thisMachine(): Machine | undefined {
  const { arch } = process;
  return arch === "x64" || arch === "arm64" ? { arch, libc: libcHere(), avx2: hasAvx2() } : undefined;
}

/** By the loader that Node itself runs with (proc(5), `maps`). */
function libcHere(): Machine["libc"] {
  try {
    return /\/ld-musl-[\w.-]+$/m.test(readFileSync("/proc/self/maps", "utf8")) ? "musl" : "glibc";
  } catch {
    return "glibc";
  }
}

function hasAvx2(): boolean {
  try {
    return /^flags\s*:.*\bavx2\b/m.test(readFileSync("/proc/cpuinfo", "utf8"));
  } catch {
    return false;
  }
}

/** The name of a target as LLVM has it: `x86_64-unknown-linux-gnu`. */
export function tripleOf({ arch, libc }: Machine): string {
  return `${arch === "x64" ? "x86_64" : "aarch64"}-unknown-linux-${libc === "glibc" ? "gnu" : "musl"}`;
}
