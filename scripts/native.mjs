// Compiles native/ to omg-fast with whatever C compiler is here, hardened as far as that compiler can.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NATIVE = join(dirname(dirname(fileURLToPath(import.meta.url))), "native");
/** Each program is every file of C in native/. */
export const SOURCES = readdirSync(NATIVE)
  .filter((name) => name.endsWith(".c"))
  .map((name) => join(NATIVE, name));

const WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wstrict-prototypes", "-Wvla"];
/** Warnings that are errors: for the tests, since a compiler that we do not know may have warnings of its own. */
export const STRICT = ["-std=c11", ...WARNINGS, "-Werror"];

const HARDENED = [
  "-D_FORTIFY_SOURCE=2",
  "-fstack-protector-strong",
  "-fstack-clash-protection",
  "-Wl,-z,relro,-z,now,-z,noexecstack",
];

/**
 * Ways to link, best first. Static starts in half the time, and runs wherever the kernel does; it takes a C library that is
 * there as an archive, and a compiler that knows each of these.
 */
const WAYS = [
  { name: "static, position-independent", flags: [...HARDENED, "-fPIE", "-static-pie"] },
  { name: "static", flags: [...HARDENED, "-static"] },
  { name: "dynamic", flags: [...HARDENED, "-fPIE", "-pie"] },
  { name: "dynamic, not hardened", flags: [] },
];

const COMPILERS = ["cc", "gcc", "clang"];

function succeeds(file, args) {
  return spawnSync(file, args, { stdio: "ignore", timeout: 120_000 }).status === 0;
}

/** The compiler to use: CC as make(1) has it, or the first that is here; undefined for none. */
export function compiler(env) {
  if (env.CC) return env.CC.split(" ");
  const found = COMPILERS.find((name) => succeeds(name, ["--version"]));
  return found === undefined ? undefined : [found];
}

/**
 * Compiles omg-fast to `target` in the best way that makes a program which runs. Returns that way's name, or undefined. `like`: the name of the
 * way, where it is known to make such programs.
 */
export function compile([file, ...first], { target, version, more = [], like }) {
  const always = [...first, "-std=c11", "-O2", `-DOMG_VERSION="${version}"`, ...more];
  return WAYS.filter(({ name }) => like === undefined || name === like).find(
    ({ flags }) =>
      succeeds(file, [...always, ...flags, "-o", target, ...SOURCES]) &&
      (like !== undefined || succeeds(target, ["--version"])),
  )?.name;
}
