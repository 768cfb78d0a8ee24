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
  return arch === "x64" || arch === "arm64"
    ? { arch, libc: libcOf(process.report?.getReport()), avx2: hasAvx2() }
    : undefined;
}

/** By what Node itself runs on: only a glibc says so (`process.report`, `glibcVersionRuntime`). */
function libcOf(report: unknown): Machine["libc"] {
  const { header } = (report ?? {}) as { readonly header?: { readonly glibcVersionRuntime?: unknown } };
  return header?.glibcVersionRuntime === undefined ? "musl" : "glibc";
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
